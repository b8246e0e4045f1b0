"""From tables to a report: clean, compute each section, write the page."""

from __future__ import annotations

import hashlib
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crmlytics import __version__
from crmlytics._core import checks, frames, periods
from crmlytics.errors import (
    CrmlyticsError,
    CrmlyticsWarning,
    MissingDependencyError,
    UnreadableFileError,
)
from crmlytics.io.dates import check_zone
from crmlytics.report.cleaning import clean_transactions, roles_of
from crmlytics.report.deal_rows import clean_deals, won_as_sales
from crmlytics.report.drawing import ONE_AT_A_TIME
from crmlytics.report.formats import Formats
from crmlytics.report.layout import Section
from crmlytics.report.rendering import render_page
from crmlytics.report.results import Report
from crmlytics.report.sections import PARTS
from crmlytics.report.study import Options, Source, Study

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator
    from os import PathLike

    from crmlytics.io import TableReport
    from crmlytics.report.deal_rows import CleanedDeals
    from crmlytics.report.sections import Part

_ITEM = "item"


def build_report(
    *,
    transactions: Any = None,
    deals: Any = None,
    leads: Any = None,
    customers: Any = None,
    as_of: dt.date,
    show_ids: bool = False,
    language: Literal["en"] = "en",
    customer_col: str = "customer_id",
    date_col: str = "date",
    amount_col: str | None = None,
    order_col: str | None = None,
    quantity_col: str | None = None,
    price_col: str | None = None,
    item_col: str | None = None,
    refunds: Literal["net", "ignore"] = "net",
    cancelled_prefix: str | None = "C",
    unit: Literal["M", "D", "W", "Q", "Y"] = "M",
    tz: str | None = None,
    dayfirst: bool | None = None,
    decimal: Literal[".", ","] | None = None,
    title: str | None = None,
    currency: str | None = None,
    source: str | PathLike[str] | None = None,
    reading: TableReport | None = None,
    progress: bool = False,
) -> Report:
    """Make a report on customers and sales: what to do, and the figures behind it.

    Parameters
    ----------
    transactions : frame
        One row per order line or order, from any engine. None: the won deals are the sales.
    deals : frame, optional
        One row per deal, from any engine, under the usual names: ``deal_id``, ``created_at``,
        ``closed_at``, ``outcome`` (won, lost or empty), ``amount``, and if known ``list_price``,
        ``owner``, ``product``, ``customer_id`` (needed without transactions). With them the
        report says what the deals will bring.
    leads : frame, optional
        One row per lead: ``lead_id``, ``created_at``, ``converted_at`` (missing: it has not
        converted), ``lost_at`` and ``source`` if known, and what else is known of it.
    customers : frame, optional
        One row per customer, under the name `customer_col`, with what is known of them: with it
        the report says how spend depends on each characteristic, and which can be ignored.
    as_of : date
        Day of the analysis, inclusive to its end: later rows do not exist.
    show_ids : bool
        Whether the largest customers appear under their ids. Without, they are "Customer 1" to
        "Customer 10", and the report names nobody.
    language : {"en"}
        Language of the words and the numbers.
    customer_col, date_col : str
        Columns of the customer and of the date or timestamp.
    amount_col : str, optional
        Column of the money in one currency, negative for refunds. None: ``quantity_col`` times
        ``price_col`` if they are named, and else the column ``"amount"``.
    order_col : str, optional
        Column of the order. None: what a customer buys on one day is one order.
    quantity_col, price_col : str, optional
        Columns of the units and of the price of one.
    item_col : str, optional
        Column of the product, by name or number. None: the column ``"item"``, if there is one that
        plays no other part. Without products there is no section on what is bought together.
    refunds : {"net", "ignore"}
        What a negative amount or quantity does: lowers the revenue, or is dropped and counted.
    cancelled_prefix : str, optional
        Orders whose number is this text and digits, where most orders are digits alone, count as
        cancelled. With ``refunds="ignore"`` their rows are dropped; with ``"net"`` those with a
        negative amount are refunds and only the others dropped. None switches the rule off.
    unit : {"M", "D", "W", "Q", "Y"}
        Length of the periods in which cohorts, growth and sales are counted.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.
    dayfirst : bool, optional
        If the dates are text: whether ``01.02.2024`` is 1 February. None lets the column decide.
    decimal : {".", ","}, optional
        If money is text: its decimal mark. None lets the column decide.
    title : str, optional
        Heading of the page.
    currency : str, optional
        Code of the currency, such as ``"EUR"``; it changes how money is written, nothing else.
    source : path, optional
        The file that the transactions were read from; its name is told, and the SHA-256 of what
        was read (of what the file holds now, if there is no `reading`).
    reading : TableReport, optional
        What `read_table_with_report` said about that file; told under data quality.
    progress : bool
        Whether to show a bar while the sections are computed.

    Returns
    -------
    Report
        With `to_html`, `to_json` and `tables`; a notebook shows the page itself.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If a column holds something else than it should, if dates know their zone and `tz` is not
        given, or if no row can be used.
    NotEnoughDataError
        If the table is empty or `as_of` lies before all rows.
    UnreadableFileError
        If `source` is not there.
    MissingDependencyError
        If jinja2, babel or matplotlib is not installed.
    ValueError
        If a parameter is out of its range, or there is nothing to report on.

    Notes
    -----
    Other functions of crmlytics refuse rows that they cannot use; the report drops them and
    counts them by the first reason: no customer, cancelled, price of 0 or less, quantity of 0 or
    less, no readable date, no finite amount, refund (with ``refunds="ignore"``), after `as_of`.
    Exact duplicates are counted and kept. Deals are dropped and counted likewise.

    A section that cannot be computed says why, and the others stand. The same input gives the
    same bytes: the page knows no clock and draws no random number.

    Examples
    --------
    >>> import datetime as dt
    >>> from crmlytics.datasets import make_store
    >>> from crmlytics.report import build_report
    >>> store = make_store(100, n_deals=0, random_state=0)
    >>> report = build_report(
    ...     transactions=store.transactions,
    ...     as_of=dt.date(2024, 12, 31),
    ...     order_col="order_id",
    ...     currency="EUR",
    ... )
    >>> report
    Report('Customers and sales', as_of=2024-12-31, 14 sections)
    >>> report.tables["rows"][["what", "rows"]].iloc[0].tolist()[0]
    'Read from the table'
    """
    as_of = checks.day("as_of", as_of)
    fmt = Formats(language, currency)
    checks.word("refunds", refunds, ("net", "ignore"))
    checks.word("unit", unit, periods.UNITS)
    check_zone(tz)
    if cancelled_prefix is not None and not isinstance(cancelled_prefix, str):
        raise ValueError(f"cancelled_prefix must be a text or None, got {cancelled_prefix!r}")
    if transactions is None and deals is None:
        raise ValueError("there is nothing to report on: pass transactions= or deals=")
    file = None if source is None else _source(source, reading)
    named = (customer_col, date_col, amount_col, order_col, quantity_col, price_col)
    with _quiet() as caught:
        pipeline = None
        if deals is not None:
            pipeline = clean_deals(deals, as_of=as_of, tz=tz, dayfirst=dayfirst, decimal=decimal)
        if transactions is None:
            transactions, order_col = _won_deals(pipeline), "order_id"
        roles = roles_of(
            transactions,
            customer_col=customer_col,
            date_col=date_col,
            amount_col=amount_col,
            order_col=order_col,
            quantity_col=quantity_col,
            price_col=price_col,
            item_col=item_col if item_col is not None else _usual_item(transactions, named),
        )
        cleaned = clean_transactions(
            transactions,
            roles,
            as_of=as_of,
            refunds=refunds,
            cancelled_prefix=cancelled_prefix,
            tz=tz,
            dayfirst=dayfirst,
            decimal=decimal,
        )
    study = Study(
        cleaned,
        roles,
        Options(as_of, unit, refunds, show_ids, tz, cancelled_prefix),
        file,
        caught,
        pipeline,
        leads,
        customers,
    )
    sections = _sections(study, fmt, progress=progress)
    title = fmt.say("page.title") if title is None else _printable(title)
    subtitle = fmt.say(
        "page.span",
        first=fmt.date(study.first_day),
        last=fmt.date(study.last_day),
        as_of=fmt.date(as_of),
    )
    page = render_page(
        sections, fmt, title=title, subtitle=subtitle, unit=unit, version=__version__
    )
    return Report(title=title, as_of=as_of, sections=sections, html=page)


def _won_deals(pipeline: CleanedDeals | None) -> Any:
    """Won deals as the only sales that are known."""
    if pipeline is None or "customer_id" not in pipeline.rows:
        raise ValueError(
            "without transactions the won deals are the sales, and that needs their customers: "
            "pass deals with a column 'customer_id', or transactions="
        )
    return won_as_sales(pipeline.rows)


def _sections(study: Study, fmt: Formats, *, progress: bool) -> tuple[Section, ...]:
    """Build the sections in an order in which the last ones know what the others met."""
    made: dict[str, Section | None] = {}
    for part in _shown(sorted(PARTS, key=lambda part: part.last), progress=progress):
        made[part.name] = _section(part, study, fmt)
    return tuple(section for part in PARTS if (section := made[part.name]) is not None)


def _shown(parts: list[Part], *, progress: bool) -> Iterable[Part]:
    if not progress:
        return parts
    from tqdm import tqdm

    return tqdm(parts, desc="report", unit="section", leave=False)


def _usual_item(transactions: Any, named: tuple[str | None, ...]) -> str | None:
    """The column of the items by its usual name, unless it is named for something else."""
    there = _ITEM in frames.column_names(transactions)
    return _ITEM if there and _ITEM not in named else None


def _section(part: Part, study: Study, fmt: Formats) -> Section | None:
    with _quiet() as caught:
        try:
            section: Section | None = part.build(study, fmt)
        except MissingDependencyError:
            raise
        except CrmlyticsError as error:
            reason = str(error).rstrip(".")
            section = Section(
                name=part.name,
                title=fmt.say(f"{part.name}.title"),
                notice=fmt.say("page.failed", reason=reason),
            )
    study.warnings.extend(caught)
    return section


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Collect the library's own warnings as text; pass on everybody else's."""
    found: list[str] = []
    with ONE_AT_A_TIME, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield found
    for each in caught:
        if issubclass(each.category, CrmlyticsWarning):
            found.append(str(each.message).rstrip("."))
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)


def _source(path: str | PathLike[str], reading: TableReport | None) -> Source:
    """Name the file and its SHA-256: that of the bytes which were read, where they are known."""
    file = Path(path)
    name = _printable(file.name)
    if reading is not None and reading.sha256 is not None:
        return Source(name, reading.sha256, reading)
    if not file.exists():
        raise UnreadableFileError(f"there is no file {name!r}, which source= names")
    # What is read from a pipe is gone.
    return Source(name, _sha256(file) if file.is_file() else None, reading)


def _sha256(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _printable(text: str) -> str:
    """Replace halves of characters, which names of files can hold and no page can."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
