"""Hierarchies of series: which add up to which."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal, cast

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, frames, notices, periods
from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.forecast._panel import read_panel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class Hierarchy:
    """Which series add up to which: a total, its parts, the parts of these, down to the leaves.

    Made by `Hierarchy.from_columns` from the columns of a frame (nested or crossed) or by
    `Hierarchy.from_parents` from the parent of each series.

    Parameters
    ----------
    nodes : tuple
        Names of the series, sums first and from the top down, then the leaves.
    leaves : tuple
        Names of the series that are no sums, in the order of the columns of `summing`.
    summing : scipy.sparse matrix of shape (n_nodes, n_leaves)
        1 where the leaf is part of the node: nodes = summing @ leaves.
    levels : tuple of str
        The level of each node, such as ``"total"`` or ``"region"``.
    by : tuple of str
        Columns that `from_columns` was given; empty for `from_parents`.
    separator : str
        What stands between the values of these columns in the name of a node.

    Examples
    --------
    >>> from crmlytics.forecast import Hierarchy
    >>> shops = Hierarchy.from_parents(
    ...     {"Lublin": "east", "Lviv": "east", "east": "all", "Kyiv": "all"}
    ... )
    >>> shops.nodes, shops.leaves
    (('all', 'east', 'Kyiv', 'Lublin', 'Lviv'), ('Kyiv', 'Lublin', 'Lviv'))
    >>> shops.summing.toarray().astype(int)
    array([[1, 1, 1],
           [0, 1, 1],
           [1, 0, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """

    nodes: tuple[Any, ...]
    leaves: tuple[Any, ...]
    summing: Any
    levels: tuple[str, ...]
    by: tuple[str, ...] = ()
    separator: str = "/"

    def __repr__(self) -> str:
        return f"Hierarchy({len(self.nodes)} nodes, {len(self.leaves)} leaves)"

    @classmethod
    def from_columns(
        cls,
        frame: Any,
        *,
        by: Sequence[str],
        kind: Literal["nested", "crossed"] = "nested",
        total: str = "total",
        separator: str = "/",
    ) -> Hierarchy:
        """Read the hierarchy off the columns of a frame.

        Parameters
        ----------
        frame : frame
            Rows of any engine; only the distinct values of `by` are collected.
        by : sequence of str
            Columns (text or integer), for ``kind="nested"`` from the top down, such as
            ``["region", "shop"]``.
        kind : {"nested", "crossed"}
            ``"nested"``: total, regions, shops of a region. ``"crossed"``: total, every region,
            every product, and their combinations, such as ``"north/*"`` and ``"*/tea"``.
        total : str
            Name of the sum of everything.
        separator : str
            What stands between values in a name.

        Returns
        -------
        Hierarchy
            With leaves such as ``"north/tea"``.

        Raises
        ------
        ColumnNotFoundError
            If a column of `by` is not there.
        DataContractError
            If values are missing, of the wrong type, or hold the separator.
        NotEnoughDataError
            If there is no row.
        """
        names = [by] if isinstance(by, str) else list(by)
        checks.word("kind", kind, ("nested", "crossed"))
        values = _distinct(frame, names, separator, total, crossed=kind == "crossed")
        shown = [
            chosen
            for size in range(1, len(names))
            for chosen in combinations(range(len(names)), size)
            if kind == "crossed" or chosen == tuple(range(size))
        ]
        sums = {total: np.ones(len(values), bool)}
        levels = {total: "total"}
        for chosen in shown:
            labels = _labels(values, chosen, separator, stars=kind == "crossed")
            for label in np.unique(labels):
                sums[str(label)] = labels == label
                levels[str(label)] = separator.join(names[i] for i in chosen)
        leaves = [separator.join(row) for row in values]
        levels |= dict.fromkeys(leaves, separator.join(names))
        return cls._of(sums, leaves, levels, by=tuple(names), separator=separator)

    @classmethod
    def from_parents(cls, parents: Mapping[Any, Any]) -> Hierarchy:
        """Build the hierarchy from the parent of each series.

        Parameters
        ----------
        parents : mapping
            From the name of a series (text or integer) to that of the one of which it is a part.
            One series, the total, has no parent; series that are nobody's parent are the leaves.

        Returns
        -------
        Hierarchy
            Its levels are ``"0"`` for the total, ``"1"`` for its parts and so on.

        Raises
        ------
        DataContractError
            If there is no series or not one total, or series are their own ancestors.
        """
        everyone = dict.fromkeys([*parents.values(), *parents])
        if len({isinstance(name, str) for name in everyone}) > 1:
            raise DataContractError("names of series must be all text or all integers, not both")
        roots = [name for name in everyone if name not in parents]
        if len(roots) != 1:
            raise DataContractError(
                f"parents must leave one series without a parent, the total; {len(roots)} have none"
            )
        depth = _depths(parents, roots[0], everyone)
        inner = set(parents.values())
        leaves = sorted(name for name in everyone if name not in inner)
        place = {leaf: i for i, leaf in enumerate(leaves)}
        sums = {
            name: np.zeros(len(leaves), bool)
            for name in sorted(inner, key=lambda name: (depth[name], name))
        }
        for leaf in leaves:
            above = leaf
            while above in parents:
                above = parents[above]
                sums[above][place[leaf]] = True
        levels = {name: str(depth[name]) for name in everyone}
        return cls._of(sums, leaves, levels)

    @classmethod
    def _of(
        cls,
        sums: Mapping[Any, NDArray[np.bool_]],
        leaves: list[Any],
        levels: Mapping[Any, str],
        **rest: Any,
    ) -> Hierarchy:
        from scipy import sparse

        above = sparse.csr_array(np.array(list(sums.values()), bool)).astype(np.float64)
        summing = sparse.vstack([above, sparse.eye_array(len(leaves))], format="csr")
        nodes = (*sums, *leaves)
        return cls(nodes, tuple(leaves), summing, tuple(levels[node] for node in nodes), **rest)

    def label(self, frame: IntoFrameT, *, series_col: str = "series") -> IntoFrameT:
        """Add the name of each row's leaf, so that `sales_series` can sum by it.

        Parameters
        ----------
        frame : frame
            Rows with the columns that `from_columns` was given.
        series_col : str
            Name of the new column.

        Returns
        -------
        frame
            The kind that came in, with the column `series_col` added; rows as they were.

        Raises
        ------
        ColumnNotFoundError
            If one of the columns is not there.
        DataContractError
            If the frame already has a column `series_col`.
        ValueError
            If the hierarchy was not made of columns.
        """
        self._require_columns()
        names = frames.column_names(frame)
        checks.columns(names, {"by": None} | {f"by[{i}]": name for i, name in enumerate(self.by)})
        if series_col in names:
            raise DataContractError(
                f"the frame already has a column {series_col!r}; pass another name in series_col"
            )
        return frames.same_kind(self._labelled(frame, names, series_col), like=frame)

    def aggregate(
        self,
        sales: IntoFrameT,
        *,
        date_col: str = "date",
        value_col: str = "value",
        series_col: str | None = None,
        unit: periods.Unit | None = None,
        outside: Literal["zero", "null"] = "zero",
    ) -> IntoFrameT:
        """Sum the series of the leaves to those of all nodes, ready to be forecast.

        Parameters
        ----------
        sales : frame
            One row per leaf and period, from any engine. A null value, and a missing row between
            two of a leaf, is a gap.
        date_col, value_col : str
            Names of the columns: any date of the period, the sales.
        series_col : str, optional
            Column with the names of the leaves. None: the columns of `from_columns` name them.
        unit : {"D", "W", "M", "Q", "Y"}, optional
            Length of a period. None: told from the dates.
        outside : {"zero", "null"}
            What a leaf counts before its first and after its last value: nothing was sold, or
            nobody knows.

        Returns
        -------
        frame
            The kind that came in: `series_col` (``"series"`` if None), the date (first day of the
            period) and the value of every node, ordered as `nodes` and by date. A sum is null
            where one of its leaves is.

        Raises
        ------
        ColumnNotFoundError
            If a named column is not there.
        DataContractError
            If keys are missing or repeat, values are infinite, or series and leaves differ.
        NotEnoughDataError
            If no row has a value.

        Warns
        -----
        DataQualityWarning
            If leaves end before the last period and count 0 after it.
        """
        checks.word("outside", outside, ("zero", "null"))
        key = series_col or "series"
        table: Any = sales
        if series_col is None:
            self._require_columns()
            needed = {"date_col": date_col, "value_col": value_col}
            available = frames.column_names(sales)
            checks.columns(available, needed | {name: name for name in self.by})
            extra = [name for name in ("complete",) if name in available]
            table = self._labelled(sales, [date_col, value_col, *extra], key)
        checks.free_names([date_col, value_col], [key])
        panel = read_panel(table, date_col=date_col, value_col=value_col, series_col=key, unit=unit)
        values = _with_outside(self._ordered(panel.ids, panel.values), outside)
        summed, known = self.summing @ np.nan_to_num(values), self.summing @ np.isnan(values)
        summed = np.where(known > 0, np.nan, summed)
        node, period = _inside(summed)
        columns = {
            key: node_names(self)[node],
            date_col: panel.dates(period),
            value_col: summed[node, period],
        }
        return frames.from_arrays(columns, like=sales)

    def _require_columns(self) -> None:
        if not self.by:
            raise ValueError(
                "this hierarchy was made of parents, not of columns; pass the column with the "
                "names of the leaves in series_col"
            )

    def _labelled(self, frame: Any, kept: list[str], series_col: str) -> nw.LazyFrame[Any]:
        parts = [nw.col(name).cast(nw.String) for name in self.by]
        name = nw.concat_str(parts, separator=self.separator) if len(parts) > 1 else parts[0]
        rows = frames.lazy(frame, list(dict.fromkeys([*kept, *self.by])))
        return rows.with_columns(name.alias(series_col)).select(*kept, series_col)

    def _ordered(self, ids: NDArray[Any], values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows in the order of the leaves."""
        place = {name: i for i, name in enumerate(ids.tolist())}
        lacking = sum(leaf not in place for leaf in self.leaves)
        unknown = len(place) - (len(self.leaves) - lacking)
        if lacking or unknown:
            raise DataContractError(
                f"{lacking:,} of {len(self.leaves):,} leaves have no row, and {unknown:,} series "
                "are no leaves of the hierarchy; the sums would not be those of the leaves"
            )
        return values[[place[leaf] for leaf in self.leaves]]


def _distinct(
    frame: Any, names: list[str], separator: str, total: str, *, crossed: bool
) -> NDArray[Any]:
    """Return the distinct combinations of the columns as texts, in ascending order."""
    checks.columns(frames.column_names(frame), {f"by[{i}]": name for i, name in enumerate(names)})
    checks.distinct_columns({f"by[{i}]": name for i, name in enumerate(names)})
    if not names:
        raise ValueError("by must name at least one column")
    rows = frames.lazy(frame, names)
    schema = rows.collect_schema()
    for name in names:
        if not (schema[name] == nw.String or schema[name].is_integer()):
            raise DataContractError(
                f"{name!r} must hold text or integers, it holds {schema[name]}; cast it first"
            )
    # Grouping, not `unique`, which keeps no promise about nulls on every engine.
    table = frames.arrays(frames.collect(rows.group_by(*names).agg(_n=nw.len())))
    columns = [table[name].astype(object) for name in names]
    for name, column in zip(names, columns, strict=True):
        missing = sum(value is None or value != value for value in column)
        if missing:
            raise DataContractError(
                f"{missing:,} of {len(column):,} distinct rows have no {name!r}; "
                f"see them with {frames.how_to_find(frame, name, 'missing')}"
            )
        odd = sum(separator in str(value) for value in column)
        if odd and len(names) > 1:
            raise DataContractError(
                f"{odd:,} values of {name!r} hold the separator {separator!r}, so that names "
                "could clash; pass another separator"
            )
        if any(str(value) == total or (crossed and str(value) == "*") for value in column):
            raise DataContractError(
                f"a value of {name!r} bears the name of a sum; pass another name in total, or "
                "rename the value '*'"
            )
    if not len(columns[0]):
        raise NotEnoughDataError("the frame has no row; a hierarchy needs at least 1 leaf")
    return np.array(sorted(zip(*[map(str, column) for column in columns], strict=True)), object)


def _labels(
    values: NDArray[Any], chosen: tuple[int, ...], separator: str, *, stars: bool
) -> NDArray[Any]:
    """Name of each leaf's sum over the columns not chosen."""
    if not stars:
        return np.array([separator.join(row[: len(chosen)]) for row in values], object)
    places = range(values.shape[1])
    return np.array(
        [separator.join(row[i] if i in chosen else "*" for i in places) for row in values], object
    )


def _depths(parents: Mapping[Any, Any], root: Any, everyone: Mapping[Any, Any]) -> dict[Any, int]:
    """Steps from the total, refusing circles."""
    children: dict[Any, list[Any]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    depth, front = {root: 0}, [root]
    while front:
        front = [child for name in front for child in children.get(name, [])]
        depth |= {child: depth[parents[child]] + 1 for child in front}
    if astray := len(everyone) - len(depth):
        raise DataContractError(f"{astray:,} series are their own ancestors; a part is not a whole")
    return depth


def _with_outside(values: NDArray[np.float64], outside: str) -> NDArray[np.float64]:
    """Fill what lies before the first and after the last value of a row, saying what ended."""
    if outside == "null":
        return values
    known = np.isfinite(values)
    begun = np.logical_or.accumulate(known, axis=1)
    running = np.logical_or.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    if ended := int((~running[:, -1]).sum()):
        notices.warn(
            f"{ended:,} of {len(values):,} leaves end before the last period and count 0 after "
            "it; outside='null' leaves the sums null instead",
            DataQualityWarning,
        )
    return np.where(begun & running, values, 0.0)


def _inside(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells between the first and the last value of each row."""
    known = np.isfinite(values)
    begun = np.logical_or.accumulate(known, axis=1)
    running = np.logical_or.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    node, period = np.nonzero(begun & running)
    return cast("tuple[NDArray[np.int64], NDArray[np.int64]]", (node, period))


def node_names(hierarchy: Hierarchy) -> NDArray[Any]:
    """Names of the nodes as an array: integers as integers, anything else as text."""
    if all(isinstance(node, int | np.integer) for node in hierarchy.nodes):
        return np.array(hierarchy.nodes, np.int64)
    return np.array(hierarchy.nodes, object)
