"""The slow and obvious forms of the scores and of Naive2."""

from __future__ import annotations

import math


def naive2_oracle(series, m, horizon):
    """Naive2 of one complete series by loops, as the competition's script does it."""
    n = len(series)
    index = season(series, m) if m > 1 and n >= 3 * m and is_seasonal(series, m) else [1.0] * m
    level = series[-1] / index[(n - 1) % m]
    return [level * index[(n + i) % m] for i in range(horizon)]


def is_seasonal(series, m):
    n, mean = len(series), sum(series) / len(series)
    square = sum((y - mean) ** 2 for y in series)
    if square == 0:
        return False
    r = [
        sum((series[t] - mean) * (series[t - k] - mean) for t in range(k, n)) / square
        for k in range(1, m + 1)
    ]
    return abs(r[-1]) > 1.645 * math.sqrt((1 + 2 * sum(each**2 for each in r[:-1])) / n)


def season(series, m):
    n, half = len(series), m // 2
    ratios = [[] for _ in range(m)]
    for t in range(half, n - half):
        if m % 2:
            trend = sum(series[t - half : t + half + 1]) / m
        else:
            inner = sum(series[t - half + 1 : t + half])
            trend = (inner + (series[t - half] + series[t + half]) / 2) / m
        ratios[t % m].append(series[t] / trend)
    index = [sum(each) / len(each) for each in ratios]
    return [each / (sum(index) / m) for each in index]


def scale_oracle(train, m):
    lag = m if len(train) > m else 1
    pairs = [abs(b - a) for a, b in zip(train, train[lag:], strict=False)]
    q = sum(pairs) / len(pairs) if pairs else 0.0
    return q if q > 0 else None


def smape_oracle(actual, forecast):
    terms = [
        abs(y - f) / (abs(y) + abs(f)) if abs(y) + abs(f) else 0.0
        for y, f in zip(actual, forecast, strict=True)
    ]
    return 200 * sum(terms) / len(terms)


def mae(actual, forecast):
    return sum(abs(y - f) for y, f in zip(actual, forecast, strict=True)) / len(actual)


def msis_oracle(actual, low, high, level, q):
    a = 1 - level
    total = 0.0
    for y, lo, hi in zip(actual, low, high, strict=True):
        total += hi - lo
        if y < lo:
            total += 2 / a * (lo - y)
        if y > hi:
            total += 2 / a * (y - hi)
    return total / len(actual) / q
