"""purchasing_power_table: by hand, against statsmodels, planted truth, engines, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlytics.errors import ColumnNotFoundError, DataContractError, NotEnoughDataError
from crmlytics.scoring import plot_purchasing_power, purchasing_power_table


def buyers(n=3000, seed=0):
    """Hotels spend 3 times a bakery's, each employee tenfold adds half; region tells nothing."""
    rng = np.random.default_rng(seed)
    trade = rng.choice(["bakery", "hotel", "school"], n, p=[0.5, 0.3, 0.2])
    staff = np.round(10 ** rng.uniform(0, 2, n))
    mean = 100 * np.select([trade == "hotel", trade == "school"], [3.0, 0.5], 1.0)
    mean = mean * 1.5 ** np.log10(staff)
    spend = mean * rng.gamma(0.8, 1 / 0.8, n) * (rng.random(n) > 0.15) / 0.85
    return pd.DataFrame(
        {
            "trade": trade,
            "industry": np.where(trade == "school", "public", "private"),
            "staff": staff,
            "region": rng.choice(["N", "E", "S", None], n),
            "digit": rng.integers(0, 10, n),
            "spend": spend,
        }
    )


KNOWN = ["trade", "staff", "region", "digit"]


def table_of(frame, names=KNOWN, **options):
    return purchasing_power_table(frame, amount_col="spend", characteristics=names, **options)


def cell(table, characteristic, level):
    rows = table[(table["characteristic"] == characteristic) & (table["level"] == level)]
    return rows.iloc[0]


def test_two_groups_by_hand():
    frame = pd.DataFrame({"kind": ["a"] * 5 + ["b"] * 4, "spend": [0, 2, 4, 6, 8, 12, 8, 12, 8.0]})
    table = table_of(frame, ["kind"], least_rows=1)
    row = cell(table, "kind", "b")
    assert row["mean"] == 10.0
    assert row["effect"] == pytest.approx(10 / 4)
    # HC3 of a mean: residuals over (1 - 1/n); of the logarithm of the ratio, the sum of both.
    variance = 40 * (5 / 4) ** 2 / 20**2 + 16 * (4 / 3) ** 2 / 40**2
    assert np.log(row["high"] / row["effect"]) == pytest.approx(1.959964 * np.sqrt(variance))
    assert cell(table, "kind", "a")[["effect", "low", "high"]].tolist() == [1.0, 1.0, 1.0]
    deviance = 2 * sum(y * np.log(y) for y in frame["spend"] if y > 0)
    null = deviance - 2 * frame["spend"].sum() * np.log(frame["spend"].mean())
    left = deviance - 2 * (20 * np.log(4) + 40 * np.log(10))
    assert row["share_alone"] == pytest.approx(1 - left / null)


def test_against_statsmodels(golden):
    import statsmodels.formula.api as smf
    from statsmodels.genmod.families import Poisson

    frame = buyers(800).assign(region=lambda one: one["region"].fillna("missing"))
    theirs = smf.glm(
        "spend ~ C(trade, Treatment('bakery')) + C(region, Treatment('N'))",
        frame,
        family=Poisson(),
    ).fit()
    table = table_of(frame, ["trade", "region"], bases={"region": "N", "trade": "bakery"})
    golden(
        "Poisson pseudo-likelihood: spend of hotels over that of bakeries",
        ours=float(np.log(cell(table, "trade", "hotel")["effect"])),
        published=float(theirs.params["C(trade, Treatment('bakery'))[T.hotel]"]),
        tolerance=1e-8,
        source="statsmodels, GLM with the Poisson family",
    )
    paid = frame[frame["spend"] > 0].assign(log=lambda one: np.log(one["spend"]))
    ols = smf.ols("log ~ C(trade, Treatment('bakery')) + C(region, Treatment('N'))", paid)
    solved = ols.fit(cov_type="HC3")
    table = table_of(paid, ["trade", "region"], method="log",
                     bases={"region": "N", "trade": "bakery"})  # fmt: skip
    row, name = cell(table, "trade", "school"), "C(trade, Treatment('bakery'))[T.school]"
    golden(
        "least squares of log spend: coefficient, HC3 standard error",
        ours=[
            float(np.log(row["effect"])),
            float(np.log(row["high"] / row["low"]) / 2 / 1.959963984540054),
        ],
        published=[float(solved.params[name]), float(solved.bse[name])],
        tolerance=1e-9,
        source="statsmodels, OLS with cov_type='HC3'",
    )
    only = table_of(paid, ["trade"], method="log")
    alone = smf.ols("log ~ C(trade)", paid).fit()
    assert only["share_alone"].iloc[0] == pytest.approx(alone.rsquared)


def test_what_was_planted_comes_back():
    table = table_of(buyers(6000), [*KNOWN, "industry"], categorical=["digit"])
    hotel = cell(table, "trade", "hotel")
    assert hotel["low"] < 3.0 < hotel["high"]
    verdicts = table.drop_duplicates("characteristic").set_index("characteristic")
    assert verdicts["verdict"].to_dict() == {
        "trade": "keep", "staff": "keep", "region": "ignore", "digit": "ignore",
        "industry": "redundant",
    }  # fmt: skip
    assert verdicts.loc["industry", "twin"] == "trade"
    assert verdicts.loc["industry", "share_added"] == pytest.approx(0.0, abs=1e-9)
    assert table["characteristic"].iloc[0] == "trade"
    assert cell(table, "region", "(missing)")["n"] > 1000
    staff = table[table["characteristic"] == "staff"]
    assert staff["level"].iloc[0].startswith("up to ")
    assert staff["effect"].is_monotonic_increasing


def test_noise_is_ignored_and_intervals_cover():
    covered, kept = [], 0
    for seed in range(30):
        table = table_of(buyers(400, seed), ["trade", "region"])
        row = cell(table, "trade", "hotel")
        covered.append(row["low"] < 3.0 < row["high"])
        kept += cell(table, "region", "N")["verdict"] == "keep"
    assert np.mean(covered) > 0.83  # 95 % less 3 standard errors of 30 draws
    assert kept <= 5  # 5 % of 30 plus 3 standard errors


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_merging_customers_alike_changes_nothing(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    frame = pd.DataFrame(
        {"a": rng.choice(list("xyz"), 60), "b": rng.choice(list("uv"), 60),
         "spend": np.round(rng.gamma(1.0, 50.0, 60), 2)}
    )  # fmt: skip
    apart = frame.assign(unlike=[f"u{i}" for i in range(60)])
    expected = table_of(frame, ["a", "b"], least_rows=1)
    # All names of the third are rare, so it is one level: the cells split, the answer stays.
    found = table_of(apart, ["a", "b", "unlike"], least_rows=2)
    found = found[found["characteristic"] != "unlike"].reset_index(drop=True)
    columns = ["effect", "low", "high", "share_alone", "share_added"]
    assert np.allclose(found[columns], expected[columns], rtol=1e-6, equal_nan=True)


def test_levels_that_others_determine_and_levels_without_spend():
    frame = buyers(600).assign(copy=lambda one: one["trade"].str.upper())
    frame.loc[frame["trade"] == "school", "spend"] = 0.0
    table = table_of(frame, ["trade", "copy", "region"])
    assert cell(table, "trade", "school")["effect"] == 0.0
    assert np.isnan(cell(table, "trade", "school")["high"])
    assert np.isnan(cell(table, "copy", "HOTEL")["effect"])
    flat = table_of(frame.assign(land="PL"), ["land", "trade"])
    assert cell(flat, "land", "PL")["verdict"] == "ignore"


def test_dates_are_told_as_dates():
    since = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(400) % 200, "D")
    table = table_of(buyers(400).assign(since=since), ["since"], n_groups=2)
    assert table["level"].tolist() == ["up to 2024-04-09", "above 2024-04-09"]


def test_every_engine(engine):
    frame = buyers(300)
    expected = table_of(frame)
    found = engine.columns(table_of(engine.make(frame)))
    assert found["level"] == expected["level"].tolist()
    assert found["effect"] == pytest.approx(expected["effect"].tolist(), abs=1e-9)
    shuffled = table_of(frame.sample(frac=1.0, random_state=3))
    pd.testing.assert_frame_equal(shuffled, expected)


def test_the_picture():
    table = table_of(buyers(500), ["trade", "region"])
    ax = plot_purchasing_power(table)
    assert next(tick.get_text() for tick in ax.get_yticklabels()) == "trade: bakery"
    with pytest.raises(ValueError, match="has a verdict of redundant"):
        plot_purchasing_power(table, verdicts=("redundant",))


def test_bad_input_is_refused():
    frame = buyers(200)
    with pytest.raises(ColumnNotFoundError):
        table_of(frame, ["trades"])
    with pytest.raises(DataContractError, match="are negative; clip"):
        table_of(frame.assign(spend=-1.0))
    with pytest.raises(DataContractError, match="have no logarithm"):
        table_of(frame, method="log")
    with pytest.raises(DataContractError, match="missing or infinite"):
        table_of(frame.assign(spend=np.nan))
    with pytest.raises(NotEnoughDataError, match="there is no customer"):
        table_of(frame.iloc[:0])
    with pytest.raises(NotEnoughDataError, match="too few for"):
        table_of(frame.iloc[:3], least_rows=1)
    with pytest.raises(NotEnoughDataError, match="with 0 who spend"):
        table_of(frame.assign(spend=0.0))
    with pytest.raises(ValueError, match="is no level of 'trade'"):
        table_of(frame, bases={"trade": "bank"})
    with pytest.raises(ValueError, match="categorical may only name"):
        table_of(frame, categorical=["land"])
    with pytest.raises(ValueError, match="at least one column"):
        table_of(frame, [])
    with pytest.raises(TypeError, match="a list of columns"):
        table_of(frame, "trade")
