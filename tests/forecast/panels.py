"""Made-up series for the tests of members."""

from __future__ import annotations

import functools

import numpy as np


def made_panel(seed: int, n_series: int = 4, n_periods: int = 26) -> np.ndarray:
    """Series with level, trend and season of 4, of different lengths, some with gaps or zeros."""
    rng = np.random.default_rng(seed)
    t = np.arange(n_periods)
    season = rng.normal(0, 0.2, (n_series, 4))[:, t % 4]
    level = rng.uniform(1, 20, (n_series, 1))
    values = level * (1 + season + rng.normal(0, 0.01, (n_series, 1)) * t)
    values = np.abs(values + level * rng.normal(0, 0.1, (n_series, n_periods)))
    values[1, : rng.integers(0, n_periods - 3)] = np.nan
    values[2, rng.integers(0, n_periods, 5)] = np.nan
    values[3, rng.integers(0, n_periods, 5)] = 0.0
    return values


@functools.cache
def histories() -> dict[str, np.ndarray]:
    """Histories of months that ought to stop nobody."""
    rng = np.random.default_rng(0)
    t = np.arange(48)
    plain = 100 + t + 20 * np.sin(t * np.pi / 6) + rng.normal(0, 3, 48)
    made = {"all zero": np.zeros(48), "constant": np.full(48, 5.0), "plain": plain}
    made |= {f"{n} observations": np.where(t >= 48 - n, plain, np.nan) for n in range(7)}
    made |= {"1e9": plain * 1e9, "1e-9": plain * 1e-9, "1e100": plain * 1e98}
    for name, where in (
        ("one missing", t == 20), ("half missing", t % 2 == 1), ("last missing", t > 44),
        ("a year missing", (t > 12) & (t < 26)),
    ):  # fmt: skip
        made[name] = np.where(where, np.nan, plain)
    made["outlier"] = np.where(t == 30, plain * 1000, plain)
    made["last is outlier"] = np.where(t == 47, plain * 1000, plain)
    made["negative"] = plain - 120
    made["all negative"] = -plain
    made["mostly zero"] = np.where(t % 7 == 3, plain, 0.0)
    made["one sale"] = np.where(t == 3, 9.0, 0.0)
    made["straight"] = 10.0 + t
    made["exact season"] = 50.0 + 10 * (t % 12)
    made["level shift"] = np.where(t > 24, plain * 5, plain)
    return made
