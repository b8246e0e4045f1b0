"""Fitted models as versioned JSON: numbers to the last digit, nothing executed on reading."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from crmlytics import __version__
from crmlytics._core import checks
from crmlytics.errors import DataContractError, UnreadableFileError

FORMAT = "crmlytics.clv"
SCHEMA = 1


def dump(model: str, content: dict[str, Any], path: str | Path | None) -> str:
    """Write the content of a fitted model as JSON text, and to `path` if one is given."""
    head = {"format": FORMAT, "schema": SCHEMA, "library": __version__, "model": model}
    text = json.dumps(_spelled(head | content), indent=2, ensure_ascii=False, allow_nan=False)
    if path is not None:
        Path(path).write_text(text + "\n", encoding="utf-8")
    return text


def load(model: str, source: str | Path) -> dict[str, Any]:
    """Read what `dump` wrote, from its text or its path."""
    text = source if isinstance(source, str) and source.lstrip().startswith("{") else None
    if text is None:
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFileError(f"no model can be read from {str(source)!r}") from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataContractError(f"the model's JSON is damaged: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataContractError(f"this JSON is no saved model: its format is not {FORMAT!r}")
    if content.get("schema") != SCHEMA:
        raise DataContractError(
            f"the model was saved with schema {content.get('schema')!r} of crmlytics "
            f"{content.get('library')}; this version reads schema {SCHEMA}"
        )
    if content.get("model") != model:
        checks.word("model", content.get("model"), [model])
    return {key: _numbers(value) for key, value in content.items()}


def _spelled(value: Any) -> Any:
    """Spell NaN and the infinities, which JSON does not know, as {"float": "nan"}."""
    if isinstance(value, dict):
        return {key: _spelled(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_spelled(one) for one in value]
    if hasattr(value, "item") and hasattr(value, "dtype"):
        return _spelled(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    return value


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    if isinstance(value, dict):
        if set(value) == {"float"}:
            return float(value["float"])
        return {key: _numbers(one) for key, one in value.items()}
    return value
