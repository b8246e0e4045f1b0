"""`crmlytics leads`: a row per lead: the chance to become a customer, a score, a tier, reasons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlytics import cli_options
from crmlytics.cli_steps import check_target, note, warnings_told
from crmlytics.cli_tables import writer_of
from crmlytics.cli_words import counted

if TYPE_CHECKING:
    import argparse


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics leads`."""
    leads = commands.add_parser(
        "leads", help="who becomes a customer: chance, score from 1 to 99, tier and reasons"
    )
    leads.add_argument("table", metavar="FILE", help="the table of leads: CSV, TSV or Parquet")
    cli_options.add_out(leads)
    leads.add_argument(
        "--as-of", type=cli_options.day, metavar="DATE",
        help="day of the analysis, inclusive; needed without --label",
    )  # fmt: skip
    leads.add_argument(
        "--horizon", type=cli_options.count, default=90, metavar="DAYS",
        help="days in which a lead is to convert; younger leads are unknown (default: 90)",
    )  # fmt: skip
    leads.add_argument(
        "--label", metavar="COLUMN",
        help="column with 1 converted, 0 not, empty unknown; in place of dates",
    )  # fmt: skip
    for name in ("lead_id", "created_at", "converted_at"):
        word = name.partition("_")[0]
        leads.add_argument(
            f"--{word}", default=name, metavar="COLUMN", help=f"default: {name}"
        )  # fmt: skip
    leads.add_argument(
        "--known-after", nargs="+", default=[], metavar="COLUMN",
        help="columns written when the outcome is known, such as a closing note: left out",
    )  # fmt: skip
    leads.add_argument(
        "--ignore", nargs="+", default=[], metavar="COLUMN", help="other columns to leave out"
    )
    leads.add_argument(
        "--group", metavar="COLUMN", help="column to score by where there are few conversions"
    )
    leads.add_argument(
        "--value", metavar="COLUMN", help="column with what a conversion is worth (default: 1)"
    )
    leads.add_argument(
        "--contact-cost", type=cli_options.not_negative, default=0.0, metavar="MONEY",
        help="what working a lead costs (default: 0)",
    )  # fmt: skip
    leads.add_argument(
        "--reasons", type=int, choices=range(6), default=2, help="reasons per lead (default: 2)"
    )
    leads.add_argument("--seed", type=cli_options.seed, default=0, help="default: %(default)s")
    leads.add_argument("--tz", help="business time zone, such as Europe/Warsaw")
    cli_options.add_reader(leads)


def run(options: argparse.Namespace) -> None:
    """Write a row per lead: chance, expected value, score, tier and reasons."""
    from crmlytics.io import read_table
    from crmlytics.leads import LeadScorer

    if options.label is None and options.as_of is None:
        raise ValueError(
            "give --as-of, the day of the analysis, such as --as-of 2024-12-31 (crmlytics never "
            "reads the clock), or --label, the column with the outcome"
        )
    write = writer_of(options.out)
    check_target(Path(options.out), read=options.table)
    with warnings_told():
        rows = read_table(
            options.table,
            encoding=options.encoding,
            delimiter=options.delimiter,
            decimal=options.decimal,
            dayfirst=options.dayfirst,
            ragged=options.ragged,
            nameless="skip",
            tz=options.tz,
        )
        rows, label = _labelled(rows, options)
        dates = [one for one in (options.converted, options.created) if one in rows]
        scorer = LeadScorer(
            lead_col=options.lead,
            known_after=[*options.known_after, *(one for one in dates if one == options.converted)],
            ignore=[*options.ignore, *(one for one in dates if one == options.created)],
            group_col=options.group,
            value=1.0 if options.value is None else options.value,
            contact_cost=options.contact_cost,
            random_state=options.seed,
        ).fit(rows, label)
        scored = scorer.score_table(rows, reasons=options.reasons)
    _tell(scorer)
    write(scored, options.out)
    print(f"wrote {options.out}: {counted(len(scored), 'lead')}")


def _labelled(rows: Any, options: argparse.Namespace) -> tuple[Any, str]:
    """Return the leads and the name of the column with their outcome."""
    from crmlytics.leads import lead_labels

    if options.label is not None:
        return rows, options.label
    label = "converted" if options.converted != "converted" else "converted_in_time"
    labelled = lead_labels(
        rows,
        as_of=options.as_of,
        horizon=options.horizon,
        unit="D",
        created_col=options.created,
        converted_col=options.converted,
        label_col=label,
        tz=options.tz,
    )
    return labelled, label


def _tell(scorer: Any) -> None:
    """Say what the scores rest on."""
    rate, low, high = scorer.base_rate_
    note(
        f"learnt from {counted(scorer.n_leads_, 'lead')}, of which {scorer.n_converted_:,} "
        f"converted ({rate:.1%}, 95% interval {low:.1%} to {high:.1%}); "
        f"{scorer.n_unknown_:,} not known yet; model: {scorer.model_}"
    )
    for row in scorer.tier_table_.itertuples(index=False):
        note(
            f"tier {row.tier}: {counted(row.n, 'lead')}, {row.rate:.1%} converted "
            f"({row.low:.1%} to {row.high:.1%}), {row.expected:.1%} expected"
        )
