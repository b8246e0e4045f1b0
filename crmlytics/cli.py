"""The `crmlytics` command: its words, its help and its exit codes.

Importing this module and asking for help loads only the standard library; the libraries that
compute are loaded by the command that needs them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
import io
import math
import sys
from typing import TYPE_CHECKING, NoReturn

from crmlytics import __version__
from crmlytics.cli_words import in_options
from crmlytics.errors import ColumnNotFoundError, CrmlyticsError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, USAGE, REFUSED, INTERRUPTED = 0, 2, 3, 130

#: What `--map` can name, and the columns looked for without it.
NAMES = ("customer_id", "order_id", "date", "amount", "quantity", "price", "item")
#: Kinds of tables that a command reads.
KINDS = ("transactions",)

#: Models of purchases that `clv` can fit.
PURCHASE_MODELS = ("mbg", "bg", "pareto", "nbd", "mbg-cnbd", "bg-cnbd")

_EPILOG = (
    "Exit codes: 0 done, 2 wrong usage, 3 data refused (the reason is on stderr), 130 interrupted."
)
_TABLE_HELP = "the table of purchases: CSV, TSV or Parquet"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` and return its exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``crmlytics``; None takes those of the process.

    Returns
    -------
    int
        0 done, 2 wrong usage, 3 data refused, 130 interrupted by Ctrl-C.

    Examples
    --------
    >>> from crmlytics.cli import main
    >>> main(["report"])  # usage goes to stderr
    2
    """
    for stream in (sys.stdout, sys.stderr):
        # A letter that the terminal lacks is no reason to fail after the work is done.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(argv)
        return _run(options)
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except SystemExit as stop:  # argparse has printed help, version or what was wrong
        return stop.code if isinstance(stop.code, int) else USAGE


def _run(options: argparse.Namespace) -> int:
    from crmlytics import cli_commands

    try:
        getattr(cli_commands, options.command)(options)
    except ColumnNotFoundError as error:
        return _say(f"{error} Name columns with --map, such as --map customer_id=Client")
    except CrmlyticsError as error:
        return _say(in_options(str(error)))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _say(f"{where}{error.strerror or error}")
    except ValueError as error:
        _say(str(error))
        return USAGE
    return DONE


def _say(message: str) -> int:
    print(f"crmlytics: {message}", file=sys.stderr)
    return REFUSED


class _Mapping(argparse.Action):
    """Collect ``name=Column`` words; an unknown name is a usage error with a suggestion."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,  # noqa: ARG002 (argparse's signature)
    ) -> None:
        mapped = dict(getattr(namespace, self.dest) or {})
        for word in values if isinstance(values, list) else [values]:
            name, equals, column = str(word).partition("=")
            if not equals or not column:
                parser.error(f"--map takes words like customer_id=Client, got {word!r}")
            if name not in NAMES:
                parser.error(f"--map knows no {name!r}{_suggestion(name, NAMES)}")
            mapped[name] = column
        setattr(namespace, self.dest, mapped)


def _suggestion(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; it knows {', '.join(known)}"


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = f"must be a date such as 2024-12-31, got {text!r}"
        raise argparse.ArgumentTypeError(message) from None


def _count(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a whole number above 0, got {text!r}")


def _positive(text: str) -> float:
    return _number(text, least=0.0, strictly=True)


def _not_negative(text: str) -> float:
    return _number(text, least=0.0, strictly=False)


def _number(text: str, *, least: float, strictly: bool) -> float:
    rule = f"must be a number {'above' if strictly else 'of at least'} {least:g}, got {text!r}"
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(rule) from None
    if not math.isfinite(value) or value < least or (strictly and value == least):
        raise argparse.ArgumentTypeError(rule)
    return value


def _share(text: str) -> float:
    value = _positive(text)
    if value > 1.0:
        raise argparse.ArgumentTypeError(
            f"must be a share above 0 and at most 1, such as 0.01 for 1 in 100, got {text!r}"
        )
    return value


def _share_or_none(text: str) -> float:
    return 0.0 if _not_negative(text) == 0 else _share(text)


def _level(text: str) -> float:
    value = _positive(text)
    if value >= 1.0:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, got {text!r}")
    return value


def _seed(text: str) -> int:
    if text.isdecimal():
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a whole number, got {text!r}")


def _table(text: str) -> str:
    """Take ``FILE`` or ``transactions=FILE``."""
    kind, equals, path = text.partition("=")
    if equals and kind in KINDS:
        return path
    if equals and kind.isidentifier() and (close := difflib.get_close_matches(kind, KINDS, n=1)):
        message = f"there are no tables of {kind!r}; did you mean {close[0]!r}?"
        raise argparse.ArgumentTypeError(message)
    return text


def _one_character(text: str) -> str:
    return "\t" if text in ("tab", "\\t") else text


class _Parser(argparse.ArgumentParser):
    """Says why the day of the analysis must be given; takes no abbreviations."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"allow_abbrev": False} | kwargs)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        if "required" in message and "--as-of" in message:
            message += (
                "; give the day of the analysis, such as --as-of 2024-12-31: "
                "crmlytics never reads the clock"
            )
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="crmlytics",
        description="Analytical CRM from the command line: a report, RFM scores, cohorts, value, "
        "baskets.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"crmlytics {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_report(commands)
    _add_rfm(commands)
    _add_cohorts(commands)
    _add_clv(commands)
    _add_basket(commands)
    return parser


def _add_demo(commands: argparse._SubParsersAction[_Parser]) -> None:
    demo = commands.add_parser(
        "demo", help="make a store of invented customers and its report", epilog=_EPILOG
    )
    demo.add_argument(
        "--out", default="crmlytics-demo.html", help="the page to write (default: %(default)s)"
    )
    demo.add_argument(
        "--customers", type=_count, default=1_000, metavar="N", help="default: %(default)s"
    )
    demo.add_argument("--seed", type=_seed, default=0, help="default: %(default)s")


def _add_report(commands: argparse._SubParsersAction[_Parser]) -> None:
    report = commands.add_parser(
        "report", help="a page on customers and sales, with what to do", epilog=_EPILOG
    )
    _add_table(report)
    report.add_argument("--out", required=True, metavar="PAGE.html", help="the page to write")
    report.add_argument("--unit", choices="MDWQY", default="M", help="period (default: M)")
    report.add_argument("--title", help="heading of the page")
    report.add_argument("--currency", metavar="CODE", help="how money is written, such as EUR")
    report.add_argument(
        "--show-ids", action="store_true", help="show customers' ids, not 'Customer 1'"
    )
    _add_reader(report)


def _add_rfm(commands: argparse._SubParsersAction[_Parser]) -> None:
    rfm = commands.add_parser(
        "rfm", help="recency, frequency, money and their scores per customer", epilog=_EPILOG
    )
    _add_table(rfm)
    _add_out(rfm)
    rfm.add_argument(
        "--count-by",
        choices=("orders", "days", "rows"),
        help="what one purchase is (default: orders where there are order ids, else days)",
    )
    rfm.add_argument(
        "--ties",
        choices=("same", "rank", "r"),
        default="same",
        help="whether equal customers share a score (default: same)",
    )
    rfm.add_argument(
        "--segments", choices=("putler11", "rfm10"), help="add the segment by this map"
    )
    _add_reader(rfm)


def _add_cohorts(commands: argparse._SubParsersAction[_Parser]) -> None:
    cohorts = commands.add_parser(
        "cohorts", help="how many customers of each cohort are active at each age", epilog=_EPILOG
    )
    _add_table(cohorts)
    _add_out(cohorts)
    cohorts.add_argument(
        "--unit", choices="DWMQY", required=True, help="day, week, month, quarter or year"
    )
    cohorts.add_argument(
        "--kind",
        choices=("on", "on_or_after", "every"),
        default="on",
        help="who counts as active (default: on)",
    )
    cohorts.add_argument(
        "--incomplete",
        choices=("mask", "include"),
        default="mask",
        help="what happens to the period that is not over (default: mask)",
    )
    _add_reader(cohorts)


def _add_clv(commands: argparse._SubParsersAction[_Parser]) -> None:
    clv = commands.add_parser(
        "clv",
        help="what each customer will be worth: purchases to come, spend, value",
        epilog=_EPILOG,
    )
    _add_table(clv)
    _add_out(clv)
    clv.add_argument(
        "--horizon", type=_positive, required=True, metavar="N", help="time ahead, in --unit"
    )
    clv.add_argument(
        "--unit", choices="DWMQY", required=True, help="day, week, month, quarter or year"
    )
    clv.add_argument(
        "--model",
        choices=PURCHASE_MODELS,
        default="mbg",
        help="of the purchases: mbg and bg (MBG/NBD, BG/NBD), pareto (Pareto/NBD), nbd (nobody "
        "leaves), mbg-cnbd and bg-cnbd (regular timing); default: mbg",
    )
    clv.add_argument(
        "--annual-rate",
        type=_not_negative,
        default=0.10,
        metavar="RATE",
        help="effective interest per year; 0 does not discount (default: 0.10)",
    )
    clv.add_argument(
        "--margin",
        type=_positive,
        default=1.0,
        help="share of the spend that is earned (default: 1, which values revenue)",
    )
    clv.add_argument(
        "--level", type=_level, help="add the interval of this probability, such as 0.8"
    )
    clv.add_argument(
        "--seed", type=_seed, default=0, help="of the simulated intervals (default: 0)"
    )
    _add_reader(clv)


def _add_basket(commands: argparse._SubParsersAction[_Parser]) -> None:
    basket = commands.add_parser(
        "basket",
        help="who buys this also buys that: association rules, measured and tested",
        epilog=_EPILOG,
    )
    basket.add_argument(
        "table",
        type=_table,
        metavar="[transactions=]FILE",
        help="the table of order lines: CSV, TSV or Parquet",
    )
    _add_map(basket, "; item and order_id are needed, or customer_id and date for the latter")
    _add_out(basket)
    basket.add_argument(
        "--min-support",
        type=_share,
        required=True,
        metavar="SHARE",
        help="least share of the orders that hold a rule's items, such as 0.001",
    )
    basket.add_argument(
        "--min-confidence",
        type=_share_or_none,
        default=0.0,
        metavar="SHARE",
        help="least share of the orders with the left side that hold the right one (default: 0)",
    )
    basket.add_argument(
        "--max-len", type=_count, metavar="N", help="most items of a rule (default: no limit)"
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
        type=_count,
        metavar="N",
        help="only the N significant rules with the most orders beyond those expected, these first",
    )
    basket.add_argument(
        "--as-of", type=_day, metavar="DATE", help="leave out what was bought after this day"
    )
    _add_cancelled(basket)
    basket.add_argument("--tz", help="business time zone, such as Europe/Warsaw")
    _add_reader(basket)


def _add_table(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", type=_table, metavar="[transactions=]FILE", help=_TABLE_HELP)
    _add_map(parser, "; without amount it is quantity times price")
    parser.add_argument(
        "--as-of", type=_day, required=True, metavar="DATE", help="day of the analysis, inclusive"
    )
    parser.add_argument(
        "--refunds",
        choices=("net", "ignore"),
        default="net",
        help="whether negative amounts lower the money or are left out (default: net)",
    )
    _add_cancelled(parser)
    parser.add_argument("--tz", help="business time zone, such as Europe/Warsaw")


def _add_map(parser: argparse.ArgumentParser, remark: str) -> None:
    parser.add_argument(
        "--map",
        action=_Mapping,
        nargs="+",
        default={},
        metavar="NAME=COLUMN",
        help=f"which column is which: {', '.join(NAMES)}{remark}",
    )


def _add_cancelled(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cancelled-prefix",
        default="C",
        metavar="TEXT",
        help="order numbers of this text and digits, among plain digits, are cancelled "
        "(default: C; empty: none)",
    )


def _add_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", required=True, metavar="TABLE", help="the table to write, .csv or .parquet"
    )


def _add_reader(parser: argparse.ArgumentParser) -> None:
    reader = parser.add_argument_group("how the file is read (each found out if not given)")
    reader.add_argument("--encoding", help="such as utf-8 or cp1251")
    reader.add_argument("--delimiter", type=_one_character, help="one character, or tab")
    reader.add_argument("--decimal", choices=(".", ","))
    order = reader.add_mutually_exclusive_group()
    order.add_argument(
        "--dayfirst", dest="dayfirst", action="store_true", default=None, help="01.02. is 1 Feb"
    )
    order.add_argument(
        "--monthfirst", dest="dayfirst", action="store_false", default=None, help="01/02 is 2 Jan"
    )
    reader.add_argument(
        "--ragged",
        choices=("error", "skip", "pad"),
        default="error",
        help="what happens to rows with too few or too many fields (default: error)",
    )


if __name__ == "__main__":
    sys.exit(main())
