"""The slow obvious ways, in plain Python."""

from __future__ import annotations

import math


def product_limit(durations, events, entry=None, weights=None):
    """Rows (time, at risk, events, censored, entered, survival, Greenwood's sum)."""
    entry = [0] * len(durations) if entry is None else entry
    weights = [1] * len(durations) if weights is None else weights
    rows, survival, greenwood = [], 1.0, 0.0
    people = list(zip(durations, events, entry, weights, strict=True))
    for t in sorted({0.0, *map(float, durations), *map(float, entry)}):
        at_risk = sum(w for d, _, s, w in people if d >= t and (s < t or s == 0))
        ended = sum(w for d, e, _, w in people if d == t and e)
        open_ = sum(w for d, e, _, w in people if d == t and not e)
        came = sum(w for _, _, s, w in people if s == t)
        if not (ended or open_ or came):
            continue
        if ended:
            survival *= 1 - ended / at_risk
            greenwood += ended / (at_risk * (at_risk - ended)) if ended < at_risk else math.nan
        rows.append((t, at_risk, ended, open_, came, survival, greenwood))
    return rows


def aalen_johansen(durations, causes, entry=None, weights=None):
    """{(cause, time): share} with the cases' own weights, which need not be whole."""
    entry = [0] * len(durations) if entry is None else entry
    weights = [1.0] * len(durations) if weights is None else weights
    people = list(zip(durations, causes, entry, weights, strict=True))
    names = sorted({cause for cause in causes if cause})
    share, survival, found = dict.fromkeys(names, 0.0), 1.0, {}
    for t in sorted(set(durations)):
        n = sum(w for d, _, s, w in people if d >= t and (s < t or s == 0))
        ended = {k: sum(w for d, c, _, w in people if d == t and c == k) for k in names}
        for k in names:
            share[k] += survival * ended[k] / n
            found[k, t] = share[k]
        survival *= 1 - sum(ended.values()) / n
    return found


def infinitesimal_jackknife(durations, causes, entry=None, step=1e-5):
    """Variance of each share: the squared influence of every case, by differentiating weights."""
    total = dict.fromkeys(aalen_johansen(durations, causes, entry), 0.0)
    for i in range(len(durations)):
        up, down = [1.0] * len(durations), [1.0] * len(durations)
        up[i], down[i] = 1 + step, 1 - step
        more = aalen_johansen(durations, causes, entry, up)
        less = aalen_johansen(durations, causes, entry, down)
        for key in total:
            total[key] += ((more[key] - less[key]) / (2 * step)) ** 2
    return total


def log_rank(durations, events, groups, entry=None, strata=None):
    """Observed and expected events by group, and the covariance matrix of their difference."""
    n = len(durations)
    entry = [0] * n if entry is None else entry
    strata = [0] * n if strata is None else strata
    names = sorted(set(groups))
    observed, expected = dict.fromkeys(names, 0), dict.fromkeys(names, 0.0)
    covariance = {(a, b): 0.0 for a in names for b in names}
    for stratum in set(strata):
        mine = [i for i in range(n) if strata[i] == stratum]
        for t in sorted({durations[i] for i in mine if events[i]}):
            risk = [i for i in mine if durations[i] >= t and (entry[i] < t or entry[i] == 0)]
            dead = [i for i in risk if durations[i] == t and events[i]]
            share = {g: sum(groups[i] == g for i in risk) / len(risk) for g in names}
            spare = (len(risk) - len(dead)) / (len(risk) - 1) if len(risk) > 1 else 0.0
            for a in names:
                observed[a] += sum(groups[i] == a for i in dead)
                expected[a] += len(dead) * share[a]
                for b in names:
                    covariance[a, b] += len(dead) * spare * share[a] * ((a == b) - share[b])
    return observed, expected, covariance
