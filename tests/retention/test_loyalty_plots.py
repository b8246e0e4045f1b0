"""Pictures of customers compared: what is drawn, on whose axes, that no label is cut off."""

from __future__ import annotations

import datetime as dt
import sys

import pandas as pd
import pytest

from crmlytics import retention
from crmlytics.errors import ColumnNotFoundError, DataContractError
from tests.retention.test_plots import drawn
from tests.retention.test_satisfaction_outcomes import make_surveys
from tests.support.purchases import make_log

figures = pytest.importorskip("matplotlib.figure")
AS_OF = dt.date(2023, 10, 31)
LOG = make_log(300, seed=1, refunds=0.0)
SURVEYS = make_surveys(LOG, n=80)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": range(20),
        "amount": [5.0 * i for i in range(20)],
        "wallet": [100.0] * 20,
        "visits": [i % 7 for i in range(20)],
    }
)

DRAWN = {
    "plot_active_days": lambda make: retention.active_days_table(make(LOG), as_of=AS_OF),
    "plot_share_of_wallet": lambda make: retention.share_of_wallet(
        make(CUSTOMERS), wallet_col="wallet"
    ),
    "plot_loyalty_index": lambda make: retention.loyalty_index(
        make(CUSTOMERS), weights={"visits": 1, "amount": 2}
    ),
    "plot_satisfaction_retention": lambda make: retention.satisfaction_retention_table(
        make(SURVEYS), make(LOG), as_of=AS_OF, horizon_days=30
    ),
}


def as_is(frame):
    return frame


@pytest.mark.parametrize("name", DRAWN)
def test_each_engine_is_drawn_and_nothing_is_cut_off(engine, name):
    ax = getattr(retention, name)(DRAWN[name](engine.make))
    whole, inked = drawn(ax)
    assert inked.x0 >= -1
    assert inked.y0 >= -1
    assert inked.x1 <= whole.x1 + 1
    assert inked.y1 <= whole.y1 + 1
    assert ax.get_xlabel()
    assert ax.get_ylabel()


@pytest.mark.parametrize("name", DRAWN)
def test_the_callers_axes_are_used_and_pyplot_is_not(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # its import would fail
    ax = figures.Figure().subplots()
    assert getattr(retention, name)(DRAWN[name](as_is), ax=ax) is ax


@pytest.mark.parametrize("name", DRAWN)
def test_other_tables_are_refused(name):
    with pytest.raises(ColumnNotFoundError, match="column"):
        getattr(retention, name)(LOG)


def test_bars_are_the_tables():
    days = DRAWN["plot_active_days"](as_is)
    bars = retention.plot_active_days(days).patches
    assert [bar.get_height() for bar in bars] == pytest.approx((100 * days["rate"]).tolist())
    shares = retention.plot_share_of_wallet(DRAWN["plot_share_of_wallet"](as_is))
    assert sum(bar.get_height() for bar in shares.patches) == 20
    assert shares.lines[0].get_label() == "all: 48 %"  # 950 of 2,000, by hand
    index = DRAWN["plot_loyalty_index"](as_is)
    ax = retention.plot_loyalty_index(index)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["visits", "amount"]
    top = index.nlargest(4, "loyalty_index")["amount_score"].mean()
    assert ax.containers[1][4].get_height() == pytest.approx(top)


def test_the_answers_themselves_are_drawn_too():
    table = retention.satisfaction_retention_table(
        SURVEYS, LOG, as_of=AS_OF, horizon_days=30, by="score"
    )
    labels = retention.plot_satisfaction_retention(table).get_xticklabels()
    assert [label.get_text().split("\n")[0] for label in labels] == [
        str(score) for score in table["score"]
    ]


def test_nothing_draws_empty_axes_and_no_scores_are_refused():
    none = retention.share_of_wallet(CUSTOMERS.iloc[:0], wallet_col="wallet")
    assert not retention.plot_share_of_wallet(none).lines
    with pytest.raises(DataContractError, match="no scores"):
        retention.plot_loyalty_index(pd.DataFrame({"loyalty_index": [1.0]}))
