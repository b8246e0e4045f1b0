"""The slow, obvious recommender, by loops over sets."""

from __future__ import annotations

import math

from crmlytics.basket import association_rules, frequent_itemsets


def recommended(bought, asked, *, n, method="rules", **mining):
    """(item, score, method) of each list in `asked`, the best first."""
    held = [
        frozenset(bought.items[bought.indices[a:b]])
        for a, b in zip(bought.indptr[:-1], bought.indptr[1:], strict=True)
    ]
    count = {item: sum(item in one for one in held) for item in bought.items}
    sold = [item for item in bought.items if count[item]]
    chain = ["rules", "item_cosine", "popularity"]
    chain = chain[chain.index(method) :]
    rules = _rules(bought, **mining) if method == "rules" else []
    result = []
    for basket in asked:
        owned, rows = frozenset(basket), []
        for level in chain:
            left = [item for item in sold if item not in owned and item not in dict(rows)]
            scores = {}
            for item in left:
                if level == "popularity":
                    scores[item] = (count[item] / len(held),)
                elif level == "item_cosine":
                    total = sum(_cosine(held, count, one, item) for one in owned if one in sold)
                    if total > 0:
                        scores[item] = (round(total, 12),)
                else:
                    fired = [rule for rule in rules if rule[1] == item and rule[0] <= owned]
                    if fired:
                        scores[item] = max((conf, both) for _, _, conf, both in fired)
            order = sorted(scores, key=lambda i: (*(-x for x in scores[i]), *_tie(level, count, i)))
            rows += [(item, (scores[item][0], level)) for item in order[: n - len(rows)]]
        result.append([(item, *why) for item, why in rows])
    return result


def _tie(level, count, item):
    """Rules tie by name, everything else by popularity first."""
    return (item,) if level == "rules" else (-count[item], item)


def _cosine(held, count, one, other):
    both = sum(one in basket and other in basket for basket in held)
    return both / math.sqrt(count[one] * count[other])


def _rules(bought, *, min_count, max_len):
    table = association_rules(frequent_itemsets(bought, min_count=min_count, max_len=max_len))
    return [
        (frozenset(row.antecedent), row.consequent, row.count_ / row.antecedent_count, row.count_)
        for row in table.rename(columns={"count": "count_"}).itertuples()
    ]
