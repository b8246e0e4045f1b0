"""A fitted recommender as versioned JSON: nothing is executed on reading."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from crmlytics import __version__
from crmlytics.errors import DataContractError, UnreadableFileError

FORMAT = "crmlytics.basket.recommender"
SCHEMA = 1


def dump(content: dict[str, Any], path: str | Path | None) -> str:
    """Write the content as JSON text, and to `path` if one is given."""
    head = {"format": FORMAT, "schema": SCHEMA, "library": __version__}
    text = json.dumps(_spelled(head | content), ensure_ascii=False, allow_nan=False)
    if path is not None:
        Path(path).write_text(text + "\n", encoding="utf-8")
    return text


def load(source: str | Path) -> dict[str, Any]:
    """Read what `dump` wrote, from its text or its path."""
    text = source if isinstance(source, str) and source.lstrip().startswith("{") else None
    if text is None:
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFileError(f"no recommender can be read from {str(source)!r}") from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataContractError(f"the recommender's JSON is damaged: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataContractError(f"this JSON is no saved recommender: its format is not {FORMAT!r}")
    if content.get("schema") != SCHEMA:
        raise DataContractError(
            f"the recommender was saved with schema {content.get('schema')!r} of crmlytics "
            f"{content.get('library')}; this version reads schema {SCHEMA}"
        )
    return content


def _spelled(value: Any) -> Any:
    """JSON knows neither NaN nor infinity: None stands for NaN, texts for the infinities."""
    if isinstance(value, dict):
        return {key: _spelled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_spelled(one) for one in value]
    if hasattr(value, "item"):
        return _spelled(value.item())  # a number of numpy's
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else repr(value)
    return value
