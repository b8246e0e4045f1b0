"""The grammar of amounts: grouping, decimal marks, signs, currencies, factors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SIGNS = "$¢£¤¥֏؋৲৳૱௹฿៛₠-⃀﷼﹩＄￠￡￥￦"
# As one text each: a list of sixty short strings would fill the screen.
_CODES = re.findall(
    r"\S+",
    "AED AMD ARS AUD AZN BGN BRL BYN CAD CHF CLP CNY COP CZK DKK EGP EUR GBP GEL HKD HUF IDR ILS "
    "INR ISK JPY KGS KRW KZT MDL MXN MYR NGN NOK NZD PEN PHP PLN RON RSD RUB RUR SAR SEK SGD THB "
    "TJS TRY UAH USD UZS VND ZAR",
)
_NAMES = re.findall(
    r"\S+", r"рублей рубля рубль руб\.? р\. р тенге тг\.? грн\.? лв\.? zł zl Kč Ft kr\.? Fr\.? lei"
)
_CURRENCY = rf"(?:(?:US|A|AU|C|CA|HK|NZ|R|S)?[{_SIGNS}]|{'|'.join([*_CODES, *_NAMES])})"
_FACTORS = {
    **dict.fromkeys(("k", "тыс", "tys"), 3),
    **dict.fromkeys(("m", "mn", "mln", "mio", "млн"), 6),
    **dict.fromkeys(("b", "bn", "mld", "млрд"), 9),
}

# An amount is a body of digits between two affixes. A column has few different affixes, so
# their slow grammar runs once for each pair, and each text costs two short matches.
_PARTS = re.compile(r"([^0-9]*)([0-9](?:[0-9.,' ]*[0-9])?)(e[-+][0-9]{1,3})?([^0-9]*)", re.I)
_BEFORE = re.compile(rf"\s*(\()?\s*([-+])?\s*({_CURRENCY})?\s*([-+])?\s*(\()?\s*", re.IGNORECASE)
_BEHIND = re.compile(
    rf"\s*(?:({'|'.join(sorted(_FACTORS, key=len, reverse=True))})\.?)?"
    rf"\s*({_CURRENCY})?\s*(\))?\s*({_CURRENCY})?\s*(-)?\s*",
    re.IGNORECASE,
)
# One sign groups the thousands, or India's lakhs, or nothing does; then the fraction.
_BODY = re.compile(
    r"([1-9][0-9]{0,2}([ '.,])[0-9]{3}(?:\2[0-9]{3})*(?![0-9])"
    r"|[1-9][0-9]?(,)(?:[0-9]{2},)+[0-9]{3}(?![0-9])"
    r"|[0-9]*+)(?:([.,])([0-9]++))?"
)
_PERCENT = re.compile(r"[-+(]*+\s*+[0-9][0-9 .,']*+\s*+%\s*+\)?")
_BLANKS = re.compile(r"\s+")
# A letter at the digits, at most a sign or a bracket between: PLN1001, EUR-5, Fr.5.
_GLUED = re.compile(r"[^\W\d_]\.?[-+(]*$")
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+][0-9]{1,3})?")
_PLAIN_DOUBTFUL = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_ORDINARY = str.maketrans(
    dict.fromkeys("\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008", " ")
    | dict.fromkeys("\u2009\u200a\u202f\u205f\u3000", " ")
    | dict.fromkeys("\u2018\u2019\u02bc\u00b4", "'")
    | dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\ufe63\uff0d", "-")
)


class Amounts(NamedTuple):
    """What the distinct texts of a column say as amounts of money."""

    values: NDArray[np.float64]  # NaN where not read
    read: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]  # `1,234`, and nothing else in the column decides
    percent: NDArray[np.bool_]
    decimal: str | None  # ".", ",", "mixed", or None if no text shows one
    plain: bool  # every text is a number as a program writes it
    currency: bool  # some text names a currency
    factor: bool  # some text bears K, M, тыс., млн …
    glued: bool = False  # some text has the word of its currency at the digits: PLN1001


def read_amounts(texts: Sequence[str], decimal: str | None) -> Amounts:
    """Read stripped distinct texts as amounts; `decimal` None lets the column decide."""
    if decimal != "," and all(map(_PLAIN.fullmatch, texts)):
        amounts = _plain(texts, decimal)
        if not amounts.doubtful.any():
            return amounts
    return _general(texts, decimal)


def looks_like_amount(text: str) -> bool:
    """Whether one stripped text is written as an amount."""
    return _part(text.translate(_ORDINARY), {}) is not None


def doubtful_separator(text: str) -> str:
    """Return the separator of a doubtful text: a point or a comma before three digits."""
    found = re.search("([.,])[0-9]{3}", text)
    return found[1] if found else ","


def _plain(texts: Sequence[str], decimal: str | None) -> Amounts:
    n = len(texts)
    doubtful = np.zeros(n, dtype=bool)
    pointed = [text for text in texts if "." in text]
    # Usually the first text with a point already shows that it cannot group thousands.
    if decimal is None and pointed and all(map(_PLAIN_DOUBTFUL.fullmatch, pointed)):
        doubtful[:] = ["." in text for text in texts]
    values = np.array(texts, dtype=object).astype(np.float64)
    nothing = np.zeros(n, dtype=bool)
    mark = "." if pointed else None
    return Amounts(values, ~nothing, doubtful, nothing, mark, True, False, False)


class _Affixes(NamedTuple):
    sign: str
    power: int
    currency: bool
    glued: bool


#: Affixes, exponent, whole part, sign that groups it, decimal mark, fraction.
_Parts = tuple[_Affixes, int, str, str | None, str | None, str]


def _general(texts: Sequence[str], decimal: str | None) -> Amounts:
    n = len(texts)
    written: list[str] = ["nan"] * n
    doubts: list[tuple[int, _Parts]] = []
    seen: set[tuple[str, str]] = set()  # (separator, its role)
    percent = np.zeros(n, dtype=bool)
    known: dict[tuple[str, str], _Affixes | None] = {}
    for i, text in enumerate(_ordinary(texts)):
        parts = _part(text, known)
        if parts is None:
            percent[i] = "%" in text and _PERCENT.fullmatch(text) is not None
            continue
        affixes, power, whole, group, mark, fraction = parts
        if group is not None and _is_doubtful(parts):
            doubts.append((i, parts))
            written[i] = "0"
            continue
        if decimal is not None and (group == decimal or mark not in (None, decimal)):
            continue
        if group is not None:
            if group in ".,":
                seen.add((group, "group"))
            whole = whole.replace(group, "")
        if mark is not None:
            seen.add((mark, "mark"))
        written[i] = _number(affixes, power, whole, fraction)
    doubtful = np.zeros(n, dtype=bool)
    for i, (affixes, power, digits, group, _, _) in doubts:
        separator = group or ""
        role = _role(separator, seen) if decimal is None else _forced_role(separator, decimal)
        doubtful[i] = role is None
        whole, _, fraction = digits.partition(separator)
        if role == "mark":
            written[i] = _number(affixes, power, whole, fraction)
        else:
            written[i] = _number(affixes, power, whole + fraction, "")
    values = np.array(written, dtype=object).astype(np.float64)
    marks = {separator for separator, role in seen if role == "mark"}
    marks |= {"," if separator == "." else "." for separator, role in seen if role == "group"}
    used = [affixes for affixes in known.values() if affixes is not None]
    return Amounts(
        values,
        ~np.isnan(values),
        doubtful,
        percent,
        decimal or (marks.pop() if len(marks) == 1 else "mixed" if marks else None),
        False,
        any(affixes.currency for affixes in used),
        any(affixes.power for affixes in used),
        any(affixes.glued for affixes in used),
    )


def _ordinary(texts: Sequence[str]) -> Sequence[str]:
    """Replace unusual blanks, apostrophes and minus signs, in all texts at once."""
    joined = "\0".join(texts)
    if joined.isascii():
        return texts
    if joined.count("\0") != len(texts) - 1:
        return [text.translate(_ORDINARY) for text in texts]
    for code, plain in _ORDINARY.items():
        joined = joined.replace(chr(code), plain)
    return joined.split("\0")


def _is_doubtful(parts: _Parts) -> bool:
    """One point or comma with exactly three digits behind, and no other separator: `1,234`."""
    _, power, whole, group, mark, _ = parts
    return group in (".", ",") and mark is None and not power and whole.count(group) == 1


def _number(affixes: _Affixes, power: int, whole: str, fraction: str) -> str:
    """Write the number as Python reads it; the factor as an exponent keeps every digit right."""
    return f"{affixes.sign}{whole or '0'}.{fraction or '0'}e{affixes.power + power}"


def _part(text: str, known: dict[tuple[str, str], _Affixes | None]) -> _Parts | None:
    """Take an amount apart; `known` remembers the affixes met so far."""
    found = _PARTS.fullmatch(text)
    if found is None:
        return None
    before, body, power, behind = found.groups()
    if before[-1:] in (".", ",") and not before[-2:-1].isalpha():
        before, body = before[:-1], before[-1] + body  # .50, but not Fr.5
    pair = (before, behind)
    if pair not in known:
        known[pair] = _affixes(before, behind)
    affixes = known[pair]
    digits = _BODY.fullmatch(body)
    if affixes is None or digits is None:
        return None
    whole, by, lakh, mark, fraction = digits.groups()
    group = by or lakh
    if mark is not None and mark == group:
        return None
    return affixes, int(power[1:]) if power else 0, whole, group, mark, fraction or ""


def _affixes(before: str, behind: str) -> _Affixes | None:
    """Sign, factor and currency around the digits; None if they are no affixes of an amount."""
    # The grammar allows blanks nearly everywhere: runs of them would be tried in every way.
    before, behind = (_BLANKS.sub(" ", affix) for affix in (before, behind))
    head, tail = _BEFORE.fullmatch(before), _BEHIND.fullmatch(behind)
    if head is None or tail is None:
        return None
    opened, first, currency, second, opened_late = head.groups()
    factor, currency_behind, closed, currency_last, last = tail.groups()
    brackets = (opened is not None) + (opened_late is not None)
    signs = [one for one in (first, second, last) if one]
    if brackets != (closed is not None) or brackets + len(signs) > 1:
        return None
    sign = "-" if brackets or signs == ["-"] else ""
    power = _FACTORS[factor.lower()] if factor else 0
    glued = _GLUED.search(before) is not None or (factor is None and behind[:1].isalpha())
    return _Affixes(sign, power, bool(currency or currency_behind or currency_last), glued)


def _role(separator: str, seen: set[tuple[str, str]]) -> str | None:
    """Decide whether a separator groups or marks: by its own use, else by the other's."""
    other = "," if separator == "." else "."
    own = {role for sign, role in seen if sign == separator}
    if len(own) == 1:
        return own.pop()
    others = {role for sign, role in seen if sign == other}
    if own or len(others) != 1:
        return None
    return "group" if others.pop() == "mark" else "mark"


def _forced_role(separator: str, decimal: str) -> str:
    return "mark" if separator == decimal else "group"
