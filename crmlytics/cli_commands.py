"""What each command does once its words are understood."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlytics.cli_tables import read_purchases, told, writer_of
from crmlytics.errors import CrmlyticsWarning

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def demo(options: argparse.Namespace) -> None:
    """Invent a store and write its report."""
    import datetime as dt

    from crmlytics.datasets import make_store
    from crmlytics.report import build_report

    out = Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    _check_target(out)
    store = make_store(options.customers, random_state=options.seed)
    with _warnings_told():
        report = build_report(
            transactions=store.transactions,
            as_of=dt.date(2024, 12, 31),
            order_col="order_id",
            currency="EUR",
            title="An invented store",
            progress=sys.stderr.isatty(),
        )
    report.to_html(out)
    print(f"wrote {out}: open it in a browser, it loads nothing")


def report(options: argparse.Namespace) -> None:
    """Read a table and write its report."""
    from crmlytics.report import build_report

    out = Path(options.out)
    _check_target(out)
    with _warnings_told():
        bought = read_purchases(options)
        made = build_report(
            transactions=bought.frame,
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
    _note(told(dropped, duplicates=int(tables["quality"]["duplicates_read"].iloc[0])))
    made.to_html(out)
    print(f"wrote {out}")


def rfm(options: argparse.Namespace) -> None:
    """Write a row per customer: recency, frequency, money and scores."""
    from crmlytics.customers import rfm_table
    from crmlytics.segmentation import RFMScorer, SegmentMap

    write = writer_of(options.out)
    _check_target(Path(options.out))
    with _warnings_told():
        bought = read_purchases(options)
        rows = _cleaned(bought, options, money=True)
        table = rfm_table(
            rows,
            as_of=options.as_of,
            count_by=options.count_by,
            order_col="order_id" if "order_id" in rows and _by_orders(options) else None,
        )
        scored = RFMScorer(ties=options.ties).fit_transform(table)
        if options.segments is not None:
            scored = SegmentMap.named(options.segments).assign(scored)
    write(scored.rename(columns={"customer_id": bought.columns["customer_col"]}), options.out)
    print(f"wrote {options.out}: {len(scored):,} customers")


def cohorts(options: argparse.Namespace) -> None:
    """Write a row per cohort and age."""
    from crmlytics.retention import cohort_table

    write = writer_of(options.out)
    _check_target(Path(options.out))
    with _warnings_told():
        bought = read_purchases(options, money=False)
        rows = _cleaned(bought, options, money=False)
        table = cohort_table(
            rows,
            unit=options.unit,
            as_of=options.as_of,
            kind=options.kind,
            incomplete=options.incomplete,
            amount_col="amount" if "amount" in rows else None,
        )
    write(table, options.out)
    print(f"wrote {options.out}: {table['cohort'].nunique():,} cohorts")


def _cleaned(bought: Any, options: argparse.Namespace, *, money: bool) -> Any:
    """Drop what the report would drop, and say how many rows that were."""
    from crmlytics.report.cleaning import clean_transactions, roles_of

    cleaned = clean_transactions(
        bought.frame,
        roles_of(bought.frame, **bought.columns, money=money),
        as_of=options.as_of,
        refunds=options.refunds,
        cancelled_prefix=options.cancelled_prefix or None,
        tz=options.tz,
        dayfirst=options.dayfirst,
        decimal=options.decimal,
    )
    counts = {"read": cleaned.n_read} | cleaned.dropped | {"kept": len(cleaned.rows)}
    _note(told(counts, duplicates=cleaned.duplicates_read))
    return cleaned.rows


def _by_orders(options: argparse.Namespace) -> bool:
    return options.count_by in (None, "orders")


def _check_target(out: Path) -> None:
    """Refuse an output that cannot be written before the work is done, not after."""
    if out.is_dir():
        raise IsADirectoryError(f"{os.fspath(out)!r} is a directory; give the name of a file")
    folder = out.resolve().parent
    if not folder.is_dir():
        raise NotADirectoryError(f"the folder of {os.fspath(out)!r} does not exist; make it first")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"the folder of {os.fspath(out)!r} cannot be written to")


def _note(message: str) -> None:
    print(message, file=sys.stderr)


@contextmanager
def _warnings_told() -> Iterator[None]:
    """Say the library's own warnings on stderr, each once and without code around them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    told_once = dict.fromkeys(
        str(each.message) for each in caught if issubclass(each.category, CrmlyticsWarning)
    )
    for message in told_once:
        _note(f"note: {message}")
