from __future__ import annotations

import datetime as dt
import importlib.metadata

import pytest

import crmlytics
from crmlytics.report.sections import method
from crmlytics.report.study import Source
from tests.report.studies import study_of


def test_parameters_versions_and_file(few, fmt):
    source = Source("orders.csv", "ab" * 32)
    study = study_of(few, as_of=dt.date(2024, 3, 10), source=source)
    tables = method.build(study, fmt).all_tables()
    parameters = tables["parameters"].set_index("parameter")["value"]
    assert parameters["as_of"] == "2024-03-10"
    assert parameters["customer_col"] == "customer_id"
    assert parameters["file"] == "orders.csv"
    assert parameters["sha256"] == "ab" * 32
    versions = tables["versions"].set_index("library")["version"]
    assert versions["crmlytics"] == crmlytics.__version__
    assert {"Python", "numpy", "pandas"} <= set(versions.index)


def test_it_says_what_an_order_is(few, fmt):
    as_of = dt.date(2024, 3, 10)
    assert "one order number" in method.build(study_of(few, as_of=as_of), fmt).sentences[0]
    by_day = method.build(study_of(few.drop(columns="order_id"), as_of=as_of), fmt)
    assert "buys on one day" in by_day.sentences[0]


@pytest.mark.parametrize("library", ["no-such-library", "numpy"])
def test_versions_are_told_where_they_are_known(library, few_study, fmt, monkeypatch):
    monkeypatch.setattr(method, "_LIBRARIES", (library,))
    versions = method.build(few_study, fmt).tables[1].frame.set_index("library")["version"]
    known = {"numpy": importlib.metadata.version("numpy")}
    assert versions[library] == known.get(library, "none")
