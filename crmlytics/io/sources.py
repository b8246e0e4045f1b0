"""From a path or an open file to bytes of a kind we read, or an error that says what is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple

from crmlytics.errors import UnreadableFileError

if TYPE_CHECKING:
    from os import PathLike

    Source = str | PathLike[str] | BinaryIO

_KINDS = "delimited text (.csv, .tsv, .tab, .txt) and Parquet (.parquet, .pq)"
_PARQUET_ENDINGS = frozenset({".parquet", ".pq"})
_OTHER_ENDINGS = {
    ".xlsx": "an Excel workbook",
    ".xlsm": "an Excel workbook",
    ".xlsb": "an Excel workbook",
    ".xls": "an Excel workbook",
    ".ods": "a spreadsheet",
    ".json": "JSON",
    ".jsonl": "JSON lines",
    ".ndjson": "JSON lines",
    ".sqlite": "a database",
    ".sqlite3": "a database",
    ".db": "a database",
    ".duckdb": "a database",
    ".gz": "compressed",
    ".zip": "compressed",
    ".bz2": "compressed",
    ".xz": "compressed",
    ".zst": "compressed",
}
_SIGNATURES = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"PK\x05\x06": "an empty zip archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "compressed",
    b"BZh": "compressed",
    b"\x28\xb5\x2f\xfd": "compressed",
    b"SQLite format 3\0": "a database",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook or another Office document",
    b"\x7fELF": "a program",
}


class Content(NamedTuple):
    """The bytes of a source, its name for messages, and which of our readers they are for."""

    data: bytes
    name: str
    kind: Literal["text", "parquet"]


def load(source: Source) -> Content:
    """Read a path or a binary file object as a whole."""
    name = _name(source)
    ending = Path(name).suffix.lower()
    if isinstance(source, str | os.PathLike):
        if "://" in os.fspath(source):
            raise UnreadableFileError(
                f"{name!r} is an address; crmlytics opens no network connection: "
                "fetch the file first"
            )
        data = _bytes_of(Path(source), name, ending)
    else:
        data = _bytes_from(source)
    if not data:
        raise UnreadableFileError(f"{name!r} is empty (0 bytes); export it again")
    if data[:4] == b"PAR1" or ending in _PARQUET_ENDINGS:
        _check_parquet(data, name)
        return Content(data, name, "parquet")
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise UnreadableFileError(f"{name!r} is {what}; what can be read is {_KINDS}")
    return Content(data, name, "text")


def _name(source: Source) -> str:
    if isinstance(source, str | os.PathLike):
        return Path(source).name or os.fspath(source)
    if not hasattr(source, "read"):
        raise TypeError(
            f"source must be a path or a file opened in binary mode, got {type(source).__name__}"
        )
    name = getattr(source, "name", None)
    return Path(name).name if isinstance(name, str) else "the file"


def _bytes_of(path: Path, name: str, ending: str) -> bytes:
    if path.is_dir():
        raise UnreadableFileError(f"{name!r} is a directory; give the path of one file")
    if not path.exists():
        raise UnreadableFileError(
            f"there is no file {os.fspath(path)!r}; a relative path starts in the current folder"
        )
    if ending in _OTHER_ENDINGS:
        raise UnreadableFileError(
            f"{name!r} is {_OTHER_ENDINGS[ending]}; what can be read is {_KINDS}"
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"{name!r} cannot be read: {error.strerror}") from error


def _bytes_from(handle: Any) -> bytes:
    data = handle.read()
    if isinstance(data, str):
        raise TypeError("source must be a file opened in binary mode, got one in text mode")
    return bytes(data)


def _check_parquet(data: bytes, name: str) -> None:
    if data[:4] != b"PAR1":
        raise UnreadableFileError(f"{name!r} is no Parquet file: it does not begin with PAR1")
    if data[-4:] != b"PAR1" or len(data) < 12:
        raise UnreadableFileError(
            f"{name!r} is a truncated Parquet file: its end is missing; copy or export it again"
        )
