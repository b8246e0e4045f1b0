"""`crmlytics churn`: who will buy nothing for a while."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmlytics import cli_options
from crmlytics._core import checks
from crmlytics.cli_steps import check_target, cleaned, note, warnings_told
from crmlytics.cli_tables import read_purchases, writer_of
from crmlytics.cli_words import counted

if TYPE_CHECKING:
    import argparse

#: The columns of `crmlytics churn` beside the customer's, whose name must be another.
_CHURN_COLUMNS = ("recency_days", "purchases", "money", "churn_probability", "reasons")


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics churn`."""
    churn = commands.add_parser(
        "churn", help="who will buy nothing for a while: the probability, with reasons"
    )
    cli_options.add_table(churn)
    cli_options.add_out(churn)
    churn.add_argument(
        "--horizon",
        type=cli_options.count,
        required=True,
        metavar="N",
        help="who buys nothing for so long after --as-of churns, in --unit",
    )
    churn.add_argument(
        "--unit", choices="DWMQY", required=True, help="day, week, month, quarter or year"
    )
    churn.add_argument(
        "--active-within",
        type=cli_options.count,
        required=True,
        metavar="N",
        help="only customers who bought within this time before, in --unit",
    )
    churn.add_argument(
        "--gap",
        type=cli_options.seed,
        default=0,
        metavar="N",
        help="time that it takes to act, before the horizon begins (default: 0)",
    )
    churn.add_argument(
        "--model",
        choices=("auto", "logistic", "boosting", "scorecard"),
        default="auto",
        help="auto takes the simplest that is as good as the best on unseen rows (default)",
    )
    churn.add_argument(
        "--reasons", type=cli_options.count, default=3, metavar="N", help="at most (default: 3)"
    )
    churn.add_argument("--seed", type=cli_options.seed, default=0, help="of the folds (default: 0)")
    cli_options.add_reader(churn)


def run(options: argparse.Namespace) -> None:
    """Write a row per active customer, the likeliest to leave first."""
    from crmlytics.churn import ChurnModel

    write = writer_of(options.out)
    check_target(Path(options.out), read=options.table)
    with warnings_told():
        bought = read_purchases(options, money=False)
        customer_col = bought.columns["customer_col"]
        checks.free_names([customer_col], _CHURN_COLUMNS)
        rows = cleaned(bought, options, money=False)
        model = ChurnModel(
            horizon=options.horizon,
            unit=options.unit,
            active_within=options.active_within,
            gap=options.gap,
            model=options.model,
            amount_col="amount" if "amount" in rows else None,
            random_state=options.seed,
        ).fit(rows, as_of=options.as_of)
        table = model.predict(rows, as_of=options.as_of, n_reasons=options.reasons)
    days = ", ".join(str(day) for day in model.cutoffs_)
    note(f"learnt from {counted(len(model.training_), 'customer')} as known on {days}")
    ranked = table.sort_values("churn_probability", ascending=False, kind="stable")
    write(ranked.rename(columns={"customer_id": customer_col}), options.out)
    print(f"wrote {options.out}: {counted(len(table), 'customer')}, {_trust(model)}")


def _trust(model: object) -> str:
    """Say how far to trust the probabilities, on what did not teach."""
    report = model.report_.set_index("measure")  # type: ignore[attr-defined]
    said = f"churn rate of the past {report.loc['churn rate', 'value']:.0%}"
    if "AUC" in report.index:
        auc = report.loc["AUC"]
        said += f", AUC {auc['value']:.2f} ({auc['low']:.2f} to {auc['high']:.2f})"
    on = model.tested_on_  # type: ignore[attr-defined]
    return f"{said} on {on}"
