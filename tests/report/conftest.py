"""A small store with its report, and a handful of purchases whose figures can be done by hand."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.datasets import make_store
from crmlytics.report import build_report
from crmlytics.report.formats import Formats
from tests.report.studies import study_of

AS_OF = dt.date(2024, 12, 31)


@pytest.fixture(scope="session")
def transactions() -> pd.DataFrame:
    return make_store(150, n_deals=0, random_state=0).transactions


@pytest.fixture(scope="session")
def report(transactions):
    return build_report(
        transactions=transactions, as_of=AS_OF, order_col="order_id", currency="EUR", title="Shop"
    )


@pytest.fixture(scope="session")
def fmt() -> Formats:
    return Formats("en", "EUR")


@pytest.fixture
def few() -> pd.DataFrame:
    """Five orders of three customers; March is not over on the 10th."""
    return pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "bob", "cem", "cem"],
            "order_id": [1, 2, 3, 4, 5],
            "date": pd.to_datetime(
                ["2024-01-05", "2024-02-10", "2024-01-20", "2024-02-11", "2024-03-02"]
            ),
            "amount": [10.0, 30.0, 20.0, 40.0, 50.0],
        }
    )


@pytest.fixture
def cut(few) -> pd.DataFrame:
    """The same, and seven more orders, with nothing before 25 January."""
    more = [few.iloc[[0]].assign(order_id=10 + i) for i in range(7)]
    rows = pd.concat([few, *more], ignore_index=True)
    return rows.assign(date=rows["date"] + pd.Timedelta(days=20))


@pytest.fixture
def few_study(few):
    return study_of(few, as_of=dt.date(2024, 3, 10))


@pytest.fixture(scope="session")
def store_study(transactions):
    return study_of(transactions, as_of=AS_OF)
