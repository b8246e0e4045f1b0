from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import GammaGammaModel, ModifiedBetaGeoModel
from crmlytics.clv.value_tables import clv_table
from crmlytics.customers import purchase_summary
from crmlytics.datasets import make_transactions
from crmlytics.errors import NotEnoughDataError
from crmlytics.report import customer_values
from crmlytics.report.sections import value
from tests.report.conftest import AS_OF
from tests.report.studies import study_of


@pytest.fixture(scope="module")
def section(store_study, fmt):
    return value.build(store_study, fmt)


def test_it_is_the_librarys_value_of_the_customers(section, transactions):
    summary = purchase_summary(
        transactions, as_of=AS_OF, unit="W", exact=True, amount_col="amount", refunds="net"
    )
    paid = summary[(summary["frequency"] == 0) | (summary["monetary_value"] > 0)]
    expected = clv_table(
        paid,
        ModifiedBetaGeoModel(unit="W").fit(summary),
        GammaGammaModel(unit="W").fit(paid),
        horizon=12,
        horizon_unit="M",
        annual_rate=0.0,
    )
    tables = section.all_tables()
    whole = tables["value"].iloc[0]
    assert whole["n"] == len(paid)
    assert whole["left_out"] == len(summary) - len(paid) == 2
    # The same floating-point sums in another order of addition.
    assert whole["value"] == pytest.approx(expected["clv"].sum(), rel=1e-12)
    assert whole["probability_alive"] == pytest.approx(expected["probability_alive"].mean())
    assert tables["value_tenths"]["value"].sum() == pytest.approx(whole["value"], rel=1e-12)
    best = expected["clv"].sort_values(ascending=False).head(10)
    assert tables["value_top"]["value"].tolist() == pytest.approx(best.tolist(), rel=1e-12)


def test_the_total_lies_in_its_interval_and_tenths_descend(section):
    tables = section.all_tables()
    whole = tables["value"].iloc[0]
    assert 0 < whole["low"] < whole["value"] < whole["high"]
    tenths = tables["value_tenths"]
    assert tenths["value"].is_monotonic_decreasing
    assert tenths["share"].sum() == pytest.approx(1.0)
    assert (tables["value_top"]["low"] <= tables["value_top"]["high"]).all()


def test_customers_bear_the_names_of_the_list_of_the_largest(section, store_study, transactions):
    names = section.all_tables()["value_top"]["customer"]
    assert names.str.fullmatch(r"Customer \d+").all()
    shown = study_of(transactions, as_of=AS_OF, show_ids=True)
    ranks = dict(zip(shown.labels, store_study.labels, strict=True))
    fitted = customer_values.fit_models(
        customer_values.summarise(transactions, as_of=AS_OF, refunds="net")
    )
    table = customer_values.value_table(fitted)
    best = table.sort_values("clv", ascending=False, kind="stable")["customer_id"].head(10)
    assert names.tolist() == [f"Customer {ranks[str(customer)]}" for customer in best]


def test_ids_appear_when_asked_for(transactions, fmt):
    section = value.build(study_of(transactions, as_of=AS_OF, show_ids=True), fmt)
    table = next(table for table in section.tables if table.name == "value_top")
    assert set(table.frame["customer"]) <= set(transactions["customer_id"].astype(str))
    assert table.note == ""


def test_the_test_on_the_past_compares_with_what_they_then_spent(section, transactions):
    cut = pd.Timestamp(AS_OF) - pd.Timedelta(weeks=26)
    bought = transactions[transactions["amount"] >= 0]
    bought = bought.assign(day=bought["date"].dt.floor("D"))
    first = bought.groupby("customer_id")["day"].transform("min")
    later = bought[(first <= cut) & (bought["day"] > cut)]
    n_days = len(later.drop_duplicates(["customer_id", "day"]))
    table = section.all_tables()["value_check"].set_index("measure")
    # Customers whose refunds eat up their purchases are not in the test.
    assert 0.9 * n_days <= table.loc["Purchases", "actual"] <= n_days
    assert table.loc["Revenue", "error"] == pytest.approx(
        table.loc["Revenue", "expected"] / table.loc["Revenue", "actual"] - 1
    )
    said = [sentence for sentence in section.sentences if "test on the past" in sentence]
    assert len(said) == 1
    assert "2 Jul 2024" in said[0]


def test_the_error_is_split_into_its_factors_and_into_large_and_other_customers(section):
    table = section.all_tables()["value_check"].set_index("measure")
    purchases, spend, whole = (
        table.loc[name] for name in ("Purchases", "Spend per purchase", "Revenue")
    )
    for side in ("expected", "actual"):
        assert purchases[side] * spend[side] == pytest.approx(whole[side])
        assert table[side].iloc[3:].sum() == pytest.approx(whole[side])
    assert (1 + purchases["error"]) * (1 + spend["error"]) == pytest.approx(1 + whole["error"])
    assert "customers of the highest forecasts" in table.index[3]


def test_the_sentences_on_the_error_are_computed(fmt):
    # 10 purchases of 30 were forecast, 20 of 40 were made; before, one was worth 25.
    check = customer_values.Check(
        last_day=dt.date(2024, 7, 2), n=150, expected_purchases=10.0, actual_purchases=20.0,
        expected_revenue=300.0, actual_revenue=800.0, past_spend=25.0, n_top=2,
        expected_top=100.0, actual_top=80.0,
    )  # fmt: skip
    two_factors, groups = value._made_of(check, fmt)
    assert "purchases were forecast 50.0% too low" in two_factors
    assert "spend per purchase 25.0% too low" in two_factors
    assert all(number in two_factors for number in ("30", "40", "25"))
    assert groups == (
        "The revenue of the 2 customers of the highest forecasts was forecast 25.0% too high, "
        "that of all others 72.2% too low."
    )
    one = value._made_of(check._replace(n_top=1), fmt)[1]
    assert one.startswith("The revenue of the customer of the highest forecast was")
    # Where one of the groups bought nothing there is no relative error to tell.
    for actual in (0.0, 800.0):
        assert len(value._made_of(check._replace(actual_top=actual), fmt)) == 1


def test_the_largest_are_chosen_by_the_forecast(transactions):
    check = customer_values.check_on_past(transactions, as_of=AS_OF, refunds="net")
    assert check.n_top == -(-check.n // 100)
    # Nobody's forecast is above those of the few, so their mean is above that of all.
    assert check.expected_top / check.n_top > check.expected_revenue / check.n
    summary = purchase_summary(
        transactions[transactions["date"] < pd.Timestamp(check.last_day) + pd.Timedelta(days=1)],
        as_of=check.last_day, unit="W", exact=True, amount_col="amount", refunds="net",
    )  # fmt: skip
    paid = summary[summary["monetary_value"] > 0]
    assert check.past_spend == pytest.approx(
        np.average(paid["monetary_value"], weights=paid["frequency"])
    )


def test_what_is_expected_comes_true_where_the_model_holds():
    rows = make_transactions(
        3_000, start=dt.date(2022, 1, 1), end=dt.date(2024, 12, 31), random_state=3
    ).transactions
    check = customer_values.check_on_past(rows, as_of=AS_OF, refunds="net")
    # Purchases differ from a right forecast by chance alone, some per cent at this size.
    assert check.expected_purchases == pytest.approx(check.actual_purchases, rel=0.05)
    assert check.expected_revenue == pytest.approx(check.actual_revenue, rel=0.1)


def test_a_short_history_is_not_tested(transactions, fmt):
    early = make_transactions(
        800, start=dt.date(2024, 3, 1), end=dt.date(2024, 12, 31), random_state=1
    ).transactions
    section = value.build(study_of(early, as_of=AS_OF), fmt)
    assert any("too short to hold out 26 weeks" in sentence for sentence in section.sentences)
    assert "value_check" not in section.all_tables()


def test_a_past_that_cannot_be_fitted_is_told(store_study, fmt, monkeypatch):
    def fails(rows, *, as_of, refunds):
        raise NotEnoughDataError("0 customers came again and paid.")

    monkeypatch.setattr(customer_values, "check_on_past", fails)
    section = value.build(store_study, fmt)
    assert section.sentences[-1].endswith("last 26 weeks: 0 customers came again and paid.")
    assert "value_check" not in section.all_tables()


def test_few_who_came_again_are_too_few(few_study, fmt):
    with pytest.raises(NotEnoughDataError, match="2 customers came again and paid; at least 50"):
        value.build(few_study, fmt)


def test_where_nobody_is_seen_to_leave_the_limit_of_the_model_is_taken(fmt):
    rows = make_transactions(
        600, start=dt.date(2023, 1, 1), end=dt.date(2024, 12, 31), a=1e-6, b=10.0, random_state=2
    ).transactions
    section = value.build(study_of(rows, as_of=AS_OF), fmt)
    assert section.all_tables()["value"]["probability_alive"].iloc[0] > 0.99
    assert any("hardly anybody leave" in sentence for sentence in section.sentences)


def test_numerical_trouble_is_said_in_one_line(store_study, fmt, monkeypatch):
    def fails(fitted):
        raise np.linalg.LinAlgError("Singular matrix")

    monkeypatch.setattr(customer_values, "total_interval", fails)
    with pytest.raises(NotEnoughDataError, match=r"cannot be computed .*Singular matrix"):
        value.build(store_study, fmt)


def test_the_same_data_give_the_same_section(section, transactions, fmt):
    again = value.build(study_of(transactions, as_of=AS_OF), fmt)
    assert again.sentences == section.sentences
    pd.testing.assert_frame_equal(again.tables[0].frame, section.tables[0].frame)
