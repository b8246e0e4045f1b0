"""The laws that every function from frame to frame obeys, tried on every registered example."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from crmlytics.errors import DataQualityWarning, NotEnoughDataError
from tests.common.registry import TABLES
from tests.support.engines import columns
from tests.support.purchases import assert_same


@pytest.fixture(params=sorted(TABLES))
def example(request):
    return TABLES[request.param]


def run(example, frame, names=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return example.call(frame, **(example.columns if names is None else names))


def by_key(example, found):
    """Rows in the order of all their values, where the result follows the input's order."""
    if not example.by_row:
        return found
    frame = pd.DataFrame(found).astype(object)
    order = frame.astype(str).sort_values(list(frame.columns)).index
    return {name: [values[i] for i in order] for name, values in found.items()}


def answer(example, frame, names=None):
    return by_key(example, columns(run(example, frame, names)))


def test_the_input_is_not_changed(example):
    frame = example.data()
    before = frame.copy(deep=True)
    run(example, frame)
    pd.testing.assert_frame_equal(frame, before)


def test_row_order_and_index_do_not_matter(example):
    frame = example.data()
    shuffled = frame.sample(frac=1.0, random_state=1)
    shuffled.index = pd.Index(np.arange(len(frame)) % 3, name="date")
    assert_same(answer(example, shuffled), answer(example, frame))


def test_keys_are_columns_and_the_index_is_fresh(example):
    result = run(example, example.data().set_index(pd.RangeIndex(5, 5 + len(example.data()))))
    assert isinstance(result.index, pd.RangeIndex)
    assert result.index.start == 0


def test_an_extra_column_does_not_matter(example):
    frame = example.data()
    wider = frame.assign(extra=[object()] * len(frame))
    if example.by_row:
        wider = frame.assign(extra=1.5)
    found = answer(example, wider)
    found.pop("extra", None)
    assert_same(found, answer(example, frame))


def test_columns_may_bear_any_name(example):
    frame = example.data()
    renamed = {name: f"Столбец {i} «{name}»" for i, name in enumerate(example.columns.values())}
    names = {parameter: renamed[name] for parameter, name in example.columns.items()}
    found = answer(example, frame.rename(columns=renamed), names)
    back = {new: old for old, new in renamed.items()}
    expected = answer(example, frame)
    assert_same(by_key(example, {back.get(name, name): v for name, v in found.items()}), expected)


def test_an_empty_frame_has_a_defined_answer(example, engine):
    frame = engine.make(example.data().iloc[:0])
    try:
        found = engine.columns(run(example, frame))
    except NotEnoughDataError:
        pass  # a named error that says how much is needed
    else:
        assert all(values == [] for values in found.values())
        if not example.by_row and example.key is not None:
            assert set(found) <= set(columns(run(example, example.data())))


def test_one_row_has_a_defined_answer(example, engine):
    frame = example.data()
    if "amount" in frame:
        frame = frame[frame["amount"] > 0]
    try:
        found = engine.columns(run(example, engine.make(frame.iloc[:1])))
    except NotEnoughDataError:
        pass  # a named error that says how much is needed
    else:
        assert all(len(values) >= 1 for values in found.values())


def test_categorical_ids_are_read_as_their_values(example):
    if example.key is None:
        pytest.skip("the example has no key column")
    frame = example.data()
    name = example.columns[example.key]
    coded = frame[name].astype(pd.CategoricalDtype([*sorted(frame[name].unique()), "never seen"]))
    assert_same(answer(example, frame.assign(**{name: coded})), answer(example, frame))


def test_integer_ids_give_the_same_numbers(example):
    if example.key is None:
        pytest.skip("the example has no key column")
    frame = example.data()
    name = example.columns[example.key]
    # Codes in the order of the texts, so that the result comes in the same order.
    number = frame[name].map({text: 100 + i for i, text in enumerate(sorted(frame[name].unique()))})
    found, expected = answer(example, frame.assign(**{name: number})), answer(example, frame)
    for values in (found, expected):
        values.pop(name, None)
    assert_same(found, expected)


def test_every_engine_gives_the_same_answer(example, engine):
    frame = example.data()
    found = by_key(example, engine.columns(run(example, engine.make(frame))))
    assert_same(found, answer(example, frame))


@pytest.mark.parametrize("key_type", ["large_string", "dictionary"])
def test_arrow_texts_of_any_kind_are_read(example, key_type):
    import pyarrow as pa

    if example.key is None:
        pytest.skip("the example has no key column")
    frame = example.data()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    name = example.columns[example.key]
    at = table.schema.get_field_index(name)
    column = table.column(name).cast(pa.large_string())
    column = column.dictionary_encode() if key_type == "dictionary" else column
    found = answer(example, table.set_column(at, name, column))
    assert_same(found, answer(example, frame))
