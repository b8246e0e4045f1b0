"""Our part of what each customer spends in the category."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlytics._core import checks, codes, frames
from crmlytics.errors import DataContractError
from crmlytics.retention._customer_rows import read_customers

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT

# A wallet may fall short of the spend by the rounding of sums, as a share of the spend.
_ROUNDING = 1e-9


def share_of_wallet(
    customers: IntoFrameT,
    *,
    wallet_col: str,
    customer_col: str = "customer_id",
    amount_col: str = "amount",
) -> IntoFrameT:
    """Share of each customer's spending in the category that is ours, and what else there is.

    Parameters
    ----------
    customers : frame
        One row per customer, from any engine; other columns are ignored.
    wallet_col : str
        Column of the customer's whole spending in the category, ours included, in the same money
        and over the same time: from a panel, a survey or a model. It cannot be told from our own
        sales.
    customer_col, amount_col : str
        Names of the columns: the customer (text or integer), our sales to the customer.

    Returns
    -------
    frame
        The kind that came in, one row per customer, in the order of the rows: the customer,
        ``spend``, ``wallet``, ``share_of_wallet`` (``spend / wallet``; null where both are 0) and
        ``headroom`` (``wallet - spend``).

    Raises
    ------
    ColumnNotFoundError
        If a named column is not there.
    DataContractError
        If values are missing, infinite, negative or of the wrong type, if a wallet is less than
        our sales, or if a customer has two rows.

    Notes
    -----
    The share of all customers together is ``spend.sum() / wallet.sum()``, not the mean of the
    shares. Wallets from a survey are what customers remember: the share inherits their error.

    References
    ----------
    Cooil, B., Keiningham, T. L., Aksoy, L. and Hsu, M. (2007). A longitudinal analysis of customer
    satisfaction and share of wallet. Journal of Marketing 71(1), 67-83.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlytics.retention import share_of_wallet
    >>> customers = pd.DataFrame({
    ...     "customer_id": ["ann", "bob"], "amount": [30.0, 45.0], "category_spend": [120.0, 60.0],
    ... })
    >>> share_of_wallet(customers, wallet_col="category_spend")
      customer_id  spend  wallet  share_of_wallet  headroom
    0         ann   30.0   120.0             0.25      90.0
    1         bob   45.0    60.0             0.75      15.0
    """
    results = ("spend", "wallet", "share_of_wallet", "headroom")
    checks.free_names([customer_col], results)
    ids, numbers = read_customers(
        customers,
        customer_col=customer_col,
        numbers={"amount_col": amount_col, "wallet_col": wallet_col},
    )
    spend, wallet = numbers[amount_col], numbers[wallet_col]
    if bad := int((spend < 0).sum()):
        raise DataContractError(
            f"{bad:,} of {len(spend):,} values of {amount_col!r} are negative; a share of a wallet "
            "needs sales of at least 0"
        )
    if bad := int((wallet < spend * (1 - _ROUNDING)).sum()):
        raise DataContractError(
            f"{bad:,} of {len(spend):,} values of {wallet_col!r} are less than our own sales in "
            f"{amount_col!r}; the wallet is all that a customer spends in the category, with us, "
            "too, over the same time"
        )
    share = codes.ratio(spend, wallet)
    columns = (spend, wallet, share.clip(max=1.0), (wallet - spend).clip(min=0.0))
    table = {customer_col: ids} | dict(zip(results, columns, strict=True))
    return frames.from_arrays(table, like=customers)
