"""Owners, products and stages: planted differences come back, others do not."""

from __future__ import annotations

import numpy as np
import pytest

from crmlytics.datasets import make_pipeline
from crmlytics.forecast import _deal_factors as factors
from crmlytics.forecast._deal_hazards import fit_hazards
from crmlytics.forecast._deal_rows import known_on, read_deals
from crmlytics.forecast._lexis import exposure_of, lexis_of
from crmlytics.forecast._stage_log import read_stage_log
from tests.forecast.pipelines import COLUMNS, day
from tests.forecast.test_stage_log import LOG

AS_OF, SINCE = day(2024, 12, 31), day(2023, 1, 1)


@pytest.fixture(scope="module")
def world():
    pipeline = make_pipeline(deals_per_week=80.0, random_state=6)
    columns = COLUMNS | {"owner_col": "owner", "product_col": "product"}
    deals = known_on(read_deals(pipeline.deals, columns), AS_OF)
    exposure = exposure_of(deals, as_of=AS_OF, observed_from=SINCE)
    lexis = lexis_of(deals, exposure)
    hazards = fit_hazards(lexis, calendar=False)
    return pipeline, deals, exposure, lexis, factors.expected_closings(lexis, hazards), hazards


def test_expected_closings_of_a_deal_are_the_sum_of_its_hazards(world):
    _, deals, exposure, _, closings, hazards = world
    due = closings.between(deals.created, exposure.start, exposure.end)
    for row in (0, 100, len(deals.ids) - 1):
        ages = np.arange(exposure.start[row], exposure.end[row] + 1)
        assert due[0, row] == pytest.approx(hazards.at(ages)[0].sum())


def test_a_deal_never_seen_has_none(world):
    closings = world[4]
    assert closings.between(np.array([SINCE]), np.array([5]), np.array([4])).tolist() == [[0], [0]]


def test_planted_owners_come_back_and_products_do_not_differ(world):
    pipeline, deals, exposure, _, closings, _ = world
    due = closings.between(deals.created, exposure.start, exposure.end)
    seen = factors.seen_closings(deals, exposure)
    found = factors.segment_factors(deals, seen, due, ("owner_col", "product_col"))
    won = found["owner_col"][0]
    truth = pipeline.truth.owners["win_factor"].to_numpy()
    # The pool is a mixture of owners, so only the proportions count.
    np.testing.assert_allclose(won / won.mean(), truth / truth.mean(), rtol=0.1)
    assert np.abs(found["product_col"] - 1).max() < 0.1
    each = factors.deal_factors(deals, found)
    assert each.shape == (2, len(deals.ids))
    assert each[0, 0] == pytest.approx(
        won[deals.keys["owner_col"][0]] * found["product_col"][0, deals.keys["product_col"][0]]
    )


def test_the_last_stage_is_hot_and_the_effect_fades(world):
    pipeline, deals, _, _, closings, _ = world
    log = read_stage_log(pipeline.stage_log, LOG, deals, tz=None)
    ratios = factors.stage_factors(
        deals, log, closings, np.ones((2, len(deals.ids))), window=(SINCE, AS_OF)
    )
    assert ratios.shape == (2, 9, 6)
    names = log.stages.tolist()
    middle = factors.stage_cells(np.array([names.index("Negotiation")]), np.array([60]))[0]
    late = ratios[0, middle]
    assert late[0] > 1.5
    assert late[0] > late[3]
    first = factors.stage_cells(np.array([names.index("Qualified")]), np.array([60]))[0]
    assert ratios[0, first, 0] < 0.5


def test_leads_and_ages_by_hand():
    assert factors.lead_of(np.array([1, 7, 8, 91, 92])).tolist() == [0, 0, 1, 4, 5]
    cells = factors.stage_cells(np.array([0, 0, 1, 1]), np.array([27, 28, 90, 91]))
    assert cells.tolist() == [0, 1, 4, 5]
