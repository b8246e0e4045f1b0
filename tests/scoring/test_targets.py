"""Outcomes of any kind of two values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.scoring import _targets

TWICE = [0, 1, 1, 0, 1]


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (TWICE, [0, 1]),
        (np.array(TWICE, bool), [False, True]),
        (pd.Series(["lost", "won", "won", "lost", "won"], dtype="category"), ["lost", "won"]),
        (pd.array(TWICE, dtype="Int64"), [0, 1]),
        (pd.array(["No", "Yes", "Yes", "No", "Yes"], dtype="string"), ["No", "Yes"]),
    ],
)
def test_both_classes_are_found_in_order(y, classes):
    found = _targets.read(None, y, at_least=1)
    assert found.values.tolist() == TWICE
    assert found.classes.tolist() == classes


def test_a_name_is_that_of_a_column(engine):
    frame = engine.make(pd.DataFrame({"left": [True, False, True]}))
    assert sorted(_targets.read(frame, "left", at_least=1).values.tolist()) == [0, 1, 1]


def test_refusals():
    frame = pd.DataFrame({"left": [True, False]})
    with pytest.raises(ColumnNotFoundError, match="did you mean 'left'"):
        _targets.read(frame, "Left", at_least=1)
    with pytest.raises(DataContractError, match="1 of 3 outcomes are missing"):
        _targets.read(None, [0, None, 1], at_least=1)
    with pytest.raises(DataContractError, match="has 3 values, two are needed"):
        _targets.read(None, [0.1, 0.2, 0.3], at_least=1)
    with pytest.raises(NotEnoughDataError, match="of one class"):
        _targets.read(None, [1, 1], at_least=1)
    with pytest.raises(NotEnoughDataError, match="1 of 3 rows have the rarer outcome"):
        _targets.read(None, [1, 1, 0], at_least=2)
