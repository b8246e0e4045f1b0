"""What every command does around its work: check the target, read, clean, tell."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlytics._core import files
from crmlytics.cli_tables import told
from crmlytics.cli_words import in_options
from crmlytics.errors import CrmlyticsWarning

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def check_target(out: Path, *, read: str | None = None) -> None:
    """Refuse an output that cannot be written before the work is done, not after."""
    folder = files.check_target(out).parent
    if read is not None and out.exists() and Path(read).exists() and out.samefile(read):
        raise ValueError(
            f"--out {os.fspath(out)!r} is the table that is read; it would be lost: give another "
            "name"
        )
    if not folder.is_dir():
        raise NotADirectoryError(f"the folder of {os.fspath(out)!r} does not exist; make it first")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"the folder of {os.fspath(out)!r} cannot be written to")


def cleaned(bought: Any, options: argparse.Namespace, *, money: bool) -> Any:
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
    note(told(counts, duplicates=cleaned.duplicates_read))
    return cleaned.rows


def note(message: str) -> None:
    """Say something beside the result: on stderr."""
    print(message, file=sys.stderr)


@contextmanager
def warnings_told() -> Iterator[None]:
    """Say the library's own warnings on stderr, each once and without code around them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    told_once = dict.fromkeys(
        str(each.message) for each in caught if issubclass(each.category, CrmlyticsWarning)
    )
    for message in told_once:
        note(f"note: {in_options(message)}")
