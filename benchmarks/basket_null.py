"""Try how often rules are found where there are none, and planted ones where there are some.

Run ``python benchmarks/basket_null.py --data FOLDER`` (some minutes; ``--parts`` names a few,
``--shuffles`` says how many). FOLDER holds groceries/groceries.dat and fimi_retail/retail.dat,
one basket per line. Everything is drawn from ``--seed``.

shuffles
    Basket sizes and item counts stay, all else is shuffled: every rule found is false. Baskets
    are paired at random, and each pair deals out anew what it does not share (global curveball
    trades; Carstens et al. 2018, whose chain ends in the uniform distribution). Four chains, each
    with 100 rounds before the first shuffle and 10 between two. "Any" is the share of shuffles
    in which Bonferroni at 0.05 finds a rule, with Wilson's 95 % interval; where nothing is true
    Holm finds one in just the same shuffles. "BH" is the same for Benjamini and Hochberg, which
    is their false discovery rate, as all discoveries are false.

mixing
    Three numbers that no margin fixes, one after every round: the share of cells still as in the
    real data, the sum of the squared pair counts, and the largest size-adjusted deviation of a
    pair. Printed are the autocorrelation at the distance of two shuffles and Gelman and Rubin's
    R of the chains, which is 1 where all have forgotten where they began.

model
    Baskets drawn from the fitted model itself, so that their margins vary too.

independent
    Each item of Groceries falls into random baskets, as many as it had: just what Fisher's test
    supposes.

equal
    Baskets of four items, with the item counts of Groceries thinned to match: without sizes to
    explain anything, Fisher's test should keep its word.

levels
    How often a p-value is at most 10^-k when the rule was fixed before looking (the candidates of
    the real data, tested in the shuffles). This tries the tail alone, without the choice by count.

power
    Into shuffles of Groceries pairs and triples are planted: a basket with x gives away another
    item and takes y of a basket without x, which keeps all margins. "Found" is the share of the
    planted groups of which a rule is significant (Bonferroni at 0.05), "false" the mean number of
    significant rules of which the right side shares no planted group with the left.

The tests: ``fisher``; ``poisson``, the tail of a Poisson variable of the same mean as the size
model; ``sizes``, the tail of the size model; ``… | filter``, the same given that the rule
reached the least count of the itemsets; ``… layered``, ``family="search_space"``;
``… holdout``, mined in one half of the baskets, tested in the other; ``sizes, shipped``, what
``association_rules`` does with ``family="candidates"``: half of the error for the rule given that
it reached the least count, half for the layered search space.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import pdtrc

from crmlytics.basket import Baskets, frequent_itemsets
from crmlytics.basket._null_basket_size import against_sizes
from crmlytics.basket._null_places import fit_places, probabilities
from crmlytics.basket._rule_candidates import candidates_of
from crmlytics.basket._rule_counts import ItemSets, counts_of, members_of
from crmlytics.basket._significance_corrections import log_adjusted
from crmlytics.basket._significance_families import equal_family, layered_family
from crmlytics.basket._significance_tails import log_fisher

FILES = {"groceries": "groceries/groceries.dat", "retail": "fimi_retail/retail.dat"}
ALPHA = 0.05
CHAINS, BURN_IN, APART = 4, 100, 10


class Rules(NamedTuple):
    """Rules with their counts; `length` is of both sides together."""

    antecedents: ItemSets
    antecedent: np.ndarray
    item: np.ndarray
    a: np.ndarray
    r1: np.ndarray
    c1: np.ndarray
    length: np.ndarray


# ---------------------------------------------------------------- shuffling


def rounds(baskets: Baskets, n: int, rng: np.random.Generator) -> Baskets:
    """Pair all baskets and let each pair deal out what it does not share, `n` times over."""
    indices, sizes = baskets.indices.astype(np.int64), baskets.sizes
    owner = np.repeat(np.arange(len(sizes)), sizes)
    most = baskets.n_items
    for _ in range(n):
        order = rng.permutation(len(sizes))
        pair, second = np.empty(len(sizes), np.int64), np.empty(len(sizes), bool)
        pair[order] = np.arange(len(sizes)) // 2
        second[order] = np.arange(len(sizes)) % 2 == 1
        key = pair[owner] * most + indices
        by_key = np.argsort(key, kind="stable")
        ranked = key[by_key]
        twice = np.zeros(len(key), bool)
        same = ranked[1:] == ranked[:-1]
        twice[by_key[1:][same]] = twice[by_key[:-1][same]] = True
        free = np.flatnonzero(~twice)
        # Of a pair's free places, first those of one basket, then those of the other; the items
        # fall into them in random order.
        places = free[np.lexsort((second[owner[free]], pair[owner[free]]))]
        dealt = free[np.lexsort((rng.random(len(free)), pair[owner[free]]))]
        indices[places] = indices[dealt].copy()
    return _baskets(owner, indices, baskets.items, len(sizes))


def chains(baskets: Baskets, n: int, seed: list[int]) -> list[Baskets]:
    """`n` shuffles from independent chains."""
    found = []
    for chain in range(CHAINS):
        rng = np.random.default_rng([*seed, chain])
        state = rounds(baskets, BURN_IN, rng)
        for _ in range(n // CHAINS + (chain < n % CHAINS)):
            state = rounds(state, APART, rng)
            found.append(state)
    return found


def drawn(baskets: Baskets, rng: np.random.Generator) -> Baskets:
    """Baskets from the fitted model: every cell for itself."""
    places = fit_places(baskets.sizes, baskets.item_counts)
    alpha = places.alpha[np.searchsorted(places.sizes, baskets.sizes)]
    owner, item = np.nonzero(
        rng.random((baskets.n_baskets, baskets.n_items))
        < probabilities(alpha[:, None], places.beta)
    )
    return _baskets(owner, item, baskets.items, baskets.n_baskets)


def scattered(baskets: Baskets, rng: np.random.Generator) -> Baskets:
    """Each item into baskets of its own choice, as many as it had."""
    n = baskets.n_baskets
    owner = [rng.permutation(n)[:count] for count in baskets.item_counts]
    item = np.repeat(np.arange(baskets.n_items), baskets.item_counts)
    return _baskets(np.concatenate(owner), item, baskets.items, n)


def of_equal_size(baskets: Baskets, size: int, rng: np.random.Generator) -> Baskets:
    """As many baskets of `size` items as the item counts fill; none may need more than all."""
    copies = np.repeat(np.arange(baskets.n_items), baskets.item_counts)
    n = len(copies) // size
    copies = np.sort(rng.permutation(copies)[: n * size])
    # Items in order, dealt basket by basket, never come twice into one of them.
    owner = np.tile(np.arange(n), size)
    return _baskets(owner, copies, baskets.items, n)


def _baskets(owner: np.ndarray, item: np.ndarray, items: np.ndarray, n: int) -> Baskets:
    """`n` baskets from their cells; the codes of `items` stay."""
    order = np.lexsort((item, owner))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n))))
    return Baskets(indptr, item[order].astype(np.int32), items)


# ------------------------------------------------------------------- testing


def mined(baskets: Baskets, min_count: int, max_len: int) -> Rules:
    """All candidate rules of the frequent itemsets."""
    rules = candidates_of(
        frequent_itemsets(baskets, min_count=min_count, max_len=max_len, max_itemsets=10**7),
        max_consequent=1,
    )
    distinct, antecedent = np.unique(rules.antecedent, return_inverse=True)
    item = members_of(rules.sets, rules.consequent).items
    antecedents = members_of(rules.sets, distinct)
    return Rules(
        antecedents, antecedent, item, rules.a, rules.r1, rules.c1, rules.sets.sizes[rules.both]
    )


def tested(baskets: Baskets, rules: Rules, min_count: int) -> dict[str, np.ndarray]:
    """Logarithms of the p-values of each test."""
    sides = rules.antecedents, rules.antecedent, rules.item
    found = against_sizes(baskets, *sides, rules.a, least=min_count)
    n = baskets.n_baskets
    fisher = log_fisher(rules.a, rules.r1, rules.c1, n)
    fisher_at_filter = log_fisher(np.full(len(rules.a), min_count), rules.r1, rules.c1, n)
    with np.errstate(divide="ignore"):
        poisson = np.log(pdtrc(rules.a - 1, found.expected))
    return {
        "fisher": fisher,
        "fisher | filter": fisher - fisher_at_filter,
        "poisson": poisson,
        "sizes": found.log_p,
        "sizes | filter": found.log_p_selected,
    }


def significant(
    p: dict[str, np.ndarray], rules: Rules, n_items: int, correction: str, max_len: int
) -> dict[str, np.ndarray]:
    """Which rules each test calls significant."""
    equal = equal_family(len(rules.a))
    everything = np.ones(n_items, bool)
    layers = layered_family(
        rules.length, max_length=max_len, left=everything, right=everything, max_consequent=1
    )
    families = {name: (log_p, equal) for name, log_p in p.items()}
    families |= {f"{name} layered": (p[name], layers) for name in ("fisher", "sizes")}
    adjusted = {
        name: log_adjusted(log_p, family.log_tests, correction, log_total=family.log_total)
        for name, (log_p, family) in families.items()
    }
    halves = np.minimum(adjusted["sizes | filter"], adjusted["sizes layered"]) + np.log(2.0)
    adjusted["sizes, shipped"] = halves
    return {name: log_p <= np.log(ALPHA) for name, log_p in adjusted.items()}


def halved(baskets: Baskets, min_count: int, max_len: int, rng: np.random.Generator) -> dict:
    """Rules mined in one half of the baskets and tested in the other."""
    inside = rng.permutation(baskets.n_baskets) % 2 == 0
    one, other = baskets.take(inside), baskets.take(~inside)
    rules = mined(one, min_count // 2, max_len)
    whole = _with_items(rules)
    counts = [
        counts_of(other.indptr, other.indices, sets)[back]
        for sets, back in ((whole, np.arange(len(rules.a))), (rules.antecedents, rules.antecedent))
    ]
    column = np.bincount(other.indices, minlength=baskets.n_items)[rules.item]
    fisher = log_fisher(*counts, column, other.n_baskets)
    sizes = against_sizes(other, rules.antecedents, rules.antecedent, rules.item, counts[0]).log_p
    family = equal_family(len(rules.a))
    return {
        f"{name} holdout": {
            correction: log_adjusted(p, family.log_tests, correction, log_total=family.log_total)
            <= np.log(ALPHA)
            for correction in ("bonferroni", "bh")
        }
        for name, p in (("fisher", fisher), ("sizes", sizes))
    }


def _with_items(rules: Rules) -> ItemSets:
    """The sets of both sides."""
    sizes = rules.antecedents.sizes[rules.antecedent]
    indptr = np.concatenate(([0], np.cumsum(sizes + 1)))
    items = np.empty(indptr[-1], np.int64)
    last = np.zeros(len(items), bool)
    last[indptr[1:] - 1] = True
    items[last] = rules.item
    starts = rules.antecedents.indptr[rules.antecedent]
    offset = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    items[~last] = rules.antecedents.items[np.repeat(starts, sizes) + offset]
    return ItemSets(indptr, items)


# -------------------------------------------------------------------- tables


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z, share = 1.959964, hits / n
    middle, half = share + z * z / (2 * n), z * np.sqrt(share * (1 - share) / n + (z / 2 / n) ** 2)
    return max((middle - half) / (1 + z * z / n), 0.0), (middle + half) / (1 + z * z / n)


def error_rates(title: str, shuffles: list[Baskets], min_count: int, max_len: int) -> None:
    """Print how often each test finds a rule where all are false."""
    any_, bh, numbers, candidates = {}, {}, {}, []
    for i, baskets in enumerate(shuffles):
        rules = mined(baskets, min_count, max_len)
        candidates.append(len(rules.a))
        p = tested(baskets, rules, min_count)
        results = {
            correction: significant(p, rules, baskets.n_items, correction, max_len)
            for correction in ("bonferroni", "bh")
        }
        for name, by in halved(baskets, min_count, max_len, np.random.default_rng(i)).items():
            for correction, found in by.items():
                results[correction][name] = found
        for name, found in results["bonferroni"].items():
            any_[name] = any_.get(name, 0) + bool(found.any())
            numbers[name] = numbers.get(name, 0) + int(found.sum())
            bh[name] = bh.get(name, 0) + bool(results["bh"][name].any())
    n = len(shuffles)
    print(
        f"\n{title}: {n} sets of baskets, {np.mean(candidates):,.0f} candidates on average "
        f"(count {min_count}, at most {max_len} items)"
    )
    print(f"{'test':18}{'any':>8}{'95 % interval':>18}{'rules a shuffle':>17}{'BH':>8}")
    for name, hits in any_.items():
        low, high = wilson(hits, n)
        print(f"{name:18}{hits / n:8.3f}{f'{low:.3f} to {high:.3f}':>18}", end="")
        print(f"{numbers[name] / n:17,.2f}{bh[name] / n:8.3f}", flush=True)


def levels(real: Baskets, shuffles: list[Baskets], min_count: int, max_len: int) -> None:
    """Print how often fixed rules reach small p-values in shuffles."""
    fixed = mined(real, min_count, max_len)
    whole = _with_items(fixed)
    cuts = -np.log(10.0) * np.arange(1, 7)
    hits, total, ratio = {}, 0, []
    for baskets in shuffles:
        a = counts_of(baskets.indptr, baskets.indices, whole)
        r1 = counts_of(baskets.indptr, baskets.indices, fixed.antecedents)[fixed.antecedent]
        found = against_sizes(baskets, fixed.antecedents, fixed.antecedent, fixed.item, a)
        with np.errstate(divide="ignore"):
            tails = {
                "fisher": log_fisher(a, r1, fixed.c1, baskets.n_baskets),
                "poisson": np.log(pdtrc(a - 1, found.expected)),
                "sizes": found.log_p,
            }
        for name, log_p in tails.items():
            hits[name] = hits.get(name, 0) + (log_p[:, None] <= cuts).sum(axis=0)
        total += len(a)
        ratio.append(a.sum() / found.expected.sum())
    print(f"\nlevels: {len(fixed.a):,} fixed rules in {len(shuffles)} shuffles of groceries")
    print(f"count / expected count {np.mean(ratio):.4f}")
    print(f"{'share of p up to':18}" + "".join(f"{f'1e-{k}':>10}" for k in range(1, 7)))
    for name, n in hits.items():
        print(f"{name:18}" + "".join(f"{share:10.2g}" for share in n / total), flush=True)


def mixing(baskets: Baskets, seed: int, n: int = 200) -> None:
    """Print whether shuffles of one chain are independent, and the chains alike."""
    start = _dense(baskets)
    places = fit_places(baskets.sizes, baskets.item_counts)
    chance = probabilities(
        places.alpha[np.searchsorted(places.sizes, baskets.sizes)][:, None], places.beta
    )
    mean = chance.T @ chance
    trace = np.empty((CHAINS, n, 3))
    for chain in range(CHAINS):
        rng = np.random.default_rng([seed, 9, chain])
        state = rounds(baskets, BURN_IN, rng)
        for i in range(n):
            state = rounds(state, 1, rng)
            dense = _dense(state)
            pairs = np.triu(dense.T @ dense, 1)
            deviation = (pairs - mean) / np.sqrt(mean)
            trace[chain, i] = (
                (dense * start).sum() / start.sum(),
                (pairs**2).sum(),
                np.triu(deviation, 1).max(),
            )
    names = ("cells as they were", "squared pair counts", "largest deviation")
    print(f"\nmixing: {CHAINS} chains of {n} rounds, after {BURN_IN} rounds")
    print(f"{'':22}{'first half':>14}{'second half':>14}{'lag 1':>8}{f'lag {APART}':>8}{'R':>8}")
    for k, name in enumerate(names):
        x = trace[:, :, k]
        lags = [
            np.mean([np.corrcoef(one[:-lag], one[lag:])[0, 1] for one in x]) for lag in (1, APART)
        ]
        within, between = x.var(axis=1, ddof=1).mean(), x.mean(axis=1).var(ddof=1)
        r = np.sqrt((n - 1) / n + between / within)
        first, second = x[:, : n // 2].mean(), x[:, n // 2 :].mean()
        print(
            f"{name:22}{first:14.5g}{second:14.5g}{lags[0]:8.2f}{lags[1]:8.2f}{r:8.3f}", flush=True
        )


def _dense(baskets: Baskets) -> np.ndarray:
    """Baskets by items, items in the order of their names."""
    dense = np.zeros((baskets.n_baskets, baskets.n_items), np.float32)
    dense[np.repeat(np.arange(baskets.n_baskets), baskets.sizes), baskets.indices] = 1
    return dense


# --------------------------------------------------------------------- power


def power(shuffles: list[Baskets], min_count: int, max_len: int, seed: int) -> None:
    """Print the share of planted pairs and triples found, by how much they exceed chance."""
    found, false, planted = {}, {}, {}
    for i, baskets in enumerate(shuffles):
        rng = np.random.default_rng([seed, 5, i])
        dense, groups = _dense(baskets) > 0, []
        free = list(rng.permutation(baskets.n_items))
        for lift in (1.5, 2.0, 3.0):
            for size in (2, 3):
                for _ in range(4):
                    group = _pick(free, size, dense, rng)
                    if group is not None:
                        _plant(dense, group, lift, rng)
                        groups.append((tuple(group), size, lift))
        owner, item = np.nonzero(dense)
        changed = _baskets(owner, item, baskets.items, baskets.n_baskets)
        rules = mined(changed, min_count, max_len)
        p = tested(changed, rules, min_count)
        inside = [_group_rules(rules, np.array(group)) for group, _, _ in groups]
        true = np.any([one for one, _ in inside], axis=0)
        for name, sure in significant(p, rules, changed.n_items, "bonferroni", max_len).items():
            false[name] = false.get(name, 0) + int((sure & ~true).sum())
            for (_, size, lift), (_, whole) in zip(groups, inside, strict=True):
                key = name, size, lift
                found[key] = found.get(key, 0) + bool(sure[whole].any())
        for _, size, lift in groups:
            planted[size, lift] = planted.get((size, lift), 0) + 1
    print(
        f"\npower: {len(shuffles)} shuffles with planted groups "
        f"(count {min_count}, at most {max_len} items); share found of"
    )
    words = {2: "pairs", 3: "triples"}
    heads = [f"{n} {words[size]} x{lift:g}" for (size, lift), n in planted.items()]
    print(f"{'test':18}" + "".join(f"{one:>18}" for one in [*heads, "false a shuffle"]))
    for name, n_false in false.items():
        text = [_share(found[name, *key], n) for key, n in planted.items()]
        print(f"{name:18}" + "".join(f"{one:>18}" for one in text), end="")
        print(f"{n_false / len(shuffles):18,.2f}", flush=True)


def _share(hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    return f"{hits / n:.2f} ({low:.2f}-{high:.2f})"


def _pick(free, size, dense, rng):
    """Items whose group is expected to lie together in 10 to 60 baskets (triples: 5 to 30)."""
    for _ in range(4000):
        group = rng.choice(free, size, replace=False)
        together = dense[:, group].all(axis=1).sum()
        low, high = (10, 60) if size == 2 else (5, 30)
        if low <= together <= high:
            for item in group:
                free.remove(item)
            return group
    return None


def _plant(dense, group, lift, rng):
    """Lift the count of a group, basket by basket, without changing a margin."""
    *left, y = group
    side = dense[:, left].all(axis=1)
    together = int((side & dense[:, y]).sum())
    wanted = round((lift - 1.0) * together)
    takers = rng.permutation(np.flatnonzero(side & ~dense[:, y]))
    givers = rng.permutation(np.flatnonzero(~side & dense[:, y]))
    givers = list(givers)
    for taker in takers[: 10 * wanted]:
        if wanted == 0:
            return
        for k, giver in enumerate(givers):
            spare = dense[taker] & ~dense[giver]
            spare[left] = False
            if spare.any():
                z = rng.choice(np.flatnonzero(spare))
                dense[taker, [y, z]] = True, False
                dense[giver, [y, z]] = False, True
                del givers[k]
                wanted -= 1
                break


def _group_rules(rules: Rules, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rules whose right side shares the group with the left; and those of the whole group."""
    inside = np.isin(rules.antecedents.items, group)
    held = np.add.reduceat(inside, rules.antecedents.indptr[:-1])[rules.antecedent]
    right = np.isin(rules.item, group)
    whole = right & (held == len(group) - 1) & (rules.length == len(group))
    return right & (held > 0), whole


# ---------------------------------------------------------------------- main


def main() -> None:
    """Print a table per part."""
    parts = ("mixing", "groceries", "retail", "model", "independent", "equal", "levels", "power")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--parts", nargs="*", choices=parts, default=list(parts))
    parser.add_argument("--shuffles", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    n, seed = options.shuffles, options.seed
    groceries = _read(options.data / FILES["groceries"])
    for part in options.parts:
        start = time.perf_counter()
        if part == "mixing":
            mixing(groceries, seed)
        elif part == "groceries":
            error_rates("groceries", chains(groceries, n, [seed, 0]), 10, 4)
            error_rates("groceries", chains(groceries, n // 2, [seed, 1]), 5, 3)
        elif part == "retail":
            retail = _read(options.data / FILES["retail"])
            some = np.random.default_rng([seed, 2]).permutation(retail.n_baskets)[:20_000]
            few = retail.take(np.sort(some))
            error_rates("retail", chains(few, n // 4, [seed, 2]), 20, 4)
        elif part == "model":
            rng = np.random.default_rng([seed, 3])
            error_rates("model", [drawn(groceries, rng) for _ in range(n // 2)], 10, 4)
        elif part == "independent":
            rng = np.random.default_rng([seed, 10])
            error_rates("independent", [scattered(groceries, rng) for _ in range(n // 2)], 10, 4)
        elif part == "equal":
            equal = of_equal_size(groceries, 4, np.random.default_rng([seed, 4]))
            error_rates("equal", chains(equal, n // 2, [seed, 4]), 10, 4)
        elif part == "levels":
            levels(groceries, chains(groceries, n // 4, [seed, 6]), 10, 4)
        else:
            for min_count, max_len in ((10, 4), (5, 3)):
                power(chains(groceries, n // 20, [seed, 7]), min_count, max_len, seed)
        print(f"{part}: {time.perf_counter() - start:.0f} s", flush=True)


def _read(path: Path) -> Baskets:
    with path.open(encoding="utf-8") as lines:
        return Baskets.from_lists([[int(item) for item in line.split()] for line in lines])


if __name__ == "__main__":
    main()
