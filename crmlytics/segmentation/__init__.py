"""Who the customers are: RFM scores, named segments, and what each segment is worth."""

from __future__ import annotations

from crmlytics.segmentation.association_plots import plot_associations
from crmlytics.segmentation.associations import association_table
from crmlytics.segmentation.classification import classify
from crmlytics.segmentation.cluster_plots import plot_cluster_profiles, plot_stability
from crmlytics.segmentation.clusters import CustomerClusters
from crmlytics.segmentation.concentration import ValueConcentration, value_concentration
from crmlytics.segmentation.k_prototypes import KPrototypes
from crmlytics.segmentation.latent_classes import LatentClasses
from crmlytics.segmentation.latent_plots import plot_latent_classes
from crmlytics.segmentation.lifecycle import lifecycle_stages
from crmlytics.segmentation.look_alike import LookAlike
from crmlytics.segmentation.marginal_homogeneity import MigrationTest, migration_test
from crmlytics.segmentation.migration import migration_table
from crmlytics.segmentation.migration_plots import plot_migration
from crmlytics.segmentation.needs import needs_table
from crmlytics.segmentation.needs_plots import plot_needs
from crmlytics.segmentation.pareto import pareto_table
from crmlytics.segmentation.plots import plot_concentration, plot_segments, plot_whale
from crmlytics.segmentation.profile_plots import plot_profile
from crmlytics.segmentation.profiles import profile_table
from crmlytics.segmentation.reach_plots import plot_reach
from crmlytics.segmentation.rfm_scorer import RFMScorer
from crmlytics.segmentation.score_explanation import ScoreExplanation
from crmlytics.segmentation.segment_map import Explanation, SegmentMap
from crmlytics.segmentation.segment_tables import segment_table

__all__ = [
    "CustomerClusters",
    "Explanation",
    "KPrototypes",
    "LatentClasses",
    "LookAlike",
    "MigrationTest",
    "RFMScorer",
    "ScoreExplanation",
    "SegmentMap",
    "ValueConcentration",
    "association_table",
    "classify",
    "lifecycle_stages",
    "migration_table",
    "migration_test",
    "needs_table",
    "pareto_table",
    "plot_associations",
    "plot_cluster_profiles",
    "plot_concentration",
    "plot_latent_classes",
    "plot_migration",
    "plot_needs",
    "plot_profile",
    "plot_reach",
    "plot_segments",
    "plot_stability",
    "plot_whale",
    "profile_table",
    "segment_table",
    "value_concentration",
]
