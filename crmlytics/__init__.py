"""Analytical CRM: segments, retention, lifetime value, scores and forecasts over any dataframe.

``import crmlytics`` loads nothing heavy; a package is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

__version__ = "0.1.0"

_PACKAGES = (
    "basket",
    "churn",
    "clv",
    "customers",
    "datasets",
    "errors",
    "evaluation",
    "forecast",
    "io",
    "leads",
    "report",
    "retention",
    "scoring",
    "segmentation",
    "survival",
)

__all__ = [
    "__version__",
    "basket",
    "churn",
    "clv",
    "customers",
    "datasets",
    "errors",
    "evaluation",
    "forecast",
    "io",
    "leads",
    "report",
    "retention",
    "scoring",
    "segmentation",
    "survival",
]


def __getattr__(name: str) -> ModuleType:
    if name in _PACKAGES:
        return importlib.import_module(f"crmlytics.{name}")
    raise AttributeError(f"module 'crmlytics' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
