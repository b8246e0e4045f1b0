"""The notebooks of ``notebooks/``: copied for the documentation, and run anew with their outputs.

``python docs/notebooks.py`` runs every notebook and keeps its outputs in the file, without times,
machine paths or the version of the interpreter, so that a second run changes nothing.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any


def copy_all(source: Path, target: Path) -> None:
    """Copy the notebooks under the documentation's root; unchanged ones keep their date."""
    target.mkdir(exist_ok=True)
    wanted = {path.name: path for path in sorted(source.glob("*.ipynb"))}
    for old in target.iterdir():
        if old.suffix == ".ipynb" and old.name not in wanted:
            old.unlink()
    for name, path in wanted.items():
        copy = target / name
        if not copy.exists() or copy.read_bytes() != path.read_bytes():
            shutil.copyfile(path, copy)


def plain_settings(folder: Path) -> None:
    """Let the kernels run with settings of the project, not with those of whoever builds."""
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    # The kernel warns that its connection, over the loopback for some seconds, is not encrypted.
    (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 'ERROR'\n")
    os.environ["IPYTHONDIR"] = str(folder)
    os.environ.pop("MPLBACKEND", None)  # a backend for files leaves notebooks without pictures


def run(path: Path) -> None:
    """Execute one notebook in its place."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        _strip(cell, number)
    text = nbformat.writes(notebook)
    if str(Path.home()) in text or str(path.resolve().parents[1]) in text:
        raise ValueError(f"an output of {path.name} names a path of this machine")
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def _strip(cell: Any, number: int) -> None:
    cell.metadata = {}
    cell["id"] = f"cell-{number:02d}"
    for output in cell.get("outputs", []):
        output.get("metadata", {}).pop("execution", None)


if __name__ == "__main__":
    plain_settings(Path(tempfile.mkdtemp()))
    for one in sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb")):
        run(one)
        print(f"{one.name}: {one.stat().st_size / 1000:.0f} kB", file=sys.stderr)
