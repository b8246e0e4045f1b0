"""Words that several commands understand: what an argument may be, and groups of options."""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
import math
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

    Commands = argparse._SubParsersAction["Parser"]  # noqa: SLF001 (it has no public name)

#: What `--map` can name, and the columns looked for without it.
NAMES = ("customer_id", "order_id", "date", "amount", "quantity", "price", "item")
#: Kinds of tables that a command reads.
KINDS = ("transactions",)

_EPILOG = (
    "Exit codes: 0 done, 2 wrong usage, 3 data refused (the reason is on stderr), 130 interrupted."
)
_TABLE_HELP = "the table of purchases: CSV, TSV or Parquet"


def add_table(parser: argparse.ArgumentParser) -> None:
    """The table of purchases, its columns, the day of the analysis, refunds."""
    parser.add_argument("table", type=table_path, metavar="[transactions=]FILE", help=_TABLE_HELP)
    add_map(parser, "; without amount it is quantity times price")
    parser.add_argument(
        "--as-of", type=day, required=True, metavar="DATE", help="day of the analysis, inclusive"
    )
    parser.add_argument(
        "--refunds",
        choices=("net", "ignore"),
        default="net",
        help="whether negative amounts lower the money or are left out (default: net)",
    )
    add_cancelled(parser)
    parser.add_argument("--tz", help="business time zone, such as Europe/Warsaw")


def add_map(parser: argparse.ArgumentParser, remark: str) -> None:
    """Which column is which."""
    parser.add_argument(
        "--map",
        action=_Mapping,
        nargs="+",
        default={},
        metavar="NAME=COLUMN",
        help=f"which column is which: {', '.join(NAMES)}{remark}",
    )


def add_cancelled(parser: argparse.ArgumentParser) -> None:
    """How the numbers of cancelled orders begin."""
    parser.add_argument(
        "--cancelled-prefix",
        default="C",
        metavar="TEXT",
        help="order numbers of this text and digits, among plain digits, are cancelled "
        "(default: C; empty: none)",
    )


def add_out(parser: argparse.ArgumentParser) -> None:
    """The table to write."""
    parser.add_argument(
        "--out", required=True, metavar="TABLE", help="the table to write, .csv or .parquet"
    )


def add_reader(parser: argparse.ArgumentParser) -> None:
    """How the file is to be read."""
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


class Parser(argparse.ArgumentParser):
    """Says why the day of the analysis must be given; takes no abbreviations."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **{"allow_abbrev": False, "epilog": _EPILOG} | kwargs)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words, and end with exit code 2."""
        if "required" in message and "--as-of" in message:
            message += (
                "; give the day of the analysis, such as --as-of 2024-12-31: "
                "crmlytics never reads the clock"
            )
        super().error(message)


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


def day(text: str) -> dt.date:
    """Take a date such as 2024-12-31."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        message = f"must be a date such as 2024-12-31, got {text!r}"
        raise argparse.ArgumentTypeError(message) from None


def count(text: str) -> int:
    """Take a whole number above 0."""
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a whole number above 0, got {text!r}")


def positive(text: str) -> float:
    """Take a number above 0."""
    return _number(text, least=0.0, strictly=True)


def not_negative(text: str) -> float:
    """Take 0 or a number above."""
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


def share(text: str) -> float:
    """Take a fraction above 0 and at most 1."""
    value = positive(text)
    if value > 1.0:
        raise argparse.ArgumentTypeError(
            f"must be a share above 0 and at most 1, such as 0.01 for 1 in 100, got {text!r}"
        )
    return value


def share_or_none(text: str) -> float:
    """Take a fraction from 0 to 1."""
    return 0.0 if not_negative(text) == 0 else share(text)


def level(text: str) -> float:
    """Take a fraction between 0 and 1."""
    value = positive(text)
    if value >= 1.0:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, got {text!r}")
    return value


def seed(text: str) -> int:
    """Take a whole number from 0."""
    if text.isdecimal():
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a whole number, got {text!r}")


def table_path(text: str) -> str:
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
