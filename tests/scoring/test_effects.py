"""effect_table: by hand, the model's own curve, engines and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics._core import intervals
from crmlytics.errors import ColumnNotFoundError
from crmlytics.scoring import effect_table, plot_effect
from tests.scoring.test_drivers import Constant, linear, prospects


def test_rates_and_partial_dependence_by_hand():
    frame = pd.DataFrame({"x": [1] * 40 + [0] * 60, "z": list("ab") * 50})
    y = np.array([1] * 30 + [0] * 10 + [1] * 10 + [0] * 50)
    table = effect_table(Constant().fit(frame, y), frame, y, columns=["x", "z"])
    of_x = table[table["column"] == "x"]
    assert of_x["level"].tolist() == ["0", "1"]
    assert of_x["rate"].tolist() == pytest.approx([10 / 60, 30 / 40])
    assert of_x["expected"].tolist() == pytest.approx([0.3, 0.8])
    assert of_x["partial"].tolist() == pytest.approx([0.3, 0.8])
    low, high = intervals.wilson([10, 30], [60, 40], 0.95)
    assert of_x["low"].tolist() == pytest.approx(low.tolist())
    assert of_x["high"].tolist() == pytest.approx(high.tolist())
    assert table[table["column"] == "z"]["partial"].tolist() == pytest.approx([0.5, 0.5])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 100))
def test_levels_hold_every_row_once(seed):
    X, won = prospects(200, seed)
    X.loc[:10, "visits"] = np.nan
    model = Constant().fit(X.assign(x=1), won)
    table = effect_table(model, X.assign(x=1), won, columns=["visits", "source"])
    totals = table.groupby("column")["n"].sum()
    assert totals.tolist() == [200, 200]
    weighted = (table["rate"] * table["n"]).groupby(table["column"]).sum()
    assert weighted.tolist() == pytest.approx([won.sum(), won.sum()])


def test_the_planted_curve_rises():
    X, won = prospects(3000)
    model = linear().fit(X, won)
    table = effect_table(model, X, won, columns=["visits"], random_state=0)
    assert table["partial"].is_monotonic_increasing
    ax = plot_effect(table)
    assert len(ax.get_xticks()) == 8
    with pytest.raises(ValueError, match="has no column 'hour'"):
        plot_effect(table, column="hour")


def test_every_engine(engine):
    X, won = prospects(200)
    model = linear().fit(X, won)
    expected = effect_table(model, X, won, columns=["source"], random_state=0)
    found = engine.columns(
        effect_table(model, engine.make(X), won, columns=["source"], random_state=0)
    )
    assert found["partial"] == pytest.approx(expected["partial"].tolist())


def test_bad_input_is_refused():
    X, won = prospects(50)
    with pytest.raises(ColumnNotFoundError):
        effect_table(Constant(), X, won, columns=["y"])
    with pytest.raises(ValueError, match="at least one column"):
        effect_table(Constant(), X, won, columns=[])
