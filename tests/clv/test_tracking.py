"""tracking_table: CDNOW's counts, a log by hand, an oracle, every engine."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import BetaGeoModel, NBDModel
from crmlytics.clv.tracking import tracking_table
from crmlytics.errors import DataContractError, NotEnoughDataError
from tests.clv.cdnow_log import CALIBRATION_END, HOLDOUT_END, read_log, read_summary
from tests.support.engines import columns
from tests.support.purchases import assert_same, make_log, period

MODEL = NBDModel.from_params(r=0.8, alpha=4.0, unit="W")
SPAN = {"calibration_end": dt.date(2023, 6, 30), "holdout_end": dt.date(2023, 10, 31)}


def oracle(log, model, span, *, exact, unit):
    """Loops over dictionaries, and one expectation per customer and period."""
    grain = "D" if exact else model.unit
    per = 7 if exact and model.unit == "W" else 1
    days = {}
    for row in log.itertuples():
        if row.amount >= 0 and row.date.date() <= span["holdout_end"]:
            days.setdefault(row.customer_id, set()).add(row.date.date())
    bought = {c: sorted({period(day, grain) for day in when}) for c, when in days.items()}
    bought = {c: w for c, w in bought.items() if min(days[c]) <= span["calibration_end"]}
    first_day = {c: min(when) for c, when in days.items() if c in bought}
    rows, day = {}, min(first_day.values())
    while day <= span["holdout_end"]:
        rows[period(day, unit)] = day  # the last day of each period
        day += dt.timedelta(days=1)
    actual = dict.fromkeys(rows, 0)
    for when in bought.values():
        for one in when[1:]:
            at = period(dt.date(1970, 1, 1) + dt.timedelta(days=one), unit) if exact else one
            actual[at] += 1
    upto = []
    for last in rows.values():
        ages = [max(period(last, grain) - when[0], 0) / per for when in bought.values()]
        upto.append(model.expected_purchases_new_customer(np.array(ages)).sum())
    return list(actual.values()), upto


@pytest.mark.parametrize(("exact", "unit"), [(False, "W"), (True, "W"), (True, "M"), (True, "D")])
def test_every_engine_equals_the_oracle(engine, exact, unit):
    log = make_log(seed=4)
    table = engine.columns(
        tracking_table(engine.make(log), MODEL, **SPAN, exact=exact, unit=unit, amount_col="amount")
    )
    actual, upto = oracle(log, MODEL, SPAN, exact=exact, unit=unit)
    assert table["actual"] == actual
    assert table["cumulative_actual"] == list(np.cumsum(actual))
    np.testing.assert_allclose(table["cumulative_expected"], upto, rtol=1e-10)
    np.testing.assert_allclose(np.cumsum(table["expected"]), upto, rtol=1e-10)


def test_by_hand():
    log = pd.DataFrame({
        "customer_id": ["ann", "ann", "bob", "ann", "ann", "new"],
        "date": pd.to_datetime(
            ["2024-01-05", "2024-02-01", "2024-02-10", "2024-03-07", "2024-03-20", "2024-03-09"]
        ),
    })  # fmt: skip
    table = tracking_table(
        log, NBDModel.from_params(r=1, alpha=2, unit="M"),
        calibration_end=dt.date(2024, 2, 29), holdout_end=dt.date(2024, 3, 30),
    )  # fmt: skip
    assert_same(
        columns(table),
        {
            "period": [dt.date(2024, 1, 1), dt.date(2024, 2, 1), dt.date(2024, 3, 1)],
            "actual": [0, 1, 1],  # two in March are one, and `new` came too late
            "expected": [0.0, 0.5, 1.0],
            "cumulative_actual": [0, 1, 2],
            "cumulative_expected": [0.0, 0.5, 1.5],
            "holdout": [False, False, True],
            "complete": [True, True, False],
        },
    )


@pytest.mark.data
def test_cdnow(data_dir, golden):
    log, frame = read_log(data_dir), read_summary(data_dir)
    model = BetaGeoModel(unit="W").fit(frame)
    days = tracking_table(
        log, model, calibration_end=CALIBRATION_END, holdout_end=HOLDOUT_END, exact=True, unit="D"
    )
    seen, later = days[~days["holdout"]], days[days["holdout"]]
    source = "reference counts of the sample, in lifetimes, BTYD and CLVTools"
    golden("CDNOW: repeat purchases in 39 weeks", ours=int(seen["actual"].sum()),
           published=2457, source=source)  # fmt: skip
    golden("CDNOW: purchases in the 39 weeks held out", ours=int(later["actual"].sum()),
           published=1882, source=source)  # fmt: skip
    # A fit by maximum likelihood need not meet the total, but comes close (figure 2 of the paper).
    assert abs(seen["expected"].sum() / 2457 - 1) < 0.03
    weeks = tracking_table(
        log, model, calibration_end=CALIBRATION_END, holdout_end=HOLDOUT_END, exact=True
    )
    assert weeks["cumulative_expected"].iloc[-1] == pytest.approx(
        days["cumulative_expected"].iloc[-1], rel=1e-12
    )


def test_what_makes_no_sense_is_refused():
    log = make_log(seed=4)
    with pytest.raises(ValueError, match="holdout_end must not be before"):
        tracking_table(log, MODEL, calibration_end=SPAN["holdout_end"],
                       holdout_end=SPAN["calibration_end"])  # fmt: skip
    with pytest.raises(ValueError, match="unit must be that of the model"):
        tracking_table(log, MODEL, **SPAN, unit="M")
    with pytest.raises(ValueError, match=r"model\.unit"):
        tracking_table(log, NBDModel.from_params(r=1, alpha=1, unit="M"), **SPAN, exact=True)
    known = BetaGeoModel.from_params(
        r=1, alpha=1, a=1, b=1, unit="W", covariates_purchase=["age"],
        coefficients={"purchase[age]": 1.0},
    )  # fmt: skip
    with pytest.raises(ValueError, match="without covariates"):
        tracking_table(log, known, **SPAN)
    with pytest.raises(DataContractError, match="refunds"):
        tracking_table(log, MODEL, **SPAN, amount_col="amount", refunds="error")
    late = log[log["date"] > pd.Timestamp("2023-07-01")]  # in the week of the end, but after it
    with pytest.raises(NotEnoughDataError, match="nobody bought up to"):
        tracking_table(late, MODEL, **SPAN)
