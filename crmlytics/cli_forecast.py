"""`crmlytics forecast`: what will be sold in the next periods, by region or product if asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlytics import cli_options
from crmlytics.cli_steps import check_target, note, warnings_told
from crmlytics.cli_tables import read_purchases, told, writer_of
from crmlytics.cli_words import counted

if TYPE_CHECKING:
    import argparse


def add_to(commands: cli_options.Commands) -> None:
    """Add the words of `crmlytics forecast`."""
    forecast = commands.add_parser(
        "forecast", help="what will be sold in the next periods, with intervals"
    )
    cli_options.add_table(forecast)
    cli_options.add_out(forecast)
    forecast.add_argument(
        "--horizon", type=cli_options.count, required=True, metavar="N", help="periods to forecast"
    )
    forecast.add_argument(
        "--unit",
        choices="DWMQY",
        default="M",
        help="day, week, month, quarter or year (default: M)",
    )
    forecast.add_argument(
        "--by", metavar="COLUMN", help="one series for each value of this column, such as region"
    )
    forecast.add_argument(
        "--outliers",
        choices=("flag", "clean", "keep"),
        default="flag",
        help="whether values far from their neighbours are told, replaced or not looked for "
        "(default: flag)",
    )
    cli_options.add_reader(forecast)


def run(options: argparse.Namespace) -> None:
    """Write a row per series and coming period: forecast, intervals, status."""
    from crmlytics.forecast import SalesForecaster, sales_series

    write = writer_of(options.out)
    check_target(Path(options.out), read=options.table)
    if options.by is not None:
        options.map = options.map | {"item": options.by}
    with warnings_told():
        rows = _rows(options)
        sales = sales_series(rows, unit=options.unit, as_of=options.as_of, by=options.by)
        forecaster = SalesForecaster(
            horizon=options.horizon, unit=options.unit, outliers=options.outliers
        )
        forecaster.fit(sales, series_col=options.by)
        table = forecaster.predict()
    outliers = len(forecaster.outliers_)
    if outliers:
        done = "replaced" if options.outliers == "clean" else "kept; --outliers clean replaces them"
        note(f"{counted(outliers, 'outlier')} among the past periods, {done}")
    write(table, options.out)
    n_series = len(table) // options.horizon
    print(f"wrote {options.out}: {counted(n_series, 'forecast')} of {options.horizon} periods")


def _rows(options: argparse.Namespace) -> Any:
    """Dates and amounts of the purchases that can be used, with the column of the series."""
    from crmlytics.report.cleaning import clean_transactions, roles_of

    bought = read_purchases(options)
    cleaned = clean_transactions(
        bought.frame,
        roles_of(bought.frame, **bought.columns),
        as_of=options.as_of,
        refunds=options.refunds,
        cancelled_prefix=options.cancelled_prefix or None,
        tz=options.tz,
        dayfirst=options.dayfirst,
        decimal=options.decimal,
    )
    counts = {"read": cleaned.n_read} | cleaned.dropped | {"kept": len(cleaned.rows)}
    note(told(counts, duplicates=cleaned.duplicates_read))
    rows = cleaned.rows[["date", "amount"]]
    if options.by is None or cleaned.items is None:
        return rows
    series = cleaned.items.astype("str").where(cleaned.items.notna())
    rows = rows.assign(**{options.by: series.to_numpy()})
    if missing := int(series.isna().sum()):
        note(f"{counted(missing, 'row')} without {options.by} left out")
    return rows[series.notna().to_numpy()]
