"""Which customers suit a channel that they do not use yet, such as the web shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlytics._core import checks, frames
from crmlytics.errors import DataContractError, NotEnoughDataError
from crmlytics.scoring import PropensityClassifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

_COLUMNS = ("uses_channel", "propensity", "lift", "rank", "reasons")


def channel_propensity(
    customers: IntoFrameT,
    *,
    channel: str,
    features: Sequence[str],
    channel_col: str = "channel",
    customer_col: str = "customer_id",
    classifier: Any = None,
    reasons: int = 2,
    random_state: int | np.random.Generator | None = None,
) -> IntoFrameT:
    r"""Rank the customers who do not use a channel by their likeness to those who do.

    Parameters
    ----------
    customers : frame
        One row per customer, of any engine.
    channel : str
        The channel, as it stands in `channel_col`, such as ``"web shop"``.
    features : sequence of str
        What is known of customers whichever channel they use: who they are and what they buy.
        Nothing that only a user of the channel has, such as visits of the web shop.
    channel_col : str
        Column with each customer's channel; a missing one is another channel.
    customer_col : str
        Column that tells customers apart.
    classifier : PropensityClassifier, optional
        The engine. None: one that chooses its model.
    reasons : int
        How many reasons to join in the column ``reasons``.
    random_state : int, numpy.random.Generator or None
        Seed of the folds.

    Returns
    -------
    frame
        The kind that came in, one row per customer: first those who do not use the channel, the
        most promising first, then those who do; of equal ones by id.

        - the customer; ``uses_channel``;
        - ``propensity``: the probability that a customer of these features uses the channel, by
          a model that has not seen the customer; ``lift``: it over the share of users;
        - ``rank`` among those who do not use it, from 1 (null for the others);
        - ``reasons``, what speaks for and against in log-odds.

        Propensity, lift, rank and reasons are null where no model beats the share of users.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If a customer occurs twice, or a feature tells the channel so well that it must come from
        using it.
    NotEnoughDataError
        If fewer than 10 customers use the channel, or fewer than 10 do not.

    Warns
    -----
    DataQualityWarning
        If no model beats the share of users for everybody.

    Notes
    -----
    Users of the channel are positives, all others are unlabelled: some of them would use it, had
    they been asked. If those are spread like the users, the ranking stands, and the probability is
    too low by one factor for all (Elkan and Noto 2008). Whether an offer moves them is for a test
    to find out.

    References
    ----------
    Elkan, C. and Noto, K. (2008). Learning Classifiers from Only Positive and Unlabeled Data.
    Proceedings of the 14th ACM SIGKDD Conference, 213-220.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from crmlytics.leads import channel_propensity
    >>> rng = np.random.default_rng(0)
    >>> age = rng.integers(20, 80, 400)
    >>> customers = pd.DataFrame({
    ...     "customer_id": [f"c{i:03d}" for i in range(400)],
    ...     "age": age,
    ...     "channel": np.where(rng.random(400) < (90 - age) / 90, "web", "shop"),
    ... })
    >>> table = channel_propensity(customers, channel="web", features=["age"], random_state=0)
    >>> bool(table["propensity"].iloc[0] > table["propensity"].iloc[150])
    True
    """
    count = checks.whole_number("reasons", reasons, at_least=0)
    rows = _rows(customers, customer_col, channel_col, features)
    # Alike whatever the order of the rows: folds are dealt by place.
    rows = rows.sort_values(customer_col, kind="stable").reset_index(drop=True)
    uses = (rows[channel_col].astype(object) == channel).to_numpy(bool)
    if min(int(uses.sum()), int((~uses).sum())) < 10:
        raise NotEnoughDataError(
            f"{int(uses.sum()):,} of {len(uses):,} customers use the channel; at least 10 who do "
            f"and 10 who do not are needed: is it spelt as in {channel_col!r}?"
        )
    model = _engine(classifier, random_state).fit(rows[list(features)], uses.astype(np.int64))
    _refuse_leaks(model)
    found = {customer_col: rows[customer_col].to_numpy(), "uses_channel": uses}
    found |= _ranking(model, rows[list(features)], uses, count)
    order = np.lexsort((np.arange(len(uses)), -np.nan_to_num(found["propensity"]), uses))
    return frames.from_arrays({name: values[order] for name, values in found.items()},
                              like=customers)  # fmt: skip


def _engine(classifier: Any, random_state: Any) -> Any:
    if classifier is None:
        return PropensityClassifier(random_state=random_state)
    from sklearn.base import clone

    return clone(classifier)


def _rows(
    customers: Any, customer_col: str, channel_col: str, features: Sequence[str]
) -> pd.DataFrame:
    if isinstance(features, str) or not features:
        raise ValueError(f"features must be a list of at least one column, got {features!r}")
    roles = {"customer_col": customer_col, "channel_col": channel_col} | {
        f"features[{i}]": name for i, name in enumerate(features)
    }
    checks.columns(frames.column_names(customers), roles)
    checks.distinct_columns(roles)
    checks.free_names([customer_col], _COLUMNS)
    rows = frames.to_pandas(frames.lazy(customers, list(roles.values())))
    if missing := int(rows[customer_col].isna().sum()):
        raise DataContractError(
            f"{missing:,} of {len(rows):,} values of {customer_col!r} are missing; "
            f"see them with {frames.how_to_find(customers, customer_col, 'missing')}"
        )
    if twice := int(rows[customer_col].duplicated().sum()):
        raise DataContractError(
            f"{twice:,} of {len(rows):,} rows repeat a value of {customer_col!r}; one row per "
            "customer is needed"
        )
    return rows


def _refuse_leaks(model: Any) -> None:
    preparation = model.preparation_
    report = preparation.leak_report_
    vouched = {*preparation.trusted, *preparation.known_after}
    doubtful = report.loc[report["ground"] == "statistics", "column"].unique()
    if alarms := [str(name) for name in doubtful if name not in vouched]:
        raise DataContractError(
            f"{len(alarms)} features tell the channel so well that they must come from using it, "
            f"such as {alarms[0]!r}; leave them out"
        )


def _ranking(
    model: Any, X: pd.DataFrame, uses: NDArray[np.bool_], count: int
) -> dict[str, NDArray[Any]]:
    n = len(uses)
    if not model.beats_constant_:
        blank = np.full(n, np.nan)
        none = np.full(n, None, dtype=object)
        rank = np.ma.MaskedArray(np.zeros(n, np.int64), mask=np.ones(n, bool))
        return {"propensity": blank, "lift": blank, "rank": rank, "reasons": none}
    propensity: NDArray[np.float64] = np.asarray(model.predict_proba(X))[:, 1].copy()
    tested = model.out_of_fold_
    propensity[tested["row"].to_numpy()] = tested["probability"].to_numpy()
    order = np.flatnonzero(~uses)
    order = order[np.argsort(-propensity[order], kind="stable")]
    place = np.zeros(n, np.int64)
    place[order] = np.arange(1, len(order) + 1)
    rank = np.ma.MaskedArray(place, mask=uses)
    return {
        "propensity": propensity,
        "lift": propensity / uses.mean(),
        "rank": rank,
        "reasons": _reasons(model, X, count),
    }


def _reasons(model: Any, X: pd.DataFrame, count: int) -> NDArray[Any]:
    joined: list[list[str]] = [[] for _ in range(len(X))]
    if count:
        found = model.reasons(X, count)
        for row, text in zip(found["row"], found["text"], strict=True):
            joined[int(row)].append(str(text))
    return np.array(["; ".join(one) or None for one in joined], dtype=object)
