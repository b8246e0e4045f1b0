"""`crmlytics report`: a page on customers and sales."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from crmlytics import cli_options
from crmlytics.cli_steps import check_target, note, warnings_told
from crmlytics.cli_tables import read_purchases, told


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics report`."""
    report = commands.add_parser("report", help="a page on customers and sales, with what to do")
    cli_options.add_table(report)
    report.add_argument(
        "deals", nargs="?", type=_deals_path, metavar="deals=FILE",
        help="deals under the usual names (deal_id, created_at, closed_at, outcome, amount; "
        "list_price, owner, product): what they will bring",
    )  # fmt: skip
    report.add_argument("--out", required=True, metavar="PAGE.html", help="the page to write")
    report.add_argument("--unit", choices="MDWQY", default="M", help="period (default: M)")
    report.add_argument("--title", help="heading of the page")
    report.add_argument("--currency", metavar="CODE", help="how money is written, such as EUR")
    report.add_argument(
        "--show-ids", action="store_true", help="show customers' ids, not 'Customer 1'"
    )
    cli_options.add_reader(report)


def run(options: argparse.Namespace) -> None:
    """Read a table and write its report."""
    from crmlytics.report import build_report

    out = Path(options.out)
    check_target(out, read=options.table)
    if options.deals is not None:
        check_target(out, read=options.deals)
    with warnings_told():
        bought = read_purchases(options)
        made = build_report(
            transactions=bought.frame,
            deals=None if options.deals is None else _deals(options),
            as_of=options.as_of,
            show_ids=options.show_ids,
            **bought.columns,
            refunds=options.refunds,
            cancelled_prefix=options.cancelled_prefix or None,
            unit=options.unit,
            tz=options.tz,
            dayfirst=options.dayfirst,
            decimal=options.decimal,
            title=options.title,
            currency=options.currency,
            source=options.table,
            reading=bought.reading,
            progress=sys.stderr.isatty(),
        )
    tables = made.tables
    dropped = tables["rows"].set_index("step")["rows"]
    note(told(dropped, duplicates=int(tables["quality"]["duplicates_read"].iloc[0])))
    made.to_html(out)
    print(f"wrote {out}")


def _deals_path(text: str) -> str:
    """Take ``deals=FILE``: a second table without its kind could be anything."""
    kind, equals, path = text.partition("=")
    if equals and kind == "deals" and path:
        return path
    raise argparse.ArgumentTypeError(f"{text!r} is no table of deals; write deals=FILE")


def _deals(options: argparse.Namespace) -> Any:
    """Read the table of deals in the same way."""
    from crmlytics.io import read_table

    return read_table(
        options.deals,
        encoding=options.encoding,
        delimiter=options.delimiter,
        decimal=options.decimal,
        dayfirst=options.dayfirst,
        ragged=options.ragged,
        nameless="skip",
        tz=options.tz,
    )
