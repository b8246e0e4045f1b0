"""The tree of errors is what its docstring draws."""

from __future__ import annotations

import pytest

from crmlytics import errors


@pytest.mark.parametrize(
    ("name", "base"),
    [("ColumnNotFoundError", KeyError), ("UnreadableFileError", OSError),
     ("DataContractError", ValueError), ("NotEnoughDataError", ValueError),
     ("MissingDependencyError", ImportError)],
)  # fmt: skip
def test_errors_are_also_the_builtin_they_mean(name, base):
    error = getattr(errors, name)
    assert issubclass(error, errors.CrmlyticsError)
    assert issubclass(error, base)
    assert str(error("what, how many, what to do")) == "what, how many, what to do"
    assert name in (errors.__doc__ or "")


@pytest.mark.parametrize(
    "name", ["ConvergenceWarning", "DataQualityWarning", "DriftWarning", "NoStructureWarning"]
)
def test_warnings_share_a_base(name):
    assert issubclass(getattr(errors, name), errors.CrmlyticsWarning)
    assert issubclass(errors.CrmlyticsWarning, UserWarning)
    assert name in (errors.__doc__ or "")


def test_all_names_everything():
    public = {name for name in vars(errors) if not name.startswith("_") and name != "annotations"}
    assert set(errors.__all__) == public
    assert str(errors.ColumnNotFoundError()) == ""
