"""plot_latent_classes: a number in each cell, in percent."""

from __future__ import annotations

import pandas as pd

from crmlytics.segmentation import plot_latent_classes


def test_every_answer_has_its_probability_in_each_class():
    profile = pd.DataFrame(
        {
            "class": [0, 0, 1, 1],
            "column": ["app"] * 4,
            "answer": ["no", "yes", "no", "yes"],
            "probability": [0.1, 0.9, 0.75, 0.25],
        }
    )
    axes = plot_latent_classes(profile)
    assert [text.get_text() for text in axes.texts] == ["10", "75", "90", "25"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["app: no", "app: yes"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1"]
