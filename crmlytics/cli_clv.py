"""`crmlytics clv`: what each customer will be worth."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlytics import cli_options
from crmlytics._core import checks
from crmlytics.cli_steps import check_target, cleaned, note, warnings_told
from crmlytics.cli_tables import read_purchases, writer_of
from crmlytics.cli_words import counted

if TYPE_CHECKING:
    import argparse

#: Models of purchases that `clv` can fit.
PURCHASE_MODELS = ("mbg", "bg", "pareto", "nbd", "mbg-cnbd", "bg-cnbd")

#: The columns of `crmlytics clv` beside the customer's, whose name must be another.
_CLV_COLUMNS = (
    "expected_purchases", "expected_spend", "probability_alive", "clv", "low", "high",
)  # fmt: skip


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics clv`."""
    clv = commands.add_parser(
        "clv", help="what each customer will be worth: purchases to come, spend, value"
    )
    cli_options.add_table(clv)
    cli_options.add_out(clv)
    clv.add_argument(
        "--horizon",
        type=cli_options.positive,
        required=True,
        metavar="N",
        help="time ahead, in --unit",
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
        type=cli_options.not_negative,
        default=0.10,
        metavar="RATE",
        help="effective interest per year; 0 does not discount (default: 0.10)",
    )
    clv.add_argument(
        "--margin",
        type=cli_options.positive,
        default=1.0,
        help="share of the spend that is earned (default: 1, which values revenue)",
    )
    clv.add_argument(
        "--level", type=cli_options.level, help="add the interval of this probability, such as 0.8"
    )
    clv.add_argument(
        "--seed", type=cli_options.seed, default=0, help="of the simulated intervals (default: 0)"
    )
    cli_options.add_reader(clv)


def run(options: argparse.Namespace) -> None:
    """Write a row per customer: purchases to come, spend, P(alive) and value."""
    from crmlytics.clv import GammaGammaModel
    from crmlytics.clv.value_tables import clv_table
    from crmlytics.customers import purchase_summary
    from crmlytics.report.customer_values import with_known_spend

    write = writer_of(options.out)
    check_target(Path(options.out), read=options.table)
    with warnings_told():
        bought = read_purchases(options)
        customer_col = bought.columns["customer_col"]
        checks.free_names([customer_col], _CLV_COLUMNS)
        summary = purchase_summary(
            cleaned(bought, options, money=True),
            as_of=options.as_of,
            unit="W",
            exact=True,
            amount_col="amount",
            refunds=options.refunds,
            log_gaps=options.model.endswith("cnbd"),
        )
        paid = summary[with_known_spend(summary)]
        if left_out := len(summary) - len(paid):
            note(
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
