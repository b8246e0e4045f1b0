"""join_report: what a join keeps, loses and multiplies, by hand, by sets, on every engine."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.customers import join_report
from crmlytics.errors import ColumnNotFoundError, DataContractError

CUSTOMERS = pd.DataFrame({"id": ["ann", "bob", "cem", "Ann", "eve", "eve"]})
ORDERS = pd.DataFrame({"client": ["ann", "ann", "eve", "BOB ", "dan", None, "00cem"]})


def test_every_count_by_hand(engine):
    found = join_report(engine.make(CUSTOMERS), engine.make(ORDERS), on="id", right_on="client")
    assert found._asdict() == {
        "left_rows": 6,
        "right_rows": 7,
        "left_missing": 0,
        "right_missing": 1,
        "left_keys": 5,
        "right_keys": 5,
        "left_repeated": 1,  # eve
        "right_repeated": 1,  # ann
        "matched_keys": 2,  # ann, eve
        "left_only_keys": 3,  # bob, cem, Ann
        "right_only_keys": 3,  # "BOB ", dan, 00cem
        "left_only_rows": 3,
        "right_only_rows": 3,
        "joined_rows": 4,  # ann 1 x 2, eve 2 x 1
        "left_lookalikes": 2,  # ann, Ann
        "right_lookalikes": 0,
        "matching_lookalikes": 2,  # "BOB " is like bob, 00cem like cem
    }


def test_integer_keys_of_any_width_match_and_look_like_nothing(engine):
    left = pd.DataFrame({"id": pd.array([1, 2, 3], "int64")})
    right = pd.DataFrame({"id": pd.array([2, 3, 3, 30], "int32")})
    found = join_report(engine.make(left), engine.make(right), on="id")
    assert (found.matched_keys, found.right_only_keys, found.joined_rows) == (2, 1, 3)
    assert found.matching_lookalikes == found.left_lookalikes == 0


KEYS = st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=12)


@settings(max_examples=12, deadline=None)
@given(left=KEYS, right=KEYS)
def test_the_counts_are_those_of_pandas(left, right):
    tables = [pd.DataFrame({"id": pd.Series(keys, dtype=object)}) for keys in (left, right)]
    found = join_report(*tables, on="id")
    known = [table.dropna() for table in tables]
    joined = known[0].merge(known[1], on="id")
    assert found.joined_rows == len(joined)
    assert found.matched_keys == joined["id"].nunique()
    assert found.left_rows == len(left)
    assert found.left_missing == left.count(None)
    assert found.right_only_rows == int((~known[1]["id"].isin(known[0]["id"])).sum())
    assert found.left_keys == found.left_only_keys + found.matched_keys


def test_what_cannot_be_joined_is_refused(engine):
    text = engine.make(pd.DataFrame({"id": ["001", "002"]}))
    numbers = engine.make(pd.DataFrame({"id": [1, 2]}))
    with pytest.raises(DataContractError, match="text in left and integers in right"):
        join_report(text, numbers, on="id")
    with pytest.raises(DataContractError, match="right: the ids in 'id' must be text or integers"):
        join_report(numbers, engine.make(pd.DataFrame({"id": [1.5, 2.0]})), on="id")
    with pytest.raises(ColumnNotFoundError, match="right: right_on='client' is not a column"):
        join_report(text, text, on="id", right_on="client")


def test_frames_of_two_kinds_are_refused():
    import pyarrow as pa

    with pytest.raises(TypeError, match="left is a pandas frame and right a pyarrow frame"):
        join_report(CUSTOMERS, pa.table({"id": ["ann"]}), on="id")


@pytest.mark.data
def test_maven_pipeline(data_dir):
    folder = data_dir / "maven_crm_sales"
    accounts = pd.read_csv(folder / "accounts.csv")
    pipeline = pd.read_csv(folder / "sales_pipeline.csv")
    found = join_report(accounts, pipeline, on="account")
    # 1,425 of the 8,800 deals have no account, and every account that they name is known.
    assert (found.left_keys, found.right_rows, found.right_missing) == (85, 8800, 1425)
    assert (found.matched_keys, found.right_only_rows) == (85, 0)
    assert found.joined_rows == 8800 - 1425
    # The spelling of a product differs in the two tables: 1,480 rows would be lost without a word.
    products = pd.read_csv(folder / "products.csv")
    found = join_report(products, pipeline, on="product")
    assert (found.right_only_keys, found.right_only_rows) == (1, 1480)
    assert found.matching_lookalikes == 1
