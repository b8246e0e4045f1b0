"""What is bought together, and what lift alone would have claimed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core.axes import BLUE, dress
from crmlytics.errors import CrmlyticsError, NotEnoughDataError
from crmlytics.report import item_pairs, raw_columns
from crmlytics.report.drawing import draw
from crmlytics.report.layout import Column, Figure, Section, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlytics.basket import Baskets
    from crmlytics.report.formats import Formats
    from crmlytics.report.item_pairs import Orders
    from crmlytics.report.study import Study

_LISTED = 10
_GREY = "#8a939b"
_SMALLEST_P = 0.001


def build(study: Study, fmt: Formats) -> Section | None:
    """Pairs of items that stand, beside those of the highest lift that do not."""
    items = study.cleaned.items
    if items is None:
        return None
    try:
        return _section(_orders(study, items), fmt)
    except CrmlyticsError:
        raise
    except (ArithmeticError, ValueError) as error:
        # Numerical trouble in odd data costs this section, never the report.
        raise NotEnoughDataError(fmt.say("basket.failed", reason=str(error))) from error


def _section(orders: Orders, fmt: Formats) -> Section:
    title, sizes = fmt.say("basket.title"), orders.baskets.sizes
    several = int((sizes > 1).sum())
    if not len(sizes):
        return Section(name="basket", title=title, notice=fmt.say("basket.no_item"))
    if not several:
        return Section(name="basket", title=title, notice=fmt.say("basket.single"))
    if several < item_pairs.FEWEST_ORDERS:
        needed = fmt.integer(item_pairs.FEWEST_ORDERS)
        notice = fmt.say("basket.few", several, n=fmt.integer(several), needed=needed)
        return Section(name="basket", title=title, notice=notice)
    pairs = item_pairs.pair_table(orders.baskets)
    return Section(
        name="basket",
        title=title,
        sentences=(
            fmt.say(
                "basket.lead",
                several=fmt.integer(several),
                orders=fmt.integer(len(sizes)),
                mean=fmt.number(sizes.mean()),
                median=fmt.integer(np.floor(np.median(sizes))),
            ),
            *_left_out(orders, fmt),
            *_claims(pairs, orders.baskets, fmt),
        ),
        figures=_figures(pairs, fmt),
        tables=(*_standing(pairs, fmt), *_claimed(pairs, fmt)),
        hidden_tables={"item_pairs": pairs},
    )


def _orders(study: Study, items: pd.Series[Any]) -> Orders:
    """The items of each order, refunds left out."""
    rows = study.rows
    names = raw_columns.ids(items, "item", {}).astype(object)
    bought = rows["amount"].to_numpy() >= 0
    keys = [
        rows["customer_id"],
        rows["order_id"] if study.has_orders else rows["date"].dt.floor("D"),
    ]
    number = rows.groupby(keys, sort=False, observed=True).ngroup().to_numpy()
    return item_pairs.gather(number[bought], names[bought].map(str, na_action="ignore"))


def _left_out(orders: Orders, fmt: Formats) -> list[str]:
    lines = []
    if n := orders.n_unnamed:
        lines.append(fmt.say("basket.unnamed", n, n=fmt.integer(n)))
    if n := orders.n_huge:
        most = fmt.integer(item_pairs.MOST_ITEMS)
        lines.append(fmt.say("basket.huge", n, n=fmt.integer(n), most=most))
    return lines


def _claims(pairs: pd.DataFrame, orders: Baskets, fmt: Formats) -> list[str]:
    least = fmt.integer(item_pairs.least_count(orders.n_baskets))
    if pairs.empty:
        return [fmt.say("basket.no_pair", least=least)]
    n = len(pairs)
    lines = [fmt.say("basket.looked_at", n, pairs=fmt.integer(n), least=least)]
    lift = fmt.integer((pairs["lift"] > 1).sum())
    real = pairs[pairs["significant"]]
    if real.empty:
        return [*lines, fmt.say("basket.claims_none", lift=lift)]
    best = real.iloc[0]
    return [
        *lines,
        fmt.say("basket.claims", len(real), lift=lift, real=fmt.integer(len(real))),
        fmt.say(
            "basket.best",
            item=best["item"],
            other=best["other"],
            n=fmt.integer(best["antecedent_count"]),
            share=fmt.percent(best["confidence"], 0),
            count=fmt.integer(best["count"]),
            expected=fmt.number(best["expected_count"]),
        ),
    ]


def _figures(pairs: pd.DataFrame, fmt: Formats) -> tuple[Figure, ...]:
    if len(pairs) < 2:
        return ()
    title = fmt.say("basket.figure")
    svg = draw(
        "basket",
        lambda axes: _points(axes, pairs),
        height=3.4,
        title=title,
        description=fmt.say("basket.description"),
    )
    return (Figure("basket", title, svg, _spread(pairs, fmt)),)


def _spread(pairs: pd.DataFrame, fmt: Formats) -> Table:
    """Some pairs from all over the cloud: the eye needs no more."""
    ranked = pairs.sort_values("lift", ascending=False, kind="stable")
    some = ranked.iloc[:: max(1, len(pairs) // 20)]
    return _table("basket_points", "basket.points", some, fmt, lift=True)[0]


def _points(axes: Any, pairs: pd.DataFrame) -> None:
    """Both lifts on logarithmic axes, what stands over what does not."""
    for stands, colour, label in ((False, _GREY, "not proven"), (True, BLUE, "stands")):
        shown = pairs[pairs["significant"] == stands]
        axes.scatter(
            shown["lift"], shown["size_adjusted_lift"], s=9, color=colour, label=label,
            linewidths=0, rasterized=len(pairs) > 2_000,
        )  # fmt: skip
    ends = np.array([pairs["size_adjusted_lift"].min(), pairs["lift"].max()])
    axes.plot(ends, ends, color="#404040", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis, name in ((axes.xaxis, "lift"), (axes.yaxis, "size_adjusted_lift")):
        axis.set_ticks(_round_values(pairs[name]), minor=False)
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_ticks([], minor=True)
    axes.legend(frameon=False, loc="upper left", handletextpad=0.2)
    dress(axes, x="lift", y="times expected from the sizes of orders")


def _round_values(values: pd.Series[Any]) -> list[float]:
    """Round numbers around the values, at most about eight, for an axis of logarithms."""
    low, high = float(values.min()), float(values.max())
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if len(powers) < 4 else (1,)
    ticks = [step * 10.0**power for power in powers for step in steps]
    return [tick for tick in ticks if low / 2 <= tick <= high * 1.5]


def _standing(pairs: pd.DataFrame, fmt: Formats) -> list[Table]:
    best = pairs[pairs["significant"]].head(_LISTED)
    return _table("basket_pairs", "basket.pairs", best, fmt, lift=False)


def _claimed(pairs: pd.DataFrame, fmt: Formats) -> list[Table]:
    rest = pairs[~pairs["significant"] & (pairs["lift"] > 1)]
    rest = rest.sort_values("lift", ascending=False, kind="stable").head(_LISTED // 2)
    return _table("basket_claimed", "basket.claimed", rest, fmt, lift=True)


def _table(
    name: str, caption: str, pairs: pd.DataFrame, fmt: Formats, *, lift: bool
) -> list[Table]:
    if pairs.empty:
        return []
    frame = pairs.assign(p=[_p(value, fmt) for value in pairs["p_adjusted"]])
    shown = ["item", "other", "count", "expected_count", "size_adjusted_lift", "p"]
    shown.insert(3 if lift else 4, "lift" if lift else "confidence")
    kinds: dict[str, Any] = {
        "item": "item", "other": "item", "p": "name",
        "count": "integer", "confidence": "percent", "expected_count": "number",
        "size_adjusted_lift": "number", "lift": "number",
    }  # fmt: skip
    columns = tuple(Column(each, fmt.say(f"basket.{each}"), kinds[each]) for each in shown)
    said = fmt.say(caption, count=fmt.integer(len(frame)))
    note = fmt.say("basket.note")
    return [Table(name, said, frame.reset_index(drop=True), columns, note=note)]


def _p(value: float, fmt: Formats) -> str:
    if value < _SMALLEST_P:
        return f"< {fmt.number(_SMALLEST_P, 3)}"
    return fmt.number(value, 3)
