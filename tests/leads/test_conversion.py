"""conversion_curve: by hand, Kaplan-Meier and Aalen-Johansen, planted truth, engines, refusals."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.datasets import make_leads
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.leads import conversion_curve, plot_conversion
from tests.leads.test_labels import frame

END = dt.date(2024, 12, 31)


def test_five_leads_by_hand():
    rows = frame([(0, 4), (0, 10), (7, None), (13, None), (0, 500)])
    curve = conversion_curve(rows, as_of=dt.date(2024, 1, 14))
    assert curve["day"].tolist() == [0, 4, 6, 10, 13]
    assert curve["at_risk"].tolist() == [5, 4, 3, 2, 1]
    assert curve["converted"].tolist() == [0, 1, 0, 1, 0]
    # 1 of 4 at day 4, then 1 of 2 at day 10: 1 - 3/4 · 1/2.
    assert curve["conversion"].tolist() == pytest.approx([0, 0.25, 0.25, 0.625, 0.625])
    assert np.isnan(curve["low"].iloc[0])
    assert curve["low"].iloc[3] < 0.625 < curve["high"].iloc[3]


def test_losses_compete(golden):
    # The page's own case: T = 1 2 2 3 4 5 6 7 8 9, cause = 1 2 0 1 0 2 1 0 2 0; F1(9) = .351429.
    times, causes = [1, 2, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 0, 1, 0, 2, 1, 0, 2, 0]
    day = pd.Timestamp("2024-01-01")
    created = [day + pd.Timedelta(days=20 - t) if c == 0 else day
               for t, c in zip(times, causes, strict=True)]  # fmt: skip
    ends = [start + pd.Timedelta(days=t) for start, t in zip(created, times, strict=True)]
    rows = pd.DataFrame(
        {
            "created_at": created,
            "converted_at": [e if c == 1 else None for e, c in zip(ends, causes, strict=True)],
            "lost_at": [e if c == 2 else None for e, c in zip(ends, causes, strict=True)],
        }
    )
    curve = conversion_curve(rows, as_of=dt.date(2024, 1, 21), lost_col="lost_at")
    golden(
        "Aalen-Johansen by hand: share converted at 9",
        ours=float(curve["conversion"].iloc[-1]),
        published=0.351429,
        tolerance=5e-7,
        source="reference page churn_and_leads 14",
    )


def test_the_planted_curve_lies_in_the_interval():
    leads, truth = make_leads(4000, random_state=5)
    curve = conversion_curve(leads, as_of=END, lost_col="lost_at")
    inside = []
    for day in (10, 30, 60, 120):
        row = curve[curve["day"] <= day].iloc[-1]
        # A lead of hour 20 that converts 10 hours later does so on day 1.
        expected = truth.conversion_probability(day + 0.5).mean()
        inside.append(row["low"] <= expected <= row["high"])
    assert sum(inside) >= 3
    by = conversion_curve(leads, as_of=END, lost_col="lost_at", by="source")
    last = by.groupby("source")["conversion"].last()
    assert last["Referral"] > last["Website"] > last["Cold call"]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 90)), min_size=1))
def test_without_losses_both_ways_agree(rows):
    table = frame([(a, None if b is None else a + b) for a, b in rows])
    table["lost_at"] = pd.Series(pd.NaT, index=table.index, dtype="datetime64[us]")
    as_of = dt.date(2024, 3, 31)
    one = conversion_curve(table, as_of=as_of)
    two = conversion_curve(table, as_of=as_of, lost_col="lost_at")
    assert one["conversion"].iloc[-1] == pytest.approx(two["conversion"].iloc[-1])


def test_every_engine(engine):
    leads = make_leads(150, random_state=2).leads
    expected = conversion_curve(leads, as_of=END, by="source", lost_col="lost_at")
    found = engine.columns(
        conversion_curve(engine.make(leads), as_of=END, by="source", lost_col="lost_at")
    )
    assert found["source"] == expected["source"].tolist()
    assert found["conversion"] == pytest.approx(expected["conversion"].tolist(), abs=1e-12)


def test_the_picture():
    leads = make_leads(300, random_state=2).leads
    ax = plot_conversion(conversion_curve(leads, as_of=END, by="source"))
    assert len(ax.get_legend().get_texts()) == 5
    assert ax.get_xlabel() == "days since the lead came in"


def test_bad_input_is_refused():
    rows = frame([(5, 7), (6, None)]).assign(source=["web", None])
    with pytest.raises(DataContractError, match="values of 'source' are missing"):
        conversion_curve(rows, as_of=END, by="source")
    with pytest.raises(NotEnoughDataError, match="lies before all leads"):
        conversion_curve(rows, as_of=dt.date(2023, 1, 1))
    with pytest.raises(DataContractError, match="bears the name of a result column"):
        conversion_curve(rows.rename(columns={"source": "day"}), as_of=END, by="day")
