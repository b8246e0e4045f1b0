"""Every error and warning of crmlytics, in one tree.

::

    CrmlyticsError
    ├── ColumnNotFoundError (KeyError)      a named column is not there; says which is like it
    ├── UnreadableFileError (OSError)       a directory, a binary, an empty or a truncated file
    ├── DataContractError (ValueError)      missing, infinite, duplicate or mistyped values, counted
    ├── NotEnoughDataError (ValueError)     says how much is needed
    └── MissingDependencyError (ImportError)  says which extra to install

    CrmlyticsWarning (UserWarning)
    ├── ConvergenceWarning                  a fit stopped short; `converged_` is False
    ├── DataQualityWarning                  something was left out, counted
    ├── DriftWarning                        new data differ from those learnt on
    └── NoStructureWarning                  clusters no more reproducible than in noise

A parameter of the wrong type or value is a plain ``TypeError`` or ``ValueError``. Messages give
counts and column names, never the value of an id or a text that could name a person.
"""

from __future__ import annotations

__all__ = [
    "ColumnNotFoundError",
    "ConvergenceWarning",
    "CrmlyticsError",
    "CrmlyticsWarning",
    "DataContractError",
    "DataQualityWarning",
    "DriftWarning",
    "MissingDependencyError",
    "NoStructureWarning",
    "NotEnoughDataError",
    "UnreadableFileError",
]


class CrmlyticsError(Exception):
    """Base of every error that crmlytics raises about data, files and dependencies."""


class ColumnNotFoundError(CrmlyticsError, KeyError):
    """A column named in a parameter is not in the frame."""

    def __str__(self) -> str:
        # KeyError would print the repr of its argument: quotes and escapes around a sentence.
        return str(self.args[0]) if self.args else ""


class UnreadableFileError(CrmlyticsError, OSError):
    """The path is a directory, or the file is empty, binary, truncated or not of its kind."""


class DataContractError(CrmlyticsError, ValueError):
    """The data break the frame contract: missing, infinite, duplicate or mistyped values."""


class NotEnoughDataError(CrmlyticsError, ValueError):
    """There are too few rows, customers or periods for the question asked."""


class MissingDependencyError(CrmlyticsError, ImportError):
    """An optional library is not installed."""


class CrmlyticsWarning(UserWarning):
    """Base of every warning that crmlytics gives."""


class ConvergenceWarning(CrmlyticsWarning):
    """A fit stopped before it converged."""


class DataQualityWarning(CrmlyticsWarning):
    """Rows or customers were left out by a rule that the caller chose, and counted."""


class DriftWarning(CrmlyticsWarning):
    """The data differ from those that the model was fitted on."""


class NoStructureWarning(CrmlyticsWarning):
    """The clusters are no more reproducible than in data that have none."""
