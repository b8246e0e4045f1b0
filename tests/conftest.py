"""Fixtures for all tests: engines, real data, and no network."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("MPLBACKEND", "Agg")  # tests draw on no screen
# As many workers as cores: threads of one would only wait for those of another.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.support.engines import ENGINES, Engine
from tests.support.golden import Golden

# On a build machine the same examples every time, so that what passed once passes again;
# at a desk new ones at every run.
settings.register_profile("ci", derandomize=True)
# For a second run of all tests whose question is another, as on the lowest versions.
settings.register_profile("few", derandomize=True, max_examples=15)
if profile := os.environ.get("CRMLYTICS_EXAMPLES") or ("ci" if os.environ.get("CI") else None):
    settings.load_profile(profile)


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.spark if name == "pyspark" else ()) for name in ENGINES
    ]
)
def engine(request) -> Engine:
    """Each promised engine in turn: ``engine.make(pandas_frame)``, ``engine.columns(result)``."""
    return ENGINES[request.param]


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The real data sets; without them the test is skipped and a made-up twin stands in."""
    named = os.environ.get("CRMLYTICS_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data sets not found; set CRMLYTICS_DATA to their folder")
    return folder


@pytest.fixture(autouse=True)
def _no_figure_stays_open():
    """Close what a test drew; pyplot warns when too many figures are open."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def golden(request) -> Golden:
    """Compare with a published number and note both for the verification page."""
    return Golden(request.node.nodeid)


def pytest_terminal_summary(terminalreporter):
    """Say how many tests on real data ran and how many were skipped."""
    ran, skipped = _data_tests(terminalreporter)
    terminalreporter.write_line(f"tests on real data: {ran} ran, {skipped} skipped")


def pytest_sessionfinish(session):
    """Where the data are named, no test that needs them may be skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("CRMLYTICS_DATA") and _data_tests(reporter)[1]:
        session.exitstatus = 1


def _data_tests(reporter):
    def count(*outcomes):
        return sum(
            "data" in report.keywords
            for outcome in outcomes
            for report in reporter.stats.get(outcome, [])
            if getattr(report, "when", None) in ("call", "setup")
        )

    return count("passed", "failed", "error"), count("skipped")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Fail on any connection other than to this machine (Spark talks to its JVM by loopback)."""
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(address, tuple) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError("the library tried to open a network connection")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
