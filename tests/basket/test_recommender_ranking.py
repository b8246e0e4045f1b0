"""Ranking: the best of each row, ties by order, in blocks that fit."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crmlytics.basket import _recommender_ranking as ranking

merits = st.integers(1, 6).flatmap(
    lambda n: st.lists(
        st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0]), min_size=n, max_size=n),
        min_size=1,
        max_size=5,
    )
)


def pairs(found):
    return list(zip(found.row.tolist(), found.item.tolist(), strict=True))


def test_by_hand():
    merit = np.array([[1.0, 3.0, 3.0, 0.0], [0.0, 0.0, 0.5, 0.0]])
    order = np.array([0, 2, 1, 3])
    assert pairs(ranking.best_of_table(merit, 2, order)) == [(0, 2), (0, 1), (1, 2)]


@given(merit=merits, n=st.integers(1, 7), data=st.data())
def test_equals_sorting(merit, n, data):
    table = np.array(merit)
    order = np.array(data.draw(st.permutations(range(table.shape[1]))))
    expected = [
        (i, j)
        for i, values in enumerate(merit)
        for j in sorted(range(len(values)), key=lambda j: (-values[j], order[j]))[:n]
        if values[j] > 0
    ]
    assert pairs(ranking.best_of_table(table, n, order)) == expected
    row, item = np.nonzero(table)
    found = ranking.Candidates(row, item, table[row, item])
    assert pairs(ranking.best(found, n, order)) == expected


def test_nothing_to_rank():
    for shape in ((0, 3), (3, 0)):
        found = ranking.best_of_table(np.empty(shape), 2, np.arange(shape[1]))
        assert len(found.row) == len(found.item) == 0


def test_popular_items_come_first_and_ties_keep_their_names():
    assert ranking.popularity_order(np.array([3, 9, 3, 0])).tolist() == [1, 0, 2, 3]


def test_blocks_cover_all_baskets_once(monkeypatch):
    monkeypatch.setattr(ranking, "_STEPS", 10)
    monkeypatch.setattr(ranking, "_FLAGS", 12)
    indptr = np.array([0, 2, 2, 3, 6, 7, 7])
    query = ranking.Query(indptr, np.array([0, 1, 2, 0, 1, 2, 3], np.int32), 4)
    parts = list(ranking.blocks(query, np.array([3, 4, 20, 0])))
    assert [start for start, _ in parts] == [0, 2, 3, 4]
    assert [part.n_rows for _, part in parts] == [2, 1, 1, 2]
    assert np.concatenate([part.indices for _, part in parts]).tolist() == query.indices.tolist()
    assert all(part.indptr[0] == 0 for _, part in parts)
