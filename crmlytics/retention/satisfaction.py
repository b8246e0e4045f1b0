"""What customers answer: net promoter score, satisfied customers, mean effort, with intervals."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from crmlytics._core import checks
from crmlytics._core.intervals import student, wilson
from crmlytics.retention._answers import read_answers, read_scale
from crmlytics.retention._net_promoter_intervals import INTERVALS, NpsInterval, net_interval

#: Answers from 0 to 10: a promoter gives at least 9, a detractor at most 6.
NPS_SCALE, PROMOTER, DETRACTOR = (0, 10), 9, 6


class NetPromoterScore(NamedTuple):
    """What `nps` found.

    Attributes
    ----------
    nps : float
        Promoters less detractors in percentage points, from -100 to 100.
    low, high : float
        Its interval.
    n, promoters, passives, detractors : int
        Answers: all, 9 and 10, 7 and 8, 0 to 6.
    """

    nps: float
    low: float
    high: float
    n: int
    promoters: int
    passives: int
    detractors: int


class SatisfactionScore(NamedTuple):
    """What `csat` found.

    Attributes
    ----------
    csat : float
        Share of the satisfied, a fraction.
    low, high : float
        Its interval.
    n, satisfied : int
        Answers: all, and those in the top boxes.
    """

    csat: float
    low: float
    high: float
    n: int
    satisfied: int


class EffortScore(NamedTuple):
    """What `ces` found.

    Attributes
    ----------
    ces : float
        Mean answer, in steps of the scale.
    low, high : float
        Its interval; NaN of one answer.
    n : int
        Answers.
    standard_deviation : float
        Of the answers; NaN of one.
    """

    ces: float
    low: float
    high: float
    n: int
    standard_deviation: float


def nps(
    scores: Any, *, interval: NpsInterval = "adjusted_wald", level: float = 0.95
) -> NetPromoterScore:
    r"""Net promoter score with an interval that covers.

    Parameters
    ----------
    scores : array-like of shape (n_answers,)
        Whole answers from 0 to 10: an array, a list or a column of any eager frame.
    interval : {"adjusted_wald", "score", "wald"}
        How the interval is made; ``"wald"``, the usual one, is too short in small samples.
    level : float
        Confidence of the interval, a fraction.

    Returns
    -------
    NetPromoterScore
        ``nps``, ``low`` and ``high`` in percentage points; ``n``, ``promoters`` (9 and 10),
        ``passives`` (7 and 8) and ``detractors`` (0 to 6).

    Raises
    ------
    DataContractError
        If answers are missing or no whole numbers from 0 to 10.
    NotEnoughDataError
        If there is no answer.

    Notes
    -----
    With shares p and d the score is 100 (p - d) and its variance 100² (p + d - (p - d)²) / n. The
    adjusted Wald interval is Wald's after 3/4 promoter, 3/2 passives and 3/4 detractor are added;
    it may therefore not be centred on the score. The score interval holds the differences that a
    score test does not refuse. Every interval is cut at -100 and 100.

    References
    ----------
    Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American Statistician
    70(4), 365-372.

    Tango, T. (1998). Equivalence test and confidence interval for the difference in proportions
    for the paired-sample design. Statistics in Medicine 17, 891-908: promoters and detractors are
    his discordant pairs.

    Examples
    --------
    >>> from crmlytics.retention import nps
    >>> found = nps([10] * 60 + [8] * 25 + [3] * 15)
    >>> found.nps, round(found.low, 2), round(found.high, 2)
    (45.0, 29.34, 58.04)
    """
    checks.word("interval", interval, INTERVALS)
    level = checks.fraction("level", level)
    answers = read_answers(scores, scale=NPS_SCALE)
    n = len(answers)
    up, down = int((answers >= PROMOTER).sum()), int((answers <= DETRACTOR).sum())
    low, high = net_interval(up, n - up - down, down, level=level, interval=interval)
    return NetPromoterScore(
        nps=100.0 * (up - down) / n,
        low=100.0 * float(low),
        high=100.0 * float(high),
        n=n,
        promoters=up,
        passives=n - up - down,
        detractors=down,
    )


def csat(
    scores: Any, *, scale: tuple[int, int] = (1, 5), top: int = 2, level: float = 0.95
) -> SatisfactionScore:
    """Share of customers who chose one of the top boxes.

    Parameters
    ----------
    scores : array-like of shape (n_answers,)
        Whole answers, higher being better: an array, a list or a column of any eager frame.
    scale : tuple of int
        Lowest and highest answer of the questionnaire.
    top : int
        How many of the highest answers count as satisfied.
    level : float
        Confidence of the interval, a fraction.

    Returns
    -------
    SatisfactionScore
        ``csat``, the share as a fraction, ``low`` and ``high`` (Wilson), ``n``, ``satisfied``.

    Raises
    ------
    DataContractError
        If answers are missing or not on the scale.
    NotEnoughDataError
        If there is no answer.
    ValueError
        If `top` is not less than the number of steps of the scale.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22(158), 209-212.

    Examples
    --------
    >>> from crmlytics.retention import csat
    >>> found = csat([5, 4, 4, 3, 1])
    >>> found.csat, round(found.low, 3), round(found.high, 3)
    (0.6, 0.231, 0.882)
    """
    low_end, high_end = read_scale(scale)
    level = checks.fraction("level", level)
    if checks.whole_number("top", top, at_least=1) > high_end - low_end:
        raise ValueError(
            f"top must leave an answer that is not satisfied, got {top!r} of "
            f"{high_end - low_end + 1} steps"
        )
    answers = read_answers(scores, scale=(low_end, high_end))
    n, satisfied = len(answers), int((answers > high_end - top).sum())
    low, high = wilson(satisfied, n, level)
    return SatisfactionScore(satisfied / n, float(low), float(high), n, satisfied)


def ces(scores: Any, *, scale: tuple[int, int] = (1, 7), level: float = 0.95) -> EffortScore:
    """Mean answer to the question how easy it was.

    Parameters
    ----------
    scores : array-like of shape (n_answers,)
        Whole answers: an array, a list or a column of any eager frame. Questionnaires differ in
        which end means little effort; the mean has the direction of yours.
    scale : tuple of int
        Lowest and highest answer of the questionnaire.
    level : float
        Confidence of the interval, a fraction.

    Returns
    -------
    EffortScore
        ``ces``, the mean; ``low`` and ``high``, Student's interval cut at the ends of the scale
        (NaN of one answer); ``n``; ``standard_deviation``.

    Raises
    ------
    DataContractError
        If answers are missing or not on the scale.
    NotEnoughDataError
        If there is no answer.

    Notes
    -----
    Equal answers have no spread, and the interval then has no width: it says nothing about how
    sure the mean is.

    References
    ----------
    Dixon, M., Freeman, K. and Toman, N. (2010). Stop trying to delight your customers. Harvard
    Business Review 88(7/8), 116-122.

    Examples
    --------
    >>> from crmlytics.retention import ces
    >>> found = ces([7, 6, 6, 5, 2])
    >>> found.ces, round(found.low, 2), round(found.high, 2)
    (5.2, 2.81, 7.0)
    """
    ends = read_scale(scale)
    level = checks.fraction("level", level)
    answers = read_answers(scores, scale=ends).astype(np.float64)
    n, mean = len(answers), float(answers.mean())
    spread = float(answers.std(ddof=1)) if n > 1 else float("nan")
    low, high = student(mean, spread, n, level)
    return EffortScore(
        mean, float(np.maximum(low, ends[0])), float(np.minimum(high, ends[1])), n, spread
    )
