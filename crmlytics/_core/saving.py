"""What was learnt as versioned JSON: numbers to the last digit, nothing executed on reading."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from crmlytics import __version__
from crmlytics._core import checks, files
from crmlytics.errors import DataContractError, UnreadableFileError


class Format(NamedTuple):
    """A kind of saved object: its name in the file, its word in messages, its version."""

    name: str
    noun: str
    schema: int = 1


def dump(kind: Format, model: str, content: dict[str, Any], path: str | Path | None = None) -> str:
    """Return the content of a fitted `model` as JSON text, and write it to `path` if one is given.

    Numpy arrays become lists, numpy numbers numbers; floats are written by their ``repr``, so
    that the same bits come back.
    """
    head = {"format": kind.name, "schema": kind.schema, "library": __version__, "model": model}
    text = json.dumps(_spelled(head | content), indent=2, ensure_ascii=False, allow_nan=False)
    if path is not None:
        with files.atomic_write(path, mode="text") as handle:
            handle.write(text + "\n")
    return text


def load(kind: Format, model: str, source: str | Path) -> dict[str, Any]:
    """Read what `dump` wrote, from its text or its path.

    Raises
    ------
    UnreadableFileError
        If there is no such file, or it holds no text.
    DataContractError
        If the text is damaged, of another kind or of another schema.
    ValueError
        If it holds another model.
    """
    content = _parsed(_text_of(kind, source), kind)
    if not isinstance(content, dict) or content.get("format") != kind.name:
        raise DataContractError(
            f"this JSON is no saved {kind.noun}: its format is not {kind.name!r}"
        )
    if content.get("schema") != kind.schema:
        raise DataContractError(
            f"the {kind.noun} was saved with schema {content.get('schema')!r} of crmlytics "
            f"{content.get('library')}; this version reads schema {kind.schema}"
        )
    checks.word(kind.noun, content.get("model"), [model])
    return {key: _numbers(value) for key, value in content.items()}


def _text_of(kind: Format, source: str | Path) -> str:
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return source
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:  # not text, or a name that no file can bear
        message = f"no {kind.noun} can be read from {str(source)!r}"
        raise UnreadableFileError(message) from error


def _parsed(text: str, kind: Format) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DataContractError(f"the {kind.noun}'s JSON is damaged: {error}") from error


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
