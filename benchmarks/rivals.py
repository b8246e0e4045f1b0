"""Run a call in a process of its own, and a rival in an environment of its own.

Rivals pin what we do not, need a compiler, or take for ever. Each gets an environment under
``benchmarks/.rivals``, made by uv at first use, and a time limit; a rival that cannot be had is a
row that says why. Arrays go over as ``.npz``, the answer comes back as JSON.

The file plays both parts: imported by the tasks it starts processes; run as a script inside the
other environment it calls one function of ``benchmarks/calls`` and measures it. Such a function
takes the arrays and options, prepares, and returns the work by name,
``{name: (work, describe)}``. Only ``work()`` is timed; the fastest of several counts;
``describe(result)`` gives what is compared.
"""

from __future__ import annotations

import atexit
import gc
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
ENVIRONMENTS = HERE / ".rivals"
#: Seconds after which a call is ended, its preparation included; ``run.py --limit`` sets it.
LIMIT = {"seconds": 180.0}
_INSTALL_SECONDS = 900
#: Versions seen in other environments, for the page.
VERSIONS: dict[str, str] = {}
#: Rivals whose environment could not be made, and why: tried once a run.
_HOPELESS: dict[str, str] = {}


class UnavailableError(Exception):
    """A rival, or data, that this machine does not have; the message goes into the row."""


class Answer(NamedTuple):
    """What a call took and found."""

    seconds: float
    cpu_seconds: float | None
    peak_mb: float | None
    values: dict
    variant: str = ""


class Rival(NamedTuple):
    """Whose calls to run: its requirements, and the command that does its work, if not Python."""

    name: str
    requirements: tuple[str, ...] = ()
    command: str | None = None

    def python(self) -> str:
        """The interpreter of its environment, made at first use; ours where ours has it all.

        A requirement with a version, such as ``pandas<3``, always means an environment of its own.
        """
        if self.name in _HOPELESS:
            raise UnavailableError(_HOPELESS[self.name])
        if self.command and not shutil.which(self.command):
            raise UnavailableError(f"{self.name} needs the command {self.command!r}")
        if all(_installed(requirement) for requirement in self.requirements):
            return sys.executable
        home = ENVIRONMENTS / self.name
        stamp, wanted = home / "requirements.txt", "\n".join(self.requirements)
        python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
            print(f"making the environment of {self.name} ...", file=sys.stderr, flush=True)
            self._uv("venv", "--clear", "--python", sys.executable, str(home))
            self._uv("pip", "install", "--python", str(python), *self.requirements)
            stamp.write_text(wanted, encoding="utf-8")
        return str(python)

    def _uv(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "uv", *arguments, "--quiet"]
        try:
            # Not into the row: what uv writes may name machines and addresses.
            subprocess.run(command, check=True, timeout=_INSTALL_SECONDS)  # noqa: S603
        except (subprocess.SubprocessError, OSError) as error:
            _HOPELESS[self.name] = f"no environment: uv {arguments[0]} failed"
            raise UnavailableError(_HOPELESS[self.name]) from error


OURS = Rival("crmlytics")


def _installed(name: str) -> bool:
    return bool(list(metadata.distributions(name=name)))


def save(arrays: dict) -> Path:
    """Write arrays where other processes can read them; gone at the end of the run."""
    import numpy as np

    path = Path(tempfile.mkdtemp(dir=_scratch())) / "arrays.npz"
    np.savez(path, **arrays)
    return path


def _scratch(_made: list[str] = []) -> str:  # noqa: B006 (one folder per run)
    if not _made:
        _made.append(tempfile.mkdtemp(prefix="crmlytics-bench-"))
        atexit.register(shutil.rmtree, _made[0], ignore_errors=True)
    return _made[0]


def call(
    rival: Rival, function: str, data: Path, *, repeat: int = 1, limit: float = 0, **options
) -> Answer:
    """Measure ``calls/<file>.py:<name>`` in the rival's environment, best of `repeat`."""
    limit = max(limit, LIMIT["seconds"])
    folder = Path(tempfile.mkdtemp(dir=_scratch()))
    wanted = {
        "function": function, "data": str(data), "repeat": repeat, "options": options,
        "answer": str(folder / "answer.json"), "versions": rival.requirements,
    }  # fmt: skip
    command = [rival.python(), str(HERE / "rivals.py"), json.dumps(wanted)]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            raise UnavailableError(f"no answer within {limit:.0f} s") from None
        finally:
            _end(process)
    if code or not (folder / "answer.json").exists():
        sys.stderr.write((folder / "output").read_text("utf-8", "replace")[-2000:])
        raise UnavailableError(f"ended with code {code}, see the output of the run")
    answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    VERSIONS.update(answer.pop("versions"))
    if rival.command:  # what Python took says nothing about the work
        answer |= {"cpu_seconds": None, "peak_mb": None}
    return Answer(**answer)


def _end(process: subprocess.Popen) -> None:
    """End the process with all it started, such as a Java machine."""
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


# ------------------------------------------------------------- inside the other environment


def _measure(wanted: dict) -> dict:
    import numpy as np

    file, name = wanted["function"].split(":")
    spec = importlib.util.spec_from_file_location(f"calls_{file}", HERE / "calls" / f"{file}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with np.load(wanted["data"]) as stored:
        arrays = {key: stored[key] for key in stored.files}
    works = getattr(module, name)(arrays, **wanted["options"])
    del arrays
    _forget_peak()
    best: dict = {}
    for variant, (work, describe) in works.items():
        for _ in range(wanted["repeat"]):
            gc.collect()
            start, cpu = time.perf_counter(), time.process_time()
            result = work()
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
            if not best or seconds < best["seconds"]:
                best = {"seconds": seconds, "cpu_seconds": cpu, "variant": variant}
        values = describe(result)
        del result
    names = (re.split(r"[^\w.-]", requirement)[0] for requirement in wanted["versions"])
    versions = {name: metadata.version(name) for name in names}
    return best | {"peak_mb": _peak_mb(), "values": values, "versions": versions}


def _forget_peak() -> None:
    """Count the peak from here on, data loaded: Linux keeps it per process and can reset it."""
    gc.collect()
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        clear.write_text("5", encoding="ascii")


def _peak_mb() -> float | None:
    """Largest resident memory; `getrusage` would count the parent's, from before the exec."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    lines = status.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    request = json.loads(sys.argv[1])
    text = json.dumps(_measure(request), default=float)
    Path(request["answer"]).write_text(text, encoding="utf-8")
