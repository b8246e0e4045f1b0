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
    cli_options.add_reader(cohorts)


def run(options: argparse.Namespace) -> None:
    """Write a row per cohort and age."""
    from crmlytics.retention import cohort_table

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
            amount_col="amount" if "amount" in rows else None,
        )
    write(table, options.out)
    print(f"wrote {options.out}: {counted(table['cohort'].nunique(), 'cohort')}")
