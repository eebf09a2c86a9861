"""Starter: runs `python -m digest` again and again without loading the program each time.

The program is loaded once; every command is a fork of that process, with its own folder, environment and output. So it
is a process like any other, with its own exit code, that began where the imports end. What a fresh interpreter does is
for tests/house/test_wheel.py, tests/cli/test_demo.py and tests/crash.

Asked by lines of JSON on standard input; answers each with the child's process id and then with its exit code.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import runpy
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SECONDS = 120


class Starter:
    """The side of the tests: `run` is what `subprocess.run` would be."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.starter"],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "COLUMNS": "200"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, words: Sequence[str], folder: Path | None, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        out, err = Path(self._folder.name, "out"), Path(self._folder.name, "err")
        wanted = {"words": words, "folder": str(folder or Path.cwd()), "environment": dict(environment)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({**wanted, "out": str(out), "err": str(err)}) + "\n")
        self._process.stdin.flush()
        child = self._answer()
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], SECONDS)[0]:
            os.kill(child, 9)
            self._answer()
            raise subprocess.TimeoutExpired(list(words), SECONDS, out.read_text(), err.read_text())
        code = self._answer()
        return subprocess.CompletedProcess(list(words), code, out.read_text(), err.read_text())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()
        self._folder.cleanup()

    def _answer(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def serve() -> None:
    """Answer until standard input ends. Only in a child does it return: what is to be run."""
    import digest.app
    import digest.cli

    for one in pkgutil.iter_modules(digest.cli.__path__):
        importlib.import_module(f"digest.cli.{one.name}")
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if not child:
            become(wanted)
            return
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit(0)


def become(wanted: Mapping[str, Any]) -> None:
    """Make this process look like one that a shell has just started."""
    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, wanted["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, wanted["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.argv = ["digest", *wanted["words"]]


if __name__ == "__main__":
    serve()
    runpy.run_module("digest", run_name="__main__", alter_sys=True)
