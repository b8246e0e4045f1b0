"""Why a row has its score, in words: raw columns, their values, and the log-odds they add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from crmlytics.scoring._features import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlytics.scoring._raw_columns import RawColumn, RawTable


class Reasons(NamedTuple):
    """The strongest reasons of each row, strongest first; all arrays (n rows × number)."""

    column: NDArray[Any]
    value: NDArray[Any]
    contribution: NDArray[np.float64]
    text: NDArray[Any]


def strongest(
    contributions: NDArray[np.float64], table: RawTable, groups: Sequence[Sequence[str]], n: int
) -> Reasons:
    """Sum the `contributions` of raw columns by group, rank the groups and put them in words.

    A group is led by the member that adds most; its text names all of them.
    """
    names = list(table.columns)
    place = {name: j for j, name in enumerate(names)}
    members = [[place[name] for name in group] for group in groups]
    summed = np.column_stack([contributions[:, group].sum(axis=1) for group in members])
    shown = min(n, len(members))
    # Equal contributions in the order of the names, whatever the order of the columns.
    by_name = np.array(sorted(range(len(members)), key=lambda g: sorted(groups[g])))
    order = by_name[np.argsort(-np.abs(summed[:, by_name]), axis=1, kind="stable")[:, :shown]]
    contribution = np.take_along_axis(summed, order, axis=1)
    empty = (np.empty(order.shape, object) for _ in range(3))
    found = Reasons(next(empty), next(empty), contribution, next(empty))
    for g, group in enumerate(members):
        cells = np.nonzero(order == g)
        leader = np.abs(contributions[cells[0][:, None], group]).argmax(axis=1)
        for k in range(len(group)):
            led = leader == k
            rows, ranks = cells[0][led], cells[1][led]
            if len(rows):
                first_led = [group[k], *group[:k], *group[k + 1 :]]
                columns = [table.columns[names[j]] for j in first_led]
                _describe(found, rows, ranks, columns)
    return found


def _describe(
    found: Reasons, rows: NDArray[np.int64], ranks: NDArray[np.int64], group: Sequence[RawColumn]
) -> None:
    spelled = [spell(column, rows) for column in group]
    found.column[rows, ranks] = group[0].name
    found.value[rows, ranks] = spelled[0]
    text: Any = f"{group[0].name} = " + spelled[0]
    for column, values in zip(group[1:], spelled[1:], strict=True):
        text = text + f", {column.name} = " + values
    found.text[rows, ranks] = text + _signed(found.contribution[rows, ranks])


def _signed(contribution: NDArray[np.float64]) -> NDArray[Any]:
    tenths, place = np.unique(contribution.round(1) + 0.0, return_inverse=True)
    found: NDArray[Any] = np.asarray([f" ({tenth:+.1f})" for tenth in tenths], object)[place]
    return found


def spell(column: RawColumn, rows: NDArray[np.int64]) -> NDArray[Any]:
    """Values of some rows as a person writes them."""
    values = column.values[rows]
    if column.kind == "text":
        levels: NDArray[Any] = np.asarray([*column.levels, MISSING], object)
        named: NDArray[Any] = levels[values]
        return named
    distinct, place = np.unique(values, return_inverse=True)
    one = _date if column.kind == "date" else _number
    texts = np.asarray([MISSING if v != v else one(v) for v in distinct.tolist()], object)
    found: NDArray[Any] = texts[place]
    return found


def _number(value: float) -> str:
    """Six digits, or all before the point: a reason is read, not computed with."""
    digits = max(6, len(f"{abs(value):.0f}"))
    return f"{value:.{digits}g}"


def _date(value: float) -> str:
    return str(np.datetime64(int(np.floor(value)), "D"))
