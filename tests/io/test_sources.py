from __future__ import annotations

import io

import pytest

from crmlytics.errors import UnreadableFileError
from crmlytics.io.sources import load


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.csv", b"", "empty"),
        ("book.xlsx", b"PK\x03\x04", "an Excel workbook"),
        ("lines.jsonl", b"{}", "JSON lines"),
        ("store.sqlite", b"SQLite format 3\0", "a database"),
        ("renamed.csv", b"PK\x03\x04 zip", "a zip archive or an Excel workbook"),
        ("renamed.csv", b"\x89PNG\r\n", "a picture"),
        ("renamed.csv", b"\x1f\x8b\x08", "compressed"),
        ("short.parquet", b"PAR1" + b"x" * 20, "truncated"),
        ("other.parquet", b"a,b\n", "does not begin with PAR1"),
    ],
)
def test_what_is_not_read_is_named(tmp_path, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(UnreadableFileError, match=message):
        load(path)


def test_a_directory_a_missing_file_and_an_address_are_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="is a directory"):
        load(tmp_path)
    with pytest.raises(UnreadableFileError, match="there is no file"):
        load(tmp_path / "nothing.csv")
    with pytest.raises(OSError, match="there is no file"):
        load("nothing.csv")
    with pytest.raises(UnreadableFileError, match="no network connection"):
        load("https://example.org/a.csv")


def test_files_opened_in_binary_mode_are_read():
    assert load(io.BytesIO(b"a,b\n")).data == b"a,b\n"
    with pytest.raises(TypeError, match="binary mode"):
        load(io.StringIO("a,b\n"))
    with pytest.raises(TypeError, match="must be a path"):
        load(5)
