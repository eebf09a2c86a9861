"""What the tests share: where things lie, a workspace, a clock that stands, a mail server that keeps what it gets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import settings

from digest.store.database import Database
from tests.authority import SECRET, Authority
from tests.postgresql import Databases, Server
from tests.starter import SECONDS, Starter

# other tests run beside each test: a slow moment is no fault
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The corpora beside the project; tests that need them are skipped where they are not."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not here: this test reads corpora that lie beside the project")
    return SHARED


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> None:
        self.now += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))


Answer = Callable[[BaseHTTPRequestHandler], None]


#: of SQLite, also in a test on PostgreSQL (each_database)
_open_file = Database.open


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digest.db"
        _open_file(path).close()
        return path.read_bytes()


def migrated(path: Path) -> Path:
    """Put an empty database of today's schema where none is: a copy takes a hundredth of what the migrations take."""
    if not path.exists():
        path.write_bytes(_migrated())
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL of the tests' own."""
    made = Server()
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a test on SQLite, and once more on PostgreSQL: there, who opens a file is given a database of the server."""
    if request.param == "sqlite":
        yield "sqlite"
        return
    made = Databases(request.getfixturevalue("postgresql"))
    monkeypatch.setattr(Database, "open", made.open)
    yield "postgresql"
    made.close()


#: for a test of a module on both databases that is about one of them
ON_SQLITE = pytest.mark.parametrize("each_database", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("each_database", ["postgresql"], indirect=True)


class Site:
    """A web server on this machine whose pages are functions, and which remembers what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        #: when each was asked, on the monotonic clock
        self.times: list[float] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                site.times.append(time.monotonic())
                with suppress(OSError):
                    site.pages.get(self.path, _missing)(self)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def address(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def page(self, path: str, body: bytes | str = b"", status: int = 200, **headers: str) -> str:
        """Serve a page from now on; return its address."""
        content = body.encode() if isinstance(body, str) else body

        def answer(asked: BaseHTTPRequestHandler) -> None:
            asked.send_response(status)
            for name, value in headers.items():
                asked.send_header(name.replace("_", "-"), value)
            asked.end_headers()
            asked.wfile.write(content)

        self.pages[path] = answer
        return self.address(path)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _missing(asked: BaseHTTPRequestHandler) -> None:
    asked.send_error(404)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


class Sink:
    """The program's own SMTP sink in a process of its own."""

    def __init__(
        self, folder: Path, delay: float = 0.0, program: Sequence[str] = ("-m", "digest.transports.sink")
    ) -> None:
        self.folder = folder
        command = [sys.executable, *program, str(folder), str(delay)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def log(self) -> list[dict[str, str]]:
        """Return a line for each message and recipient, as received."""
        file = self.folder.with_name(f"{self.folder.name}.jsonl")
        return [json.loads(line) for line in file.read_text(encoding="utf8").splitlines()]

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    server = Sink(tmp_path / "mail")
    yield server
    server.close()


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    made = Starter()
    yield made
    made.close()


@pytest.fixture(scope="session")
def digest(starter: Starter) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command as a person would; returns what it printed and its exit code."""

    def run(*words: object, folder: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        every = {**os.environ, "COLUMNS": "200", **environment}
        if any(name.startswith("PYTHON") for name in environment):
            # it is the interpreter that these speak to, and that one runs already
            command = [sys.executable, "-m", "digest", *map(str, words)]
            return subprocess.run(command, cwd=folder, env=every, capture_output=True, text=True, timeout=SECONDS)
        return starter.run([*map(str, words)], folder, every)

    return run


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=True)
    yield folder
    # what a process left open there must not keep the test from ending
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """An authorization server on this machine, whose client secret the environment holds."""
    monkeypatch.setenv("DIGEST_SMTP_CLIENT_SECRET", SECRET)
    made = Authority()
    yield made
    made.close()


@pytest.fixture
def sharing(tmp_path: Path, clock: Clock, postgresql: Server) -> Iterator[Callable[..., object]]:
    """Make workspaces, each in a folder of its own, over one database of PostgreSQL (tests/sharing.py)."""
    from tests.sharing import SharedBench, shared_database

    address = shared_database(postgresql)
    made: list[SharedBench] = []

    def make(name: str = "first", **more: str) -> SharedBench:
        made.append(SharedBench(tmp_path / name, clock, address, **more))
        return made[-1]

    yield make
    for one in made:
        one.app.store.close()
