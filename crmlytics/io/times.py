"""Times of day and offsets from universal time, behind a date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TIME = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"\s*([AaPp])?(?(5)\.?[Mm]\.?)\s*(Z|z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


class Times(NamedTuple):
    """Distinct times of day: microseconds since midnight, offsets taken off."""

    micros: NDArray[np.timedelta64]
    valid: NDArray[np.bool_]
    aware: NDArray[np.bool_]
    hours: NDArray[np.int64]  # as written; -1 without a time
    meridiem: bool  # AM or PM is written somewhere


def time_start(text: str) -> int:
    """Place where the time of day begins: the length of the text if there is none."""
    colon = text.find(":")
    if colon < 1:
        return len(text)
    return colon - 2 if colon > 1 and text[colon - 2].isdigit() else colon - 1


def bare_day(text: str) -> str:
    """Take off what stands between a day and a time: `2021-04-15T`, `15.04.2021, `."""
    return text.rstrip(" ,T\u00a0\u202f")


def read_times(texts: Sequence[str]) -> Times:
    """Read distinct times of day; an empty text is midnight."""
    n = len(texts)
    micros = np.zeros(n, dtype=np.int64)
    valid, aware = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    hours = np.full(n, -1, dtype=np.int64)
    meridiem = False
    for i, text in enumerate(texts):
        if not text:
            valid[i] = True
            continue
        found = _TIME.fullmatch(text)
        if found is None:
            continue
        hour_text, minute_text, second_text, fraction, half, offset = found.groups()
        hour, minute, second = int(hour_text), int(minute_text), int(second_text or 0)
        hours[i] = hour
        if half is not None:
            meridiem = True
            if not 1 <= hour <= 12:
                continue
            hour = hour % 12 + (12 if half in "Pp" else 0)
        if hour > 23 or minute > 59 or second > 59:
            continue
        valid[i] = True
        aware[i] = offset is not None
        seconds = hour * 3600 + minute * 60 + second - _offset_seconds(offset)
        micros[i] = seconds * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))
    return Times(micros.astype("timedelta64[us]"), valid, aware, hours, meridiem)


def _offset_seconds(offset: str | None) -> int:
    if offset is None or offset[0] not in "+-":
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if offset[0] == "-" else seconds
