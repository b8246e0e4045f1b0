"""What each command does once its words are understood."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlytics._core import checks, files
from crmlytics.cli_tables import read_order_lines, read_purchases, told, writer_of
from crmlytics.cli_words import counted, in_options
from crmlytics.errors import CrmlyticsWarning

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


#: The columns of `crmlytics rfm` beside the customer's, whose name must be another.
_RFM_COLUMNS = ("recency_days", "frequency", "monetary", "r", "f", "m", "rfm", "segment")

#: The same of `crmlytics clv`.
_CLV_COLUMNS = (
    "expected_purchases", "expected_spend", "probability_alive", "clv", "low", "high",
)  # fmt: skip


def demo(options: argparse.Namespace) -> None:
    """Invent a store and write its report."""
    import datetime as dt

    from crmlytics.datasets import make_store
    from crmlytics.report import build_report

    out = Path(options.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    _check_target(out)
    store = make_store(options.customers, random_state=options.seed)
    with _warnings_told():
        report = build_report(
            transactions=store.transactions,
            as_of=dt.date(2024, 12, 31),
            order_col="order_id",
            currency="EUR",
            title="An invented store",
            progress=sys.stderr.isatty(),
        )
    report.to_html(out)
    print(f"wrote {out}: open it in a browser, it loads nothing")


def report(options: argparse.Namespace) -> None:
    """Read a table and write its report."""
    from crmlytics.report import build_report

    out = Path(options.out)
    _check_target(out, read=options.table)
    with _warnings_told():
        bought = read_purchases(options)
        made = build_report(
            transactions=bought.frame,
            as_of=options.as_of,
            show_ids=options.show_ids,
            **bought.columns,
            refunds=options.refunds,
            cancelled_prefix=options.cancelled_prefix or None,
            unit=options.unit,
            tz=options.tz,
            dayfirst=options.dayfirst,
            decimal=options.decimal,
            title=options.title,
            currency=options.currency,
            source=options.table,
            reading=bought.reading,
            progress=sys.stderr.isatty(),
        )
    tables = made.tables
    dropped = tables["rows"].set_index("step")["rows"]
    _note(told(dropped, duplicates=int(tables["quality"]["duplicates_read"].iloc[0])))
    made.to_html(out)
    print(f"wrote {out}")


def rfm(options: argparse.Namespace) -> None:
    """Write a row per customer: recency, frequency, money and scores."""
    from crmlytics.customers import rfm_table
    from crmlytics.segmentation import RFMScorer, SegmentMap

    write = writer_of(options.out)
    _check_target(Path(options.out), read=options.table)
    with _warnings_told():
        bought = read_purchases(options)
        customer_col = bought.columns["customer_col"]
        checks.free_names([customer_col], _RFM_COLUMNS)
        rows = _cleaned(bought, options, money=True)
        table = rfm_table(
            rows,
            as_of=options.as_of,
            count_by=options.count_by,
            order_col="order_id" if "order_id" in rows and _by_orders(options) else None,
        )
        scored = RFMScorer(ties=options.ties).fit_transform(table)
        if options.segments is not None:
            scored = SegmentMap.named(options.segments).assign(scored)
    write(scored.rename(columns={"customer_id": customer_col}), options.out)
    print(f"wrote {options.out}: {counted(len(scored), 'customer')}")


def cohorts(options: argparse.Namespace) -> None:
    """Write a row per cohort and age."""
    from crmlytics.retention import cohort_table

    write = writer_of(options.out)
    _check_target(Path(options.out), read=options.table)
    with _warnings_told():
        bought = read_purchases(options, money=False)
        rows = _cleaned(bought, options, money=False)
        table = cohort_table(
            rows,
            unit=options.unit,
            as_of=options.as_of,
            kind=options.kind,
            incomplete=options.incomplete,
            amount_col="amount" if "amount" in rows else None,
        )
    write(table, options.out)
    print(f"wrote {options.out}: {counted(table['cohort'].nunique(), 'cohort')}")


def clv(options: argparse.Namespace) -> None:
    """Write a row per customer: purchases to come, spend, P(alive) and value."""
    from crmlytics.clv import GammaGammaModel
    from crmlytics.clv.value_tables import clv_table
    from crmlytics.customers import purchase_summary
    from crmlytics.report.customer_values import with_known_spend

    write = writer_of(options.out)
    _check_target(Path(options.out), read=options.table)
    with _warnings_told():
        bought = read_purchases(options)
        customer_col = bought.columns["customer_col"]
        checks.free_names([customer_col], _CLV_COLUMNS)
        summary = purchase_summary(
            _cleaned(bought, options, money=True),
            as_of=options.as_of,
            unit="W",
            exact=True,
            amount_col="amount",
            refunds=options.refunds,
            log_gaps=options.model.endswith("cnbd"),
        )
        paid = summary[with_known_spend(summary)]
        if left_out := len(summary) - len(paid):
            _note(
                f"{counted(left_out, 'customer')} left out: repeat purchases that came to "
                "nothing or less after refunds have no model of spend"
            )
        purchases = _purchase_model(options.model).fit(summary)
        table = clv_table(
            paid,
            purchases,
            GammaGammaModel(unit="W").fit(paid),
            horizon=options.horizon,
            horizon_unit=options.unit,
            annual_rate=options.annual_rate,
            margin=options.margin,
            level=options.level,
            random_state=options.seed,
            progress=sys.stderr.isatty(),
        )
    write(table.rename(columns={"customer_id": customer_col}), options.out)
    print(
        f"wrote {options.out}: {counted(len(table), 'customer')}, {options.horizon:g} "
        f"{options.unit} ahead at {options.annual_rate:.4g} interest a year"
    )


def basket(options: argparse.Namespace) -> None:
    """Write a row per rule: who buys this also buys that, measured and tested."""
    from crmlytics.basket import association_rules, baskets, frequent_itemsets
    from crmlytics.report.order_lines import clean_order_lines

    write = writer_of(options.out)
    _check_target(Path(options.out), read=options.table)
    with _warnings_told():
        read = read_order_lines(options)
        lines = clean_order_lines(
            read.frame,
            read.columns,
            as_of=options.as_of,
            cancelled_prefix=options.cancelled_prefix or None,
            tz=options.tz,
            dayfirst=options.dayfirst,
            decimal=options.decimal,
        )
        _note(told(lines.counts))
        orders = baskets(lines.rows)
        if not (orders.sizes > 1).any():
            _note("note: every order holds a single item, so nothing is bought together")
        try:
            found = frequent_itemsets(
                orders, min_support=options.min_support, max_len=options.max_len
            )
        except ValueError as error:
            raise _too_many(error) from error
        rules = association_rules(found, min_confidence=options.min_confidence, null=options.null)
    written = rules if options.top is None else _most_beyond_chance(rules, options.top)
    write(written, options.out)
    print(f"wrote {options.out}: {_rules_told(rules, written, orders.n_baskets)}")


def _too_many(error: ValueError) -> ValueError:
    """Say what stops a search that finds too much, in the options of the command."""
    message = str(error)
    if "max_itemsets" not in message:
        return error
    found = message.split(": pass", 1)[0].replace("max_itemsets=", "")
    return ValueError(f"{found}: raise --min-support, or give a --max-len such as 2")


def _most_beyond_chance(rules: Any, n: int) -> Any:
    """The significant rules that most orders follow beyond those that the null expects."""
    real = rules[rules["significant"]]
    expected = (
        real["expected_count"]
        if "expected_count" in real
        else real["antecedent_count"] * real["consequent_count"] / real["n_baskets"]
    )
    order = (expected - real["count"]).sort_values(kind="stable").index
    return real.loc[order].head(n).reset_index(drop=True)


def _rules_told(rules: Any, written: Any, n_orders: int) -> str:
    """Say how many rules there are, and how many of them are more than chance."""
    above, real = int((rules["lift"] > 1).sum()), int(rules["significant"].sum())
    what = f"{counted(len(written), 'rule')}" + (
        f" of {len(rules):,}" if len(written) < len(rules) else ""
    )
    return (
        f"{what} from {counted(n_orders, 'order')}; lift is above 1 for {above:,}, "
        f"significant are {real:,}"
    )


def _purchase_model(name: str) -> Any:
    """Return the model of purchases, in weeks, that `--model` names."""
    from crmlytics import clv as models
    from crmlytics.clv.beta_geo_cnbd import BetaGeoCNBDModel
    from crmlytics.clv.modified_beta_geo_cnbd import ModifiedBetaGeoCNBDModel

    kinds: dict[str, Any] = {
        "mbg": models.ModifiedBetaGeoModel,
        "bg": models.BetaGeoModel,
        "pareto": models.ParetoNBDModel,
        "nbd": models.NBDModel,
        "mbg-cnbd": ModifiedBetaGeoCNBDModel,
        "bg-cnbd": BetaGeoCNBDModel,
    }
    return kinds[name](unit="W")


def _cleaned(bought: Any, options: argparse.Namespace, *, money: bool) -> Any:
    """Drop what the report would drop, and say how many rows that were."""
    from crmlytics.report.cleaning import clean_transactions, roles_of

    cleaned = clean_transactions(
        bought.frame,
        roles_of(bought.frame, **bought.columns, money=money),
        as_of=options.as_of,
        refunds=options.refunds,
        cancelled_prefix=options.cancelled_prefix or None,
        tz=options.tz,
        dayfirst=options.dayfirst,
        decimal=options.decimal,
    )
    counts = {"read": cleaned.n_read} | cleaned.dropped | {"kept": len(cleaned.rows)}
    _note(told(counts, duplicates=cleaned.duplicates_read))
    return cleaned.rows


def _by_orders(options: argparse.Namespace) -> bool:
    return options.count_by in (None, "orders")


def _check_target(out: Path, *, read: str | None = None) -> None:
    """Refuse an output that cannot be written before the work is done, not after."""
    folder = files.check_target(out).parent
    if read is not None and out.exists() and Path(read).exists() and out.samefile(read):
        raise ValueError(
            f"--out {os.fspath(out)!r} is the table that is read; it would be lost: give another "
            "name"
        )
    if not folder.is_dir():
        raise NotADirectoryError(f"the folder of {os.fspath(out)!r} does not exist; make it first")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"the folder of {os.fspath(out)!r} cannot be written to")


def _note(message: str) -> None:
    print(message, file=sys.stderr)


@contextmanager
def _warnings_told() -> Iterator[None]:
    """Say the library's own warnings on stderr, each once and without code around them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    told_once = dict.fromkeys(
        str(each.message) for each in caught if issubclass(each.category, CrmlyticsWarning)
    )
    for message in told_once:
        _note(f"note: {in_options(message)}")
