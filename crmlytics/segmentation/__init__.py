"""Who the customers are: RFM scores, named segments, and what each segment is worth."""

from __future__ import annotations

from crmlytics.segmentation.concentration import ValueConcentration, value_concentration
from crmlytics.segmentation.plots import plot_concentration, plot_segments
from crmlytics.segmentation.rfm_scorer import RFMScorer
from crmlytics.segmentation.segment_map import Explanation, SegmentMap
from crmlytics.segmentation.segment_tables import segment_table

__all__ = [
    "Explanation",
    "RFMScorer",
    "SegmentMap",
    "ValueConcentration",
    "plot_concentration",
    "plot_segments",
    "segment_table",
    "value_concentration",
]
