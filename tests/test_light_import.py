"""Importing crmlytics costs next to nothing and starts nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "scipy", "sklearn", "statsmodels", "matplotlib", "polars", "duckdb",
         "pyarrow", "pyspark", "jinja2", "babel", "narwhals", "tqdm")  # fmt: skip


def loaded_by(code: str) -> set[str]:
    """Names of the top-level modules that are loaded after running the code."""
    script = f"import sys\n{code}\nprint(' '.join(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split("\n")[-2].split())


def test_import_loads_nothing_heavy():
    loaded = loaded_by("import crmlytics")
    assert not loaded & set(HEAVY)


@pytest.mark.parametrize("package", ["customers", "retention", "io", "datasets"])
def test_packages_load_no_modelling_and_no_plotting(package):
    loaded = loaded_by(f"import crmlytics.{package}")
    wanted = {"sklearn", "statsmodels", "matplotlib", "polars", "duckdb", "pyspark", "scipy.stats"}
    # pandas itself loads pyarrow where it finds it, so that one is not ours to forbid.
    assert not loaded & wanted


def test_forecasting_loads_neither_statsmodels_nor_ensembles():
    loaded = loaded_by("import crmlytics.forecast")
    assert not loaded & {"statsmodels", "sklearn.ensemble", "matplotlib", "statsforecast", "polars"}


def test_nothing_is_printed():
    done = subprocess.run(
        [sys.executable, "-c", "import crmlytics.customers, crmlytics.segmentation"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == ""
    assert done.stderr == ""
