"""`crmlytics segments`: a row per segment: how many customers, what they are worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmlytics import cli_options
from crmlytics.cli_steps import check_target, cleaned, note, warnings_told
from crmlytics.cli_tables import read_purchases, writer_of
from crmlytics.cli_words import counted

if TYPE_CHECKING:
    import argparse

#: Maps of scores to named segments, and the scores that each is made for.
_SCORES = {"putler11": 5, "rfm10": 5, "pymc5": 4}


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics segments`."""
    segments = commands.add_parser(
        "segments", help="how many customers each RFM segment has, and what they are worth"
    )
    cli_options.add_table(segments)
    cli_options.add_out(segments)
    segments.add_argument(
        "--by",
        choices=tuple(_SCORES),
        default="putler11",
        metavar="MAP",
        help=f"the map of scores to segments: {', '.join(_SCORES)} (default: %(default)s)",
    )
    segments.add_argument(
        "--level",
        type=cli_options.level,
        default=0.95,
        help="probability of the intervals (default: %(default)s)",
    )
    cli_options.add_reader(segments)


def run(options: argparse.Namespace) -> None:
    """Write a row per segment, the largest revenue first."""
    from crmlytics.customers import rfm_table
    from crmlytics.segmentation import RFMScorer, SegmentMap, segment_table

    write = writer_of(options.out)
    check_target(Path(options.out), read=options.table)
    with warnings_told():
        rows = cleaned(read_purchases(options), options, money=True)
        has_orders = "order_id" in rows
        table = rfm_table(
            rows, as_of=options.as_of, order_col="order_id" if has_orders else None
        )  # fmt: skip
        scored = RFMScorer(n_bins=_SCORES[options.by]).fit_transform(table)
        segments = segment_table(SegmentMap.named(options.by).assign(scored), level=options.level)
    if not has_orders:
        note("note: there are no order numbers, so what a customer buys on one day is one purchase")
    write(segments, options.out)
    print(
        f"wrote {options.out}: {counted(len(segments), 'segment')} of "
        f"{counted(len(scored), 'customer')}"
    )
