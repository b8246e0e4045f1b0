"""What a report is made of: sections with sentences, figures and tables, before any HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal[
    "text", "integer", "number", "quotient", "percent", "whole_percent", "money", "date",
    "period", "name", "item",
]  # fmt: skip


@dataclass(frozen=True)
class Column:
    """How one column of a table is shown: its heading and the kind of its values.

    With `upper`, the name of another column, the two are shown as one range.
    """

    name: str
    label: str
    kind: Kind = "text"
    upper: str = ""


@dataclass(frozen=True)
class Table:
    """A frame with what is needed to print it; the frame itself goes to `Report.tables`.

    `marked` cells (row number, column name) bear an asterisk, which `note` explains. Missing
    values are printed as `empty`. A `folded` table is closed until it is asked for; a table
    `beside` is narrow enough to stand beside the text or under it, next to a figure.
    """

    name: str
    caption: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    note: str = ""
    marked: frozenset[tuple[int, str]] = frozenset()
    empty: str = "–"
    folded: bool = False
    beside: bool = False


@dataclass(frozen=True)
class Figure:
    """A drawing as safe inline SVG, with its numbers as a table."""

    name: str
    caption: str
    svg: str
    table: Table | None = None


@dataclass(frozen=True)
class Tile:
    """One headline figure: a label, the number and what it compares with."""

    label: str
    value: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One thing to do and the number behind it, or a verdict and what it is about (`lead`)."""

    number: str
    sentence: str
    lead: str = ""


@dataclass(frozen=True)
class Section:
    """One part of the report. A `notice` says in one line why the part is not there."""

    name: str
    title: str
    sentences: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    tiles: tuple[Tile, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    notice: str = ""
    hidden_tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def all_tables(self) -> dict[str, pd.DataFrame]:
        """Every frame that is shown, and the long forms of those shown wide, by name."""
        beside = [figure.table for figure in self.figures if figure.table is not None]
        shown = {table.name: table.frame for table in (*beside, *self.tables)}
        return shown | self.hidden_tables
