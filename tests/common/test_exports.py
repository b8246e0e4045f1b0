"""`__all__` is what a package exports, every export is documented and has an example call."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import crmlytics
from tests.common.registry import OTHERS, TABLES

PACKAGES = sorted(
    module.name
    for module in pkgutil.iter_modules(crmlytics.__path__)
    if module.ispkg and not module.name.startswith("_")
)


def exports():
    for package in PACKAGES:
        module = importlib.import_module(f"crmlytics.{package}")
        for name in module.__all__:
            yield f"{package}.{name}", getattr(module, name)


EXPORTS = dict(exports())


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_sorted_and_complete(package):
    module = importlib.import_module(f"crmlytics.{package}")
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and not inspect.ismodule(value)
        and name not in ("annotations", "TYPE_CHECKING")
    }
    assert set(module.__all__) == public
    assert module.__all__ == sorted(module.__all__)


def test_every_package_is_reachable_from_the_top():
    assert set(PACKAGES) <= set(crmlytics.__all__)
    for name in crmlytics.__all__:
        assert getattr(crmlytics, name) is not None
    assert dir(crmlytics) == sorted(crmlytics.__all__)
    with pytest.raises(AttributeError, match="no attribute 'sales'"):
        _ = crmlytics.sales


def test_every_export_has_an_example_call():
    known = set(TABLES) | set(OTHERS)
    assert set(EXPORTS) - known == set(), "add these to tests/common/registry.py"
    assert known - set(EXPORTS) == set(), "these are exported no more"


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_docstrings_are_complete(name):
    exported = EXPORTS[name]
    text = inspect.getdoc(exported) or ""
    assert text.splitlines()[0].endswith("."), "the first line is one sentence"
    if inspect.isclass(exported) and not hasattr(exported, "fit"):
        return  # results and constants: their makers say what the fields mean
    sections = set(re.findall(r"^([A-Z][A-Za-z ]+)\n-{3,}$", text, flags=re.M))
    parameters = [
        parameter
        for parameter in inspect.signature(exported).parameters
        if parameter not in ("self", "args", "kwargs", "options")
    ]
    for parameter in parameters:
        assert re.search(rf"^[\w, ]*\b{parameter}\b[\w, ]*(:|$)", text, flags=re.M), parameter
    if parameters:
        assert "Parameters" in sections
    assert "Examples" in sections
    if inspect.isfunction(exported):
        gives_nothing = inspect.signature(exported).return_annotation in (None, "None")
        assert gives_nothing or "Returns" in sections
        assert "Raises" in sections


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_options_after_the_data_are_keywords(name):
    exported = EXPORTS[name]
    if not inspect.isfunction(exported):
        return
    positional = [
        parameter
        for parameter in inspect.signature(exported).parameters.values()
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    # clv_table takes its customers and two fitted models, these a model, rows and their outcome.
    three = ("clv.clv_table", "scoring.driver_table", "scoring.effect_table")
    most = 3 if name in three else 2
    assert len(positional) <= most, "at most the data (and a path) come without their names"
