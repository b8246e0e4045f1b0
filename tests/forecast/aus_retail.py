"""Australian retail turnover as leaves: per state the finest series that are complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

# The subtotals among the "industries" and what they add up (the data set's own description).
SUBTOTALS = {
    "Food retailing": [
        "Supermarket and grocery stores", "Liquor retailing", "Other specialised food retailing",
    ],
    "Household goods retailing": [
        "Furniture, floor coverings, houseware and textile goods retailing",
        "Electrical and electronic goods retailing",
        "Hardware, building and garden supplies retailing",
    ],
    "Clothing, footwear and personal accessory retailing": [
        "Clothing retailing", "Footwear and other personal accessory retailing",
    ],
    "Cafes, restaurants and takeaway food services": [
        "Cafes, restaurants and catering services", "Takeaway food services",
    ],
    "Other retailing": [
        "Newspaper and book retailing", "Other recreational goods retailing",
        "Pharmaceutical, cosmetic and toiletry goods retailing", "Other retailing n.e.c.",
    ],
}  # fmt: skip
ALONE = ["Department stores"]


def read_leaves(folder: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Leaves (series, date, value) and the parent of every series.

    In each state a subtotal is a leaf where it is complete and one of its children is not; where
    it is not there either, the children that are complete stand directly under the state.
    """
    rows = pd.read_parquet(folder / "aus_retail" / "aus_retail.parquet")
    rows = pd.DataFrame({
        "state": rows["State"].astype(str), "industry": rows["Industry"].astype(str),
        "date": pd.to_datetime(rows["Month"]), "value": rows["Turnover"],
    })  # fmt: skip
    parents = {}
    for state, own in rows.groupby("state"):
        length = own.groupby("industry").size()
        complete = set(length[length == length.max()].index)
        parents[state] = "Australia"
        parents |= {f"{state}/{name}": state for name in ALONE if name in complete}
        for subtotal, children in SUBTOTALS.items():
            there = [child for child in children if child in complete]
            split = there == children
            if split or subtotal in complete:
                parents[f"{state}/{subtotal}"] = state
            if split or subtotal not in complete:
                above = f"{state}/{subtotal}" if split else state
                parents |= {f"{state}/{child}": above for child in there}
    inner = set(parents.values())
    rows["series"] = rows["state"] + "/" + rows["industry"]
    leaves = rows[rows["series"].isin(parents) & ~rows["series"].isin(inner)]
    return leaves[["series", "date", "value"]].reset_index(drop=True), parents
