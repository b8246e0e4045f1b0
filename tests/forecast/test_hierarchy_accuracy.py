"""Australian retail turnover from its leaves up: coherent, and no worse than the total alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.forecast import Hierarchy, reconcile
from crmlytics.forecast._panel import read_panel
from crmlytics.forecast.members import GOOD_FIVE, MEMBERS
from tests.forecast.aus_retail import read_leaves

ORIGINS, HORIZON = ("2016-12-01", "2017-12-01"), 12


def forecast(past):
    """Mean of the five members, as the two tables that `reconcile` takes."""
    panel = read_panel(past, date_col="date", value_col="value", series_col="series", unit="M")
    n, length = panel.values.shape
    fits = [MEMBERS[name](panel.values, season_length=12, horizon=HORIZON) for name in GOOD_FIVE]

    def table(start, width, **columns):
        when = panel.dates(np.arange(start, start + width))
        keys = {"series": np.repeat(panel.ids, width), "date": np.tile(when, n)}
        return pd.DataFrame(keys | {name: values.ravel() for name, values in columns.items()})

    ahead = np.mean([fit.forecast for fit in fits], axis=0)
    seen = np.mean([fit.fitted for fit in fits], axis=0)
    return (
        table(length, HORIZON, forecast=ahead),
        table(0, length, value=panel.values, fitted=seen),
    )


@pytest.mark.data
def test_aus_retail(data_dir):
    leaves, parents = read_leaves(data_dir)
    tree = Hierarchy.from_parents(parents)
    sales = tree.aggregate(leaves, series_col="series")
    assert (len(tree.nodes), len(tree.leaves)) == (154, 110)
    wide = sales.pivot(index="series", columns="date", values="value").loc[list(tree.nodes)]
    direct = reconciled = 0.0
    for origin in pd.to_datetime(ORIGINS):
        base, fitted = forecast(sales[sales["date"] <= origin])
        table = reconcile(base, tree, fitted=fitted)
        found = table["forecast"].to_numpy().reshape(154, HORIZON)
        summed = tree.summing @ found[-110:]
        assert (np.abs(found - summed) <= 1e-9 * np.abs(found)).all()
        actual = wide[wide.columns[wide.columns > origin][:HORIZON]].to_numpy()
        direct += np.abs(table["base_forecast"].to_numpy()[:HORIZON] - actual[0]).sum()
        reconciled += np.abs(found[0] - actual[0]).sum()
    # Two origins here; benchmarks/hierarchy_accuracy.py takes more, with an interval.
    assert reconciled <= 1.10 * direct


@pytest.mark.data
def test_the_leaves_add_up_to_the_published_subtotals(data_dir):
    leaves, parents = read_leaves(data_dir)
    sales = Hierarchy.from_parents(parents).aggregate(leaves, series_col="series")
    rows = pd.read_parquet(data_dir / "aus_retail" / "aus_retail.parquet")
    rows["series"] = rows["State"].astype(str) + "/" + rows["Industry"].astype(str)
    rows["date"] = pd.to_datetime(rows["Month"])
    both = sales.merge(rows, on=["series", "date"])
    # Published to one digit each: a sum of up to four is off by up to 0.2.
    assert np.abs(both["value"] - both["Turnover"]).max() <= 0.2 + 1e-9
    assert both["series"].nunique() > 140
