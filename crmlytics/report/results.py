"""The finished report: a page, its tables, and both as JSON."""

from __future__ import annotations

import datetime as dt
import html
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.files import atomic_write
from crmlytics.report.formats import is_missing

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from crmlytics.report.layout import Section

_SCHEMA = "crmlytics.report/1"


class Report:
    """A finished report; `build_report` makes it.

    Attributes
    ----------
    title : str
        Its heading.
    html : str
        The whole page, one file that loads nothing.
    sections : tuple
        What it is made of, in order.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.datasets import make_store
    >>> from crmlytics.report import build_report
    >>> store = make_store(50, n_deals=0, random_state=0)
    >>> report = build_report(transactions=store.transactions, as_of=dt.date(2024, 12, 31))
    >>> sorted(report.tables)[:4]
    ['actions', 'basket_claimed', 'basket_pairs', 'basket_points']
    """

    def __init__(
        self, *, title: str, as_of: dt.date, sections: tuple[Section, ...], html: str
    ) -> None:
        self.title = title
        self.as_of = as_of
        self.sections = sections
        self.html = html

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Copies of every frame that is shown, by name, with numbers as numbers."""
        return {
            name: frame.copy()
            for section in self.sections
            for name, frame in section.all_tables().items()
        }

    def to_html(self, path: str | PathLike[str]) -> None:
        """Write the page to the file `path`, as a whole or not at all.

        Parameters
        ----------
        path : path
            The file; an existing one is replaced.

        Examples
        --------
        >>> import datetime as dt, pathlib, tempfile
        >>> from crmlytics.datasets import make_store
        >>> from crmlytics.report import build_report
        >>> store = make_store(50, n_deals=0, random_state=0)
        >>> report = build_report(transactions=store.transactions, as_of=dt.date(2024, 12, 31))
        >>> target = pathlib.Path(tempfile.mkdtemp()) / "report.html"
        >>> report.to_html(target)
        >>> target.read_text(encoding="utf-8")[:15]
        '<!doctype html>'
        """
        with atomic_write(path, mode="text") as handle:
            handle.write(self.html)

    def to_json(self) -> str:
        """Return titles, sentences and tables as JSON text; missing values are null.

        Returns
        -------
        str
            An object with ``schema``, ``title``, ``as_of`` and ``sections``; each section has
            ``name``, ``title``, ``notice``, ``sentences``, ``steps``, ``tiles`` and ``tables``,
            and each table is a list of rows.

        Examples
        --------
        >>> import datetime as dt, json
        >>> from crmlytics.datasets import make_store
        >>> from crmlytics.report import build_report
        >>> store = make_store(50, n_deals=0, random_state=0)
        >>> report = build_report(transactions=store.transactions, as_of=dt.date(2024, 12, 31))
        >>> [section["name"] for section in json.loads(report.to_json())["sections"]][:3]
        ['actions', 'headline', 'quality']
        """
        content = {
            "schema": _SCHEMA,
            "title": self.title,
            "as_of": self.as_of.isoformat(),
            "sections": [_section(section) for section in self.sections],
        }
        return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)

    def _repr_html_(self) -> str:
        """Show the same page in a notebook, in a frame of its own that may run nothing."""
        return (
            f'<iframe sandbox="" srcdoc="{html.escape(self.html, quote=True)}" '
            'style="width:100%;height:48rem;border:1px solid #ccc"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Report({self.title!r}, as_of={self.as_of}, {len(self.sections)} sections)"


def _section(section: Section) -> dict[str, Any]:
    return {
        "name": section.name,
        "title": section.title,
        "notice": section.notice,
        "sentences": list(section.sentences),
        "steps": [
            {"number": step.number, "lead": step.lead, "sentence": step.sentence}
            for step in section.steps
        ],
        "tiles": [
            {"label": tile.label, "value": tile.value, "lines": list(tile.lines)}
            for tile in section.tiles
        ],
        "tables": {name: _rows(frame) for name, frame in section.all_tables().items()},
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = {str(name): [_plain(value) for value in frame[name]] for name in frame}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: dates as ISO days, what is missing or infinite as null."""
    if is_missing(value):
        return None
    if isinstance(value, dt.datetime | dt.date | np.datetime64):
        return str(value)[:10]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isinf(value) else value
