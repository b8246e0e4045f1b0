"""`crmlytics leads`: a table in, scores out, and what it says on the way."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlytics.cli import main
from crmlytics.datasets import make_leads


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("leads") / "leads.csv"
    make_leads(900, random_state=0).leads.to_csv(path, index=False)
    return str(path)


def run(capsys, *words):
    code = main(["leads", *words])
    return code, capsys.readouterr()


def test_a_row_per_lead_with_reasons(file, tmp_path, capsys):
    out = str(tmp_path / "scored.csv")
    code, said = run(
        capsys, file, "--out", out, "--as-of", "2024-12-31", "--horizon", "60",
        "--known-after", "last_note", "lost_at", "--value", "expected_amount",
        "--contact-cost", "50", "--group", "source",
    )  # fmt: skip
    assert code == 0, said.err
    scored = pd.read_csv(out)
    assert len(scored) == 900
    assert scored["score"].between(1, 99).all()
    assert set(scored["tier"]) <= set("ABCD")
    assert scored["reasons"].notna().all()
    assert "learnt from" in said.err
    assert "tier A:" in said.err
    assert said.out.endswith("900 leads\n")


def test_a_column_without_a_name_is_left_out_and_told(file, tmp_path, capsys):
    export, out = tmp_path / "export.csv", str(tmp_path / "scored.csv")
    leads = pd.read_csv(file)
    leads[""] = None
    leads.to_csv(export, index=False)
    code, said = run(
        capsys, str(export), "--out", out, "--as-of", "2024-12-31", "--horizon", "60",
        "--known-after", "last_note", "lost_at", "--reasons", "0",
    )  # fmt: skip
    assert code == 0, said.err
    assert "1 column without a name left out" in said.err


def test_what_is_refused(file, tmp_path, capsys):
    out = str(tmp_path / "scored.csv")
    code, said = run(capsys, file, "--out", out)
    assert code == 2
    assert "--as-of" in said.err
    code, said = run(capsys, file, "--out", out, "--as-of", "2024-12-31")
    assert code == 3
    assert "known_after" in said.err or "--known-after" in said.err
    code, said = run(capsys, file, "--out", out, "--label", "won")
    assert code == 3
    assert "is not a column" in said.err


def test_a_column_with_the_outcome(file, tmp_path, capsys):
    leads = pd.read_csv(file).drop(columns=["created_at", "last_note", "lost_at"])
    leads = leads.assign(won=leads.pop("converted_at").notna().astype(int))
    source = tmp_path / "labelled.csv"
    leads.to_csv(source, index=False)
    code, said = run(capsys, str(source), "--out", str(tmp_path / "o.parquet"), "--label", "won",
                     "--reasons", "0")  # fmt: skip
    assert code == 0, said.err
    assert "probability" in pd.read_parquet(tmp_path / "o.parquet")
