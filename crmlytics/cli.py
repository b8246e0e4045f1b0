"""The `crmlytics` command: one run and its exit code.

Importing this module and asking for help loads only the standard library; the libraries that
compute are loaded by the command that needs them.
"""

from __future__ import annotations

import importlib
import io
import sys
from typing import TYPE_CHECKING

from crmlytics.cli_parser import command_line
from crmlytics.cli_words import in_options
from crmlytics.errors import ColumnNotFoundError, CrmlyticsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

DONE, USAGE, REFUSED, INTERRUPTED = 0, 2, 3, 130


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
        options = command_line().parse_args(argv)
        return _run(options)
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except SystemExit as stop:  # argparse has printed help, version or what was wrong
        return stop.code if isinstance(stop.code, int) else USAGE


def _run(options: argparse.Namespace) -> int:
    try:
        importlib.import_module(f"crmlytics.cli_{options.command}").run(options)
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


if __name__ == "__main__":
    sys.exit(main())
