"""One numpy kernel over a frame of any engine, batch by batch.

A model scores ten customers or ten billion with the same few lines of numpy: Spark runs them on
its executors, DuckDB and polars hand over slices, and no more than a batch is in memory at once.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from narwhals.stable.v2.typing import IntoFrameT

    Kernel = Callable[[dict[str, np.ndarray[Any, Any]]], dict[str, np.ndarray[Any, Any]]]

OutputType = Literal["float", "int", "text"]

BATCH_ROWS = 500_000

_DUCKDB_TYPES = {"float": "DOUBLE", "int": "BIGINT", "text": "VARCHAR"}
_table_number = itertools.count(1)


def map_batches(
    frame: IntoFrameT,
    kernel: Kernel,
    *,
    inputs: Sequence[str],
    outputs: Mapping[str, OutputType],
    batch_rows: int = BATCH_ROWS,
) -> IntoFrameT:
    """Append the columns that `kernel` computes from the columns `inputs`.

    Parameters
    ----------
    frame : frame
        Any engine. Its rows keep their order where the engine has one.
    kernel : callable
        Takes a dict of numpy arrays of one batch and returns a dict of arrays of equal length,
        one for each of `outputs`. It must not depend on where batches begin. On Spark it is sent
        to the executors.
    inputs : sequence of str
        Columns that the kernel sees.
    outputs : mapping from str to {"float", "int", "text"}
        Columns that it returns, and their types.
    batch_rows : int
        Most rows per call.

    Returns
    -------
    frame
        The kind that came in, with the columns `outputs` added. polars and Spark stay lazy; for
        DuckDB the result is a temporary table of the caller's connection, which spills to disk
        when it outgrows the memory.
    """
    checks.columns(
        frames.column_names(frame), {f"inputs[{i}]": name for i, name in enumerate(inputs)}
    )
    checks.free_names(frames.column_names(frame), outputs)
    checks.whole_number("batch_rows", batch_rows, at_least=1)
    run = _Run(kernel, tuple(inputs), dict(outputs), batch_rows)
    kind = frames.kind_of(frame)
    result: IntoFrameT
    if kind == "polars-lazy":
        result = _polars_lazily(frame, run)
    elif kind == "duckdb":
        result = _duckdb(frame, run)
    elif kind == "pyspark":
        result = _spark(frame, run)
    else:
        result = frames.same_kind(run.extend(frames.collect(frames.lazy(frame))), like=frame)
    return result


class _Run:
    """The kernel with what it takes and gives; small enough to be sent to Spark's executors."""

    def __init__(
        self,
        kernel: Kernel,
        inputs: tuple[str, ...],
        outputs: dict[str, OutputType],
        batch_rows: int,
    ) -> None:
        self.kernel, self.inputs, self.outputs = kernel, inputs, outputs
        self.batch_rows = batch_rows

    def extend(self, table: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
        """Compute the outputs of a table in memory, slice by slice."""
        starts = range(0, max(len(table), 1), self.batch_rows)
        parts = [self._outputs(table[start : start + self.batch_rows]) for start in starts]
        columns = {name: np.concatenate([part[name] for part in parts]) for name in self.outputs}
        return frames.with_arrays(table, columns, like=table)

    def _outputs(self, batch: nw.DataFrame[Any]) -> dict[str, np.ndarray[Any, Any]]:
        arrays = frames.arrays(batch.select(*self.inputs))
        found = self.kernel(arrays)
        for name in self.outputs:
            if name not in found or len(found[name]) != len(batch):
                raise DataContractError(
                    f"the kernel must return {len(batch)} values of {name!r} for this batch"
                )
        dtypes: dict[str, Any] = {"float": np.float64, "int": np.int64, "text": object}
        return {
            name: np.asarray(found[name]).astype(dtypes[kind])
            for name, kind in self.outputs.items()
        }


def _polars_lazily(frame: Any, run: _Run) -> Any:
    import polars as pl

    types: dict[str, Any] = {"float": pl.Float64, "int": pl.Int64, "text": pl.String}
    schema = frame.collect_schema()
    for name, kind in run.outputs.items():
        schema[name] = types[kind]

    def extend(batch: Any) -> Any:
        return run.extend(nw.from_native(batch, eager_only=True)).to_native()

    return frame.map_batches(extend, schema=schema, streamable=True)


def _duckdb(relation: Any, run: _Run) -> Any:
    """Walk a numbered copy of the relation slice by slice.

    Everything goes through the relation's own connection, and no result stays open while the
    next statement runs: DuckDB would close it, or wait for it for ever.
    """
    number = next(_table_number)
    source, target = f"_crmlytics_in_{number}", f"_crmlytics_out_{number}"
    # A table in memory keeps its rows under consecutive row ids, so slices are cheap to find.
    copy = f"CREATE TEMP TABLE {source} AS SELECT * FROM _crmlytics_source"  # noqa: S608
    relation.query("_crmlytics_source", copy)
    added = ", ".join(
        f"NULL::{_DUCKDB_TYPES[kind]} AS {_quoted(name)}" for name, kind in run.outputs.items()
    )
    relation.query(
        "_crmlytics_source",
        f"CREATE TEMP TABLE {target} AS SELECT *, {added} FROM {source} LIMIT 0",  # noqa: S608
    )
    total = relation.query("_crmlytics_source", f"SELECT count(*) FROM {source}").fetchall()[0][0]  # noqa: S608
    for start in range(0, total, run.batch_rows):
        piece = relation.query(
            "_crmlytics_source",
            f"SELECT * FROM {source} WHERE rowid >= {start} "  # noqa: S608
            f"AND rowid < {start + run.batch_rows} ORDER BY rowid",
        ).to_arrow_table()
        # DuckDB finds the variable by its name.
        _crmlytics_batch = run.extend(nw.from_native(piece, eager_only=True)).to_native()
        append = f"INSERT INTO {target} SELECT * FROM _crmlytics_batch"  # noqa: S608
        relation.query("_crmlytics_source", append)
    relation.query("_crmlytics_source", f"DROP TABLE {source}")
    return relation.query("_crmlytics_source", f"SELECT * FROM {target}").set_alias(target)  # noqa: S608


def _spark(frame: Any, run: _Run) -> Any:
    from pyspark.sql import types

    kinds: dict[str, Any] = {
        "float": types.DoubleType(),
        "int": types.LongType(),
        "text": types.StringType(),
    }
    added = [types.StructField(name, kinds[kind]) for name, kind in run.outputs.items()]
    schema = types.StructType([*frame.schema.fields, *added])

    def extend(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            table = nw.from_native(pa.Table.from_batches([batch]), eager_only=True)
            yield from run.extend(table).to_native().to_batches()

    return frame.mapInArrow(extend, schema)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
