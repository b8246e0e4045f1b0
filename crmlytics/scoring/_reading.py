"""How a frame like that fitted on is read again: which columns, as what, and why not the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crmlytics._core import checks, frames
from crmlytics.scoring import _id_columns, _raw_columns, _schemas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._raw_columns import RawTable
    from crmlytics.scoring._schemas import ColumnSchema, MissingValues


class Reading(NamedTuple):
    """The schemas of the columns that are used, and why others are not."""

    schemas: dict[str, ColumnSchema]
    dropped: dict[str, str]
    tz: str | None

    def read(self, frame: Any) -> RawTable:
        """Read the columns needed of another frame, interpreted as those fitted on."""
        frame = _raw_columns.as_frame(frame)
        names = list(self.schemas)
        checks.columns(
            frames.column_names(frame), {f"column {i + 1} of X": n for i, n in enumerate(names)}
        )
        return _schemas.apply(self.schemas, _raw_columns.read(frame, names, tz=self.tz))

    def read_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> RawTable:
        """Read one batch of numpy arrays."""
        aware = {name: self.tz for name, schema in self.schemas.items() if schema.aware and self.tz}
        return _schemas.apply(self.schemas, _raw_columns.from_arrays(arrays, tz=aware))


def learn(
    table: RawTable,
    *,
    missing_values: MissingValues,
    categorical: Sequence[str],
    keep: Sequence[str],
    known_after: Sequence[str],
    ignore: Sequence[str],
    max_levels: int,
    tz: str | None,
) -> tuple[Reading, RawTable]:
    """Return the reading and all columns interpreted, those left out among them."""
    schemas, columns = _schemas.learn(table, missing_values=missing_values, categorical=categorical)
    dropped = {}
    for name, column in columns.columns.items():
        if name in known_after:
            dropped[name] = "known only after the outcome, as declared"
        elif name in ignore:
            dropped[name] = "no feature, as declared"
        elif name in keep or name in categorical:
            continue
        elif ground := _id_columns.id_ground(column, max_levels=max_levels):
            dropped[name] = ground
    kept = {name: schema for name, schema in schemas.items() if name not in dropped}
    return Reading(kept, dropped, tz), columns
