"""customer_view_columns: every column of the view is described, and no other."""

from __future__ import annotations

import pandas as pd

from crmlytics.customers import customer_view_columns
from crmlytics.customers.view_columns import names_of


def test_every_cell_says_something():
    table = customer_view_columns()
    assert isinstance(table.index, pd.RangeIndex)
    assert table["column"].is_unique
    assert (table.map(len) > 0).all(axis=None)
    assert set(table["without_rows"]) == {"0", "null"}
    assert ((table["null_where"] == "never") == (table["without_rows"] == "0")).all()


def test_the_sources_are_the_parameters_of_the_view():
    sources = ["transactions", "deals", "tickets", "touches", "surveys"]
    assert list(dict.fromkeys(customer_view_columns()["source"])) == sources
    assert names_of(sources) == customer_view_columns()["column"].tolist()
    assert "responses" not in names_of(sources, response_col=None)
    assert names_of([]) == []
