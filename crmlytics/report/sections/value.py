"""What today's customers will be worth in the next year, and how far such a forecast was off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlytics._core.axes import BLUE, dress
from crmlytics.errors import CrmlyticsError, NotEnoughDataError
from crmlytics.report import customer_values
from crmlytics.report.drawing import draw
from crmlytics.report.formats import money_digits
from crmlytics.report.layout import Column, Figure, Section, Table

if TYPE_CHECKING:
    from crmlytics.report.customer_values import Check, Fitted
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_LISTED = 10
_GROUPS = 10
# Above this share of customers alive, the data show no departures worth the name.
_NEARLY_ALL = 0.99


def build(study: Study, fmt: Formats) -> Section:
    """The total with its interval, tenths of the customers by value, and the ten most promising."""
    try:
        return _section(study, fmt)
    except CrmlyticsError:
        raise
    except (ArithmeticError, ValueError) as error:
        # Numerical trouble in odd data costs this section, never the report.
        raise NotEnoughDataError(fmt.say("value.failed", reason=str(error))) from error


def _section(study: Study, fmt: Formats) -> Section:
    refunds: Any = study.options.refunds
    summary = customer_values.summarise(study.rows, as_of=study.options.as_of, refunds=refunds)
    fitted = customer_values.fit_models(summary)
    table = customer_values.value_table(fitted)
    low, high = customer_values.total_interval(fitted)
    whole = pd.DataFrame(
        {
            "n": [len(table)],
            "left_out": [fitted.n_left_out],
            "value": [float(table["clv"].sum())],
            "low": [low],
            "high": [high],
            "probability_alive": [float(table["probability_alive"].mean())],
        }
    )
    tenths = _tenths(table)
    check, checked = _check(study, fmt)
    title = fmt.say("value.figure")
    return Section(
        name="value",
        title=fmt.say("value.title"),
        sentences=(*_lead(whole, tenths, fmt), *checked),
        figures=(
            Figure(
                "value",
                title,
                draw(
                    "value",
                    lambda ax: _bars(ax, tenths),
                    height=2.8,
                    title=title,
                    description=fmt.say("value.description"),
                ),
                _tenths_table(tenths, fmt),
            ),
        ),
        tables=(_top(study, fitted, table, fmt), *_check_table(check, fmt)),
        hidden_tables={"value": whole},
    )


def _lead(whole: pd.DataFrame, tenths: pd.DataFrame, fmt: Formats) -> list[str]:
    found = whole.iloc[0]
    digits = money_digits(found[["low", "value", "high"]])
    low, value, high = (fmt.money(found[name], digits) for name in ("low", "value", "high"))
    alive = "nearly_all" if found["probability_alive"] > _NEARLY_ALL else "alive"
    lines = [
        fmt.say("value.lead", n=fmt.integer(found["n"]), value=value, span=fmt.span(low, high)),
        fmt.say(
            f"value.{alive}",
            share=fmt.percent(found["probability_alive"], 0),
            top=fmt.percent(tenths["share"].iloc[0], 0),
        ),
    ]
    if found["left_out"]:
        n = int(found["left_out"])
        lines.append(fmt.say("value.left_out", n, n=fmt.integer(n)))
    return lines


def _check(study: Study, fmt: Formats) -> tuple[Check | None, list[str]]:
    refunds: Any = study.options.refunds
    weeks = fmt.integer(customer_values.HOLDOUT_WEEKS)
    try:
        check = customer_values.check_on_past(
            study.rows, as_of=study.options.as_of, refunds=refunds
        )
    except CrmlyticsError as error:
        return None, [fmt.say("value.unchecked", weeks=weeks, reason=str(error).rstrip("."))]
    if check is None:
        return None, [fmt.say("value.young", weeks=weeks)]
    digits = money_digits([check.expected_revenue, check.actual_revenue])
    words = {
        "weeks": weeks,
        "day": fmt.date(check.last_day),
        "n": fmt.integer(check.n),
        "expected": fmt.money(check.expected_revenue, digits),
        "actual": fmt.money(check.actual_revenue, digits),
    }
    if check.actual_revenue <= 0:
        return check, [fmt.say("value.check_nothing", **words)]
    off = _error(check.expected_revenue, check.actual_revenue)
    way = "low" if off < 0 else "high"
    said = fmt.say(f"value.check_{way}", error=fmt.percent(abs(off)), **words)
    return check, [said, *_made_of(check, fmt)]


def _made_of(check: Check, fmt: Formats) -> list[str]:
    """What the error of the revenue is made of: its two factors, and the largest customers."""
    expected, actual = _per_purchase(check)
    digits = money_digits([expected, actual, check.past_spend])
    lines = [
        fmt.say(
            "value.made_of",
            purchases=_off(check.expected_purchases, check.actual_purchases, fmt),
            spend=_off(expected, actual, fmt),
            expected=fmt.money(expected, digits),
            actual=fmt.money(actual, digits),
            before=fmt.money(check.past_spend, digits),
        )
    ]
    if 0 < check.actual_top < check.actual_revenue:
        n, top = check.n_top, _off(check.expected_top, check.actual_top, fmt)
        others = _off(*_others(check), fmt)
        lines.append(fmt.say("value.made_of_top", n, n=fmt.integer(n), top=top, others=others))
    return lines


def _off(expected: float, actual: float, fmt: Formats) -> str:
    error = _error(expected, actual)
    return fmt.say(
        "value.too_low" if error < 0 else "value.too_high", error=fmt.percent(abs(error))
    )


def _per_purchase(check: Check) -> tuple[float, float]:
    """Spend per purchase: with the purchases a factor of the revenue, expected and actual."""
    actual = check.actual_revenue / check.actual_purchases if check.actual_purchases else np.nan
    return check.expected_revenue / check.expected_purchases, actual


def _others(check: Check) -> tuple[float, float]:
    return (
        check.expected_revenue - check.expected_top,
        check.actual_revenue - check.actual_top,
    )


def _error(expected: float, actual: float) -> float:
    return expected / actual - 1.0 if actual > 0 else float("nan")


def _tenths(table: pd.DataFrame) -> pd.DataFrame:
    """Customers in tenths, the most promising first; equal ones in the order of the table."""
    order = np.argsort(-table["clv"].to_numpy(), kind="stable")
    groups = [table.iloc[part] for part in np.array_split(order, _GROUPS)]
    total = float(table["clv"].sum())
    value = np.array([float(group["clv"].sum()) for group in groups])
    return pd.DataFrame(
        {
            "tenth": range(1, _GROUPS + 1),
            "n": [len(group) for group in groups],
            "probability_alive": [float(group["probability_alive"].mean()) for group in groups],
            "expected_purchases": [float(group["expected_purchases"].mean()) for group in groups],
            "value": value,
            "share": value / total,
        }
    )


def _bars(axes: Any, tenths: pd.DataFrame) -> None:
    axes.bar(tenths["tenth"], 100.0 * tenths["share"], width=0.8, color=BLUE)
    axes.set_xticks(tenths["tenth"])
    dress(axes, x="tenth of the customers, most promising first", y="share of expected revenue, %")


def _tenths_table(tenths: pd.DataFrame, fmt: Formats) -> Table:
    columns = (
        Column("tenth", fmt.say("value.tenth"), "integer"),
        Column("n", fmt.say("value.n"), "integer"),
        Column("probability_alive", fmt.say("value.probability_alive"), "percent"),
        Column("expected_purchases", fmt.say("value.expected_purchases"), "number"),
        Column("value", fmt.say("value.value"), "money"),
        Column("share", fmt.say("value.share"), "percent"),
    )
    return Table("value_tenths", fmt.say("value.tenths"), tenths, columns)


def _top(study: Study, fitted: Fitted, table: pd.DataFrame, fmt: Formats) -> Table:
    """The most promising customers, under the names of the list of the largest."""
    order = np.argsort(-table["clv"].to_numpy(), kind="stable")[:_LISTED]
    best = customer_values.value_table(
        fitted, fitted.customers.iloc[order].reset_index(drop=True), level=customer_values.LEVEL
    )
    named = study.labels.loc[best["customer_id"].to_numpy()]
    show = study.options.show_ids
    frame = pd.DataFrame(
        {
            "customer": [str(x) if show else fmt.say("customer", number=x) for x in named],
            "probability_alive": best["probability_alive"],
            "expected_purchases": best["expected_purchases"],
            "expected_spend": best["expected_spend"],
            "value": best["clv"],
            "low": best["low"],
            "high": best["high"],
        }
    )
    columns = (
        Column("customer", fmt.say("largest.customer"), "text" if show else "name"),
        Column("probability_alive", fmt.say("value.probability_alive"), "percent"),
        Column("expected_purchases", fmt.say("value.expected_purchases"), "number"),
        Column("expected_spend", fmt.say("value.expected_spend"), "money"),
        Column("value", fmt.say("value.value"), "money"),
        Column("low", fmt.say("value.interval"), "money", upper="high"),
    )
    note = "" if show else fmt.say("largest.note")
    return Table(
        "value_top", fmt.say("value.top", count=fmt.integer(len(frame))), frame, columns, note=note
    )


def _check_table(check: Check | None, fmt: Formats) -> list[Table]:
    if check is None:
        return []
    top = fmt.say("value.revenue_top", check.n_top, n=fmt.integer(check.n_top))
    pairs = {
        fmt.say("value.purchases"): (check.expected_purchases, check.actual_purchases),
        fmt.say("value.per_purchase"): _per_purchase(check),
        fmt.say("headline.revenue"): (check.expected_revenue, check.actual_revenue),
        top: (check.expected_top, check.actual_top),
        fmt.say("value.revenue_others"): _others(check),
    }
    frame = pd.DataFrame(
        {
            "measure": list(pairs),
            "expected": [expected for expected, _ in pairs.values()],
            "actual": [actual for _, actual in pairs.values()],
            "error": [_error(*pair) for pair in pairs.values()],
        }
    )
    columns = (
        Column("measure", fmt.say("value.measure")),
        Column("expected", fmt.say("value.expected"), "integer"),
        Column("actual", fmt.say("value.actual"), "integer"),
        Column("error", fmt.say("value.error"), "percent"),
    )
    caption = fmt.say("value.check_table", weeks=fmt.integer(customer_values.HOLDOUT_WEEKS))
    return [Table("value_check", caption, frame, columns, beside=True)]
