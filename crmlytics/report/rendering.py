"""From sections to one HTML page: the only place that knows how things are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crmlytics._core import checks
from crmlytics.report.formats import MISSING, Formats, is_missing, money_digits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from crmlytics.report.layout import Column, Section, Table

_STYLES = {"text": "", "date": "w", "period": "w", "name": "w", "item": "i"}


class Cell(NamedTuple):
    """A written value or heading, and the class that says how it is set.

    ``"n"``: a number, to the right; ``"w"``: a date or period, on one line; ``"i"``: a name of
    several words, which needs room; ``""``: text.
    """

    text: str
    style: str


class PrintedTable(NamedTuple):
    """A table with every value written out."""

    name: str
    caption: str
    headings: list[Cell]
    rows: list[list[Cell]]
    note: str
    folded: bool


def render_page(
    sections: Sequence[Section],
    fmt: Formats,
    *,
    title: str,
    subtitle: str,
    unit: str,
    version: str,
) -> str:
    """Return the whole page as HTML."""
    jinja2: Any = checks.optional_module("jinja2", needed_for="the report")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("crmlytics.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    page: str = environment.get_template("page.html.j2").render(
        language=fmt.language,
        title=title,
        subtitle=subtitle,
        sections=sections,
        say=fmt.say,
        version=version,
        printed=lambda table: printed_table(table, fmt, unit),
    )
    return page


def printed_table(table: Table, fmt: Formats, unit: str) -> PrintedTable:
    """Write out every cell of a table in the reader's language."""
    written = [_written(table, column, fmt, unit) for column in table.columns]
    return PrintedTable(
        name=table.name,
        caption=table.caption,
        headings=[Cell(column.label, _STYLES.get(column.kind, "n")) for column in table.columns],
        rows=[list(row) for row in zip(*written, strict=True)],
        note=table.note,
        folded=table.folded,
    )


def _written(table: Table, column: Column, fmt: Formats, unit: str) -> list[Cell]:
    shown = table.frame[[column.name, *([column.upper] if column.upper else [])]]
    write = _writer(column, shown, fmt, unit)
    cells = []
    for row, values in enumerate(shown.itertuples(index=False, name=None)):
        texts = [write(value) for value in values]
        text = fmt.span(*texts) if column.upper else texts[0]
        if MISSING in texts:
            text = table.empty
        if text and (row, column.name) in table.marked:
            text += "*"
        cells.append(Cell(text, _STYLES.get(column.kind, "n")))
    return cells


def _writer(column: Column, shown: pd.DataFrame, fmt: Formats, unit: str) -> Callable[[Any], str]:
    if column.kind == "money":
        digits = money_digits(shown.astype("float64"))
        return lambda value: fmt.money(value, digits)
    return {
        "text": _plain,
        "name": _plain,
        "item": _plain,
        "integer": fmt.integer,
        "number": fmt.number,
        "quotient": lambda value: fmt.number(value, 2),
        "percent": fmt.percent,
        "whole_percent": lambda value: fmt.percent(value, 0),
        "date": fmt.date,
        "period": lambda value: fmt.period(value, unit),
    }[column.kind]


def _plain(value: Any) -> str:
    return MISSING if is_missing(value) else str(value)
