"""The type of a column of text, found from all its values."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.errors import DataContractError
from crmlytics.io import dates, money
from crmlytics.io.amounts import looks_like_amount, read_amounts
from crmlytics.io.date_formats import looks_like_date, read_dates
from crmlytics.io.distinct import Distinct, distinct_texts
from crmlytics.io.formulas import is_formula, unprotect
from crmlytics.io.masking import shape, shapes
from crmlytics.io.reports import ColumnReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_INTEGER = re.compile(r"0|-?[1-9][0-9]*+")
_INT64 = range(-(2**63), 2**63)
_INT64_SIGNS = 20
_PADDED = re.compile(r"[^0-9]*0[0-9]")
_GROUPED_ONLY = re.compile(r"[0-9]{1,3}(?:[^0-9a-zA-Z][0-9]{3})+")
_SAMPLE = 200
_NEARLY = 0.9


class Rules(NamedTuple):
    """What the caller said about types."""

    decimal: str | None
    dayfirst: bool | None
    tz: str | None
    missing_words: frozenset[str]
    text_columns: frozenset[str]
    #: Ids are whole numbers, if no digit is lost, or text: never money and never dates.
    id_columns: frozenset[str] = frozenset()
    #: Columns whose doubts are errors; others in doubt stay text, and a reason says so.
    needed: frozenset[str] | None = None


class TypedColumn(NamedTuple):
    """One value per row: int64, float64 (NaN missing), datetime64[us] or text (None missing)."""

    data: NDArray[Any]
    missing: NDArray[np.bool_]
    zone: str | None  # dates in universal time, to be shown in this zone; None: local dates
    report: ColumnReport


def type_column(name: str, cells: NDArray[np.object_], rules: Rules) -> TypedColumn:
    """Read a column of text as integers, numbers or dates if every value is one; else as text.

    Raises DataContractError where numbers or dates can be read in two ways.
    """
    found = distinct_texts(cells)
    stripped = list(map(str.strip, found.texts))
    n = len(stripped)
    is_word = np.fromiter(map(rules.missing_words.__contains__, stripped), dtype=bool, count=n)
    there = np.fromiter(map(bool, stripped), dtype=bool, count=n) & ~is_word
    guarded = np.fromiter(map(_is_guarded, found.texts), dtype=bool, count=n)
    plain = list(map(unprotect, found.texts)) if guarded.any() else found.texts
    column = Distinct(plain, found.codes).only(there)
    missing = column.codes < 0
    base = ColumnReport(
        name,
        "text",
        missing=int(np.count_nonzero(missing)),
        missing_words=found.count(is_word),
        repaired=found.count(guarded),
    )
    texts = list(itertools.compress(stripped, there))
    if not texts:
        return TypedColumn(_text(column), missing, None, base._replace(type="empty"))
    # An apostrophe against formulas is put before text only: the column was text.
    if name in rules.text_columns or guarded.any():
        return TypedColumn(_text(column), missing, None, base)
    if name in rules.id_columns:
        return _integers(column, texts, base) or TypedColumn(_text(column), missing, None, base)
    typed = (
        _integers(column, texts, base)
        or _dates(column, texts, base, rules)
        or _numbers(column, texts, base, rules)
    )
    if typed is not None:
        return typed
    unparsed, examples = _nearly(column, texts, rules)
    return TypedColumn(
        _text(column), missing, None, base._replace(unparsed=unparsed, examples=examples)
    )


def _is_guarded(text: str) -> bool:
    return text[:1] == "'" and is_formula(text[1:])


def _text(column: Distinct) -> NDArray[Any]:
    return column.spread(np.array(column.texts, dtype=object), None)


def _integers(column: Distinct, texts: list[str], base: ColumnReport) -> TypedColumn | None:
    """Whole numbers written as a program writes them: `007` and `+7` are ids and phones."""
    if not all(map(_INTEGER.fullmatch, texts)):
        return None
    # Python refuses to read thousands of digits at all.
    numbers = [] if max(map(len, texts)) > _INT64_SIGNS else [int(text) for text in texts]
    if not numbers or min(numbers) not in _INT64 or max(numbers) not in _INT64:
        # Longer than 64 bits: digits would be lost, so it stays text.
        return TypedColumn(_text(column), column.codes < 0, None, base)
    data = column.spread(np.array(numbers, dtype=np.int64), 0)
    report = base._replace(type="integer", repaired=base.repaired + _blanks(column, texts))
    return TypedColumn(data, column.codes < 0, None, report)


def _numbers(
    column: Distinct, texts: list[str], base: ColumnReport, rules: Rules
) -> TypedColumn | None:
    if not looks_like_amount(texts[0]):
        return None
    amounts = read_amounts(texts, rules.decimal)
    if not amounts.read.all() and not (amounts.read | amounts.doubtful).all():
        return None
    if not amounts.plain and (
        amounts.glued or _are_codes(texts) or (amounts.factor and not amounts.currency)
    ):
        return None
    if amounts.doubtful.any():
        raise DataContractError(money.doubt(repr(base.name), column, amounts))
    data = column.spread(amounts.values, np.nan)
    repaired = _blanks(column, texts) if amounts.plain else int(np.count_nonzero(column.codes >= 0))
    report = base._replace(type="number", decimal=amounts.decimal, repaired=repaired)
    return TypedColumn(data, np.isnan(data), None, report)


def _are_codes(texts: Sequence[str]) -> bool:
    """Leading zeros, leading plus signs, or nine and more digits grouped alike: no amounts."""
    if any(text.startswith("+") or _PADDED.match(text) for text in texts):
        # 0.5 has a zero too, but no digit behind it.
        return True
    if not all(map(_GROUPED_ONLY.fullmatch, texts)):
        return False
    return len({shape(text) for text in texts}) == 1 and sum(map(str.isdigit, texts[0])) >= 9


def _dates(
    column: Distinct, texts: list[str], base: ColumnReport, rules: Rules
) -> TypedColumn | None:
    """Dates with a four-digit year or a named month: `01-02-03` may be a shelf."""
    if not looks_like_date(texts[0]):
        return None
    reading = read_dates(texts, rules.dayfirst, short_years=False)
    name = repr(base.name)
    if reading is None or not reading.read.all():
        if rules.dayfirst is not None:
            other = read_dates(texts, not rules.dayfirst, short_years=False)
            if other is not None and other.read.all() and other.format.day_first is not None:
                raise DataContractError(
                    f"every date of {name} fits {other.format.name} and not dayfirst="
                    f"{rules.dayfirst}; read it with text_columns=[{name}] and parse_dates"
                )
        return None
    if reading.rival is not None:
        raise DataContractError(dates.doubt(name, reading, reading.rival))
    data = column.spread(reading.moments, np.datetime64("NaT"))
    report = base._replace(
        type="date", date_format=reading.format.name, lost_meridiem=reading.twelve_hours
    )
    zone = (rules.tz or "UTC") if reading.aware else None
    return TypedColumn(data, np.isnat(data), zone, report)


def _blanks(column: Distinct, texts: list[str]) -> int:
    """Rows whose number stands between stray blanks."""
    stray = np.array(
        [len(text) != len(raw) for text, raw in zip(texts, column.texts, strict=True)], dtype=bool
    )
    return column.count(stray) if stray.any() else 0


def _nearly(column: Distinct, texts: list[str], rules: Rules) -> tuple[int, tuple[str, ...]]:
    """In a text column nearly all of dates or numbers: count those that are not, and show how."""
    sample = texts[:: max(1, len(texts) // _SAMPLE)]
    read: NDArray[np.bool_] | None = None
    if sum(map(looks_like_date, sample)) >= 0.8 * len(sample):
        reading = read_dates(texts, rules.dayfirst, short_years=False)
        read = None if reading is None else reading.read
    elif sum(map(looks_like_amount, sample)) >= 0.8 * len(sample):
        amounts = read_amounts(texts, rules.decimal)
        read = amounts.read | amounts.doubtful
    if (
        read is None
        or read.all()
        or _are_codes([t for t, ok in zip(texts, read, strict=True) if ok])
    ):
        return 0, ()
    unparsed, of = column.count(~read), int(np.count_nonzero(column.codes >= 0))
    if unparsed > (1 - _NEARLY) * of:
        return 0, ()
    return unparsed, shapes(t for t, ok in zip(texts, read, strict=True) if not ok)
