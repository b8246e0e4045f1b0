"""Published numbers: compared in the tests, listed on the verification page.

With the environment variable ``CRMLYTICS_GOLDEN`` naming a file, every comparison is also written
there, a line of JSON each; ``docs/verification.py`` makes the page of them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class Golden:
    """Compares ours with a number from outside and notes where that number was published."""

    def __init__(self, test: str) -> None:
        self.test = test

    def __call__(
        self, what: str, *, ours: Any, published: Any, source: str, tolerance: float = 0.0
    ) -> None:
        """Assert that `ours` is `published` to within `tolerance` (absolute; 0 means equal)."""
        if named := os.environ.get("CRMLYTICS_GOLDEN"):
            line = {
                "what": what, "published": _plain(published), "ours": _plain(ours),
                "tolerance": tolerance, "source": source, "test": self.test,
            }  # fmt: skip
            with Path(named).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        if isinstance(published, list | tuple):
            assert len(ours) == len(published), what
            pairs = list(zip(ours, published, strict=True))
        else:
            pairs = [(ours, published)]
        for a, b in pairs:
            assert a == b if tolerance == 0 else abs(a - b) <= tolerance, (what, a, b)


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.item() if hasattr(value, "item") else value
