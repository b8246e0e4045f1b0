"""Tables into and out of the command: which columns, which options, which kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from crmlytics.io import TableReport


class Purchases(NamedTuple):
    """A table of purchases as it was read, and which of its columns is which."""

    frame: Any
    reading: TableReport
    columns: dict[str, Any]


def read_purchases(options: argparse.Namespace, *, money: bool = True) -> Purchases:
    """Read the table and find its columns, by `--map` or by their names."""
    from crmlytics.io import read_table_with_report

    how = {
        "encoding": options.encoding,
        "delimiter": options.delimiter,
        "decimal": options.decimal,
        "dayfirst": options.dayfirst,
        "ragged": options.ragged,
        "tz": options.tz,
    }
    try:
        frame, reading = read_table_with_report(options.table, **how)
    except DataContractError as error:
        # The doubt may lie in a column that nobody asked for.
        wanted = list(dict.fromkeys(options.map.values()))
        if not {"customer_id", "date"} <= set(options.map):
            raise
        frame, reading = read_table_with_report(options.table, columns=wanted, **how)
        left_out = f"Columns that were not asked for were left out: {error}"
        reading = reading._replace(reasons=(*reading.reasons, left_out))
    return Purchases(frame, reading, _columns(options.map, list(frame.columns), money=money))


def _columns(mapped: Mapping[str, str], available: list[str], *, money: bool) -> dict[str, Any]:
    """Fill in the parameters of the library from `--map` and the usual names."""

    def column(name: str) -> str | None:
        return mapped.get(name, name if name in available else None)

    amount, quantity, price = mapped.get("amount"), mapped.get("quantity"), mapped.get("price")
    if amount is None and (quantity is None or price is None):
        amount = column("amount")
    if amount is None:
        quantity, price = column("quantity"), column("price")
    if amount is None and (quantity is None or price is None) and money:
        amount = "amount"  # it is not there, and the message will say so
    if amount is None and (quantity is None or price is None):
        quantity = price = None
    return {
        "customer_col": mapped.get("customer_id", "customer_id"),
        "date_col": mapped.get("date", "date"),
        "amount_col": amount,
        "order_col": column("order_id"),
        "quantity_col": quantity,
        "price_col": price,
    }


def told(counts: Any, *, duplicates: int) -> str:
    """Say in one line how many rows were read, dropped and kept."""
    from crmlytics.report.cleaning import IN_WORDS

    parts = [f"{int(counts['read']):,} rows read"]
    parts += [f"{int(counts[name]):,} {IN_WORDS[name]}" for name in IN_WORDS if counts.get(name, 0)]
    parts.append(f"{int(counts['kept']):,} used")
    if duplicates:
        parts.append(f"{duplicates:,} exact duplicates kept")
    return "; ".join(parts)


def writer_of(path: str) -> Callable[[Any, str], None]:
    """Return the function that writes the kind of file that `path` names."""
    from crmlytics.io import write_csv, write_parquet

    writers = {".csv": write_csv, ".parquet": write_parquet}
    ending = Path(path).suffix.lower()
    if ending not in writers:
        raise ValueError(f"--out must end in .csv or .parquet, got {path!r}")
    return writers[ending]
