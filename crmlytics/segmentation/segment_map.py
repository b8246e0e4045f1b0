"""Named segments on the grid of RFM scores, checked for overlaps and gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pandas as pd

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError
from crmlytics.segmentation import _maps
from crmlytics.segmentation._columns import refuse_overwriting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray


class Explanation(NamedTuple):
    """Why a customer with these scores is in this segment.

    Attributes
    ----------
    segment : str
        The segment.
    rule : str
        The rule that put the cell there, in words.
    also_matched : tuple of str
        Segments of later rules that hold the cell, too.
    """

    segment: str
    rule: str
    also_matched: tuple[str, ...]


class SegmentMap:
    """A complete map from the scores r, f and m to named segments.

    Make one with `SegmentMap.named` or `SegmentMap.from_rules`; the constructor is theirs.

    Parameters
    ----------
    rules : DataFrame
        Boxes in order, as the attribute `rules` shows them.
    n_bins : int
        Scores per feature.
    priority : bool
        Whether the first rule wins where rules overlap; otherwise an overlap is refused.
    other : str or None
        Name of the cells that no rule holds; without it a gap is refused.

    Attributes
    ----------
    segments : tuple of str
        Names of the segments in the order of the rules.
    rules : DataFrame
        One row per rule in order: ``segment``, ``r_low``, ``r_high``, ``f_low``, ``f_high``,
        ``m_low``, ``m_high`` (inclusive).
    cells : DataFrame
        One row per cell of the grid: ``r``, ``f``, ``m``, ``segment``.
    n_bins : int
        Scores per feature.

    Examples
    --------
    >>> from crmlytics.segmentation import SegmentMap
    >>> segments = SegmentMap.named("putler11")
    >>> segments.explain(5, 4, 5).segment
    'Champions'
    >>> len(segments.cells)
    125
    """

    def __init__(self, rules: pd.DataFrame, *, n_bins: int, priority: bool, other: str | None):
        self.n_bins = n_bins
        self.rules = rules.reset_index(drop=True)
        self._matched = _matches(self.rules, n_bins)
        self._refuse_overlaps(priority=priority)
        self._refuse_gaps(other)
        names = list(dict.fromkeys(self.rules["segment"]))
        first = np.where(self._matched.any(axis=0), self._matched.argmax(axis=0), -1)
        code_of_rule = np.array([names.index(name) for name in self.rules["segment"]])
        codes = np.where(first >= 0, code_of_rule[first], len(names))
        if (first < 0).any() and other is not None:
            names.append(other)
        self.segments = tuple(names)
        self._names = np.array(names, dtype=object)
        self._codes = codes.astype(np.int64)

    @classmethod
    def named(cls, name: str = "putler11") -> Self:
        """Return a published map.

        Parameters
        ----------
        name : {"putler11", "rfm10", "pymc5"}
            ``"putler11"``: the widely used map of 11 segments, a partition of the 125 cells.
            ``"rfm10"``: the ten boxes of the R package rfm, first match wins, the 10 cells that
            no box holds being "Others". ``"pymc5"``: the five segments of pymc-marketing on the
            64 cells of ``RFMScorer(n_bins=4)``, the 18 cells that it does not name being "Other".

        Returns
        -------
        SegmentMap
            The map.

        Examples
        --------
        >>> from crmlytics.segmentation import SegmentMap
        >>> SegmentMap.named("rfm10").segments[:3]
        ('Champions', 'Potential Loyalist', 'Loyal Customers')
        """
        checks.word("name", name, tuple(_maps.NAMED))
        published = _maps.NAMED[name]
        return cls.from_rules(
            published.rules,
            n_bins=published.n_bins,
            priority=published.priority,
            other=published.other,
        )

    @classmethod
    def from_rules(
        cls,
        rules: Mapping[str, Any],
        *,
        n_bins: int = 5,
        priority: bool = False,
        other: str | None = None,
    ) -> Self:
        """Make a map from rules of your own.

        Parameters
        ----------
        rules : mapping from str to rule
            A segment's rule is a box such as ``{"r": (4, 5), "f": (1, 3)}`` (inclusive; a
            feature not named is free; a number means just that score), a list of boxes, or a
            collection of cells such as ``{"555", "554"}`` or ``{(5, 5, 5), (5, 5, 4)}``.
        n_bins : int
            Scores per feature.
        priority : bool
            True: where rules overlap, the first wins. False: an overlap is refused.
        other : str, optional
            Name for the cells that no rule holds. Without it a gap is refused.

        Returns
        -------
        SegmentMap
            The map.

        Raises
        ------
        ValueError
            If a rule leaves the grid, two rules overlap, or cells are left over; the message
            lists the cells.

        Examples
        --------
        >>> from crmlytics.segmentation import SegmentMap
        >>> SegmentMap.from_rules(
        ...     {"recent": {"r": (4, 5)}, "good": {"f": (4, 5)}}, priority=True, other="rest"
        ... ).explain(5, 5, 1)
        Explanation(segment='recent', rule='r 4-5, f 1-5, m 1-5', also_matched=('good',))
        """
        checks.whole_number("n_bins", n_bins, at_least=2)
        boxes = [
            (segment, *bounds)
            for segment, rule in rules.items()
            for bounds in _boxes(segment, rule, n_bins)
        ]
        if not boxes:
            raise ValueError("rules must name at least one segment")
        names = ["segment", "r_low", "r_high", "f_low", "f_high", "m_low", "m_high"]
        return cls(
            pd.DataFrame(boxes, columns=names), n_bins=n_bins, priority=priority, other=other
        )

    @property
    def cells(self) -> pd.DataFrame:
        """One row per cell of the grid: ``r``, ``f``, ``m``, ``segment``."""
        grid = _grid(self.n_bins)
        return pd.DataFrame(
            {"r": grid[0], "f": grid[1], "m": grid[2], "segment": self._names[self._codes]}
        )

    def assign(
        self,
        scores: IntoFrameT,
        *,
        r_col: str = "r",
        f_col: str = "f",
        m_col: str = "m",
        segment_col: str = "segment",
        prospects: str | None = None,
    ) -> IntoFrameT:
        """Add each customer's segment to a scored table.

        Parameters
        ----------
        scores : frame
            A result of `RFMScorer.transform`, or any frame with the three scores.
        r_col, f_col, m_col : str
            Names of the columns that hold the scores, whole numbers from 1 to `n_bins`.
        segment_col : str
            Name of the column added.
        prospects : str, optional
            Segment of the customers of whom all three scores are missing, as
            ``RFMScorer(without_orders="unscored")`` leaves those who have not bought. Without it
            a missing score is refused.

        Returns
        -------
        frame
            The kind that came in, its rows in their order, with `segment_col` added.

        Raises
        ------
        ColumnNotFoundError
            If a column is not there.
        DataContractError
            If scores are missing or leave the grid, or the table has a column `segment_col`.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlytics.segmentation import SegmentMap
        >>> SegmentMap.named().assign(pd.DataFrame({"r": [5, 1], "f": [5, 1], "m": [5, 1]}))
           r  f  m    segment
        0  5  5  5  Champions
        1  1  1  1       Lost
        """
        wanted = {"r_col": r_col, "f_col": f_col, "m_col": m_col}
        names = frames.column_names(scores)
        checks.columns(names, wanted)
        refuse_overwriting(names, [segment_col], how="choose another with segment_col=")
        table = frames.collect(frames.lazy(scores))
        grades = {
            column: _as_floats(table[column].to_numpy(), column) for column in wanted.values()
        }
        nobody = np.zeros(len(table), bool)
        if prospects is not None:
            nobody = np.logical_and.reduce([np.isnan(values) for values in grades.values()])
        cell = np.zeros(int((~nobody).sum()), np.int64)
        for column, values in grades.items():
            cell = cell * self.n_bins + self._grades(values[~nobody], column) - 1
        segment = np.full(len(table), prospects, dtype=object)
        segment[~nobody] = self._names[self._codes[cell]]
        added = frames.with_arrays(table, {segment_col: segment}, like=scores)
        return frames.same_kind(added, like=scores)

    def explain(self, r: int, f: int, m: int) -> Explanation:
        """Return the segment of one cell, the rule that put it there and the rules it lost to.

        Parameters
        ----------
        r, f, m : int
            Scores from 1 to `n_bins`.

        Returns
        -------
        Explanation
            ``segment``, ``rule`` in words, and ``also_matched``, the segments of later rules that
            hold the cell too.

        Examples
        --------
        >>> from crmlytics.segmentation import SegmentMap
        >>> SegmentMap.named("rfm10").explain(5, 5, 5)
        Explanation(segment='Champions', rule='r 5-5, f 5-5, m 5-5', \
also_matched=('Potential Loyalist',))
        """
        for name, score in (("r", r), ("f", f), ("m", m)):
            if not 1 <= checks.whole_number(name, score, at_least=1) <= self.n_bins:
                raise ValueError(f"{name} must be from 1 to {self.n_bins}, got {score!r}")
        cell = ((r - 1) * self.n_bins + f - 1) * self.n_bins + m - 1
        matched = np.flatnonzero(self._matched[:, cell])
        segment = str(self._names[self._codes[cell]])
        if not len(matched):
            return Explanation(segment, "no rule holds this cell", ())
        others = (str(self.rules["segment"].iloc[i]) for i in matched[1:])
        also = tuple(dict.fromkeys(name for name in others if name != segment))
        return Explanation(segment, _in_words(self.rules.iloc[matched[0]]), also)

    def __repr__(self) -> str:
        return f"SegmentMap({len(self.segments)} segments, {self.n_bins**3} cells)"

    def _grades(self, grades: NDArray[np.float64], column: str) -> NDArray[np.int64]:
        on_grid = (grades >= 1) & (grades <= self.n_bins) & (grades == np.floor(grades))
        if bad := int((~on_grid).sum()):
            raise DataContractError(
                f"{bad:,} of {len(grades):,} values of {column!r} are not whole numbers from 1 to "
                f"{self.n_bins}; score the customers with RFMScorer(n_bins={self.n_bins})"
            )
        return grades.astype(np.int64)

    def _refuse_overlaps(self, *, priority: bool) -> None:
        names = self.rules["segment"].to_numpy()
        per_segment = np.array([self._matched[names == name].any(axis=0) for name in set(names)])
        overlap = np.flatnonzero(per_segment.sum(axis=0) > 1)
        if len(overlap) and not priority:
            raise ValueError(
                f"{len(overlap)} of {self.n_bins**3} cells match more than one segment: "
                f"{_cell_list(overlap, self.n_bins)}; mend the rules, or pass priority=True to "
                "let the first rule win"
            )

    def _refuse_gaps(self, other: str | None) -> None:
        gaps = np.flatnonzero(~self._matched.any(axis=0))
        if len(gaps) and other is None:
            raise ValueError(
                f"{len(gaps)} of {self.n_bins**3} cells match no segment: "
                f"{_cell_list(gaps, self.n_bins)}; mend the rules, or name them with other="
            )


def _as_floats(scores: NDArray[Any], column: str) -> NDArray[np.float64]:
    try:
        return pd.to_numeric(pd.Series(scores)).to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataContractError(f"{column!r} must hold whole numbers") from error


def _boxes(segment: str, rule: Any, n_bins: int) -> Iterable[tuple[int, ...]]:
    """Bounds (r_low, r_high, f_low, f_high, m_low, m_high) of each box of a rule."""
    if isinstance(rule, dict):
        rule = [rule]
    for part in sorted(rule, key=str) if isinstance(rule, set | frozenset) else rule:
        if isinstance(part, dict):
            if unknown := set(part) - {"r", "f", "m"}:
                raise ValueError(f"the rule of {segment!r} may name r, f, m, got {sorted(unknown)}")
            spans = [part.get(name, (1, n_bins)) for name in ("r", "f", "m")]
            bounds = [(span, span) if isinstance(span, int) else tuple(span) for span in spans]
        else:
            digits = part.split("-") if isinstance(part, str) and "-" in part else part
            bounds = [(int(digit), int(digit)) for digit in digits]
        flat = tuple(int(end) for span in bounds for end in span)
        if len(flat) != 6 or any(
            not 1 <= low <= high <= n_bins for low, high in zip(flat[::2], flat[1::2], strict=True)
        ):
            raise ValueError(
                f"the rule of {segment!r} leaves the grid of scores 1 to {n_bins}: {part!r}"
            )
        yield flat


def _grid(n_bins: int) -> NDArray[np.int64]:
    return np.indices((n_bins,) * 3).reshape(3, -1) + 1


def _matches(rules: pd.DataFrame, n_bins: int) -> NDArray[np.bool_]:
    """Which rule (row) holds which cell (column)."""
    inside = np.ones((len(rules), n_bins**3), bool)
    for name, scores in zip(("r", "f", "m"), _grid(n_bins), strict=True):
        low, high = (rules[f"{name}_{end}"].to_numpy()[:, None] for end in ("low", "high"))
        inside &= (low <= scores) & (scores <= high)
    return inside


def _cell_list(cells: NDArray[np.int64], n_bins: int, most: int = 12) -> str:
    separator = "" if n_bins <= 9 else "-"
    names = [
        separator.join(str(score) for score in _grid(n_bins)[:, cell]) for cell in cells[:most]
    ]
    return " ".join(names) + (f" and {len(cells) - most} more" if len(cells) > most else "")


def _in_words(rule: Any) -> str:
    return ", ".join(f"{name} {rule[f'{name}_low']}-{rule[f'{name}_high']}" for name in "rfm")
