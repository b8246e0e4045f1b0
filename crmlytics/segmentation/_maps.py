"""Published segment maps."""

from __future__ import annotations

from typing import Any, NamedTuple


class PublishedMap(NamedTuple):
    """Rules and what happens where they overlap or leave a gap."""

    rules: dict[str, Any]
    priority: bool
    other: str | None
    n_bins: int = 5


# The 11 segments that Putler made popular, cell by cell as Squeezely publishes them: a partition
# of all 125 cells. A cell reads recency-frequency-monetary, 5 is best.
_PUTLER11 = {
    "Champions": "555 554 545 544 455 454 445",
    "Loyal": "543 444 435 355 354 345 344 335",
    "Potential Loyalist": (
        "553 552 551 542 541 533 532 531 453 452 451 442 441 433 432 431 423 353 352 351 342 341 "
        "333 323"
    ),
    "New Customers": "512 511 422 421 412 411 311",
    "Promising": "525 524 523 522 521 515 514 513 425 424 415 414 413 315 314 313",
    "Need Attention": "535 534 443 434 343 334 325 324",
    "About To Sleep": "331 321 312 251 241 231 221 213",
    "At Risk": (
        "255 254 253 252 245 244 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124"
    ),
    "Cannot Lose Them": "215 214 155 154 144 115 114 113",
    "Hibernating": "332 322 233 232 223 222 212 211 132 123 122",
    "Lost": "151 141 131 121 112 111",
}

# The boxes of the vignette of the R package rfm 0.3.0 (MIT), in its order: the first match wins.
_RFM10 = {
    "Champions": {"r": 5, "f": 5, "m": 5},
    "Potential Loyalist": {"r": (3, 5), "f": (3, 5), "m": (2, 5)},
    "Loyal Customers": {"r": (2, 4), "f": (2, 4), "m": (2, 4)},
    "Promising": {"r": (3, 4), "f": (1, 3), "m": (3, 5)},
    "New Customers": {"r": (4, 5), "f": (1, 3), "m": (1, 5)},
    "Can't Lose Them": {"r": (1, 2), "f": (3, 4), "m": (4, 5)},
    "At Risk": {"r": (1, 2), "f": (2, 5), "m": (4, 5)},
    "Need Attention": {"r": (1, 3), "f": (3, 5), "m": (3, 5)},
    "About To Sleep": {"r": (2, 3), "f": (1, 3), "m": (1, 4)},
    "Lost": {"r": 1, "f": (1, 5), "m": (1, 5)},
}

# The default segments of pymc-marketing 0.19.2 (Apache-2), on quartile scores: 46 of 64 cells.
_PYMC5 = {
    "Premium": "333 334 343 344 433 434 443 444",
    "Repeat": "143 232 233 234 243 244 332",
    "Top Spender": "124 133 134 144 224 313 314 323 324 413 414 423 424",
    "At Risk": "122 123 132 212 214 222 223 312 322 412 422",
    "Inactive": "111 112 113 114 211 311 411",
}

NAMED = {
    "putler11": PublishedMap(
        {name: cells.split() for name, cells in _PUTLER11.items()}, priority=False, other=None
    ),
    "rfm10": PublishedMap(_RFM10, priority=True, other="Others"),
    "pymc5": PublishedMap(
        {name: cells.split() for name, cells in _PYMC5.items()},
        priority=False,
        other="Other",
        n_bins=4,
    ),
}
