"""Numbers, money, dates and words as a reader of one language writes them."""

from __future__ import annotations

import datetime as dt
import importlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core import checks

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Languages that have a catalogue, a module of the same name in `crmlytics.report.words`.
LANGUAGES = ("en",)

MISSING = "–"
_MINUS = "\N{MINUS SIGN}"


class Formats:
    """Writes values and sentences in one language and one currency."""

    def __init__(self, language: str, currency: str | None = None) -> None:
        checks.word("language", language, LANGUAGES)
        babel = checks.optional_module("babel", needed_for="the report")
        self._numbers: Any = checks.optional_module("babel.numbers", needed_for="the report")
        self._dates: Any = checks.optional_module("babel.dates", needed_for="the report")
        self.language = language
        self.currency = self._known(currency)
        self._locale: Any = babel.Locale(language)
        catalogue = importlib.import_module(f"crmlytics.report.words.{language}")
        self._words: Mapping[str, str | Mapping[str, str]] = catalogue.WORDS
        self._money = self._locale.currency_formats["standard"].pattern
        self._percent = self._locale.percent_formats[None].pattern

    def say(self, key: str, count: float | None = None, /, **values: object) -> str:
        """Return a sentence of the catalogue, its blanks filled; `count` chooses the plural."""
        text = self._words[key]
        if not isinstance(text, str):
            form = self._locale.plural_form(0 if count is None else abs(count))
            text = text.get(form, text["other"])
        return text.format(**values) if values else text

    def integer(self, value: Any) -> str:
        """Write a whole number with thousands separators."""
        return MISSING if is_missing(value) else self._decimal(value, "#,##0")

    def number(self, value: Any, digits: int = 1) -> str:
        """Write a number with a fixed number of decimals."""
        return MISSING if is_missing(value) else self._decimal(value, "#,##0" + _places(digits))

    def percent(self, value: Any, digits: int = 1) -> str:
        """Write a fraction as a percentage."""
        if is_missing(value):
            return MISSING
        pattern = self._percent.replace("#,##0", "#,##0" + _places(digits))
        return _signed(
            self._numbers.format_percent(_settled(value), format=pattern, locale=self._locale)
        )

    def change(self, value: Any, digits: int = 1) -> str:
        """Write a relative change as a percentage with its sign."""
        if is_missing(value):
            return MISSING
        # The sign is that of what is shown: a change that rounds to 0 has none.
        text = self.percent(value, digits)
        return f"+{text}" if round(float(value), digits + 2) > 0 else text

    def money(self, value: Any, digits: int | None = None) -> str:
        """Write money, by default with cents only below 10,000."""
        if is_missing(value):
            return MISSING
        places = _places(money_digits([value]) if digits is None else digits)
        if self.currency is None:
            return self._decimal(value, "#,##0" + places)
        text = self._numbers.format_currency(
            _settled(value),
            self.currency,
            format=self._money.replace(".00", places),
            locale=self._locale,
            currency_digits=False,
        )
        return _signed(text)

    def date(self, value: Any) -> str:
        """Write a day."""
        return MISSING if is_missing(value) else self._date(value, self.say("pattern.day"))

    def period(self, first_day: Any, unit: str) -> str:
        """Name the period of `unit` that begins with `first_day`."""
        return (
            MISSING
            if is_missing(first_day)
            else self._date(first_day, self.say(f"pattern.period.{unit}"))
        )

    def span(self, low: str, high: str) -> str:
        """Write a range from one written value to another."""
        return self.say("range", low=low, high=high)

    def listed(self, parts: list[str]) -> str:
        """Join the parts of an enumeration."""
        return self.say("comma").join(parts)

    def _decimal(self, value: Any, pattern: str) -> str:
        return _signed(
            self._numbers.format_decimal(_settled(value), format=pattern, locale=self._locale)
        )

    def _date(self, value: Any, pattern: str) -> str:
        day = np.datetime64(value, "D").astype(dt.date)
        return str(self._dates.format_date(day, format=pattern, locale=self._locale))

    def _known(self, currency: str | None) -> str | None:
        if currency is None or self._numbers.is_currency(currency):
            return currency
        raise ValueError(
            "currency must be None or the code of a currency in capital letters such as 'EUR', "
            f"got {currency!r}"
        )


def money_digits(values: Any) -> int:
    """Decimals for a column of money: cents only where no amount reaches 10,000."""
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return 0 if len(known) and np.abs(known).max() >= 10_000 else 2


def _places(digits: int) -> str:
    return "." + "0" * digits if digits else ""


def _settled(value: Any) -> Decimal:
    """Round to 12 significant digits: how rows were ordered for a sum must not show."""
    return Decimal(f"{value:.12g}")


def is_missing(value: Any) -> bool:
    """Whether a cell of a frame holds nothing, in any of pandas' ways to say so."""
    return value is None or value is pd.NA or bool(value != value)


def _signed(text: str) -> str:
    """Replace the hyphen of negative numbers by a minus sign, which is as wide as a plus."""
    return text.replace("-", _MINUS)
