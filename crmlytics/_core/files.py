"""Writing a file as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, overload

from crmlytics.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


@overload
def atomic_write(
    path: str | os.PathLike[str], *, mode: Literal["binary"] = "binary"
) -> AbstractContextManager[IO[bytes]]: ...


@overload
def atomic_write(
    path: str | os.PathLike[str], *, mode: Literal["text"], encoding: str = "utf-8"
) -> AbstractContextManager[IO[str]]: ...


@contextlib.contextmanager
def atomic_write(
    path: str | os.PathLike[str],
    *,
    mode: Literal["binary", "text"] = "binary",
    encoding: str = "utf-8",
) -> Iterator[IO[Any]]:
    """Yield a handle whose content becomes the file `path` only if the block ends well.

    Parameters
    ----------
    path
        The file to write. Its folder must exist; a symbolic link is followed.
    mode
        ``"binary"`` yields a handle for bytes, ``"text"`` one for text, without any
        translation of line ends.
    encoding
        Encoding of a text handle.

    Yields
    ------
    file object
        Open for writing.

    Raises
    ------
    IsADirectoryError
        If `path` is a directory.
    UnreadableFileError
        If `path` is a pipe or a device: it would be replaced by a file.

    Notes
    -----
    The content goes to a new file in the same folder, is flushed to the disk and then takes the
    name `path` in one step. After any failure the new file is removed and the old one untouched.
    An existing file keeps its permissions.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "note.txt"
    >>> with atomic_write(target, mode="text") as handle:
    ...     _ = handle.write("done")
    >>> target.read_text()
    'done'
    """
    target = check_target(path)
    # Not made from the name, which may be as long as a name can be.
    passing = target.with_name(f".{secrets.token_hex(8)}.tmp")
    # "x" creates with the caller's own umask and never follows a file somebody put there.
    handle: IO[Any] = (
        passing.open("xb") if mode == "binary" else passing.open("x", encoding=encoding, newline="")
    )
    try:
        with handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        if target.exists():
            passing.chmod(stat.S_IMODE(target.stat().st_mode))
        passing.replace(target)
    except BaseException:
        passing.unlink(missing_ok=True)
        raise


def check_target(path: str | os.PathLike[str]) -> Path:
    """Return where a file would be written, or refuse what is there and no ordinary file."""
    target = Path(path).resolve()
    if target.is_dir():
        raise IsADirectoryError(f"{os.fspath(path)!r} is a directory; give the name of a file")
    if target.exists() and not target.is_file():
        raise UnreadableFileError(
            f"{os.fspath(path)!r} is a pipe or a device; give the name of a file"
        )
    return target
