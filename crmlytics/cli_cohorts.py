"""`crmlytics cohorts`: how many customers of each cohort are active at each age."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmlytics import cli_options
from crmlytics.cli_steps import check_target, cleaned, warnings_told
from crmlytics.cli_tables import read_purchases, writer_of
from crmlytics.cli_words import counted

if TYPE_CHECKING:
    import argparse


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics cohorts`."""
    cohorts = commands.add_parser(
        "cohorts", help="how many customers of each cohort are active at each age"
    )
    cli_options.add_table(cohorts)
    cli_options.add_out(cohorts)
    cohorts.add_argument(
        "--unit", choices="DWMQY", required=True, help="day, week, month, quarter or year"
    )
    cohorts.add_argument(
        "--kind",
        choices=("on", "on_or_after", "every"),
        default="on",
        help="who counts as active (default: on)",
    )
    cohorts.add_argument(
        "--incomplete",
        choices=("mask", "include"),
        default="mask",
        help="what happens to the period that is not over (default: mask)",
    )
    cohorts.add_argument(
        "--brackets",
        type=cli_options.seed,
        nargs="+",
        metavar="DAY",
        help="ages in days of each customer instead of periods: 0 1 7 30 makes [0, 1), [1, 7) "
        "and [7, 30)",
    )
    cohorts.add_argument(
        "--matrix",
        choices=("rate", "active", "revenue"),
        metavar="VALUE",
        help="write cohorts down and ages across, each cell this value: rate, active or revenue",
    )
    cli_options.add_reader(cohorts)


def run(options: argparse.Namespace) -> None:
    """Write a row per cohort and age, or a row per cohort with its ages across."""
    from crmlytics.retention import cohort_matrix, cohort_table

    write = writer_of(options.out)
    check_target(Path(options.out), read=options.table)
    with warnings_told():
        bought = read_purchases(options, money=False)
        rows = cleaned(bought, options, money=False)
        table = cohort_table(
            rows,
            unit=options.unit,
            as_of=options.as_of,
            kind=options.kind,
            incomplete=options.incomplete,
            brackets=options.brackets,
            amount_col="amount" if "amount" in rows else None,
        )
    if options.matrix == "revenue" and "revenue" not in table:
        raise ValueError("--matrix revenue needs an amount; name its column with --map amount=Paid")
    written = table if options.matrix is None else cohort_matrix(table, value=options.matrix)
    write(written, options.out)
    print(f"wrote {options.out}: {counted(table['cohort'].nunique(), 'cohort')}")
