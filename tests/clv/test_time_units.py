"""Units of time in one another."""

from __future__ import annotations

import pytest

from crmlytics._core import periods
from crmlytics.clv import _time_units as units


@pytest.mark.parametrize(
    ("span", "unit", "to", "expected"),
    [
        (1, "Y", "D", 365.25),
        (12, "M", "Y", 1.0),
        (1, "M", "D", 30.4375),
        (1, "Y", "W", 365.25 / 7),
        (7, "D", "W", 1.0),
        (2, "Q", "M", 6.0),
        (3, "W", "W", 3.0),
    ],
)
def test_conversions(span, unit, to, expected):
    assert units.converted(span, unit, to=to) == pytest.approx(expected, rel=1e-15)


def test_every_unit_has_a_length_and_a_name():
    assert set(units.PER_YEAR) == set(units.NAMES) == set(periods.UNITS)
    with pytest.raises(ValueError, match="horizon_unit"):
        units.word("horizon_unit", "month")
