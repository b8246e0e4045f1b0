"""Frequent sequences: what many customers buy, and then what, and then what."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

import narwhals.stable.v2 as nw
import numpy as np

from crmlytics._core import checks, frames
from crmlytics.basket._sequence_closed import closed_by_comparison, closed_by_steps
from crmlytics.basket._sequence_elements import frequent_elements
from crmlytics.basket._sequence_events import events_of
from crmlytics.basket._sequence_growth import grow
from crmlytics.basket._sequence_levels import Patterns, patterns_of
from crmlytics.basket._sequence_options import Budget, check_limits, customers_needed
from crmlytics.basket._sequence_rows import read_dated_items
from crmlytics.basket._sequence_windows import grow_within

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Sequences:
    """Sequences of purchases that enough customers made, shortest first.

    Made by `frequent_sequences`; never changed afterwards. A pattern is a list of elements, an
    element a set of items bought on one day; each element comes on a later day than the one before.

    Attributes
    ----------
    elements : ndarray of int32, shape (n_patterns, most elements of a pattern)
        The elements of each pattern as rows of `element_parents`, -1 beyond the last.
    element_parents, element_items : ndarray of int64, shape (n_symbols,)
        Each element as the element without its last item (-1 if it is a single item) and that
        last item's code.
    items : ndarray
        Names of the items; the index is the code.
    counts : ndarray of int64, shape (n_patterns,)
        Number of customers who made the sequence, each counted once.
    n_items, n_elements : ndarray of int64, shape (n_patterns,)
        Items of all elements together; elements.
    n_customers : int
        Number of all customers.
    min_count : int
        The count that every pattern reaches.
    max_len : int or None
        The most items that were looked for.
    closed : bool
        Whether only closed patterns were kept.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.basket import frequent_sequences
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "ann", "bob", "bob"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-05", "2024-01-05", "2024-02-10", "2024-01-20", "2024-03-01"]
    ...     ),
    ...     "item": ["printer", "paper", "ink", "printer", "ink"],
    ... })
    >>> frequent_sequences(lines, min_count=2)
    Sequences(3 patterns, min_count=2, n_customers=2, by items: 2, 1)
    """

    elements: NDArray[np.int32]
    element_parents: NDArray[np.int64]
    element_items: NDArray[np.int64]
    items: NDArray[Any]
    counts: NDArray[np.int64]
    n_items: NDArray[np.int64]
    n_elements: NDArray[np.int64]
    n_customers: int
    min_count: int
    max_len: int | None
    closed: bool
    _like: Any

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def supports(self) -> NDArray[np.float64]:
        """Share of the customers who made each sequence: for reading, never for comparing."""
        return self.counts / max(self.n_customers, 1)

    def patterns(self) -> list[list[list[Any]]]:
        """Write every pattern as a list of elements, each a list of item names.

        Returns
        -------
        list of list of list
            One per row; names within an element ascend.
        """
        names: list[list[Any]] = []
        given = self.items[self.element_items].tolist()
        for parent, name in zip(self.element_parents.tolist(), given, strict=True):
            names.append([*names[parent], name] if parent >= 0 else [name])
        return [
            [list(names[symbol]) for symbol in row[:n]]
            for row, n in zip(self.elements.tolist(), self.n_elements.tolist(), strict=True)
        ]

    def to_frame(self, backend: Literal["pandas", "polars", "pyarrow"] | None = None) -> Any:
        """Return the patterns as a table with their names.

        Parameters
        ----------
        backend : {"pandas", "polars", "pyarrow"} or None
            The kind of frame; None means the kind that the transactions were.

        Returns
        -------
        frame
            A row per pattern, by number of items, then of elements, then by the items: ``pattern``
            (list of elements, each a list of item names), ``count`` (customers), ``support``
            (``count / n_customers``), ``n_items`` and ``n_elements``.

        Raises
        ------
        MissingDependencyError
            If the backend is not installed.
        """
        written = self.patterns()
        pattern = np.empty(len(written), object)
        for place, one in enumerate(written):
            pattern[place] = one  # at once, numpy would take lists of one length for a matrix
        columns: dict[str, NDArray[Any]] = {
            "pattern": pattern,
            "count": self.counts,
            "support": self.supports,
            "n_items": self.n_items,
            "n_elements": self.n_elements,
        }
        return frames.from_arrays(columns, like=self._like if backend is None else _empty(backend))

    def __repr__(self) -> str:
        by_items = ", ".join(f"{n:,}" for n in np.bincount(self.n_items)[1:]) or "none"
        kind = "closed patterns" if self.closed else "patterns"
        return (
            f"Sequences({len(self):,} {kind}, min_count={self.min_count:,}, "
            f"n_customers={self.n_customers:,}, by items: {by_items})"
        )


def frequent_sequences(
    transactions: object,
    *,
    min_support: float | None = None,
    min_count: int | None = None,
    max_len: int | None = None,
    min_gap: int | None = None,
    max_gap: float | None = None,
    max_span: float | None = None,
    unit: Literal["D", "W"] = "D",
    closed: bool = False,
    max_patterns: int = 1_000_000,
    customer_col: str = "customer_id",
    date_col: str = "date",
    item_col: str = "item",
    tz: str | None = None,
) -> Sequences:
    r"""Find what many customers buy one after the other, with limits on the days between.

    Parameters
    ----------
    transactions : frame
        One row per line of an order, from any engine; other columns are ignored. Everything that
        a customer bought on one day counts as bought together, in no order.
    min_support : float, optional
        Smallest share of the customers, as a fraction.
    min_count : int, optional
        Smallest number of customers. Give one of the two.
    max_len : int, optional
        Most items of a pattern, over all its elements.
    min_gap, max_gap : int, optional
        Fewest and most `unit` from one element to the next; None or infinity is no limit. In any
        case an element comes at least a day after the one before.
    max_span : int, optional
        Most `unit` from the first element to the last.
    unit : {"D", "W"}
        Unit of the limits: days, or weeks of exactly 7 days. Months and years are refused, for
        they have no fixed number of days.
    closed : bool
        Keep only patterns that no longer found pattern with the same count contains. With
        `max_len` they are judged among the patterns of that length.
    max_patterns : int
        Stop with an error, which counts them by level, when there are more patterns than that.
    customer_col, date_col, item_col : str
        Names of the columns: customer and item (text or integer), the date or timestamp.
    tz : str, optional
        Business time zone, such as ``"Europe/Warsaw"``: needed if the dates know their zone.

    Returns
    -------
    Sequences
        Patterns with their counts; ``to_frame()`` is a table of the kind that came in.

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing or of the wrong type.
    ValueError
        If an option is out of its range, or there are more patterns than `max_patterns` or more
        customers of patterns than the memory should hold.

    Notes
    -----
    A customer supports a pattern of elements :math:`E_1 \dots E_k` if there are days
    :math:`t_1 < \dots < t_k` on which :math:`E_i` was bought whole, with
    min_gap <= :math:`t_{i+1} - t_i` <= max_gap and :math:`t_k - t_1` <= max_span. A customer who
    made the sequence five times counts once, so counts are customers.

    The sets of items bought on one day are found first; each becomes one symbol, and patterns grow
    by one symbol at a time (Agrawal and Srikant). Without an upper limit of time the customer's
    earliest end of a pattern says what can follow it. Under `max_gap` or `max_span` every possible
    end is kept, with the latest start that leads to it; there a pattern with an element left out
    may be rarer than the whole (Srikant and Agrawal), so only runs of elements prune. The work is
    about 10 ns for each customer of each pattern and each symbol the customer has later; the
    customers of all patterns of one level are in memory together, and beyond 100 million of them
    an error stops the search.

    References
    ----------
    Agrawal, R. and Srikant, R. (1995). Mining sequential patterns. Proceedings of the 11th
    International Conference on Data Engineering, 3-14.

    Srikant, R. and Agrawal, R. (1996). Mining sequential patterns: generalizations and performance
    improvements. Advances in Database Technology, EDBT '96, 3-17.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.basket import frequent_sequences
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "ann", "bob", "bob"],
    ...     "date": pd.to_datetime(
    ...         ["2024-01-05", "2024-01-05", "2024-02-10", "2024-01-20", "2024-03-01"]
    ...     ),
    ...     "item": ["printer", "paper", "ink", "printer", "ink"],
    ... })
    >>> frequent_sequences(lines, min_count=2).to_frame()
                  pattern  count  support  n_items  n_elements
    0             [[ink]]      2      1.0        1           1
    1         [[printer]]      2      1.0        1           1
    2  [[printer], [ink]]      2      1.0        2           2
    >>> len(frequent_sequences(lines, min_count=2, max_gap=40))
    2
    """
    limits = check_limits(min_gap=min_gap, max_gap=max_gap, max_span=max_span, unit=unit)
    if max_len is not None:
        max_len = checks.whole_number("max_len", max_len, at_least=1)
    customers_needed(min_support=min_support, min_count=min_count, n_customers=0)
    checks.whole_number("max_patterns", max_patterns, at_least=1)
    rows = read_dated_items(
        transactions, customer_col=customer_col, date_col=date_col, item_col=item_col,
        as_of=dt.date.max, tz=tz,
    )  # fmt: skip
    events = events_of(rows)
    needed = customers_needed(
        min_support=min_support, min_count=min_count, n_customers=events.n_customers
    )
    budget = Budget(max_patterns, needed)
    elements = frequent_elements(events, min_count=needed, max_size=max_len, spend=budget.spend)
    if limits.max_gap is None and limits.max_span is None:
        levels = grow(
            events, elements, min_count=needed, max_len=max_len, min_gap=limits.min_gap,
            spend=budget.spend,
        )  # fmt: skip
    else:
        levels = grow_within(
            events, elements, min_count=needed, max_len=max_len, limits=limits, spend=budget.spend
        )
    patterns = patterns_of(levels)
    if closed:
        by = closed_by_steps if limits.max_gap is None else closed_by_comparison
        patterns = _kept(patterns, by(patterns, elements))
    return Sequences(
        elements=patterns.symbols,
        element_parents=elements.parent,
        element_items=elements.item,
        items=rows.items,
        counts=patterns.counts,
        n_items=patterns.n_items,
        n_elements=patterns.n_elements,
        n_customers=events.n_customers,
        min_count=needed,
        max_len=max_len,
        closed=closed,
        _like=_emptied(transactions),
    )


def _emptied(frame: Any) -> Any:
    """Keep of a frame only what kind it is (and its connection or session)."""
    table: Any = nw.from_native(frame)
    return table.head(0).to_native()


def _kept(patterns: Patterns, closed: NDArray[np.bool_]) -> Patterns:
    return Patterns(
        patterns.symbols[closed],
        patterns.counts[closed],
        patterns.n_items[closed],
        patterns.n_elements[closed],
    )


def _empty(backend: str) -> Any:
    """Return an empty frame of the kind asked for."""
    checks.word("backend", backend, ("pandas", "polars", "pyarrow"))
    module = checks.optional_module(backend, needed_for=f"backend={backend!r}")
    return module.table({}) if backend == "pyarrow" else module.DataFrame()
