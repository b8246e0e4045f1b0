from __future__ import annotations

from crmlytics.report.sections import segments


def test_every_customer_has_one_segment_and_one_score_each(store_study, fmt):
    section = segments.build(store_study, fmt)
    tables = section.all_tables()
    n = len(store_study.rfm)
    assert tables["segments"]["n"].sum() == n
    assert tables["segments"]["revenue"].is_monotonic_decreasing
    assert tables["scores"]["score"].tolist() == [1, 2, 3, 4, 5]
    assert tables["scores"][["r", "f", "m"]].sum().tolist() == [n, n, n]


def test_the_figure_names_every_segment(store_study, fmt):
    figure = segments.build(store_study, fmt).figures[0]
    for name in store_study.segments["segment"]:
        assert f">{name}<" in figure.svg
