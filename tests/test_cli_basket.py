"""The command `crmlytics basket`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.basket import association_rules, baskets, frequent_itemsets
from crmlytics.cli import main
from crmlytics.datasets import make_baskets
from crmlytics.io import read_table


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return make_baskets(2_000, random_state=2).transactions


@pytest.fixture(scope="module")
def table(lines, tmp_path_factory):
    path = tmp_path_factory.mktemp("basket") / "lines.csv"
    lines[["order_id", "item"]].to_csv(path, index=False)
    return path


def run(capsys, *words) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def found_in(lines, *, min_support=0.02, max_len=None, **options) -> pd.DataFrame:
    itemsets = frequent_itemsets(baskets(lines), min_support=min_support, max_len=max_len)
    return association_rules(itemsets, **{"null": "basket_size"} | options)


def write(tmp_path, frame):
    path = tmp_path / "made.csv"
    frame.to_csv(path, index=False)
    return path


def test_it_writes_the_librarys_rules(capsys, lines, table, tmp_path):
    out = tmp_path / "rules.parquet"
    code, said, err = run(capsys, "basket", table, "--min-support", "0.02", "--out", out)
    expected = found_in(lines)
    real, above = int(expected["significant"].sum()), int((expected["lift"] > 1).sum())
    assert code == 0
    assert said == (
        f"wrote {out}: {len(expected):,} rules from 2,000 orders; "
        f"lift is above 1 for {above:,}, significant are {real:,}\n"
    )
    assert err == f"{len(lines):,} rows read; {len(lines):,} used\n"
    written = pd.read_parquet(out)
    assert written["antecedent"].map(list).tolist() == expected["antecedent"].map(list).tolist()
    pd.testing.assert_frame_equal(
        written.drop(columns="antecedent"), expected.drop(columns="antecedent"), check_dtype=False
    )


def test_names_are_readable_in_csv_and_no_formula(capsys, tmp_path):
    orders = [["=1+1", "cake", "tea"]] * 30 + [["cake"]] * 20 + [["jam"]] * 20
    rows = pd.DataFrame(
        [(i, x) for i, each in enumerate(orders) for x in each], columns=["order_id", "item"]
    )
    out = tmp_path / "rules.csv"
    code, _, _ = run(capsys, "basket", write(tmp_path, rows), "--min-support", "0.1", "--out", out)
    assert code == 0
    text = out.read_text(encoding="utf-8")
    assert '"cake; tea"' in text
    assert "\n=1+1" not in text
    assert ",=1+1" not in text
    assert set(read_table(out)["consequent"]) == {"=1+1", "cake", "tea"}


def test_confidence_length_and_null(capsys, lines, table, tmp_path):
    out = tmp_path / "rules.parquet"
    words = ["--min-confidence", "0.4", "--max-len", "2", "--null", "independence"]
    code, _, _ = run(capsys, "basket", table, "--min-support", "0.02", *words, "--out", out)
    expected = found_in(lines, max_len=2, min_confidence=0.4, null="independence")
    written = pd.read_parquet(out)
    assert code == 0
    assert written["count"].tolist() == expected["count"].tolist()
    assert set(written["null"]) == {"independence"}
    assert "expected_count" not in written


@pytest.mark.parametrize("null", ["basket_size", "independence"])
def test_top_takes_what_lies_farthest_beyond_chance(capsys, lines, table, tmp_path, null):
    out = tmp_path / "rules.parquet"
    words = ["--max-len", "2", "--top", "4", "--null", null, "--out", out]
    code, said, _ = run(capsys, "basket", table, "--min-support", "0.02", *words)
    rules = found_in(lines, max_len=2, null=null)
    real = rules[rules["significant"]]
    chance = real["antecedent_count"] * real["consequent_count"] / 2_000
    expected = real["expected_count"] if null == "basket_size" else chance
    assert code == 0
    assert f"4 rules of {len(rules):,} from" in said
    written = pd.read_parquet(out)
    most = (real["count"] - expected).nlargest(4)
    np.testing.assert_array_equal(written["count"], real.loc[most.index, "count"])


def test_lines_that_are_no_purchases_are_left_out_and_counted(capsys, tmp_path):
    rows = pd.DataFrame(
        {
            "Invoice": ["1", "1", "2", "2", "C3", None, "4", "4", "5"],
            "Code": ["a", "b", "a", "b", "a", "a", None, "b", "a"],
            "Units": [1, 2, 1, 1, -1, 1, 1, -1, 1],
            "Each": [1.5, 1.5, 1.5, 0.0, 1.5, 1.5, 1.5, 1.5, 1.5],
            "Day": ["2024-01-01"] * 8 + ["2024-03-01"],
        }
    )
    mapped = ["order_id=Invoice", "item=Code", "quantity=Units", "price=Each", "date=Day"]
    out = tmp_path / "rules.csv"
    code, _, err = run(
        capsys, "basket", write(tmp_path, rows), "--map", *mapped, "--as-of", "2024-02-01",
        "--min-support", "0.1", "--out", out,
    )  # fmt: skip
    assert code == 0
    assert err.startswith(
        "9 rows read; 1 without an order; 1 of cancelled orders; 1 with a price of 0 or less; "
        "1 of refunds; 1 without an item; 1 after as_of; 3 used\n"
    )


def test_a_customers_day_is_an_order_where_there_are_none(capsys, tmp_path):
    rows = pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "bob", "bob", None],
            "date": [
                "2024-01-05 09:00",
                "2024-01-05 17:00",
                "2024-01-05 09:00",
                "2024-01-06 09:00",
                "2024-01-06 09:00",
            ],
            "item": ["tea", "cake", "tea", "cake", "jam"],
        }
    )
    out = tmp_path / "rules.parquet"
    code, _, err = run(
        capsys, "basket", write(tmp_path, rows), "--min-support", "0.3", "--out", out
    )
    assert code == 0
    assert "1 without an order; 4 used" in err
    written = pd.read_parquet(out)
    assert written["n_baskets"].tolist() == [3, 3]
    assert written["count"].tolist() == [1, 1]


def test_one_item_per_order_is_said(capsys, tmp_path):
    rows = pd.DataFrame({"order_id": [1, 2], "item": ["a", "b"]})
    out = tmp_path / "rules.csv"
    code, said, err = run(
        capsys, "basket", write(tmp_path, rows), "--min-support", "0.1", "--out", out
    )
    assert code == 0
    assert "every order holds a single item" in err
    assert "0 rules from 2 orders" in said


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--min-support", "0"], 2, "must be a number above 0, got '0'"),
        (["--min-support", "2"], 2, "must be a share above 0 and at most 1"),
        ([], 2, "--min-support"),
        (["--min-support", "0.1", "--min-confidence", "80"], 2, "must be a share above 0"),
        (["--min-support", "0.1", "--null", "lift"], 2, "invalid choice: 'lift'"),
        (["--min-support", "0.1", "--top", "0"], 2, "must be a whole number above 0"),
        (["--min-support", "0.1", "--map", "item=Ware"], 3, "item_col='Ware' is not a column"),
        (["--min-support", "0.1", "--map", "order_id=Nr"], 3, "order_col='Nr' is not a column"),
        (["--min-support", "0.1", "--as-of", "2024-01-01"], 3, "takes a column of dates"),
        (["--min-support", "0.1", "--map", "customer_id=item"], 2, "'item'"),
    ],
)  # fmt: skip
def test_refusals(capsys, table, tmp_path, words, code, message):
    out = tmp_path / "rules.csv"
    returned, _, err = run(capsys, "basket", table, *words, "--out", out)
    assert returned == code
    assert message in err
    assert not out.exists()


def test_too_many_sets_are_refused_in_words_of_the_command(capsys, tmp_path):
    rows = pd.DataFrame(
        {"order_id": np.repeat([1, 2], 24), "item": [f"i{i}" for i in range(24)] * 2}
    )
    out = tmp_path / "rules.csv"
    code, _, err = run(
        capsys, "basket", write(tmp_path, rows), "--min-support", "0.5", "--out", out
    )
    assert code == 2
    assert "raise --min-support, or give a --max-len such as 2" in err
    assert "max_itemsets" not in err
    assert not out.exists()


@pytest.mark.parametrize("text", ["", "order_id,item\n"])
def test_an_empty_table(capsys, tmp_path, text):
    path = tmp_path / "made.csv"
    path.write_text(text, encoding="utf-8")
    code, _, err = run(capsys, "basket", path, "--min-support", "0.1", "--out", tmp_path / "x.csv")
    assert code == 3
    assert "empty" in err or "no rows" in err


def test_nothing_left_is_refused_with_the_reasons(capsys, tmp_path):
    rows = pd.DataFrame({"order_id": [1, 2], "item": ["a", "b"], "quantity": [-1, -1]})
    code, _, err = run(
        capsys, "basket", write(tmp_path, rows), "--min-support", "0.1", "--out", tmp_path / "x.csv"
    )
    assert code == 3
    assert "no line of 2 can be used: 2 of refunds" in err


@pytest.mark.data
def test_groceries_have_the_rules_that_arules_finds(capsys, data_dir, tmp_path, golden):
    names = data_dir / "groceries" / "groceries_names.txt"
    if not names.exists():
        pytest.skip("groceries is not among the real data sets")
    texts = names.read_text(encoding="utf-8").splitlines()
    rows = [(order, item) for order, text in enumerate(texts) for item in text.split("\t")]
    table = write(tmp_path, pd.DataFrame(rows, columns=["order_id", "item"]))
    out = tmp_path / "rules.csv"
    words = ["--min-support", "0.001", "--min-confidence", "0.8", "--out", out]
    code, _, _ = run(capsys, "basket", table, *words)
    assert code == 0
    golden(
        "crmlytics basket on Groceries: rules of a count of 10 and a confidence of 0.8",
        ours=len(read_table(out)),
        published=410,
        source="R arules 1.7.13",
    )
