"""What each customer will be worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy.special import expit
from sklearn.utils.validation import check_is_fitted

from crmlytics._core import checks, frames
from crmlytics.clv import _money_draws, _time_units
from crmlytics.clv._discounting import Discount, counted_at, discounted
from crmlytics.errors import DataContractError

if TYPE_CHECKING:
    import narwhals.stable.v2 as nw
    from narwhals.stable.v2.typing import IntoFrameT
    from numpy.typing import NDArray

    from crmlytics._core.periods import Unit
    from crmlytics.clv._transactions import TransactionModel
    from crmlytics.clv.gamma_gamma import GammaGammaModel

    Floats = NDArray[np.float64]
    Rows = dict[str, Floats]

_RESULTS = ("expected_purchases", "expected_spend", "probability_alive", "clv", "low", "high")


def clv_table(
    summary: IntoFrameT,
    purchases: TransactionModel,
    spend: GammaGammaModel,
    *,
    horizon: float | None,
    horizon_unit: Unit,
    annual_rate: float,
    compounding: Literal["discrete", "continuous"] = "discrete",
    margin: float = 1.0,
    level: float | None = None,
    customer_col: str = "customer_id",
    n_draws: int = 1000,
    random_state: int | np.random.Generator | None = None,
    progress: bool = False,
) -> IntoFrameT:
    r"""Value each customer: purchases to come, times spend, times margin, at today's value.

    Parameters
    ----------
    summary : frame
        One row per customer, as `crmlytics.customers.purchase_summary` makes it with
        ``amount_col``, from any engine: the customer and the columns that both models need.
    purchases : fitted model
        A model of repeat purchases, such as `ModifiedBetaGeoModel`.
    spend : GammaGammaModel
        Fitted model of the spend per purchase.
    horizon : float or None
        Length of the time ahead, in `horizon_unit`; None means for ever.
    horizon_unit : {"D", "W", "M", "Q", "Y"}
        Unit of `horizon`, converted to the unit of `purchases` by
        1 Y = 4 Q = 12 M = 365.25 D and 1 W = 7 D.
    annual_rate : float
        Effective interest per year, such as 0.1; 0 does not discount.
    compounding : {"discrete", "continuous"}
        ``"discrete"``: the money of each period of `horizon_unit` counts at the end of that
        period (a last one that the horizon cuts short, at the horizon). ``"continuous"``: money
        counts at the moment when it comes.
    margin : float
        Share of the spend that is earned; 1 values revenue.
    level : float, optional
        Add the interval in which the value of each customer will lie with this probability.
    customer_col : str
        Column with the customer.
    n_draws : int
        Futures simulated for the intervals, each with parameters of its own.
    random_state : None, int or numpy Generator
        Seed of the simulation.
    progress : bool
        Show a progress bar for the simulation.

    Returns
    -------
    frame
        The kind that came in, one row per row of `summary` and in its order: the customer;
        ``expected_purchases`` (within the horizon, not discounted; null if infinite);
        ``expected_spend`` (per purchase); ``probability_alive`` (at the end of the history);
        ``clv``; ``low`` and ``high`` (null without `level`). ``expected_spend`` and ``clv`` are
        null where the spend has no finite mean.

    Raises
    ------
    ColumnNotFoundError
        If a column is not there.
    DataContractError
        If customers are missing or listed twice, or a history is impossible.
    ValueError
        If the value is infinite: for ever and without interest.

    Warns
    -----
    DataQualityWarning
        If the expected spend of some customers is infinite.

    Notes
    -----
    With C(u) the expected purchases in (T, T + u] and :math:`\delta = \ln(1 + annual\_rate)` per
    year,

    .. math::

        \text{clv} = \text{margin} \cdot E(M | m, x) \cdot
        \sum_k \frac{C(kh) - C(kh - h)}{(1 + d)^k} \quad \text{or} \quad
        \text{margin} \cdot E(M | m, x) \cdot \int_0^H e^{-\delta u} \, dC(u),

    h being one `horizon_unit` and :math:`1 + d = e^{\delta h}`. Long sums are exact, too: their
    far terms are added up by Gregory's formula. Spend and purchases are taken as independent; see
    ``independence_check_`` of the model of spend.

    The interval is that of the money itself: parameters are drawn around their estimates, then
    whether the customer is alive, the purchases and their worth. Each of sixteen parts of the
    time ahead has one discount factor. Of customers who may be gone, ``low`` is 0.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). RFM and CLV: Using Iso-Value Curves for
    Customer Base Analysis. Journal of Marketing Research 42(4), 415-430.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.clv import GammaGammaModel, ModifiedBetaGeoModel, clv_table
    >>> purchases = ModifiedBetaGeoModel.from_params(
    ...     r=0.525, alpha=6.18, a=0.891, b=1.614, unit="W"
    ... )
    >>> spend = GammaGammaModel.from_params(p=6.25, q=3.74, gamma=15.44)
    >>> summary = pd.DataFrame({
    ...     "customer_id": ["ann", "bob"],
    ...     "frequency": [2, 0],
    ...     "recency": [30.43, 0.0],
    ...     "T": [38.86, 38.86],
    ...     "monetary_value": [50.0, None],
    ... })
    >>> table = clv_table(
    ...     summary, purchases, spend, horizon=12, horizon_unit="M", annual_rate=0.1, margin=0.3
    ... )
    >>> table[["customer_id", "expected_purchases", "expected_spend", "clv"]].round(2)
      customer_id  expected_purchases  expected_spend    clv
    0         ann                 1.6           47.34  21.69
    1         bob                 0.2           35.22   2.00
    """
    how = _read_options(purchases, spend, horizon, horizon_unit, annual_rate, compounding)
    share = checks.number("margin", margin, above=0)
    if level is not None:
        checks.fraction("level", level)
    checks.whole_number("n_draws", n_draws, at_least=1)
    held = _collected(summary, purchases, spend, customer_col)
    rows = purchases._read(held)  # noqa: SLF001 (one package)
    parameters = purchases._row_parameters(rows)  # noqa: SLF001
    each = spend.expected_spend(held)
    value = share * each * discounted(purchases, parameters, rows, how)
    if np.isinf(value).any():
        raise ValueError(
            "the value for ever is infinite without interest under these parameters; "
            "give a horizon or an annual_rate above 0"
        )
    low = high = np.full(len(value), np.nan)
    if level is not None and len(value):
        money = spend._read(held)  # noqa: SLF001
        rng = checks.random_generator(random_state)
        drawn = _money_draws.blocks(purchases, spend, rows, money, how, n_draws=n_draws, rng=rng)
        low, high = np.empty(len(value)), np.empty(len(value))
        for part, worth in _shown(drawn, len(value), progress=progress):
            low[part], high[part] = share * np.quantile(
                worth, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0
            )
    alive = expit(-purchases._log_odds_gone(parameters, rows))  # noqa: SLF001
    columns: dict[str, Any] = {
        customer_col: frames.arrays(held)[customer_col],
        "expected_purchases": _expected(purchases, parameters, rows, how.horizon),
        "expected_spend": each,
        "probability_alive": np.broadcast_to(alive, value.shape),
        "clv": value,
        "low": low,
        "high": high,
    }
    return frames.from_arrays(columns, like=summary)


def _read_options(
    purchases: TransactionModel,
    spend: GammaGammaModel,
    horizon: float | None,
    horizon_unit: str,
    annual_rate: float,
    compounding: str,
) -> Discount:
    for model in (purchases, spend):
        check_is_fitted(model, "params_")
    _time_units.word("horizon_unit", horizon_unit)
    checks.word("compounding", compounding, ("discrete", "continuous"))
    rate = math.log1p(checks.number("annual_rate", annual_rate, at_least=0))
    ahead = None
    if horizon is not None and horizon != math.inf:
        ahead = checks.number("horizon", horizon, above=0)
    unit = purchases.unit
    period = _time_units.converted(1.0, horizon_unit, to=unit)
    how = Discount(
        rate=rate / _time_units.PER_YEAR[unit],
        horizon=None if ahead is None else ahead * period,
        period=period if compounding == "discrete" else None,
    )
    return counted_at(purchases, how)


def _collected(
    summary: object, purchases: TransactionModel, spend: GammaGammaModel, customer_col: str
) -> nw.DataFrame[Any]:
    """Hold the columns in memory, read once, so that the rows of all of them are aligned."""
    models = purchases._columns() | spend._columns()  # noqa: SLF001 (one package)
    wanted = {"customer_col": customer_col} | models
    checks.columns(frames.column_names(summary), wanted)
    checks.free_names([customer_col], _RESULTS)
    held = frames.collect(frames.lazy(summary, list(dict.fromkeys(wanted.values()))))
    ids = held[customer_col]
    if missing := int(ids.null_count()):
        raise DataContractError(
            f"{missing:,} of {len(ids):,} values of {customer_col!r} are missing; see them with "
            f"{frames.how_to_find(summary, customer_col, 'missing')}"
        )
    if twice := len(ids) - ids.n_unique():
        raise DataContractError(
            f"{twice:,} of {len(ids):,} rows repeat a {customer_col!r}; a summary has one row "
            "per customer"
        )
    return held


def _expected(
    model: TransactionModel, parameters: tuple[Any, ...], rows: Rows, horizon: float | None
) -> Floats:
    if horizon is not None:
        return model._expected(parameters, rows, np.full(len(rows["T"]), horizon))  # noqa: SLF001
    forever = np.asarray(model._expected_ever(parameters, rows))  # noqa: SLF001
    return np.where(np.isfinite(forever), forever, np.nan)


def _shown(drawn: Any, n: int, *, progress: bool) -> Any:
    """Pass the blocks on, with a progress bar if one is wanted."""
    if not progress:
        yield from drawn
        return
    from tqdm import tqdm

    with tqdm(total=n, desc="simulated", unit=" customers") as bar:
        for part, worth in drawn:
            yield part, worth
            bar.update(part.stop - part.start)
