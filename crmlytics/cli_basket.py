"""`crmlytics basket`: who buys this also buys that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlytics import cli_options
from crmlytics.cli_steps import check_target, note, warnings_told
from crmlytics.cli_tables import read_order_lines, told, writer_of
from crmlytics.cli_words import counted

if TYPE_CHECKING:
    import argparse


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics basket`."""
    basket = commands.add_parser(
        "basket", help="who buys this also buys that: association rules, measured and tested"
    )
    basket.add_argument(
        "table",
        type=cli_options.table_path,
        metavar="[transactions=]FILE",
        help="the table of order lines: CSV, TSV or Parquet",
    )
    cli_options.add_map(
        basket, "; item and order_id are needed, or customer_id and date for the latter"
    )
    cli_options.add_out(basket)
    basket.add_argument(
        "--min-support",
        type=cli_options.share,
        required=True,
        metavar="SHARE",
        help="least share of the orders that hold a rule's items, such as 0.001",
    )
    basket.add_argument(
        "--min-confidence",
        type=cli_options.share_or_none,
        default=0.0,
        metavar="SHARE",
        help="least share of the orders with the left side that hold the right one (default: 0)",
    )
    basket.add_argument(
        "--max-len",
        type=cli_options.count,
        metavar="N",
        help="most items of a rule (default: no limit)",
    )
    basket.add_argument(
        "--null",
        choices=("basket_size", "independence"),
        default="basket_size",
        help="what a rule is tested against: orders of the same sizes, as large orders hold a bit "
        "of everything (default), or independence, by which nearly every rule stands",
    )
    basket.add_argument(
        "--top",
        type=cli_options.count,
        metavar="N",
        help="only the N significant rules with the most orders beyond those expected, these first",
    )
    basket.add_argument(
        "--as-of",
        type=cli_options.day,
        metavar="DATE",
        help="leave out what was bought after this day",
    )
    cli_options.add_cancelled(basket)
    basket.add_argument("--tz", help="business time zone, such as Europe/Warsaw")
    cli_options.add_reader(basket)


def run(options: argparse.Namespace) -> None:
    """Write a row per rule: who buys this also buys that, measured and tested."""
    from crmlytics.basket import association_rules, baskets, frequent_itemsets
    from crmlytics.report.order_lines import clean_order_lines

    write = writer_of(options.out)
    check_target(Path(options.out), read=options.table)
    with warnings_told():
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
        note(told(lines.counts))
        orders = baskets(lines.rows)
        if not (orders.sizes > 1).any():
            note("note: every order holds a single item, so nothing is bought together")
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
