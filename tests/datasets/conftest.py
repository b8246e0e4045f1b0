"""One store that is large enough for the truth to show."""

from __future__ import annotations

import pytest

from crmlytics.datasets import Store, make_store


@pytest.fixture(scope="session")
def large_store() -> Store:
    return make_store(20_000, n_deals=20_000, refund_rate=0.05, random_state=2024)
