"""plot_associations: numbers, brackets where there may be nothing, axes with names."""

from __future__ import annotations

import pandas as pd

from crmlytics.segmentation import plot_associations


def test_every_pair_has_its_number():
    table = pd.DataFrame(
        {
            "indicator": ["revenue", "revenue", "orders"],
            "characteristic": ["country", "age", "age"],
            "value": [0.7, -0.2, None],
            "low": [0.5, -0.4, None],
            "high": [0.8, 0.1, None],
        }
    )
    axes = plot_associations(table)
    assert {text.get_text() for text in axes.texts} == {"0.70", "(-0.20)"}
    assert [label.get_text() for label in axes.get_yticklabels()] == ["revenue", "orders"]
    assert axes.get_xlabel() == "characteristic"
