"""Tables in and out: messy exports read without guessing, files written safely."""

from __future__ import annotations

from crmlytics.io.dates import parse_dates
from crmlytics.io.export import write_csv, write_parquet
from crmlytics.io.money import parse_money
from crmlytics.io.reports import ColumnReport, TableReport
from crmlytics.io.tables import (
    TableWithReport,
    read_table,
    read_table_report,
    read_table_with_report,
)

__all__ = [
    "ColumnReport",
    "TableReport",
    "TableWithReport",
    "parse_dates",
    "parse_money",
    "read_table",
    "read_table_report",
    "read_table_with_report",
    "write_csv",
    "write_parquet",
]
