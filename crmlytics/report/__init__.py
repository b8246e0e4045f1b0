"""The report: one page that says what to do, with the figures behind it.

`build_report` cleans a table of purchases, computes every section from it and returns a `Report`:
one HTML file that loads nothing, the tables behind it, and both as JSON.
"""

from __future__ import annotations

from crmlytics.report.building import build_report
from crmlytics.report.results import Report

__all__ = ["Report", "build_report"]
