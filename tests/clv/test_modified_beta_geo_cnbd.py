"""MBG/CNBD-k: numbers of CDNOW; for the rest see `test_beta_geo_cnbd.py`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlytics.clv import ModifiedBetaGeoModel
from crmlytics.clv.modified_beta_geo_cnbd import ModifiedBetaGeoCNBDModel
from tests.clv.test_beta_geo_cnbd import check_cdnow, customer, regular_cdnow  # noqa: F401


@pytest.mark.data
@pytest.mark.parametrize(
    ("k", "params", "log_likelihood", "alive", "expected", "digits"),
    [
        (2, [0.579896, 2.288150, 1.134452, 1.584972], -9853.2531, 0.6818888511, 1.316794917, 9),
        (3, [0.532968, 1.258194, 1.288665, 1.845212], -10394.3627, 0.68853, 1.36815, 5),
    ],
)
def test_cdnow(
    regular_cdnow,  # noqa: F811
    customer,  # noqa: F811
    golden, k, params, log_likelihood, alive, expected, digits,
):  # fmt: skip
    check_cdnow(ModifiedBetaGeoCNBDModel, "MBG", regular_cdnow, customer, golden, k, params,
                log_likelihood, alive, expected, digits)  # fmt: skip


@pytest.mark.data
def test_cdnow_is_not_regular(regular_cdnow, golden):  # noqa: F811
    model = ModifiedBetaGeoCNBDModel(unit="W").fit(regular_cdnow)
    golden("MBG/CNBD-k on CDNOW: k", ours=model.k_, published=1,
           source="R BTYDplus 1.2.0, own run")  # fmt: skip
    plain = ModifiedBetaGeoModel(unit="W").fit(regular_cdnow)
    assert model.log_likelihood_ == pytest.approx(plain.log_likelihood_, abs=1e-9)
    same = ModifiedBetaGeoModel.from_params(**model.params_, unit="W")
    for verb in (
        lambda one: one.expected_purchases(regular_cdnow, t=39),
        lambda one: one.probability_alive(regular_cdnow, t=10),
        lambda one: one.purchase_probabilities(regular_cdnow.head(50), t=9, n_max=4),
        lambda one: one.expected_residual_transactions(regular_cdnow.head(50), discount_rate=0.01),
    ):
        np.testing.assert_allclose(verb(model), verb(same), rtol=1e-9)


def test_by_hand():
    # k = 2, r = alpha = a = b = 1, x = 0, T = 3: half stay, with 7/16 no purchase; half are gone.
    model = ModifiedBetaGeoCNBDModel.from_params(k=2, r=1, alpha=1, a=1, b=1, unit="M")
    frame = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [3.0], "log_gap_sum": [0.0]})
    np.testing.assert_allclose(np.exp(model.log_likelihood(frame)), 7 / 32 + 1 / 2, rtol=1e-14)
    np.testing.assert_allclose(model.probability_alive(frame), 7 / 23, rtol=1e-14)
