"""A PostgreSQL of a bench's own, as one runs it in earnest: every commit is on the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.mail.postfix import Missing

#: what its documentation recommends for a machine of four gigabytes, of which it has a quarter
SETTINGS = {
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "max_wal_size": "4GB",
    "checkpoint_completion_target": "0.9",
    "wal_compression": "on",
}
#: the server refuses to run as root
_NOBODY = 65534


class Server:
    """A server, and databases on it."""

    def __init__(self, folder: Path, pid: int) -> None:
        self.folder = folder
        self._pid = pid
        self._numbers = iter(range(1, 1_000))

    def new(self) -> str:
        """Make a database; return its address."""
        name = f"bench_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}", "postgres")
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def cpu(self) -> float:
        """Return the seconds of processor time of its processes that have ended, and of the one that starts them."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def run(self, statement: str, address: str) -> list[tuple[object, ...]]:
        """Carry out a statement; address: of a database, or its name. Returns what it gives."""
        name = address.partition("@/")[2].partition("?")[0] or address
        with psycopg.connect(f"host={self.folder} user=postgres dbname={name}", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def server() -> Iterator[Server]:
    """Run a server. Raises Missing where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = os.pathsep.join([*map(str, found), os.environ.get("PATH", "")])
    initdb, postgres = shutil.which("initdb", path=places), shutil.which("postgres", path=places)
    if initdb is None or postgres is None:
        raise Missing("PostgreSQL is not installed; Debian has it in its package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="bench-pg"))
    as_nobody = ["setpriv", "--pdeathsig", "QUIT"]
    if os.getuid() == 0:
        os.chown(folder, _NOBODY, _NOBODY)
        as_nobody += ["--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups"]
    data = str(folder / "data")
    made = [*as_nobody, initdb, "-D", data, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-U", "postgres"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
    settings = {**SETTINGS, "listen_addresses": "", "unix_socket_directories": str(folder)}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([*as_nobody, postgres, "-D", data, *words], stdout=log, stderr=log) as process,
    ):
        one = Server(folder, process.pid)
        try:
            _wait(one)
            yield one
        finally:
            process.send_signal(3)
            process.wait(timeout=30)
            shutil.rmtree(folder, ignore_errors=True)


def _wait(one: Server) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            one.run("SELECT 1", "postgres")
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
