from __future__ import annotations

import os
import stat

import pytest

from crmlytics._core.files import atomic_write
from crmlytics.errors import UnreadableFileError


def test_the_file_is_there_only_when_the_block_has_ended(tmp_path):
    target = tmp_path / "out.bin"
    with atomic_write(target) as handle:
        handle.write(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["out.bin"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old", encoding="utf-8")

    def interrupted():
        with atomic_write(target, mode="text") as handle:
            handle.write("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text(encoding="utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["out.txt"]


def test_text_keeps_its_line_ends_and_encoding(tmp_path):
    target = tmp_path / "out.txt"
    with atomic_write(target, mode="text", encoding="cp1251") as handle:
        handle.write("да\r\nнет\n")
    assert target.read_bytes() == "да\r\nнет\n".encode("cp1251")


def test_an_existing_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o640)
    with atomic_write(target, mode="text") as handle:
        handle.write("new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_symbolic_link_is_followed(tmp_path):
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    with atomic_write(link, mode="text") as handle:
        handle.write("new")
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a directory"), atomic_write(tmp_path):
        pass


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "no" / "out.txt"):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_pipe_is_refused_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UnreadableFileError, match="a pipe or a device"), atomic_write(pipe):
        pass
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_a_name_may_be_as_long_as_names_can_be(tmp_path):
    target = tmp_path / ("n" * 255)
    with atomic_write(target, mode="text") as handle:
        handle.write("new")
    assert target.read_text(encoding="utf-8") == "new"
