"""The command line: every command's words, from the file of the command."""

from __future__ import annotations

import importlib

from crmlytics import __version__, cli_options

#: Each is a file ``cli_<command>.py`` with ``add_to(commands)`` and ``run(options)``.
COMMANDS = (
    "demo", "report", "rfm", "segments", "cohorts", "clv", "churn", "basket", "leads",
    "forecast",
)  # fmt: skip


def command_line() -> cli_options.Parser:
    """Return the parser of the whole command line."""
    parser = cli_options.Parser(
        prog="crmlytics",
        description="Analytical CRM from the command line: a report, RFM scores, segments, "
        "cohorts, value, churn, baskets, leads, forecasts.",
    )
    parser.add_argument("--version", action="version", version=f"crmlytics {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"crmlytics.cli_{name}").add_to(commands)
    return parser
