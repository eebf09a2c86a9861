"""`digest serve` as a person runs it: a real server, real processes, and a mail server that keeps what it gets."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx2
import pytest

from digest.config import secret
from digest.stages import track
from digest.store.database import Database
from tests.conftest import Sink

SECONDS = 60.0
FORM = {"email": "eve@example.net", "cadence": "weekly", "agreed": "yes"}


class Served:
    """A server that a person started."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.folder = folder
        self._said = folder / "said.txt"
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "digest", "serve", *words],
                cwd=folder,
                env={**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
                stdout=said,
                stderr=said,
            )
        found = until(lambda: re.search(r"http://127\.0\.0\.1:(\d+)/", self.said))
        self.base = f"http://127.0.0.1:{found.group(1)}"
        self.port = int(found.group(1))
        until(self._answers)

    @property
    def said(self) -> str:
        return self._said.read_text()

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.base}/healthz", timeout=10).status_code == 200
        except httpx2.TransportError:
            return False

    def children(self) -> set[int]:
        file = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(one) for one in file.read_text().split()}

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def post(self, path: str, **values: Any) -> httpx2.Response:
        return httpx2.post(f"{self.base}{path}", timeout=30, **values)


def until(what: Callable[[], Any]) -> Any:
    """Wait until something holds; return it."""
    end = time.monotonic() + SECONDS
    while not (found := what()):
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)
    return found


@contextmanager
def served(folder: Path, *words: str) -> Iterator[Served]:
    made = Served(folder, *words)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.end()


@pytest.fixture
def listening(workspace: Path, sink: Sink) -> Path:
    """A workspace whose pages take any free port, and whose mail goes to the sink."""
    file = workspace / "digest.toml"
    text = re.sub(r"(?s)\n\[server\].*?(?=\n\[)", "", file.read_text())
    server = f'\n[server]\nurl = "{sink.url}"\ntls = "none"\n[public]\nlisten = "127.0.0.1:0"\n'
    file.write_text(text.replace("\n[[newsletters]]", f"{server}\n[[newsletters]]", 1))
    return workspace


def newsletter(folder: Path) -> str:
    found = re.search(r'(?s)\[\[newsletters\]\].*?id = "(\w+)"', (folder / "digest.toml").read_text())
    assert found
    return found.group(1)


def mails(sink: Sink) -> list[str]:
    """Return what the sink got as text, the oldest first."""
    file = sink.folder.with_name(f"{sink.folder.name}.jsonl")
    if not file.exists():
        return []
    files = sorted(sink.folder.rglob("*.eml"), key=lambda one: one.stat().st_mtime)
    return [message_from_bytes(one.read_bytes(), policy=default).get_body(("plain",)).get_content() for one in files]  # type: ignore[union-attr]


@pytest.mark.parametrize("words", [(), ("--workers", "2")], ids=["one", "workers"])
def test_who_asks_gets_a_mail_and_confirms(listening: Path, sink: Sink, words: tuple[str, ...]) -> None:
    with served(listening, *words) as pages:
        assert pages.post(f"/subscribe/{newsletter(listening)}", data=FORM).status_code == 200
        [mail] = until(lambda: mails(sink))
        [path] = re.findall(r"/c/\S+", mail)
        assert "You are on the list" in pages.post(path).text
        until(lambda: len(sink.log()) == 2)
        assert pages.end() == 0
        # nothing of it stands where others may read it
        assert path not in pages.said
        assert "eve@" not in pages.said


def test_a_port_that_is_taken_is_said_kindly(listening: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        file = listening / "digest.toml"
        file.write_text(file.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        command = [sys.executable, "-m", "digest", "serve"]
        done = subprocess.run(command, cwd=listening, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode not in (0, 2)
    assert "cannot be served" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_worker_is_replaced_and_what_it_promised_is_kept(listening: Path) -> None:
    with served(listening, "--workers", "2") as pages:
        before = until(lambda: found if len(found := pages.children()) == 3 else None)
        for one in before:
            os.kill(one, signal.SIGKILL)
        after = until(lambda: found if len(found := pages.children() - before) == 3 else None)
        assert not after & before
        assert pages.post(f"/subscribe/{newsletter(listening)}", data=FORM).status_code == 200
        assert "another takes its place" in pages.said
        assert pages.end() == 0


def test_the_one_who_keeps_the_workers_has_no_database_open(listening: Path) -> None:
    with served(listening, "--workers", "2") as pages:
        opened = [os.readlink(one) for one in Path(f"/proc/{pages.process.pid}/fd").iterdir()]
        assert not [one for one in opened if "digest.db" in one]
        assert len(list(Path(f"/proc/{pages.process.pid}/task").iterdir())) == 1


@pytest.mark.parametrize("words", [(), ("--workers", "2")], ids=["one", "workers"])
def test_a_request_that_is_under_way_is_answered_before_the_end(listening: Path, words: tuple[str, ...]) -> None:
    with served(listening, *words) as pages:
        body = b"email=eve@example.net&agreed=yes"
        head = f"POST /subscribe/{newsletter(listening)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        with socket.create_connection(("127.0.0.1", pages.port), timeout=30) as line:
            line.sendall((head + kind).encode() + body[:-1])
            # that it has come so far nobody is told; a second connection is taken after it
            assert httpx2.get(f"{pages.base}/healthz", timeout=10).status_code == 200
            time.sleep(0.5)
            pages.process.send_signal(signal.SIGTERM)
            line.sendall(body[-1:])
            assert line.recv(100).startswith(b"HTTP/1.1 200")
        # on a machine that does much else it takes its time, and that is another promise
        assert pages.process.wait(timeout=60) == 0


def test_workers_end_with_the_one_who_keeps_them(listening: Path) -> None:
    with served(listening, "--workers", "2") as pages:
        workers = until(lambda: found if len(found := pages.children()) == 3 else None)
        pages.process.kill()
        pages.process.wait(timeout=20)
        until(lambda: not [one for one in workers if _lives(one)])


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_who_asks_is_believed_to_be_who_a_trusted_server_says_and_nobody_else(listening: Path) -> None:
    with served(listening) as pages:
        headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
        pages.post(f"/subscribe/{newsletter(listening)}", data=FORM, headers=headers)
        pages.end()
    assert _remotes(listening) == ["198.51.100.7"]
    file = listening / "digest.toml"
    file.write_text(file.read_text().replace("[public]\n", '[public]\ntrusted_proxies = ["192.0.2.0/24"]\n'))
    with served(listening) as pages:
        pages.post(f"/subscribe/{newsletter(listening)}", data=FORM, headers=headers)
        pages.end()
    assert _remotes(listening) == ["198.51.100.7", "127.0.0.1"]


def _remotes(folder: Path) -> list[str]:
    store = Database.open(folder / "digest.db")
    with store._engine.connect() as connection:
        found = [row[0] for row in connection.exec_driver_sql("SELECT remote FROM asking ORDER BY at")]
    store.close()
    return found


def test_a_link_may_be_pressed_while_another_host_is_named(listening: Path) -> None:
    name = newsletter(listening)
    with served(listening) as pages:
        token = track.token(secret(listening), "unsubscribe", name, "0" * 16)
        said = httpx2.get(f"{pages.base}/u/{token}", headers={"Host": "evil.example"}, timeout=30)
        assert said.status_code == 200
        assert "evil" not in said.text
        assert said.headers.get("server") is None


def test_a_connection_that_never_says_what_it_wants_is_closed() -> None:
    import asyncio

    from digest.web import patience

    class Watched(patience.Patient):
        """Counts from the beginning of each head."""

        def __init__(self) -> None:
            self.late: list[float] = []
            self.loop = asyncio.new_event_loop()

    made = Watched()
    made._wait()
    first = made._late
    made._wait()
    assert first is not None
    assert first.cancelled()
    made._enough()
    assert made._late is None
    made.loop.close()
