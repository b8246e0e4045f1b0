from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.io.formulas import is_formula, protect, unprotect

# The trigger set of OWASP's "CSV Injection" and the full-width twins of its signs.
TRIGGERS = [
    "=1+1",
    "+48 600",
    "-2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "\0x",
    "＝1",
    "＋1",
    "－1",
    "＠x",
]


@pytest.mark.parametrize("text", TRIGGERS)
@pytest.mark.parametrize("blanks", ["", " ", "\u00a0 ", "\ufeff", " \ufeff "])
def test_triggers_are_protected_also_behind_blanks(text, blanks):
    assert protect(blanks + text) == "'" + blanks + text


@pytest.mark.parametrize("text", ["", "plain", "a=b", "5-3", "'quoted'", "O'Brien", "1"])
def test_other_text_is_left_alone(text):
    assert protect(text) == text
    assert not is_formula(text)


def test_an_apostrophe_before_other_text_stays():
    assert unprotect("'twas") == "'twas"


@given(st.text(alphabet=st.sampled_from("'=+-@ \t\n\ufeffab＝")) | st.text())
def test_taking_off_is_the_inverse_of_putting_on(text):
    assert unprotect(protect(text)) == text
    # A spreadsheet takes a leading apostrophe as "this is text".
    assert protect(text)[:1] not in set("=+-@\t\r\n\0＝＋－＠")
