"""Any frame in, the same kind out, missing cells missing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from crmlytics._core import frames
from crmlytics.errors import DataContractError


@pytest.fixture
def example():
    return pd.DataFrame({"id": ["b", "a"], "n": [1, 2]})


def test_arrays_become_the_callers_kind(engine, example):
    built = frames.from_arrays(
        {
            "text": np.array(["x", None], dtype=object),
            "whole": np.array([1, 2]),
            "maybe": np.ma.MaskedArray([5, 7], mask=[False, True]),
            "real": np.array([0.5, np.nan]),
            "day": np.array(["2024-02-29", "1969-12-31"], dtype="datetime64[D]"),
            "flag": np.array([True, False]),
        },
        like=engine.make(example),
    )
    assert engine.columns(built) == {
        "text": ["x", None],
        "whole": [1, 2],
        "maybe": [5, None],
        "real": [0.5, None],
        "day": [dt.date(2024, 2, 29), dt.date(1969, 12, 31)],
        "flag": [True, False],
    }


def test_relations_join_in_the_callers_connection(example):
    import duckdb

    mine = duckdb.connect()
    relation = mine.from_arrow(frames.eager_from_arrays(
        {"id": np.array(["a", "b"], dtype=object)}, like=mine.sql("select 1")).to_native()
    )  # fmt: skip
    built = frames.from_arrays(
        {"id": np.array(["a"], dtype=object), "x": np.array([9])}, like=relation
    )
    assert relation.join(built, "id").fetchall() == [("a", 9)]


def test_columns_are_added_row_by_row_whatever_the_index(engine, example):
    table = frames.collect(frames.lazy(engine.make(example.set_index(pd.Index([7, 7])))))
    wider = frames.with_arrays(table, {"x": np.array([1.5, 2.5])}, like=engine.make(example))
    found = engine.columns(frames.same_kind(wider, like=engine.make(example)))
    assert found == {"id": ["b", "a"], "n": [1, 2], "x": [1.5, 2.5]}


def test_categoricals_are_read_as_their_values():
    frame = pd.DataFrame({"n": pd.Categorical([3, 1, 3], categories=[1, 2, 3])})
    table = frames.collect(frames.lazy(frame))
    assert table["n"].to_list() == [3, 1, 3]
    assert table["n"].dtype.is_integer()
    holed = pd.DataFrame({"n": pd.Categorical(["a", None])})
    assert frames.collect(frames.lazy(holed))["n"].null_count() == 1


def test_what_is_no_frame_is_refused():
    with pytest.raises(TypeError, match="must be a pandas, polars, pyarrow, DuckDB or Spark frame"):
        frames.kind_of([1, 2, 3])


def test_kinds_are_told_apart(engine, example):
    assert frames.kind_of(engine.make(example)) == engine.name
    eager = frames.is_eager(engine.make(example))
    assert eager == (engine.name in ("pandas", "polars", "pyarrow"))


def test_the_way_to_find_bad_rows_runs(engine, example):
    if engine.name == "pyspark":
        pytest.skip("its line is shell syntax of Spark SQL, checked by eye")
    import polars as pl
    import pyarrow.compute as pc

    frame = engine.make(example.assign(x=[1.0, None], y=[1.0, np.inf]))
    scope = {"frame": frame, "relation": frame, "pl": pl, "pc": pc, "np": np}
    for column, what in (("x", "missing"), ("y", "not finite")):
        line = frames.how_to_find(frame, column, what)
        rows = eval(line, scope)  # noqa: S307 (our own line)
        assert len(frames.collect(frames.lazy(rows))) == 1, line


def test_numbers_must_be_finite(example):
    table = frames.collect(frames.lazy(example.assign(x=[1.0, np.nan])))
    assert frames.finite(table, "n").tolist() == [1.0, 2.0]
    with pytest.raises(DataContractError, match="1 of 2 values of 'x' are missing or infinite"):
        frames.finite(table, "x")
    with pytest.raises(DataContractError, match="must hold numbers"):
        frames.finite(table, "id")


def test_a_table_of_the_callers_is_never_taken_for_the_result(example):
    import duckdb

    mine = duckdb.connect()
    mine.execute("CREATE TABLE built AS SELECT 42 AS secret")
    mine.execute("CREATE VIEW _rows AS SELECT 42 AS secret")
    mine.execute("CREATE TABLE t AS SELECT 'a' AS id")
    built = frames.from_arrays({"x": np.array([9])}, like=mine.table("t"))
    assert built.columns == ["x"]
    assert built.fetchall() == [(9,)]


def test_a_locked_connection_is_told_what_to_do():
    import duckdb

    locked = duckdb.connect(config={"python_enable_replacements": "false"})
    relation = locked.sql("SELECT 1 AS id")
    with pytest.raises(DataContractError, match="does not let results be built in it"):
        frames.from_arrays({"x": np.array([9])}, like=relation)


def test_repeated_column_names_are_refused(example):
    twice = pd.concat([example, example], axis=1)
    with pytest.raises(DataContractError, match="2 column names of the frame repeat, such as 'id'"):
        frames.column_names(twice)


def test_arrow_dictionaries_inside_pandas_are_read_as_their_values():
    import pyarrow as pa

    coded = pa.array(["b", "a", "b"]).dictionary_encode()
    frame = pd.DataFrame({"id": pd.Series(coded, dtype=pd.ArrowDtype(coded.type))})
    assert frames.collect(frames.lazy(frame))["id"].to_list() == ["b", "a", "b"]


@pytest.mark.spark
@pytest.mark.parametrize("name", ["a.b", "a`b"])
def test_spark_names_with_dots_and_backticks_are_refused(example, name):
    from tests.support.engines import ENGINES

    frame = ENGINES["pyspark"].make(example.rename(columns={"id": name}))
    with pytest.raises(DataContractError, match="rename it first with withColumnRenamed"):
        frames.lazy(frame, [name])
