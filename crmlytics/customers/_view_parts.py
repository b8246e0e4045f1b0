"""What each source of the single view says about one customer: a table per source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals.stable.v2 as nw

from crmlytics._core import frames
from crmlytics.customers._view_keys import count_repeats, require_unique
from crmlytics.customers._view_rows import (
    Rows,
    Rule,
    Source,
    number_or_zero,
    read_dated,
    text_or_blank,
)
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Part(NamedTuple):
    """One row per customer under ``_id``.

    `zeros` are 0 for a customer without rows, and the other columns null there.
    """

    rows: Rows
    tables: Sequence[nw.LazyFrame[Any]]
    zeros: tuple[str, ...]
    finish: Mapping[str, nw.Expr]
    drop: tuple[str, ...] = ()


def purchases(source: Source, *, last_day: int, tz: str | None, refunds: str) -> Part:
    """When, how often and for how much: a refund lowers the money and is no purchase."""
    named = {"amount_col": "_amount", "order_col": "_order"}
    refund = Rule(
        nw.col("_amount") < 0,
        f"have a negative {source.roles['amount_col']!r} (refunds); choose refunds='net' to "
        "subtract them or refunds='ignore' to leave them out",
    )
    rows = read_dated(
        source, date_role="date_col", tz=tz, last_day=last_day, others=named,
        rules=lambda: {"refunded": refund} if refunds == "error" else {},
    )  # fmt: skip
    amount = nw.col("_amount").cast(nw.Float64)
    table = rows.table.with_columns(_amount=amount, _back=frames.flag(amount < 0))
    bought = table.filter(nw.col("_back") == 0)
    what = "_day" if source.roles["order_col"] is None else "_order"
    orders = bought.with_columns(_what=nw.col(what)).group_by("_id", "_what").agg(
        nw.col("_at").min().alias("_from"), nw.col("_at").max(), nw.col("_day").max()
    )  # fmt: skip
    bought = orders.group_by("_id").agg(
        nw.col("_from").min().alias("first_purchase"),
        nw.col("_at").max().alias("last_purchase"),
        nw.col("_day").max().alias("_bought_day"),
        nw.len().alias("orders"),
    )
    back = nw.col("_back").cast(nw.Float64) * nw.col("_amount")
    kept = nw.col("_amount") - back if refunds == "ignore" else nw.col("_amount")
    money = table.with_columns(_back_money=0.0 - back, _kept=kept).group_by("_id").agg(
        nw.col("_kept").sum().alias("revenue"),
        nw.col("_back").sum().alias("refunds"),
        nw.col("_back_money").sum().alias("refunded"),
    )  # fmt: skip
    n = nw.col("orders")
    finish = {
        "mean_order_value": nw.when(n > 0).then(nw.col("revenue") / n.cast(nw.Float64)),
        "days_since_purchase": last_day - nw.col("_bought_day"),
    }
    zeros = ("orders", "revenue", "refunds", "refunded")
    return Part(rows, [bought, money], zeros, finish, ("_bought_day",))


def deals(source: Source, *, last_day: int, tz: str | None) -> Part:
    """Open, won and lost at the end of `last_day`: what was closed later is open."""
    named = {"amount_col": "_amount", "outcome_col": "_outcome", "deal_col": "_deal"}
    rows = read_dated(
        source, date_role="created_col", later="closed_col", tz=tz, last_day=last_day,
        others=named, rules=lambda: _deal_rules(source.roles, last_day),
        optional=("_amount", "_outcome"),
    )  # fmt: skip
    _refuse_repeats(rows, source, "deal_col", "_deal")
    known = number_or_zero("_amount").cast(nw.Float64)
    over = nw.col("_later_day") <= last_day
    table = rows.table.with_columns(
        _one=frames.flag(~nw.col("_id").is_null()),
        _over=frames.flag(over),
        _won=frames.flag(over & (text_or_blank("_outcome") == "won")),
        _blind=frames.flag((nw.col("_later_day") > last_day) & nw.col("_amount").is_null()),
        _known=known,
        _event=nw.when(over).then(nw.col("_later_day")).otherwise(nw.col("_day")),
    )
    table = table.with_columns(
        _lost=nw.col("_over") - nw.col("_won"),
        _open=1 - nw.col("_over"),
        _won_value=nw.col("_won").cast(nw.Float64) * nw.col("_known"),
        _open_value=(1 - nw.col("_over")).cast(nw.Float64) * nw.col("_known"),
    )
    each = table.group_by("_id").agg(
        nw.col("_one").sum().alias("deals"),
        nw.col("_open").sum().alias("open_deals"),
        nw.col("_won").sum().alias("won_deals"),
        nw.col("_lost").sum().alias("lost_deals"),
        nw.col("_won_value").sum().alias("won_value"),
        nw.col("_open_value").sum().alias("open_value"),
        nw.col("_blind").sum().alias("open_deals_without_amount"),
        nw.col("_at").max().alias("last_deal"),
        nw.col("_event").max(),
    )
    zeros = (
        "deals", "open_deals", "won_deals", "lost_deals", "won_value", "open_value",
        "open_deals_without_amount",
    )  # fmt: skip
    finish = {"days_since_deal_event": last_day - nw.col("_event")}
    return Part(rows, [each], zeros, finish, ("_event",))


def tickets(source: Source, *, last_day: int, tz: str | None) -> Part:
    """Opened, still open, and how long the resolved ones took."""
    roles = source.roles
    early = Rule(
        (nw.col("_later_day") <= last_day) & (nw.col("_seconds") < 0),
        f"have {roles['resolved_col']!r} before {roles['opened_col']!r}; correct them first",
    )
    rows = read_dated(
        source, date_role="opened_col", later="resolved_col", tz=tz, last_day=last_day,
        others={"ticket_col": "_ticket"}, rules=lambda: {"early": early},
    )  # fmt: skip
    _refuse_repeats(rows, source, "ticket_col", "_ticket")
    over = nw.col("_later_day") <= last_day
    table = rows.table.with_columns(_over=frames.flag(over))
    table = table.with_columns(
        _open=1 - nw.col("_over"),
        _one=nw.lit(1).cast(nw.Int64),
        _took=nw.col("_over") * nw.col("_seconds"),
        _waits=nw.when(over).then(nw.lit(last_day + 1)).otherwise(nw.col("_day")),
    )
    each = table.group_by("_id").agg(
        nw.col("_one").sum().alias("tickets"),
        nw.col("_open").sum().alias("open_tickets"),
        nw.col("_at").max().alias("last_ticket"),
        nw.col("_over").sum(),
        nw.col("_took").sum(),
        nw.col("_waits").min(),
    )
    mean = nw.col("_took").cast(nw.Float64) / nw.col("_over").cast(nw.Float64) / 3600.0
    finish = {
        "mean_resolution_hours": nw.when(nw.col("_over") > 0).then(mean),
        "oldest_open_ticket_days": nw.when(nw.col("open_tickets") > 0).then(
            last_day - nw.col("_waits")
        ),
    }
    return Part(
        rows, [each], ("tickets", "open_tickets", "_over"), finish, ("_over", "_took", "_waits")
    )


def touches(source: Source, *, last_day: int, tz: str | None) -> Part:
    """How often the customer was contacted, when last, and how often there was a response."""
    answered = source.roles["response_col"]
    yes_or_no = answered is not None and _is_boolean(source.frame, answered)
    rows = read_dated(
        source, date_role="date_col", tz=tz, last_day=last_day,
        others={"response_col": "_response"},
        rules=lambda: {} if answered is None or yes_or_no else {"wrong": _not_0_or_1(answered)},
    )  # fmt: skip
    if yes_or_no:
        rows = rows._replace(
            table=rows.table.with_columns(_response=frames.flag(nw.col("_response")))
        )
    sums = [nw.col("_response").sum().alias("responses")] if answered is not None else []
    each = rows.table.group_by("_id").agg(
        nw.len().alias("touches"),
        nw.col("_at").max().alias("last_touch"),
        nw.col("_day").max().alias("_touch_day"),
        *sums,
    )
    zeros = ("touches",) + (("responses",) if answered is not None else ())
    finish = {"days_since_touch": last_day - nw.col("_touch_day")}
    return Part(rows, [each], zeros, finish, ("_touch_day",))


def surveys(source: Source, *, last_day: int, tz: str | None) -> Part:
    """How many answers, their mean, and the score of the last day that has one."""
    rows = read_dated(
        source, date_role="date_col", tz=tz, last_day=last_day, others={"score_col": "_amount"}
    )
    scored = rows.table.with_columns(_score=nw.col("_amount").cast(nw.Float64))
    days = scored.group_by("_id", "_day").agg(
        nw.len().alias("_answers"), nw.col("_score").sum(), nw.col("_at").max()
    )
    last = days.group_by("_id").agg(nw.col("_day").max())
    last_score = nw.col("_score") / nw.col("_answers").cast(nw.Float64)
    newest = days.join(last, on=["_id", "_day"], how="inner").select(
        "_id", last_survey=nw.col("_at"), last_score=last_score
    )
    each = days.group_by("_id").agg(
        nw.col("_answers").sum().alias("surveys"), nw.col("_score").sum()
    )
    mean = nw.col("_score") / nw.col("surveys").cast(nw.Float64)
    finish = {"mean_score": nw.when(nw.col("surveys") > 0).then(mean)}
    return Part(rows, [each, newest], ("surveys",), finish, ("_score",))


def _refuse_repeats(rows: Rows, source: Source, role: str, ours: str) -> None:
    """Refuse a deal or ticket of two rows: it would count twice."""
    if (column := source.roles[role]) is not None:
        found = frames.row(count_repeats(rows.table, ours))
        require_unique(found, column, source.frame, "each would count twice")


def _deal_rules(roles: dict[str, str | None], last_day: int) -> dict[str, Rule]:
    closed, outcome = roles["closed_col"], roles["outcome_col"]
    said, over = text_or_blank("_outcome"), nw.col("_later_day") <= last_day
    unsaid = (said != "won") & (said != "lost")
    return {
        "word": Rule(
            (said != "") & unsaid,
            f"have an {outcome!r} other than 'won', 'lost' and missing (open); translate the "
            "words of the source first",
        ),
        "undated": Rule(
            (said != "") & nw.col("_later").is_null(),
            f"have an {outcome!r} and no {closed!r}: when they ended is unknown; fill the date "
            "in or leave them out",
        ),
        "unsaid": Rule(
            over & unsaid, f"have a {closed!r} up to as_of and no {outcome!r}; say won or lost"
        ),
        "early": Rule(
            over & (nw.col("_later_day") < nw.col("_day")),
            f"have {closed!r} before {roles['created_col']!r}; correct them first",
        ),
        "unpaid": Rule(
            over & (said == "won") & nw.col("_amount").is_null(),
            f"are won and have no {roles['amount_col']!r}; fill it in first",
        ),
    }


def _is_boolean(frame: Any, column: str) -> bool:
    """Whether the column holds true and false; other than these only numbers will do."""
    schema = nw.from_native(frame).collect_schema()
    if column in schema and not (schema[column] == nw.Boolean or schema[column].is_numeric()):
        raise DataContractError(
            f"{column!r} must hold 0 and 1 or true and false, it holds {schema[column]}"
        )
    return column in schema and schema[column] == nw.Boolean


def _not_0_or_1(column: str) -> Rule:
    value = number_or_zero("_response")
    return Rule(
        (value != 0) & (value != 1),
        f"have a {column!r} other than 0 and 1; write 1 where there was a response",
    )
