"""Every way of writing a date that the reader knows, tried on all texts of a column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlytics.io.times import Times, bare_day, read_times, time_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_MONTHS = (
    "january jan январь января янв",
    "february feb февраль февраля фев февр",
    "march mar март марта мар",
    "april apr апрель апреля апр",
    "may май мая",
    "june jun июнь июня июн",
    "july jul июль июля июл",
    "august aug август августа авг",
    "september sep sept сентябрь сентября сен сент",
    "october oct октябрь октября окт",
    "november nov ноябрь ноября ноя нояб",
    "december dec декабрь декабря дек",
)
MONTH_NUMBER = {word: i for i, words in enumerate(_MONTHS, start=1) for word in words.split()}

_DAY, _MONTH = "(?P<d>[0-9]{1,2})", "(?P<m>[0-9]{1,2})"
_YEAR, _SHORT = "(?P<y>[0-9]{4})", "(?P<y>[0-9]{2})"
_WORD = r"(?P<m>[^\W\d_]{3,8})\.?"


class DateFormat(NamedTuple):
    """One way of writing the day; a time of day may follow."""

    name: str
    pattern: re.Pattern[str]
    day_first: bool | None = None  # None: only one order is possible
    short_year: bool = False


class Rival(NamedTuple):
    """Another format that fits every text and reads some of them otherwise."""

    format: DateFormat
    days: NDArray[np.datetime64]


class DateReading(NamedTuple):
    """What the distinct texts of a column say as dates."""

    moments: NDArray[np.datetime64]  # microseconds; universal time if `aware`
    read: NDArray[np.bool_]
    format: DateFormat
    rival: Rival | None
    aware: bool
    twelve_hours: bool  # a 12-hour clock that lost its AM and PM


def _formats() -> tuple[DateFormat, ...]:
    found = [
        DateFormat(
            f"yyyy{sep}mm{sep}dd",
            re.compile(f"{_YEAR}{re.escape(sep)}{_MONTH}{re.escape(sep)}{_DAY}"),
        )
        for sep in "-/."
    ]
    found.append(
        DateFormat("yyyymmdd", re.compile("(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"))
    )
    for year, digits in ((_YEAR, "yyyy"), (_SHORT, "yy")):
        short = digits == "yy"
        for sep in "./-":
            e = re.escape(sep)
            found += [
                DateFormat(
                    f"dd{sep}mm{sep}{digits}", re.compile(_DAY + e + _MONTH + e + year), True, short
                ),
                DateFormat(
                    f"mm{sep}dd{sep}{digits}",
                    re.compile(_MONTH + e + _DAY + e + year),
                    False,
                    short,
                ),
            ]
    nth, end = "(?:st|nd|rd|th)?", r"(?: *(?:г\.?|года))?"
    named_day = rf"{_DAY}{nth}[ .-]*{_WORD},?[ -]*(?P<y>[0-9]{{4}}|[0-9]{{2}}){end}"
    named_month = rf"{_WORD}[ -]*{_DAY}{nth},?[ -]+{_YEAR}"
    found += [
        DateFormat("d month yyyy", re.compile(named_day)),
        DateFormat("month d, yyyy", re.compile(named_month)),
    ]
    return tuple(found)


FORMATS = _formats()


def looks_like_date(text: str) -> bool:
    """Whether one stripped text is written as a date with a four-digit year or a named month."""
    day = bare_day(text[: time_start(text)])
    return any(one.pattern.fullmatch(day) for one in FORMATS if not one.short_year)


def read_dates(
    texts: Sequence[str], day_first: bool | None, *, short_years: bool = True
) -> DateReading | None:
    """Read stripped distinct texts by the one format that fits most of them.

    None if no format fits any text. `day_first` None tries both orders.
    """
    starts = list(map(time_start, texts))
    # Half a million timestamps hold some hundred days and at most 86,400 times.
    day_codes, day_texts = _numbered(t[:i] for t, i in zip(texts, starts, strict=True))
    time_codes, time_texts = _numbered(t[i:] for t, i in zip(texts, starts, strict=True))
    day_texts = list(map(bare_day, day_texts))
    times = read_times(time_texts)
    timed = times.valid[time_codes]
    fits: list[tuple[DateFormat, NDArray[np.datetime64]]] = []
    for one in FORMATS:
        if one.short_year and not short_years:
            continue
        if day_first is not None and one.day_first is (not day_first):
            continue
        days = _days(one, day_texts)
        if days is not None:
            fits.append((one, days[day_codes]))
    if not fits:
        return None
    counts = [int(np.count_nonzero(~np.isnat(days) & timed)) for _, days in fits]
    best = int(np.argmax(counts))
    chosen, days = fits[best]
    if counts[best] == 0:
        return None
    read = ~np.isnat(days) & timed
    rival = None
    for (other, other_days), count in zip(fits[best + 1 :], counts[best + 1 :], strict=True):
        if count == counts[best] and not np.array_equal(other_days[read], days[read]):
            rival = Rival(other, other_days)
            break
    aware = times.aware[time_codes]
    if read.any() and aware[read].any() and not aware[read].all():
        # Some texts bear an offset and some do not: these are two formats, not one.
        read &= aware if np.count_nonzero(aware[read]) * 2 > np.count_nonzero(read) else ~aware
    moments: NDArray[Any] = days.astype("datetime64[us]") + times.micros[time_codes]
    moments[~read] = np.datetime64("NaT")
    return DateReading(
        moments,
        read,
        chosen,
        rival,
        bool(aware[read].any()),
        _lost_meridiem(times, time_codes[read]),
    )


def _numbered(texts: Iterable[str]) -> tuple[NDArray[np.intp], list[str]]:
    codes, distinct = pd.factorize(np.array(list(texts), dtype=object))
    return codes, distinct.tolist()


def _days(one: DateFormat, texts: list[str]) -> NDArray[np.datetime64] | None:
    """Days by one format, NaT where it does not fit; None if it fits nowhere."""
    parts = np.zeros((len(texts), 3), dtype=np.int64)
    fullmatch, any_found = one.pattern.fullmatch, False
    for i, text in enumerate(texts):
        found = fullmatch(text)
        if found is not None:
            parts[i] = _year(found["y"]), _month(found["m"]), int(found["d"])
            any_found = True
    if not any_found:
        return None
    years, month_numbers, day_numbers = parts.T
    months: NDArray[Any] = ((years - 1970) * 12 + month_numbers - 1).astype("datetime64[M]")
    days: NDArray[Any] = months.astype("datetime64[D]") + (day_numbers - 1)
    possible = (years > 0) & (month_numbers >= 1) & (month_numbers <= 12) & (day_numbers >= 1)
    days[~possible | (days.astype("datetime64[M]") != months)] = np.datetime64("NaT")
    return days


def _year(text: str) -> int:
    """Year in full; by POSIX 69 to 99 are of the last century."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 69 else 2000)


def _month(text: str) -> int:
    """Month from its digits or its name; 0 for a word that is none."""
    return int(text) if text[0].isdigit() else MONTH_NUMBER.get(text.casefold(), 0)


def _lost_meridiem(times: Times, codes: NDArray[np.intp]) -> bool:
    """Whether many times of day all have hours 1 to 12, afternoon hours among them, and no AM/PM.

    A shop that closes at noon has no hours 1 to 5; a 24-hour clock has a 0 or a 13.
    """
    hours = times.hours[np.unique(codes)]
    hours = hours[hours >= 0]
    if times.meridiem or len(hours) < 10 or hours.min() < 1 or hours.max() > 12:
        return False
    return len(np.unique(hours)) >= 6 and bool(hours.min() <= 5)
