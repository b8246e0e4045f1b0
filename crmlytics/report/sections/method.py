"""How it was computed: definitions, parameters, versions, and which file."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import TYPE_CHECKING

import pandas as pd

import crmlytics
from crmlytics.report.layout import Column, Section, Table
from crmlytics.report.study import SEGMENT_MAP

if TYPE_CHECKING:
    from crmlytics.report.formats import Formats
    from crmlytics.report.study import Study

_LIBRARIES = (
    "numpy",
    "pandas",
    "scipy",
    "scikit-learn",
    "narwhals",
    "matplotlib",
    "Jinja2",
    "Babel",
)


def build(study: Study, fmt: Formats) -> Section:
    """Definitions as sentences; parameters and versions as tables."""
    order = "method.orders" if study.has_orders else "method.days"
    basket = [] if study.cleaned.items is None else [fmt.say("method.basket")]
    return Section(
        name="method",
        title=fmt.say("method.title"),
        sentences=(
            fmt.say(order),
            fmt.say("method.rfm", segment_map=SEGMENT_MAP),
            fmt.say("method.cohorts"),
            fmt.say("method.growth"),
            fmt.say("method.concentration"),
            fmt.say("method.worth"),
            fmt.say("method.churn"),
            *basket,
            fmt.say("method.forecast"),
            fmt.say("method.intervals"),
        ),
        tables=(_parameters(study, fmt), _versions(fmt)),
    )


def _parameters(study: Study, fmt: Formats) -> Table:
    options, roles = study.options, study.roles
    values = {
        "as_of": options.as_of.isoformat(),
        "unit": options.unit,
        "refunds": options.refunds,
        "tz": options.tz or fmt.say("none"),
        "currency": fmt.currency or fmt.say("none"),
        "show_ids": fmt.say("yes") if options.show_ids else fmt.say("no"),
        "cancelled_prefix": options.cancelled_prefix or fmt.say("none"),
    }
    values |= {
        f"{role}_col": column for role, column in roles._asdict().items() if column is not None
    }
    if study.source is not None:
        values |= {"file": study.source.name, "sha256": study.source.sha256 or fmt.say("none")}
    frame = pd.DataFrame({"parameter": list(values), "value": list(values.values())})
    columns = tuple(Column(name, fmt.say(f"method.{name}")) for name in ("parameter", "value"))
    return Table("parameters", fmt.say("method.parameters"), frame, columns)


def _versions(fmt: Formats) -> Table:
    versions = {"crmlytics": crmlytics.__version__, "Python": platform.python_version()}
    versions |= {name: _version(name) or fmt.say("none") for name in _LIBRARIES}
    frame = pd.DataFrame({"library": list(versions), "version": list(versions.values())})
    columns = tuple(Column(name, fmt.say(f"method.{name}")) for name in ("library", "version"))
    return Table("versions", fmt.say("method.versions"), frame, columns)


def _version(library: str) -> str | None:
    """Version of an installed library; None where libraries were installed without their data."""
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None
