"""Classical and real data that several files of these tests share."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

GOLDEN = Path(__file__).parent / "golden"
LIFELINES = "lifelines 0.30.3, tests/survival/golden/make_lifelines.py"

#: Each example makes several frames, so fewer of them; a busy machine is no failure.
brief = settings(max_examples=25, deadline=None)


@pytest.fixture(scope="session")
def freireich() -> pd.DataFrame:
    """Weeks of remission of leukaemia, Freireich et al. (1963), Blood 21, 699-716."""
    treated = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
    placebo = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
    return pd.concat([_weeks(treated, "6-MP"), _weeks(placebo, "placebo")], ignore_index=True)


@pytest.fixture(scope="session")
def aml() -> pd.DataFrame:
    """Weeks of remission with and without maintenance, Miller (1981), Survival Analysis, p. 49."""
    maintained = "9 13 13+ 18 23 28+ 31 34 45+ 48 161+"
    not_so = "5 5 8 8 12 16+ 23 27 30 33 43 45"
    return pd.concat(
        [_weeks(maintained, "Maintained"), _weeks(not_so, "Nonmaintained")], ignore_index=True
    )


@pytest.fixture(scope="session")
def golden_cases() -> pd.DataFrame:
    """The inputs that lifelines was given."""
    return pd.read_csv(GOLDEN / "cases.csv")


@pytest.fixture(scope="session")
def golden_numbers() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "numbers.csv", keep_default_na=False)


@pytest.fixture(scope="session")
def telco(data_dir) -> pd.DataFrame:
    """Telco customers: months of tenure, and whether they left."""
    (name,) = sorted((data_dir / "telco_churn").glob("*.csv"))
    rows = pd.read_csv(name)
    return rows.assign(churned=rows["Churn"] == "Yes")


@pytest.fixture(scope="session")
def maven(data_dir) -> pd.DataFrame:
    """Maven's engaged deals: days from engagement to closing, or to 2017-12-31 where open."""
    rows = pd.read_csv(
        data_dir / "maven_crm_sales" / "sales_pipeline.csv",
        parse_dates=["engage_date", "close_date"],
    )
    rows = rows[rows["engage_date"].notna()].reset_index(drop=True)
    end = rows["close_date"].fillna(pd.Timestamp("2017-12-31"))
    outcome = rows["deal_stage"].map({"Won": "won", "Lost": "lost"})
    seen_from = (pd.Timestamp("2017-03-01") - rows["engage_date"]).dt.days
    return rows.assign(
        days=(end - rows["engage_date"]).dt.days,
        outcome=outcome,
        closed=outcome.notna(),
        # On the day before the first that could be seen the deal was not yet under observation.
        entry=(seen_from - 1).clip(lower=0),
    )


def _weeks(text: str, group: str) -> pd.DataFrame:
    marks = text.split()
    return pd.DataFrame(
        {
            "weeks": [int(mark.rstrip("+")) for mark in marks],
            "relapse": [not mark.endswith("+") for mark in marks],
            "group": group,
        }
    )
