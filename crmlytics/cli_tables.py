"""Tables into and out of the command: which columns, which options, which kind of file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from crmlytics.cli_words import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from crmlytics.io import TableReport


#: What `--map` calls the columns that the library has parameters for.
_NAME_OF = {
    "customer_col": "customer_id",
    "date_col": "date",
    "amount_col": "amount",
    "order_col": "order_id",
    "quantity_col": "quantity",
    "price_col": "price",
    "item_col": "item",
}


class Purchases(NamedTuple):
    """A table of purchases as it was read, and which of its columns is which."""

    frame: Any
    reading: TableReport
    columns: dict[str, Any]


def read_purchases(options: argparse.Namespace, *, money: bool = True) -> Purchases:
    """Read the table and find its columns, by `--map` or by their names."""
    return _read(options, lambda available: _columns(options.map, available, money=money))


def read_order_lines(options: argparse.Namespace) -> Purchases:
    """Read the table, of which no column but the items must be there, and find its columns."""

    def columns(available: list[str]) -> dict[str, str | None]:
        taken = set(options.map.values())
        usual = {name: name for name in available if name not in taken}
        return {
            parameter: options.map.get(name, usual.get(name))
            for parameter, name in _NAME_OF.items()
        }

    return _read(options, columns)


def _read(
    options: argparse.Namespace, columns_in: Callable[[list[str]], dict[str, Any]]
) -> Purchases:
    from crmlytics.io.tables import read_purposeful
    from crmlytics.io.text_tables import Purposes

    def columns_of(available: list[str]) -> dict[str, Any]:
        columns = columns_in(available)
        _refuse_one_column_twice(columns)
        return columns

    def purposes(available: list[str]) -> Purposes:
        columns = columns_of(available)
        named = {name for name in columns.values() if name is not None}
        ids = {columns[one] for one in ("customer_col", "order_col", "item_col")} & named
        return Purposes(frozenset(ids), frozenset(named))

    frame, reading = read_purposeful(
        options.table,
        purposes,
        encoding=options.encoding,
        delimiter=options.delimiter,
        decimal=options.decimal,
        dayfirst=options.dayfirst,
        ragged=options.ragged,
        nameless="skip",
        tz=options.tz,
    )
    return Purchases(frame, reading, columns_of(list(frame.columns)))


def _columns(
    mapped: Mapping[str, str], available: list[str], *, money: bool
) -> dict[str, str | None]:
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
        # Nobody asked for items: a column of that name may well play another part.
        "item_col": column("item") if "item" in mapped or "item" not in mapped.values() else None,
    }


def _refuse_one_column_twice(columns: Mapping[str, str | None]) -> None:
    bearers: dict[str, str] = {}
    for parameter, column in columns.items():
        name = _NAME_OF[parameter]
        if column is not None and bearers.setdefault(column, name) != name:
            raise ValueError(
                f"{bearers[column]} and {name} are both the column {column!r}; give each its own "
                f"with --map, such as --map {name}=Column"
            )


def told(counts: Any, *, duplicates: int = 0) -> str:
    """Say in one line how many rows were read, dropped and kept."""
    from crmlytics.report import cleaning, order_lines

    words = cleaning.IN_WORDS | order_lines.IN_WORDS
    parts = [f"{counted(int(counts['read']), 'row')} read"]
    # Reasons in the order in which they were asked for; `counts` is a dict or a series.
    steps = [name for name in dict(counts) if name in words and counts[name]]
    parts += [f"{int(counts[name]):,} {words[name]}" for name in steps]
    parts.append(f"{int(counts['kept']):,} used")
    if duplicates:
        parts.append(f"{counted(duplicates, 'exact duplicate')} kept")
    return "; ".join(parts)


def writer_of(path: str) -> Callable[[Any, str], None]:
    """Return the function that writes the kind of file that `path` names."""
    from crmlytics.io import write_csv, write_parquet

    writers = {".csv": write_csv, ".parquet": write_parquet}
    ending = Path(path).suffix.lower()
    if ending not in writers:
        raise ValueError(f"--out must end in .csv or .parquet, got {path!r}")
    return writers[ending]
