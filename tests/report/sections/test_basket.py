from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmlytics.datasets import make_baskets
from crmlytics.report import build_report
from crmlytics.report.cleaning import clean_transactions, roles_of
from crmlytics.report.sections import basket
from crmlytics.report.study import Options, Study
from tests.report.studies import study_of

AS_OF = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def grocer():
    return make_baskets(3_000, random_state=4)


def study(frame, **names) -> Study:
    columns = {
        "customer_col": "customer_id", "date_col": "date", "amount_col": "amount",
        "order_col": "order_id", "quantity_col": None, "price_col": None, "item_col": "item",
    } | names  # fmt: skip
    roles = roles_of(frame, **columns)
    return Study(
        clean_transactions(frame, roles, as_of=AS_OF), roles, Options(AS_OF, "M", "net", False)
    )


def lines_of(*orders: list[str]) -> pd.DataFrame:
    rows = [(f"c{i}", i, item) for i, items in enumerate(orders) for item in items]
    frame = pd.DataFrame(rows, columns=["customer_id", "order_id", "item"])
    return frame.assign(date=pd.Timestamp("2024-05-01"), amount=1.0)


def test_planted_pairs_are_listed_and_lift_alone_is_shown_up(grocer, fmt):
    section = basket.build(study(grocer.transactions), fmt)
    tables = section.all_tables()
    pairs = tables["item_pairs"]
    assert section.name == "basket"
    assert (pairs["lift"] > 1).all()
    told = " ".join(section.sentences)
    assert f"Lift is above 1 for {len(pairs)} of them. That alone is no affinity" in told
    planted = {frozenset(pair) for pair in grocer.truth.affinities.iloc[:, :2].to_numpy().tolist()}
    best = tables["basket_pairs"]
    assert {frozenset(pair) for pair in best[["item", "other"]].to_numpy().tolist()} <= planted
    assert best["significant"].all()
    claimed = tables["basket_claimed"]
    assert not claimed["significant"].any()
    assert (claimed["lift"] > 1).all()
    assert claimed["lift"].is_monotonic_decreasing


def test_the_first_pair_by_hand(fmt):
    orders = [["tea", "cake"]] * 40 + [["tea"]] * 10 + [["cake"]] * 20 + [["jam", "ham"]] * 40
    section = basket.build(study(lines_of(*orders)), fmt)
    best = section.all_tables()["basket_pairs"].set_index(["item", "other"])
    assert best.loc[("jam", "ham"), ["count", "confidence"]].tolist() == [40, 1.0]
    assert best.loc[("tea", "cake"), ["count", "confidence"]].tolist() == [40, 0.8]
    assert section.sentences[0] == (
        "80 of 110 orders hold two items or more; an order holds 1.7 different items on average, "
        "half of them 2 or fewer."
    )


def test_without_items_there_is_no_section(few_study, fmt):
    assert basket.build(few_study, fmt) is None


@pytest.mark.parametrize(
    ("orders", "notice"),
    [
        ([["tea"]] * 60, "Every order holds a single item"),
        ([["tea", "jam"]] * 49, "49 orders hold two items or more; at least 50 are needed"),
        ([["tea", "jam"]], "1 order holds two items or more"),
        ([[" "]] * 3, "No row used names an item"),
    ],
)
def test_too_little_to_tell(orders, notice, fmt):
    section = basket.build(study(lines_of(*orders)), fmt)
    assert section.notice.startswith(notice)
    assert not section.tables


def test_pairs_that_are_all_rare_or_chance(fmt):
    rare = [[f"a{i}", f"b{i}"] for i in range(60)]
    section = basket.build(study(lines_of(*rare)), fmt)
    assert section.sentences[-1] == (
        "No two items lie together in 10 orders or more, which is the least looked at."
    )
    chance = [["a", "b"]] * 25 + [["a", "c"]] * 25 + [["b", "d"]] * 25 + [["c", "d"]] * 25
    section = basket.build(study(lines_of(*chance)), fmt)
    assert "no pair is bought together more often than chance explains" in section.sentences[-1]
    assert "basket_pairs" not in section.all_tables()


def test_refunds_and_missing_items(fmt):
    orders = [["tea", "cake"]] * 60
    frame = lines_of(*orders)
    returned = frame.iloc[:20].assign(amount=-1.0, order_id=lambda rows: rows["order_id"] + 500)
    unnamed = frame.iloc[:3].assign(item=None)
    rows = pd.concat([frame, returned, unnamed], ignore_index=True)
    section = basket.build(study(rows), fmt)
    assert section.sentences[0].startswith("60 of 60 orders")
    assert "3 rows name no item and are left out here." in section.sentences


def test_a_day_is_an_order_where_there_are_no_orders(fmt):
    frame = lines_of(*[["tea", "cake"]] * 60).drop(columns="order_id")
    section = basket.build(study(frame, order_col=None), fmt)
    assert section.sentences[0].startswith("60 of 60 orders")


def test_items_may_be_numbers_or_categories(fmt):
    frame = lines_of(*[["1", "2"]] * 60)
    for items in (frame["item"].astype(int), frame["item"].astype("category")):
        section = basket.build(study(frame.assign(item=items)), fmt)
        assert section.all_tables()["item_pairs"][["item", "other"]].to_numpy().tolist() == [
            ["2", "1"]
        ]


def test_a_column_that_holds_no_items_costs_this_section_only():
    frame = lines_of(*[["tea", "cake"]] * 60)
    frame = frame.assign(item=[["a", "list"]] * len(frame))
    report = build_report(transactions=frame, as_of=AS_OF, order_col="order_id")
    section = next(each for each in report.sections if each.name == "basket")
    assert "must be text or integers, they are lists" in section.notice
    assert report.tables["segments"] is not None


def test_the_item_column_is_found_by_its_name_or_named(grocer):
    rows = grocer.transactions.iloc[:2_000]
    names = {"transactions": rows, "as_of": AS_OF, "order_col": "order_id"}
    assert "item_pairs" in build_report(**names).tables
    product = rows.rename(columns={"item": "product"})
    without = build_report(**names | {"transactions": product})
    assert "basket" not in [section.name for section in without.sections]
    named = build_report(**names | {"transactions": product, "item_col": "product"})
    assert "item_pairs" in named.tables
    told = named.tables["questions"].set_index("question")["how"]
    assert any("“What is bought together” what to offer" in text for text in told)


def test_a_column_called_item_may_be_something_else(few):
    frame = few.rename(columns={"order_id": "item"})
    report = build_report(transactions=frame, as_of=dt.date(2024, 3, 10), order_col="item")
    assert "basket" not in [section.name for section in report.sections]


def test_the_helper_without_items_is_the_old_one(few):
    assert study_of(few, as_of=dt.date(2024, 3, 10)).cleaned.items is None
