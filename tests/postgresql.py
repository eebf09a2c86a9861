"""A PostgreSQL of the tests' own: Debian's binaries, in folders that go with it, on a socket that nobody else knows."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from digest.store.database import Database
from digest.store.tables import metadata

#: Debian's place of the newest version that is tested; else what is on the path
_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
#: the server refuses to run as root
_NOBODY = 65534
#: the user who has to say a password, and that
GUARDED, PASSWORD = "guarded", "open sesame"
#: as a server does that takes over from another: no trigger counts, and no reference is looked at
_EMPTYING = "; ".join(
    [
        "SET session_replication_role = replica",
        *(f'DELETE FROM "{name}"' for name in metadata.tables),
        "INSERT INTO bell VALUES (0)",
        "INSERT INTO change VALUES (0)",
    ]
)


def _binary(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([*map(str, _BINARIES), os.environ.get("PATH", "")]))


class Server:
    """A server that ends with the tests, however those end."""

    def __init__(self) -> None:
        if _binary("initdb") is None or _binary("postgres") is None:
            if os.environ.get("CI") == "true":
                pytest.fail("PostgreSQL is not installed, and here it must be (.ci/run)")
            pytest.skip("PostgreSQL is not installed: this test starts one of its own")
        self.folder = Path(tempfile.mkdtemp(prefix="pg"))
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = iter(range(1, 100_000))
        #: databases of today's schema that nobody uses
        self._spare: list[str] = []
        self._log = (self.folder / "log").open("wb")
        if os.getuid() == 0:
            os.chown(self.folder, _NOBODY, _NOBODY)
        settings = ["--no-sync", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-U", "postgres"]
        data = self.folder / "data"
        subprocess.run(self._as_nobody("initdb", "-D", str(data), *settings), check=True, stdout=subprocess.DEVNULL)
        access = data / "pg_hba.conf"
        access.write_text(f"local all {GUARDED} scram-sha-256\n{access.read_text()}")
        self.start()
        self.run(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")
        self.run("CREATE DATABASE digest_template")
        Database.at(self.address("digest_template")).close()

    def start(self) -> None:
        """Start it, and wait until it answers. It ends with the thread that does this."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "shared_buffers": "32MB"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = self._as_nobody("postgres", "-D", str(self.folder / "data"), "-F", *words)
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while True:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() < end, (self.folder / "log").read_text()
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """End it at once, as a machine that goes down would (SIGQUIT)."""
        assert self._process is not None
        self._process.send_signal(3)
        self._process.wait(timeout=30)

    def close(self) -> None:
        """End it, and remove all that it kept."""
        self.kill()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Carry out a statement outside any transaction; return what it gives."""
        with psycopg.connect(f"host={self.folder} user=postgres dbname={database}", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def address(self, database: str, user: str = "postgres") -> str:
        """Return what digest.toml says of a database."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    def name(self) -> str:
        """Return a name that no database has."""
        return f"test_{next(self._numbers)}"

    def empty(self) -> str:
        """Make a database that nobody has opened; return its name."""
        name = self.name()
        self.run(f"CREATE DATABASE {name}")
        return name

    def made(self) -> str:
        """Return the name of an empty database of today's schema."""
        if self._spare:
            return self._spare.pop()
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE digest_template")
        return name

    def give_back(self, name: str) -> None:
        """Empty a database, for the next test: to make another takes a hundred times as long."""
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        self.run(_EMPTYING, name)
        self._spare.append(name)

    @staticmethod
    def _as_nobody(name: str, *words: str) -> list[str]:
        binary = _binary(name)
        assert binary is not None
        # it ends with whoever started it, also where that is killed
        user = ["--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups"] if os.getuid() == 0 else []
        return ["setpriv", *user, "--pdeathsig", "QUIT", binary, *words]


class Databases:
    """Databases of a server in the place of files: whoever opens a path is given that of the path."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._names: dict[Path, str] = {}
        self._opened: list[Database] = []

    def open(self, path: Path, mark: Path | None = None) -> Database:
        """Open the database that stands for a file."""
        opened = Database.at(self.address(path))
        self._opened.append(opened)
        return opened

    def address(self, path: Path) -> str:
        """Return the address of the database that stands for a file; it is made where there is none."""
        if path not in self._names:
            # a folder that is gone took its database along
            for gone in [one for one in self._names if not one.parent.exists()]:
                self.server.give_back(self._names.pop(gone))
            self._names[path] = self.server.made()
        return self.server.address(self._names[path])

    def close(self) -> None:
        """Remove them all."""
        for one in self._opened:
            one.close()
        for name in self._names.values():
            self.server.give_back(name)
