"""One numpy function over many chunks: here in a loop, or on Spark's executors.

Where chunks do not depend on each other the answer is the same wherever they are worked on.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Arrays = Sequence[NDArray[Any]]


def map_chunks(
    function: Callable[..., Arrays], chunks: Iterable[Arrays], *, like: Any
) -> list[list[NDArray[Any]]]:
    """Apply `function` to the arrays of each chunk and return its results in order.

    Parameters
    ----------
    function : callable
        Takes the arrays of a chunk as positional arguments and returns arrays. If `like` is a
        Spark frame it is sent to the executors.
    chunks : iterable of sequence of ndarray
        No array of objects.
    like : frame
        A Spark frame has its cluster do the work; with any other frame it is done here.
    """
    if frames.kind_of(like) != "pyspark":
        return [list(function(*chunk)) for chunk in chunks]
    rows = [(i, _packed(chunk)) for i, chunk in enumerate(chunks)]
    if not rows:
        return []
    schema = "chunk long, arrays binary"
    table = like.sparkSession.createDataFrame(rows, schema)

    def work(batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            results = [_packed(function(*_unpacked(packed))) for packed in batch["arrays"]]
            yield batch.assign(arrays=results)

    # As many partitions as chunks, so that as many executors as there are can share them.
    done = table.repartition(len(rows), "chunk").mapInPandas(work, schema).collect()
    return [_unpacked(row["arrays"]) for row in sorted(done, key=lambda row: row["chunk"])]


def _packed(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, *arrays)
    return buffer.getvalue()


def _unpacked(packed: bytes) -> list[NDArray[Any]]:
    with np.load(io.BytesIO(bytes(packed)), allow_pickle=False) as read:
        return [read[name] for name in read.files]
