"""RFMScorer: three rules for ties, published scores, degenerate customers."""

from __future__ import annotations

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from crmlytics.customers import rfm_table
from crmlytics.errors import DataContractError, DataQualityWarning, NotEnoughDataError
from crmlytics.segmentation import RFMScorer, SegmentMap
from tests.support.engines import columns
from tests.support.purchases import make_log


def table(recency, frequency, monetary):
    ids = [f"c{i:04d}" for i in range(len(recency))]
    return pd.DataFrame(
        {
            "customer_id": ids,
            "recency_days": recency,
            "frequency": frequency,
            "monetary": np.asarray(monetary, float),
        }
    )


def quiet(scorer, frame):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        return scorer.fit_transform(frame)


@pytest.fixture
def by_hand():
    return table([1, 2, 3, 4, 5], [50, 40, 30, 20, 10], [5, 4, 3, 2, 1])


@pytest.mark.parametrize("ties", ["same", "rank"])
def test_five_customers_get_five_scores(engine, by_hand, ties):
    found = engine.columns(RFMScorer(ties=ties).fit_transform(engine.make(by_hand)))
    assert found["r"] == found["f"] == found["m"] == [5, 4, 3, 2, 1]
    assert found["rfm"] == ["555", "444", "333", "222", "111"]
    assert list(found)[:4] == list(by_hand.columns)


def test_the_cuts_of_mtcars_in_r(golden):
    # R rfm's vignette cuts mtcars$mpg into 5: 16.20, 18.92, 22.00, 25.08 (already + 1).
    mpg = [21, 21, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4,
           10.4, 14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26, 30.4, 15.8, 19.7,
           15, 21.4]  # fmt: skip
    scorer = RFMScorer(ties="r").fit(table(range(32), range(32), mpg))
    golden(
        "RFMScorer(ties='r'): cuts of mtcars$mpg into 5, already + 1",
        ours=scorer.thresholds_["monetary"].tolist(),
        published=[16.20, 18.92, 22.00, 25.08],
        tolerance=0.005001,  # printed to 2 decimals
        source="R package rfm 0.3.0, tests",
    )


def test_equal_customers_get_equal_scores_but_by_rank():
    equal = table([7] * 10, [2] * 10, [30.0] * 10)
    with pytest.warns(DataQualityWarning, match="fills only 1 of 5 scores"):
        same = RFMScorer().fit_transform(equal)
    assert same["rfm"].nunique() == 1
    ranked = RFMScorer(ties="rank").fit_transform(equal)
    assert ranked["f"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@pytest.mark.parametrize("share", [0.5, 0.6, 0.75, 0.9, 1.0])
def test_many_who_bought_once_do_not_break_it(share):
    # pymc-marketing stops with an error from three quarters on (reference page, finding 2).
    n = 1_000
    once = int(share * n)
    frequency = [1] * once + list(range(2, n - once + 2))
    scored = quiet(RFMScorer(n_bins=4), table(range(n), frequency, range(n)))
    assert scored.loc[scored["frequency"] == 1, "f"].nunique() == 1
    assert scored["f"].is_monotonic_increasing


def test_next_month_is_graded_on_the_same_scale(by_hand):
    scorer = RFMScorer().fit(by_hand)
    later = scorer.transform(table([0, 99], [60, 1], [5.5, 0.5]))
    assert later["rfm"].tolist() == ["555", "111"]


def test_ranks_refuse_other_customers(by_hand):
    scorer = RFMScorer(ties="rank").fit(by_hand)
    with pytest.raises(DataContractError, match="only the 5 customers"):
        scorer.transform(by_hand.iloc[:4])


def test_cut_points_of_your_own(by_hand):
    cuts = {"recency": [1, 2, 3, 4], "frequency": [1, 2, 3, 4], "monetary": [1, 2, 3, 4]}
    scored = quiet(RFMScorer(cut_points=cuts), by_hand)
    assert scored["f"].tolist() == [5] * 5
    assert scored["m"].tolist() == [5, 4, 3, 2, 1]
    with pytest.raises(ValueError, match="must be 4 ascending numbers"):
        RFMScorer(cut_points={"recency": [3, 2, 1, 0]}).fit(by_hand)
    with pytest.raises(ValueError, match="may name recency"):
        RFMScorer(cut_points={"money": [1, 2, 3, 4]}).fit(by_hand)


def test_ten_bins_need_a_separator():
    scored = RFMScorer(n_bins=10).fit_transform(table(range(10), range(10), range(10)))
    assert scored["rfm"].tolist()[0] == "10-1-1"


def test_money_that_differs_by_rounding_is_equal():
    # 0.1 + 0.2 and 0.3 are one amount, in whatever order an engine adds.
    money = [0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2, 1.0]
    scored = quiet(RFMScorer(n_bins=2), table(range(5), range(5), money))
    assert scored["m"].tolist()[:4] == [1, 1, 1, 1]


def test_amounts_too_small_for_nine_digits_are_nothing():
    scored = quiet(RFMScorer(n_bins=2), table([1, 2, 3], [1, 2, 3], [1e-310, 5e-301, 3.0]))
    assert scored["m"].tolist() == [1, 1, 2]


def test_wrong_parameters_and_tables_are_refused(by_hand):
    with pytest.raises(ValueError, match="n_bins must be a whole number"):
        RFMScorer(n_bins=1).fit(by_hand)
    with pytest.raises(ValueError, match="ties must be one of"):
        RFMScorer(ties="min").fit(by_hand)
    with pytest.raises(DataContractError, match="1 of 5 values of 'monetary' are missing"):
        RFMScorer().fit(by_hand.assign(monetary=[1, 2, None, 4, 5]))
    nobody = by_hand.assign(customer_id=["a", None, "c", "d", "e"])
    for ties in ("same", "rank"):
        with pytest.raises(DataContractError, match="1 of 5 values of 'customer_id' are missing"):
            RFMScorer(ties=ties).fit(nobody)
    with pytest.raises(NotEnoughDataError, match="at least 1 customer"):
        RFMScorer().fit(by_hand.iloc[:0])
    with pytest.raises(NotFittedError):
        RFMScorer().transform(by_hand)


def test_it_behaves_as_an_estimator(by_hand):
    scorer = RFMScorer(n_bins=3, ties="rank")
    copy = clone(scorer)
    assert copy.get_params() == scorer.get_params()
    assert repr(scorer) == "RFMScorer(n_bins=3, ties='rank')"
    assert scorer.fit(by_hand) is scorer
    assert scorer.n_customers_ == 5


@settings(max_examples=50, deadline=None)
@given(
    money=st.lists(st.integers(0, 500), min_size=2, max_size=80),
    n_bins=st.integers(2, 7),
)
def test_a_rising_transform_of_money_changes_no_score(money, n_bins):
    before = table(range(len(money)), range(len(money)), money)
    after = before.assign(monetary=np.exp(before["monetary"] / 100.0) - 3.0)
    scorer = RFMScorer(n_bins=n_bins)
    assert quiet(scorer, before)["m"].tolist() == quiet(scorer, after)["m"].tolist()


@settings(max_examples=50, deadline=None)
@given(money=st.lists(st.integers(0, 30), min_size=2, max_size=60), seed=st.integers(0, 99))
def test_order_of_rows_does_not_matter(money, seed):
    frame = table(range(len(money)), range(len(money)), money)
    mixed = frame.sample(frac=1, random_state=seed)
    for ties in ("same", "r", "rank"):
        a, b = quiet(RFMScorer(ties=ties), frame), quiet(RFMScorer(ties=ties), mixed)
        pd.testing.assert_frame_equal(a, b.sort_values("customer_id", ignore_index=True))


@pytest.mark.parametrize("repeat", range(20))
def test_customers_on_an_edge_stay_on_it_on_every_engine(engine, repeat):
    # Cents that add up differently in another order; thresholds fall on the customers' own sums.
    rng = np.random.default_rng(repeat)
    n = 400
    log = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 25, n),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, n), "D"),
            "amount": rng.choice([0.1, 0.2, 0.3, 19.99], n),
        }
    )
    as_of = dt.date(2024, 3, 31)
    found = quiet(RFMScorer(), rfm_table(engine.make(log), as_of=as_of, count_by="rows"))
    mixed = log.sample(frac=1, random_state=repeat)
    expected = quiet(RFMScorer(), rfm_table(mixed, as_of=as_of, count_by="rows"))
    assert engine.columns(found)["rfm"] == columns(expected)["rfm"]


def nested_by_hand(frame, n_bins):
    """The definition, group by group in pandas."""

    def score(x):
        cuts = [x.quantile(k / n_bins) for k in range(1, n_bins)]
        return sum((x > cut + 1e-9 * abs(cut)).astype(int) for cut in cuts) + 1

    r = n_bins + 1 - score(frame["recency_days"])
    f = frame.groupby(r)["frequency"].transform(score)
    m = frame.groupby([r, f])["monetary"].transform(score)
    return (r * 100 + f * 10 + m).astype(str).tolist()


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 40), st.integers(1, 6), st.integers(0, 99)),
        min_size=1,
        max_size=60,
    ),
    n_bins=st.integers(2, 5),
)
def test_nested_scores_are_cut_inside_the_cells_before(rows, n_bins):
    frame = table(*zip(*rows, strict=True))
    found = quiet(RFMScorer(n_bins=n_bins, method="nested"), frame)
    assert found["rfm"].tolist() == nested_by_hand(frame, n_bins)
    ranked = quiet(RFMScorer(n_bins=n_bins, method="nested", ties="rank"), frame)
    sizes = ranked.groupby("r")["f"].value_counts()
    assert all(max(one) - min(one) <= 1 for one in ranked.groupby("r")["f"].apply(
        lambda f: np.bincount(f, minlength=n_bins + 1)[1:]))  # fmt: skip
    assert sizes.sum() == len(frame)


def test_nested_cuts_stay_for_next_month():
    frame = table([1, 1, 9, 9, 1, 9], [1, 2, 5, 9, 4, 10], [1, 2, 3, 4, 5, 6])
    scorer = RFMScorer(n_bins=2, method="nested").fit(frame)
    assert scorer.thresholds_["frequency"].tolist() == [[9.0], [2.0]]
    assert scorer.thresholds_["monetary"].tolist() == [[[3.5], [6.0]], [[1.5], [5.0]]]
    later = scorer.transform(table([9, 1], [8, 8], [4.5, 1]))
    assert later["rfm"].tolist() == ["112", "221"]


def test_nested_cuts_of_empty_cells_are_those_around_them():
    frame = table([1, 1, 9, 9], [1, 2, 5, 9], [1, 2, 3, 4])
    given = RFMScorer(n_bins=2, method="nested", cut_points={"recency": [100]})
    with pytest.warns(DataQualityWarning, match="recency fills only 1 of 2"):
        given.fit(frame)
    assert given.thresholds_["frequency"].tolist() == [[3.5], [3.5]]
    assert given.thresholds_["monetary"].tolist() == [[[2.5], [2.5]], [[1.5], [3.5]]]


@pytest.mark.parametrize("share", [0.76, 0.9, 1.0])
@pytest.mark.parametrize("ties", ["same", "rank", "r"])
def test_nested_scores_survive_one_purchase_customers(share, ties):
    once = int(share * 200)
    frame = table(range(200), [1] * once + list(range(2, 202 - once)), [5.0] * 200)
    scored = quiet(RFMScorer(method="nested", ties=ties), frame)
    assert scored[["r", "f", "m"]].isin(range(1, 6)).all().all()
    one = quiet(RFMScorer(method="nested", ties=ties), frame.iloc[:1])
    assert len(one) == 1


def test_one_customer_is_explained(by_hand):
    scorer = RFMScorer().fit(by_hand)
    found = scorer.explain(by_hand, "c0001", segments=SegmentMap.named())
    assert found.features["score"].tolist() == [4, 4, 4]
    assert found.features["above"].tolist() == pytest.approx([1.8, 34.0, 3.4])
    assert found.features["up_to"].tolist() == pytest.approx([2.6, 42.0, 4.2])
    assert (found.rfm, found.segment) == ("444", "Loyal")
    best = scorer.explain(by_hand, "c0000").features
    assert best["above"].tolist()[0] == -np.inf
    assert best["up_to"].tolist()[1:] == [np.inf, np.inf]
    ranked = RFMScorer(ties="rank").fit(by_hand).explain(by_hand, "c0001")
    assert ranked.features["above"].isna().all()
    with pytest.raises(DataContractError, match="is in 0 of 5 rows"):
        scorer.explain(by_hand, "c9999")


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 6), st.integers(0, 99)), min_size=2, max_size=30
    ),
    method=st.sampled_from(["independent", "nested"]),
)
def test_every_value_lies_where_its_explanation_says(rows, method):
    frame = table(*zip(*rows, strict=True))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        scorer = RFMScorer(n_bins=3, method=method).fit(frame)
    for customer in frame["customer_id"]:
        why = scorer.explain(frame, customer).features
        assert (why["above"] < why["value"]).all()
        assert (why["value"] <= why["up_to"]).all()


def test_those_who_have_not_bought_stay_unscored(engine, by_hand):
    nobody = table([None], [0], [None])
    everybody = pd.concat([nobody.assign(customer_id="p"), by_hand], ignore_index=True).astype(
        {"recency_days": float, "frequency": "int64", "monetary": float}
    )
    scorer = RFMScorer(without_orders="unscored")
    found = engine.columns(scorer.fit_transform(engine.make(everybody)))
    assert found["r"] == [None, 5, 4, 3, 2, 1]
    assert found["rfm"] == [None, "555", "444", "333", "222", "111"]
    assert scorer.n_customers_ == 5
    with pytest.raises(DataContractError, match="has not bought"):
        scorer.explain(everybody, "p")
    with pytest.raises(DataContractError, match="1 of 6 values of 'recency_days' are missing"):
        RFMScorer().fit(everybody)


def test_no_column_is_overwritten(by_hand):
    with pytest.raises(DataContractError, match="already has the column 'm'"):
        RFMScorer().fit_transform(by_hand.assign(m="mine"))
    with pytest.raises(DataContractError, match="already has the column 'rfm'"):
        RFMScorer().fit(by_hand).transform(by_hand.assign(rfm="mine"))
    with pytest.raises(ValueError, match="method must be one of"):
        RFMScorer(method="inside").fit(by_hand)


def test_the_segments_of_pymc_marketings_fixture(golden):
    customers = pd.DataFrame(
        {
            "customer_id": [1, 2, 3, 4, 5, 6],
            "recency_days": [1, 37, 33, 2, 20, 5],
            "frequency": [2, 1, 3, 3, 3, 1],
            "monetary": [1.5, 2.0, 3.0, 6.0, 4.0, 5.0],
        }
    )
    scored = quiet(RFMScorer(n_bins=4), customers)
    golden(
        "six customers: segments of the map pymc5",
        ours=SegmentMap.named("pymc5").assign(scored)["segment"].tolist(),
        published=["Other", "Inactive", "At Risk", "Premium", "Repeat", "Top Spender"],
        source="pymc-marketing 0.19.2, test suite",
    )


@pytest.fixture(scope="module")
def r_orders(data_dir):
    return pd.read_csv(data_dir / "rfm_orders" / "rfm_data_orders.csv", parse_dates=["order_date"])


@pytest.mark.data
def test_the_published_table_of_r_rfm(engine, r_orders, data_dir, golden):
    # R rfm 0.3.0's rule on its orders data; thresholds and counts as in its vignette and tests.
    expected = pd.read_csv(data_dir / "rfm_orders" / "rfm_orders_expected.csv")
    expected = expected.sort_values("customer_id", ignore_index=True)
    rfm = rfm_table(
        engine.make(r_orders), as_of=dt.date(2006, 12, 31), count_by="rows",
        date_col="order_date", amount_col="revenue",
    )  # fmt: skip
    scorer = RFMScorer(ties="r")
    scored = scorer.fit_transform(rfm)
    found = engine.columns(SegmentMap.named("rfm10").assign(scored))
    for ours, theirs in [
        ("customer_id", "customer_id"), ("recency_days", "recency_days"),
        ("frequency", "transaction_count"), ("monetary", "amount"), ("r", "R"), ("f", "F"),
        ("m", "M"), ("segment", "segment"),
    ]:  # fmt: skip
        assert found[ours] == expected[theirs].tolist(), ours
    assert found["rfm"] == expected["rfm"].astype(str).tolist()
    cuts = {
        "recency": [115.0, 181.0, 297.4, 482.0],
        "frequency": [4.0, 5.0, 6.0, 8.0],
        "monetary": [255.8, 382.0, 506.4, 666.0],
    }
    counts = {
        "r": [197, 200, 199, 199, 200],
        "f": [268, 187, 176, 244, 120],
        "m": [200, 200, 198, 202, 195],
    }
    for feature, published in cuts.items():
        golden(
            f"orders data: {feature} cuts ({engine.name})",
            ours=scorer.thresholds_[feature].tolist(),
            published=published,
            tolerance=1e-9,
            source="R package rfm 0.3.0, vignette",
        )
    for name, published in counts.items():
        golden(
            f"orders data: customers with {name} = 1 to 5 ({engine.name})",
            ours=[found[name].count(score) for score in range(1, 6)],
            published=published,
            source="R package rfm 0.3.0, vignette",
        )


@pytest.mark.data
def test_the_mean_revenues_of_r_rfms_heat_map_add_up(r_orders, golden):
    rfm = rfm_table(r_orders, as_of=dt.date(2006, 12, 31), count_by="rows",
                    date_col="order_date", amount_col="revenue")  # fmt: skip
    scored = RFMScorer(ties="r").fit_transform(rfm)
    cells = scored.groupby(["r", "f"])["monetary"].mean()
    golden(
        "orders data: sum of the 25 mean revenues of the heat map",
        ours=float(cells.sum()),
        published=12_633.71,
        tolerance=0.005,  # printed to 2 decimals
        source="R package rfm 0.3.0, tests",
    )


@pytest.fixture(scope="module")
def online_retail(data_dir):
    rows = pd.read_parquet(data_dir / "online_retail" / "online_retail_2010_2011.parquet")
    rows = rows[rows["CustomerID"].notna() & (rows["Quantity"] > 0) & (rows["UnitPrice"] > 0)]
    return rows.assign(
        customer_id=rows["CustomerID"].astype("int64"), amount=rows["Quantity"] * rows["UnitPrice"]
    )[["customer_id", "InvoiceNo", "InvoiceDate", "amount"]]


@pytest.mark.data
@pytest.mark.parametrize(
    ("ties", "money_counts", "n_555"),
    [("same", [868, 867, 868, 867, 868], 324), ("r", [869, 869, 866, 866, 868], 324),
     ("rank", [867, 868, 867, 868, 868], 348)],
)  # fmt: skip
def test_online_retail_scores(engine, online_retail, ties, money_counts, n_555, golden):
    rfm = rfm_table(
        engine.make(online_retail), as_of=dt.date(2011, 12, 10), date_col="InvoiceDate",
        order_col="InvoiceNo",
    )  # fmt: skip
    scorer = RFMScorer(ties=ties)
    found = engine.columns(scorer.fit_transform(rfm))
    source = "UCI Online Retail (352), worked out with numpy alone"
    where = f"Online Retail, ties='{ties}'"
    counts = {name: [found[name].count(score) for score in range(1, 6)] for name in "rfm"}
    published = [
        ("customers", len(found["r"]), 4_338, 0.0),
        ("invoices", sum(found["frequency"]), 18_532, 0.0),
        ("revenue", sum(found["monetary"]), 8_911_407.90, 0.00501),
        ("customers with m = 1 to 5", counts["m"], money_counts, 0.0),
        ("customers scored 555", found["rfm"].count("555"), n_555, 0.0),
    ]
    if ties == "same":
        cuts = {name: values.tolist() for name, values in scorer.thresholds_.items()}
        money = [250.194, 490.096, 942.276, 2_058.426]
        published += [
            ("customers with r = 1 to 5", counts["r"], [861, 866, 863, 880, 868], 0.0),
            ("customers with f = 1 to 5", counts["f"], [1_493, 835, 508, 802, 700], 0.0),
            ("cuts of recency", cuts["recency"], [13.8, 33, 72, 180], 1e-9),
            ("cuts of money", cuts["monetary"], money, 0.000501),  # printed to 3 decimals
        ]
    for what, ours, theirs, tolerance in published:
        golden(
            f"{where}: {what} ({engine.name})",
            ours=ours,
            published=theirs,
            tolerance=tolerance,
            source=source,
        )


def test_every_engine_scores_a_log_alike(engine):
    log = make_log(400, customers=50, seed=3)
    as_of = dt.date(2023, 10, 31)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)
        scorer = RFMScorer(n_bins=3)
        found = engine.columns(scorer.fit_transform(rfm_table(engine.make(log), as_of=as_of)))
        expected = columns(scorer.fit_transform(rfm_table(log, as_of=as_of)))
    assert found["rfm"] == expected["rfm"]
