"""`crmlytics rfm`: a row per customer: recency, frequency, money and their scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmlytics import cli_options
from crmlytics._core import checks
from crmlytics.cli_steps import check_target, cleaned, warnings_told
from crmlytics.cli_tables import read_purchases, writer_of
from crmlytics.cli_words import counted

if TYPE_CHECKING:
    import argparse

#: The columns of `crmlytics rfm` beside the customer's, whose name must be another.
_RFM_COLUMNS = ("recency_days", "frequency", "monetary", "r", "f", "m", "rfm", "segment")


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics rfm`."""
    rfm = commands.add_parser("rfm", help="recency, frequency, money and their scores per customer")
    cli_options.add_table(rfm)
    cli_options.add_out(rfm)
    rfm.add_argument(
        "--count-by",
        choices=("orders", "days", "rows"),
        help="what one purchase is (default: orders where there are order ids, else days)",
    )
    rfm.add_argument(
        "--ties",
        choices=("same", "rank", "r"),
        default="same",
        help="whether equal customers share a score (default: same)",
    )
    rfm.add_argument(
        "--segments", choices=("putler11", "rfm10"), help="add the segment by this map"
    )
    cli_options.add_reader(rfm)


def run(options: argparse.Namespace) -> None:
    """Write a row per customer: recency, frequency, money and scores."""
    from crmlytics.customers import rfm_table
    from crmlytics.segmentation import RFMScorer, SegmentMap

    write = writer_of(options.out)
    check_target(Path(options.out), read=options.table)
    with warnings_told():
        bought = read_purchases(options)
        customer_col = bought.columns["customer_col"]
        checks.free_names([customer_col], _RFM_COLUMNS)
        rows = cleaned(bought, options, money=True)
        table = rfm_table(
            rows,
            as_of=options.as_of,
            count_by=options.count_by,
            order_col="order_id" if "order_id" in rows and _by_orders(options) else None,
        )
        scored = RFMScorer(ties=options.ties).fit_transform(table)
        if options.segments is not None:
            scored = SegmentMap.named(options.segments).assign(scored)
    write(scored.rename(columns={"customer_id": customer_col}), options.out)
    print(f"wrote {options.out}: {counted(len(scored), 'customer')}")


def _by_orders(options: argparse.Namespace) -> bool:
    return options.count_by in (None, "orders")
