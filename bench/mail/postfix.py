"""Postfix's smtp-sink and smtp-source, which it brings to measure itself with.

They are taken from PATH, or unpacked from Debian's package into build/postfix; Postfix itself is neither installed nor
started.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BUILD = Path(__file__).parents[2] / "build" / "postfix"
#: nobody on every Debian; the sink refuses to run as root
_NOBODY = "nobody"


class Missing(Exception):
    """The tools are not here and cannot be had."""


def tool(name: str) -> tuple[list[str], dict[str, str]]:
    """Return the command of a tool and the environment that it wants.

    Raises Missing.
    """
    found = shutil.which(name)
    if found:
        return [found], dict(os.environ)
    unpacked = BUILD / "usr" / "sbin" / name
    if not unpacked.exists():
        _unpack()
    return [str(unpacked)], {**os.environ, "LD_LIBRARY_PATH": str(BUILD / "usr" / "lib" / "postfix")}


def _unpack() -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise Missing("smtp-source and smtp-sink are not here; Debian has them in its package postfix")
    BUILD.mkdir(parents=True, exist_ok=True)
    fetch = ["apt-get", "download", "--quiet", "postfix"]
    got = subprocess.run(fetch, cwd=BUILD, capture_output=True, text=True, check=False)
    packages = sorted(BUILD.glob("postfix_*.deb"))
    if not packages:
        raise Missing(f"Debian's package postfix could not be fetched: {got.stderr.strip()[-200:]}")
    subprocess.run(["dpkg", "-x", packages[-1].name, "."], cwd=BUILD, check=True)


@contextmanager
def sink() -> Iterator[int]:
    """Run a sink on a free port of this machine; yields the port."""
    with counting() as (port, _):
        yield port


@contextmanager
def counting() -> Iterator[tuple[int, Callable[[], int]]]:
    """Run a sink on a free port of this machine; yields the port, and what tells how many messages it has taken."""
    command, environment = tool("smtp-sink")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    as_nobody = ["-u", _NOBODY] if os.geteuid() == 0 else []
    words = [*command, *as_nobody, "-c", f"127.0.0.1:{port}", "1000"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(words, env=environment, cwd="/", stdout=said, stderr=said) as server,
    ):
        try:
            _wait(port)
            yield port, lambda: _counted(said.fileno())
        finally:
            server.kill()


def _counted(said: int) -> int:
    """Return the last count that a sink has written."""
    end = os.fstat(said).st_size
    found = re.findall(rb"mesg=(\d+)", os.pread(said, 4096, max(0, end - 4096)))
    return int(found[-1]) if found else 0


def source(port: int, *, messages: int, sessions: int, octets: int) -> float:
    """Send with smtp-source, which neither composes nor keeps a ledger; return messages a second."""
    command, environment = tool("smtp-source")
    wanted = ["-d", "-s", str(sessions), "-m", str(messages), "-l", str(octets), f"127.0.0.1:{port}"]
    began = time.monotonic()
    subprocess.run([*command, *wanted], env=environment, cwd="/", check=True)
    return messages / (time.monotonic() - began)


def _wait(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise Missing("smtp-sink does not answer")
