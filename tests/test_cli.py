from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import crmlytics
from crmlytics import cli_rfm
from crmlytics.cli import main
from crmlytics.customers import rfm_table
from crmlytics.datasets import make_pipeline
from crmlytics.io import read_table
from crmlytics.retention import cohort_table
from crmlytics.segmentation import RFMScorer, SegmentMap

if TYPE_CHECKING:
    from pathlib import Path

MAP = ["--map", "customer_id=Client", "order_id=Order", "date=Day", "amount=Paid"]
AS_OF = ["--as-of", "2024-06-30"]


@pytest.fixture
def orders() -> pd.DataFrame:
    n = 120
    return pd.DataFrame(
        {
            "Client": [f"c{i % 17:02d}" for i in range(n)],
            "Order": range(1, n + 1),
            "Day": pd.date_range("2024-01-01 09:00", periods=n, freq="35h"),
            "Paid": [float(5 + i % 13) for i in range(n)],
        }
    )


@pytest.fixture
def table(orders, tmp_path) -> Path:
    path = tmp_path / "orders.csv"
    orders.to_csv(path, index=False)
    return path


def run(capsys, *words) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


def python(code: str, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


# Starting


def test_help_loads_only_the_standard_library():
    code = (
        "import sys; before = set(sys.modules)\n"
        "from crmlytics.cli import main\n"
        "codes = [main(['--help']), main(['report', '--help']), main(['--version'])]\n"
        "roots = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "import json; print(json.dumps([codes, sorted(roots - sys.stdlib_module_names)]))"
    )
    done = python(code)
    assert done.returncode == 0, done.stderr
    codes, others = json.loads(done.stdout.splitlines()[-1])
    assert codes == [0, 0, 0]
    assert others == ["crmlytics"]


def test_version(capsys):
    code, out, _ = run(capsys, "--version")
    assert (code, out) == (0, f"crmlytics {crmlytics.__version__}\n")


def test_the_installed_command_returns_the_exit_code(tmp_path):
    done = python(
        "import sys; from crmlytics.cli import main; sys.exit(main(sys.argv[1:] or ['rfm']))"
    )
    assert done.returncode == 2
    assert "--as-of" in done.stderr


# Usage


def test_the_day_of_the_analysis_is_never_guessed(capsys, table, tmp_path):
    code, _, err = run(capsys, "report", table, *MAP, "--out", tmp_path / "r.html")
    assert code == 2
    assert "--as-of" in err
    assert "never reads the clock" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "x.csv", *AS_OF, "--out", "r.html", "--map", "custmer_id=A"], "customer_id"),
        (["report", "x.csv", *AS_OF, "--out", "r.html", "--map", "customer_id"], "customer_id=Cl"),
        (["report", "transaction=x.csv", *AS_OF, "--out", "r.html"], "did you mean 'transactions'"),
        (["report", "x.csv", "--as-of", "30.06.2024", "--out", "r.html"], "2024-12-31"),
        (["report", "x.csv", *AS_OF, "--out", "r.html", "--refunds", "error"], "invalid choice"),
        (["demo", "--customers", "0"], "above 0"),
        (["demo", "--seed", "x"], "whole number"),
        (["nonsense"], "invalid choice"),
        (["rfm", "x.csv", *AS_OF, "--out", "table.xlsx"], ".csv or .parquet"),
        (["cohorts", "x.csv", *AS_OF, "--out", "table.csv"], "--unit"),
        ([], "COMMAND"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_meant(capsys, words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert code == 2
    assert said in err
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--currency", "Euro", "currency"), ("--tz", "Nowhere", "tz"), ("--delimiter", ";;", "deli")],
)
def test_values_only_the_library_knows_are_usage_too(capsys, table, tmp_path, option, value, said):
    out = tmp_path / "r.html"
    code, _, err = run(capsys, "report", table, *MAP, *AS_OF, option, value, "--out", out)
    assert code == 2
    assert said in err
    assert not out.exists()


# Doing


def test_report(capsys, table, tmp_path):
    out = tmp_path / "report.html"
    code, said, err = run(
        capsys, "report", table, *MAP, *AS_OF, "--title", "Mine", "--currency", "EUR", "--out", out
    )
    assert code == 0
    assert said == f"wrote {out}\n"
    assert "120 rows read; 120 used" in err
    html = out.read_text(encoding="utf-8")
    assert "<h1>Mine</h1>" in html
    assert "orders.csv" in html
    assert str(tmp_path) not in html
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders.csv", "report.html"]


def test_report_takes_the_kind_of_table_in_front_of_its_path(capsys, table, tmp_path):
    out = tmp_path / "report.html"
    code, _, _ = run(
        capsys, "report", f"transactions={table}", *MAP, *AS_OF, "--show-ids", "--out", out
    )
    assert code == 0
    assert "c00" in out.read_text(encoding="utf-8")


def test_report_takes_deals_beside_the_purchases(capsys, table, tmp_path):
    deals, _, _ = make_pipeline(
        deals_per_week=6.0, start=dt.date(2023, 7, 1), end=dt.date(2024, 6, 30), random_state=0
    )
    deals.to_csv(tmp_path / "deals.csv", index=False)
    out = tmp_path / "report.html"
    code, _, _ = run(
        capsys, "report", table, f"deals={tmp_path / 'deals.csv'}", *MAP, *AS_OF, "--out", out
    )
    assert code == 0
    html = out.read_text(encoding="utf-8")
    assert "What the deals will bring" in html
    assert "In Jul 2024 the deals are expected to bring" in html
    code, _, err = run(capsys, "report", table, "other.csv", *MAP, *AS_OF, "--out", out)
    assert code == 2
    assert "write deals=FILE" in err


def test_columns_with_the_usual_names_need_no_map(capsys, orders, tmp_path):
    path = tmp_path / "usual.parquet"
    orders.set_axis(["customer_id", "order_id", "date", "amount"], axis=1).to_parquet(path)
    code, _, _ = run(capsys, "report", path, *AS_OF, "--out", tmp_path / "r.html")
    assert code == 0


def test_amount_is_quantity_times_price(capsys, orders, tmp_path):
    path = tmp_path / "lines.csv"
    orders.assign(units=2, price=orders["Paid"] / 2).drop(columns="Paid").to_csv(path, index=False)
    out = tmp_path / "rfm.csv"
    words = ["--map", "customer_id=Client", "date=Day", "quantity=units", "price=price"]
    code, _, _ = run(capsys, "rfm", path, *words, *AS_OF, "--out", out)
    assert code == 0
    assert read_table(out)["monetary"].sum() == pytest.approx(orders["Paid"].sum())


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.filterwarnings("ignore::crmlytics.errors.DataQualityWarning")
def test_rfm_writes_what_the_library_computes(capsys, table, orders, tmp_path, ending):
    out = tmp_path / f"rfm{ending}"
    code, said, _ = run(capsys, "rfm", table, *MAP, *AS_OF, "--segments", "putler11", "--out", out)
    assert code == 0
    assert "17 customers" in said
    expected = rfm_table(
        orders,
        as_of=dt.date(2024, 6, 30),
        customer_col="Client",
        date_col="Day",
        amount_col="Paid",
        order_col="Order",
    )
    expected = SegmentMap.named("putler11").assign(
        RFMScorer(customer_col="Client").fit_transform(expected)
    )
    written = read_table(out, text_columns=["rfm"])
    assert list(written) == list(expected)
    for name in expected:
        assert written[name].tolist() == expected[name].tolist()


def test_rfm_counts_days_or_rows_if_asked(capsys, table, tmp_path):
    frequency = {}
    for by in ("days", "rows"):
        out = tmp_path / f"{by}.csv"
        assert main(["rfm", str(table), *MAP, *AS_OF, "--count-by", by, "--out", str(out)]) == 0
        frequency[by] = read_table(out)["frequency"].sum()
    assert frequency["rows"] == 120
    assert frequency["days"] <= 120


def test_cohorts_writes_what_the_library_computes(capsys, table, orders, tmp_path):
    out = tmp_path / "cohorts.parquet"
    code, said, _ = run(
        capsys, "cohorts", table, *MAP, *AS_OF, "--unit", "M", "--kind", "on_or_after", "--out", out
    )
    assert code == 0
    assert said.endswith(": 1 cohort\n")
    expected = cohort_table(
        orders,
        unit="M",
        as_of=dt.date(2024, 6, 30),
        kind="on_or_after",
        amount_col="Paid",
        customer_col="Client",
        date_col="Day",
    )
    written = pd.read_parquet(out)
    assert written["active"].tolist() == expected["active"].tolist()
    assert written["revenue"].tolist() == pytest.approx(expected["revenue"].tolist())


def test_cohorts_need_no_money(capsys, orders, tmp_path):
    path = tmp_path / "visits.csv"
    orders[["Client", "Day"]].to_csv(path, index=False)
    out = tmp_path / "cohorts.csv"
    words = ["--map", "customer_id=Client", "date=Day", "--unit", "Q", "--out", out]
    code, _, _ = run(capsys, "cohorts", path, *AS_OF, *words)
    assert code == 0
    assert "revenue" not in read_table(out)


def test_the_commands_clean_and_count(capsys, orders, tmp_path):
    orders.loc[0, "Client"] = None
    orders.loc[1, "Paid"] = -3.0
    path = tmp_path / "dirty.csv"
    pd.concat([orders, orders.iloc[[5]]]).to_csv(path, index=False)
    for command, more in (("rfm", []), ("cohorts", ["--unit", "M"]), ("report", [])):
        out = tmp_path / ("x.html" if command == "report" else "x.csv")
        code, _, err = run(
            capsys, command, path, *MAP, *AS_OF, *more, "--refunds", "ignore", "--out", out
        )
        assert code == 0
        assert (
            "121 rows read; 1 without a customer; 1 of refunds; 119 used; 1 exact duplicate kept"
            in err
        )


def test_demo(capsys, tmp_path):
    out = tmp_path / "new" / "report.html"
    code, said, _ = run(capsys, "demo", "--out", out, "--customers", "60", "--seed", "3")
    assert code == 0
    assert str(out) in said
    assert out.stat().st_size < 1_000_000
    again = tmp_path / "again.html"
    main(["demo", "--out", str(again), "--customers", "60", "--seed", "3"])
    assert again.read_bytes() == out.read_bytes()


def test_demo_has_a_name_of_its_own(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--customers", "40"]) == 0
    assert (tmp_path / "crmlytics-demo.html").exists()


def test_warnings_become_notes(capsys, tmp_path):
    path = tmp_path / "equal.csv"
    pd.DataFrame({"customer_id": ["a", "b"], "date": ["2024-01-02"] * 2, "amount": [1, 1]}).to_csv(
        path, index=False
    )
    code, _, err = run(capsys, "rfm", path, *AS_OF, "--out", tmp_path / "x.csv")
    assert code == 0
    assert "note: recency fills only 1 of 5 scores" in err
    assert "Warning" not in err


# Options of the reader


def test_reader_options(capsys, tmp_path):
    path = tmp_path / "export.csv"
    text = "Клиент;Дата;Сумма;Заметка\n" + "".join(
        f"к{i % 5};0{1 + i % 9}.0{1 + i % 6}.2024;1 234,50;x{';лишнее' if i == 3 else ''}\n"
        for i in range(30)
    )
    path.write_bytes(text.encode("cp1251"))
    out = tmp_path / "rfm.csv"
    words = ["--map", "customer_id=Клиент", "date=Дата", "amount=Сумма", *AS_OF, "--out", out]
    code, _, err = run(capsys, "rfm", path, *words)
    assert code == 3  # ragged
    options = ["--encoding", "cp1251", "--delimiter", ";", "--decimal", ",", "--ragged", "skip"]
    code, _, err = run(capsys, "rfm", path, *words, *options, "--dayfirst")
    assert code == 0, err
    assert "29 rows read" in err
    assert read_table(out)["monetary"].sum() == pytest.approx(29 * 1234.5)
    first = read_table(out)["recency_days"].tolist()
    run(capsys, "rfm", path, *words, *options, "--monthfirst")
    assert read_table(out)["recency_days"].tolist() != first


def test_a_doubt_in_a_column_nobody_asked_for_stops_nothing(capsys, orders, tmp_path):
    path = tmp_path / "doubt.csv"
    orders.assign(other=["01.02.2024"] * 120).to_csv(path, index=False)
    out = tmp_path / "r.html"
    code, _, _ = run(capsys, "report", path, *MAP, *AS_OF, "--out", out)
    assert code == 0
    page = out.read_text(encoding="utf-8")
    assert "which was not asked for, stays text" in page
    assert "01.02.2024" not in page


def test_zones_are_converted(capsys, orders, tmp_path):
    path = tmp_path / "aware.parquet"
    orders.assign(Day=orders["Day"].dt.tz_localize("UTC")).to_parquet(path)
    out = tmp_path / "r.html"
    code, _, err = run(capsys, "report", path, *MAP, *AS_OF, "--out", out)
    assert code == 3
    assert "time zone" in err
    code, _, _ = run(capsys, "report", path, *MAP, *AS_OF, "--tz", "Europe/Warsaw", "--out", out)
    assert code == 0


# Refusing


def broken(name: str, orders: pd.DataFrame, folder: Path) -> Path:
    path = folder / f"{name}.csv"
    if name == "directory":
        path.mkdir()
    elif name == "empty":
        path.write_bytes(b"")
    elif name == "binary":
        path.write_bytes(bytes(range(256)) * 50)
    elif name == "header":
        orders.iloc[:0].to_csv(path, index=False)
    elif name == "dates":
        orders.assign(Day=["someday"] * 60 + ["2024-01-05"] * 60).to_csv(path, index=False)
    elif name == "ambiguous":
        orders.assign(Day=["01.02.2024", "05.03.2024"] * 60).to_csv(path, index=False)
    elif name == "customers":
        orders.assign(Client=None).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", "no file"),
        ("directory", "directory"),
        ("empty", "empty"),
        ("binary", "crmlytics: "),
        ("header", "no rows"),
        ("dates", "60 of 120 values of 'Day'"),
        ("ambiguous", "two ways"),
        ("customers", "120 without a customer"),
    ],
)
@pytest.mark.parametrize("command", ["report", "rfm"])
def test_data_that_cannot_be_used_are_3_with_the_reason(
    capsys, orders, tmp_path, name, said, command
):
    path = broken(name, orders, tmp_path)
    out = tmp_path / ("out.html" if command == "report" else "out.csv")
    code, printed, err = run(capsys, command, path, *MAP, *AS_OF, "--out", out)
    assert code == 3
    assert said in err
    assert "Traceback" not in err
    assert printed == ""
    assert not out.exists()
    assert not [each for each in tmp_path.iterdir() if each.name.endswith(".tmp")]


def test_a_column_that_is_not_there_is_3_with_a_suggestion(capsys, table, tmp_path):
    words = ["--map", "customer_id=Cliemt", "date=Day", "amount=Paid"]
    code, _, err = run(capsys, "report", table, *words, *AS_OF, "--out", tmp_path / "r.html")
    assert code == 3
    assert "did you mean 'Client'?" in err
    assert "--map" in err


def test_an_analysis_before_all_data_is_3(capsys, table, tmp_path):
    code, _, err = run(
        capsys, "report", table, *MAP, "--as-of", "2023-12-31", "--out", tmp_path / "r.html"
    )
    assert code == 3
    assert "--as-of 2023-12-31 lies before all 120 rows" in err


@pytest.mark.parametrize("target", ["folder", "nowhere/r.html"])
def test_an_output_that_cannot_be_written_is_3(capsys, table, tmp_path, target):
    (tmp_path / "folder").mkdir()
    code, _, err = run(capsys, "report", table, *MAP, *AS_OF, "--out", tmp_path / target)
    assert code == 3
    assert err.startswith("crmlytics: ")
    assert not (tmp_path / "nowhere").exists()


def test_an_old_output_stays_if_the_data_are_refused(capsys, orders, tmp_path):
    out = tmp_path / "r.html"
    out.write_text("old", encoding="utf-8")
    code, _, _ = run(
        capsys, "report", broken("dates", orders, tmp_path), *MAP, *AS_OF, "--out", out
    )
    assert code == 3
    assert out.read_text(encoding="utf-8") == "old"


@pytest.mark.data
def test_online_retail_from_the_command_line(capsys, data_dir, tmp_path):
    path = data_dir / "online_retail" / "online_retail_2010_2011.parquet"
    if not path.exists():
        pytest.skip("online_retail is not among the real data sets")
    words = [
        "--map", "customer_id=CustomerID", "order_id=InvoiceNo", "date=InvoiceDate",
        "quantity=Quantity", "price=UnitPrice", "--refunds", "ignore", "--as-of", "2011-12-10",
    ]  # fmt: skip
    out = tmp_path / "cohorts.parquet"
    code, _, err = run(capsys, "cohorts", path, *words, "--unit", "M", "--out", out)
    assert code == 0
    assert (
        "541,909 rows read; 135,080 without a customer; 8,905 of cancelled orders; 40 with a price "
        "of 0 or less; 397,884 used; 5,268 exact duplicates kept" in err
    )
    first = pd.read_parquet(out).iloc[:12]
    assert first["active"].tolist()[:4] == [885, 324, 286, 340]


@pytest.mark.parametrize(
    ("rows", "option"),
    [
        ("1,01/02/2024,10\n2,03/04/2024,20\n", "pass --dayfirst or --monthfirst"),
        ("1,2024-01-05T10:00:00+02:00,10\n", "--tz 'Europe/Warsaw'"),
        ("1,2030-01-05,10\n", "--as-of 2024-12-31 lies before"),
    ],
)
def test_messages_name_the_options_of_the_command(tmp_path, capsys, rows, option):
    source = tmp_path / "orders.csv"
    source.write_text("id,date,amount\n" + rows, encoding="utf-8")
    status = main(
        ["rfm", str(source), "--map", "customer_id=id", "date=date", "amount=amount",
         "--as-of", "2024-12-31", "--out", str(tmp_path / "rfm.csv")]
    )  # fmt: skip
    assert status == 3
    assert option in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]


# Ids


@pytest.mark.parametrize(
    "written",
    [
        ["FT1001", "KR1001", "PLN1001", "PLN-1001"],
        ["9007199254740993.0", "9007199254740992.0"],
        ["12.345", "12.346"],
        ["1,001", "1,002"],
    ],
)
@pytest.mark.parametrize("words", [[], ["--map", "customer_id=who", "order_id=order_id"]])
def test_ids_are_never_read_as_money(capsys, tmp_path, written, words):
    path, out = tmp_path / "orders.csv", tmp_path / "rfm.csv"
    name = "who" if words else "customer_id"
    frame = pd.DataFrame({name: written, "order_id": written, "date": "2024-01-31", "amount": 5})
    frame.to_csv(path, index=False)
    code, said, err = run(capsys, "rfm", path, *words, *AS_OF, "--out", out)
    assert code == 0, err
    assert f"{len(written)} customers" in said


# Columns nobody asked for


def test_a_doubt_elsewhere_leaves_the_columns_with_usual_names(capsys, tmp_path):
    path, out = tmp_path / "orders.csv", tmp_path / "rfm.csv"
    path.write_text(
        "cust,day,amount,order_id,birthday\n"
        "a,2024-01-31,5,1,03.04.1981\n"
        "a,2024-01-31,5,2,03.04.1981\n"
        "b,2024-02-29,7,3,05.06.1979\n"
        "b,2024-02-29,7,3,05.06.1979\n",
        encoding="utf-8",
    )
    words = ["--map", "customer_id=cust", "date=day"]
    code, _, err = run(capsys, "rfm", path, *words, *AS_OF, "--out", out)
    assert code == 0, err
    assert read_table(out).set_index("cust")["frequency"].to_dict() == {"a": 2, "b": 1}
    assert "4 rows read; 4 used; 1 exact duplicate kept" in err
    assert "'birthday', which was not asked for, stays text" in err
    assert "pass --dayfirst or --monthfirst" in err
    assert "03.04.1981" not in err
    code, _, err = run(
        capsys, "cohorts", path, *words, *AS_OF, "--unit", "M", "--out", tmp_path / "cohorts.csv"
    )
    assert code == 0, err
    assert "'birthday', which was not asked for, stays text" in err


def test_cohorts_are_written_as_days(capsys, table, tmp_path):
    out = tmp_path / "cohorts.csv"
    assert run(capsys, "cohorts", table, *MAP, *AS_OF, "--unit", "M", "--out", out)[0] == 0
    assert out.read_text(encoding="utf-8").splitlines()[1].startswith("2024-01-01,")


# Outputs


@pytest.mark.parametrize("command", ["report", "rfm", "segments", "cohorts"])
@pytest.mark.parametrize("link", [False, True])
def test_the_table_that_is_read_is_never_written(capsys, table, tmp_path, command, link):
    before = table.read_bytes()
    out = table
    if link:
        out = tmp_path / "link.csv"
        out.symlink_to(table)
    more = ["--unit", "M"] if command == "cohorts" else []
    code, _, err = run(capsys, command, table, *MAP, *AS_OF, *more, "--out", out)
    assert code == 2
    assert "is the table that is read" in err
    assert table.read_bytes() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_pipe_is_no_output(capsys, table, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    code, _, err = run(capsys, "rfm", table, *MAP, *AS_OF, "--out", tmp_path / "pipe.csv")
    assert code == 3
    assert "a pipe or a device" in err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_pipe_can_be_read(orders, tmp_path):
    text = orders.to_csv(index=False).encode()
    out = tmp_path / "r.html"
    code = "import sys; from crmlytics.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "report", "/dev/stdin", *MAP, *AS_OF, "--out", str(out)],
        input=text,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(text).hexdigest() in out.read_text(encoding="utf-8")


# Words


def test_one_column_for_two_names_is_named(capsys, table, tmp_path):
    words = ["--map", "customer_id=Client", "date=Client", "amount=Paid"]
    code, _, err = run(capsys, "rfm", table, *words, *AS_OF, "--out", tmp_path / "x.csv")
    assert code == 2
    assert "customer_id and date are both the column 'Client'" in err
    assert "--map" in err


@pytest.mark.parametrize("name", cli_rfm._RFM_COLUMNS)
def test_a_customer_column_like_a_result_is_named(capsys, orders, tmp_path, name):
    path = tmp_path / "orders.csv"
    orders.rename(columns={"Client": name}).to_csv(path, index=False)
    words = ["--map", f"customer_id={name}", "date=Day", "amount=Paid"]
    code, _, err = run(capsys, "rfm", path, *words, *AS_OF, "--out", tmp_path / "x.csv")
    assert code == 3
    assert f"the key column {name!r} bears the name of a result column" in err


@pytest.mark.filterwarnings("ignore::crmlytics.errors.DataQualityWarning")
def test_the_result_columns_of_rfm_are_known(capsys, table, tmp_path):
    out = tmp_path / "rfm.csv"
    run(capsys, "rfm", table, *MAP, *AS_OF, "--segments", "putler11", "--out", out)
    assert list(read_table(out))[1:] == list(cli_rfm._RFM_COLUMNS)


def test_one_is_one(capsys, tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("customer_id,date,amount\na,2024-01-31,5\n", encoding="utf-8")
    code, out, err = run(capsys, "rfm", path, *AS_OF, "--out", tmp_path / "x.csv")
    assert code == 0
    assert out.endswith(": 1 customer\n")
    assert err.startswith("1 row read; 1 used\n")


def test_an_interruption_is_130_without_a_traceback(capsys, table, tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_rfm, "run", interrupt)
    code, out, err = run(capsys, "rfm", table, *MAP, *AS_OF, "--out", tmp_path / "x.csv")
    assert (code, out, err) == (130, "", "crmlytics: interrupted\n")


@pytest.mark.parametrize("encoding", ["ascii", "cp852"])
def test_any_terminal_can_show_what_is_said(table, tmp_path, encoding):
    words = ["rfm", str(table), *MAP, *AS_OF, "--out", str(tmp_path / "отчёт.csv")]
    code = (
        "from crmlytics.cli import main\n"
        "helps = [main([name, '--help']) for name in ('report', 'rfm', 'segments', 'demo')]\n"
        f"print(helps, main({words!r}))"
    )
    done = python(code, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("[0, 0, 0, 0] 0\n")
    assert (tmp_path / "отчёт.csv").exists()


def test_help_is_ascii(capsys):
    for name in ("report", "rfm", "segments", "cohorts", "demo"):
        assert run(capsys, name, "--help")[1].isascii()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--encoding", "rot13", "encoding must be one of text"),
        ("--delimiter", "é", "one ASCII character"),
    ],
)
def test_options_of_the_reader_that_cannot_serve(capsys, table, tmp_path, option, value, said):
    words = [*MAP, *AS_OF, option, value, "--out", tmp_path / "x.csv"]
    code, _, err = run(capsys, "rfm", table, *words)
    assert code == 2
    assert said in err
