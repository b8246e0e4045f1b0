"""`crmlytics demo`: an invented store and its report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crmlytics import cli_options
from crmlytics.cli_steps import check_target, warnings_told

if TYPE_CHECKING:
    import argparse


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics demo`."""
    demo = commands.add_parser("demo", help="make a store of invented customers and its report")
    demo.add_argument(
        "--out", default="crmlytics-demo.html", help="the page to write (default: %(default)s)"
    )
    demo.add_argument(
        "--customers",
        type=cli_options.count,
        default=1_000,
        metavar="N",
        help="default: %(default)s",
    )
    demo.add_argument("--seed", type=cli_options.seed, default=0, help="default: %(default)s")


def run(options: argparse.Namespace) -> None:
    """Invent a store, its deals and leads, and write their report."""
    import datetime as dt

    from crmlytics.datasets import make_leads, make_store
    from crmlytics.report import build_report

    out = Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    check_target(out)
    store = make_store(options.customers, random_state=options.seed)
    with warnings_told():
        report = build_report(
            transactions=store.transactions,
            deals=store.deals,
            leads=make_leads(options.customers, random_state=options.seed).leads,
            customers=store.customers,
            as_of=dt.date(2024, 12, 31),
            order_col="order_id",
            currency="EUR",
            title="An invented store",
            progress=sys.stderr.isatty(),
        )
    report.to_html(out)
    print(f"wrote {out}: open it in a browser, it loads nothing")
