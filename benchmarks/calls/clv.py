"""Fits of lifetime value models by rivals that have environments of their own."""

from __future__ import annotations


def _frame(arrays):
    import pandas as pd

    return pd.DataFrame(arrays)


def _parameters(names):
    return lambda fitted: {name: float(fitted[name]) for name in names}


def _spans(table):
    """Sums that tell whether two summaries agree."""
    return {name: float(table[name].sum()) for name in ("frequency", "recency", "T")}


def clvkit_summary(arrays, *, as_of):
    """Summarise a log with clvkit: purchases by day, spans in weeks."""
    import clvkit as rival

    log = _frame(arrays)

    def work():
        base = rival.CustomerBase.from_transactions(
            log, time_unit="W", collapse="D", observation_period_end=f"{as_of} 23:59:59"
        )
        return base.to_pandas()

    return {"": (work, _spans)}


def pymc_summary(arrays, *, as_of):
    """Summarise a log with pymc-marketing."""
    from pymc_marketing.clv.utils import rfm_summary

    log = _frame(arrays)

    def work():
        return rfm_summary(
            log, "customer_id", "date", "amount", observation_period_end=as_of,
            time_unit="D", time_scaler=7,
        )  # fmt: skip

    return {"": (work, _spans)}


def clvkit(arrays, *, model):
    """clvkit: maximum likelihood on its own summary object."""
    import clvkit as rival
    import pandas as pd

    base = rival.CustomerBase(
        _frame(arrays), time_unit="W", observation_period_end=pd.Timestamp("2024-12-31"),
        has_monetary=True, on_negative="net",
    )  # fmt: skip
    kind, names = {
        "beta_geo": (rival.BGNBD, ("r", "alpha", "a", "b")),
        "gamma_gamma": (rival.GammaGamma, ("p", "q", "gamma")),
    }[model]
    return {"": (lambda: kind().fit(base).params_, _parameters(names))}


def pymc_map(arrays, *, model):
    """pymc-marketing: the mode of the posterior under flat priors, which is the likelihood's."""
    from pymc_extras.prior import Prior
    from pymc_marketing import clv

    kind, names = {
        "beta_geo": (clv.BetaGeoModel, ("r", "alpha", "a", "b")),
        "pareto_nbd": (clv.ParetoNBDModel, ("r", "alpha", "s", "beta")),
        "gamma_gamma": (clv.GammaGammaModel, ("p", "q", "v")),
    }[model]
    data = _frame(arrays)
    if model == "gamma_gamma":
        data = data[data["frequency"] > 0].reset_index(drop=True)
    data.insert(0, "customer_id", range(len(data)))

    def fit():
        flat = {name: Prior("HalfFlat") for name in names}
        fitted = kind(model_config=flat)
        fitted.fit(data=data, method="map", progressbar=False)
        return fitted.idata.posterior.mean()

    # What it calls v is gamma here and in the paper.
    return {"": (fit, lambda mode: {n.replace("v", "gamma"): float(mode[n]) for n in names})}
