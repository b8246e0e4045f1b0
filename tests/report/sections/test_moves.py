from __future__ import annotations

import datetime as dt

import pytest

from crmlytics.customers import rfm_table
from crmlytics.report.sections import moves
from crmlytics.segmentation import RFMScorer, SegmentMap, migration_table
from tests.report.studies import study_of
from tests.support.purchases import quiet


def test_the_moves_are_the_librarys_by_frozen_limits(store_study, fmt):
    section = moves.build(store_study, fmt)
    before, as_of = dt.date(2024, 10, 1), dt.date(2024, 12, 31)
    tables = [quiet(rfm_table, store_study.rows, as_of=day) for day in (before, as_of)]
    scorer = quiet(RFMScorer().fit, tables[0])
    named = SegmentMap.named("putler11")
    expected = migration_table(*[named.assign(scorer.transform(table)) for table in tables])
    assert section.all_tables()["moves"]["n"].tolist() == expected["n"].tolist()
    stayed = section.all_tables()["segments_kept"].set_index("segment")
    best = expected[(expected["segment_before"] == "Champions")]
    kept = best.loc[best["segment_after"] == "Champions", "rate"].item()
    assert stayed.loc["Champions", "share"] == pytest.approx(kept)
    assert f"Of the {best['n'].sum()} customers in Champions on 1 Oct 2024" in section.sentences[0]
    others = best[best["segment_after"] != "Champions"]
    assert stayed.loc["Champions", "most_share"] == pytest.approx(others["rate"].max())


def test_the_picture_has_no_column_of_nobody(store_study, fmt):
    svg = moves.build(store_study, fmt).figures[0].svg
    assert "Champions" in svg
    assert "(lost)" not in svg


def test_a_short_history_has_no_such_section(few_study, transactions, fmt):
    assert moves.build(few_study, fmt) is None
    # Three months before this day there were too few customers to score.
    early = study_of(transactions, as_of=transactions["date"].min().date() + dt.timedelta(days=95))
    assert moves.build(early, fmt) is None
