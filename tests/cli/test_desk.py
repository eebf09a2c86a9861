"""`digest desk` as a person runs it: a real server, and the links that it prints."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from digest.app import App
from digest.domain.model import Role, Staff
from digest.jobs import audit

ACCOUNT = {"name": "Ada Bell", "address": "ada@example.org", "phrase": "four words that fit"}


class Attended:
    """A desk that a person started."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._said = folder / f"{words[0]}.txt"
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "digest", *words],
                cwd=folder,
                env={**os.environ, "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
                stdout=said,
                stderr=said,
            )

    @property
    def said(self) -> str:
        return self._said.read_text()

    def until(self, pattern: str) -> str:
        """Wait until something is said; return it."""
        end = time.monotonic() + 60
        while not (found := re.search(pattern, self.said)):
            assert time.monotonic() < end, self.said
            assert self.process.poll() is None, self.said
            time.sleep(0.05)
        return found[1]

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=20)


@pytest.fixture
def anywhere(workspace: Path) -> Path:
    """A workspace whose pages take any free port."""
    file = workspace / "digest.toml"
    places = '\n[public]\nlisten = "127.0.0.1:0"\n[desk]\nlisten = "127.0.0.1:0"\n'
    file.write_text(file.read_text().replace("\n[[newsletters]]", f"{places}\n[[newsletters]]", 1))
    return workspace


def made(client: httpx2.Client, link: str) -> httpx2.Response:
    """Make an account by a link."""
    form = re.search(r'name="csrf" value="([^"]+)"', client.get(link).text)
    assert form
    origin = "/".join(link.split("/")[:3])
    return client.post(link, data={**ACCOUNT, "csrf": form[1]}, headers={"Origin": origin})


def printed(folder: Path, *words: str, command: str = "link") -> str:
    """Return what a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "digest", "desk", command, *words], cwd=folder, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_the_first_start_prints_a_link_that_lets_somebody_in_and_ctrl_c_ends_it(anywhere: Path) -> None:
    desk = Attended(anywhere, "desk")
    try:
        link = desk.until(r"(http://127\.0\.0\.1:\d+/first/\S+)")
        with httpx2.Client(timeout=30) as client:
            assert made(client, link).status_code == 303
            assert "Ada Bell" in client.get("/".join(link.split("/")[:3]) + "/").text
    finally:
        assert desk.end(signal.SIGINT) == 0
    again = Attended(anywhere, "desk")
    try:
        again.until("(Ctrl-C ends it)")
        assert "Nobody has an account" not in again.said
    finally:
        again.end()
    said = printed(anywhere)
    assert "a new pass phrase of Ada Bell" in said
    assert re.search(r"http://127\.0\.0\.1:0/first/\S{43}\n", said)
    assert "No account has the address" in printed(anywhere, "nobody@example.org")


def test_who_has_no_account_is_told_how_the_first_is_made(anywhere: Path) -> None:
    said = printed(anywhere, "nobody@example.org")
    assert "Nobody has an account yet." in said
    assert "These have one" not in said


def test_whoever_runs_the_program_resets_a_second_factor(anywhere: Path) -> None:
    app = App.open(anywhere)
    ada = Staff(
        id="a", name="Ada Bell", address="ada@example.org", phrase="x", created_at=app.clock(), role=Role.ADMIN,
        factor="sealed",
    )  # fmt: skip
    with app.store.writing() as session:
        session.access.add(ada)
        session.access.set_codes("a", ["kept"])
    assert "Ada Bell has no second factor any more" in printed(anywhere, command="reset-second-factor")
    with app.store.reading() as session:
        assert not session.access.everybody()[0].has_second_factor
        assert session.access.codes_left("a") == 0
    assert audit.trail(app.store).entries[0].who == audit.COMMAND
    app.store.close()
    said = printed(anywhere, "bo@example.org", command="reset-second-factor")
    assert "No account has the address “bo@example.org”." in said
    assert "These have one: ada@example.org." in said


def test_it_is_served_beside_the_clock_and_the_readers_pages(anywhere: Path) -> None:
    clock = Attended(anywhere, "run")
    try:
        readers = clock.until(r"The readers' pages: (http://127\.0\.0\.1:\d+/)")
        desk = clock.until(r"The desk: (http://127\.0\.0\.1:\d+/)")
        clock.until(r"(http://127\.0\.0\.1:\d+/first/\S+)")
        assert readers != desk
        with httpx2.Client(timeout=30) as client:
            assert client.get(f"{desk}healthz").text == "ok\n"
            assert client.get(desk).headers["location"] == "/log-in"
    finally:
        clock.end()


def test_where_it_cannot_be_served_everything_else_goes_on(anywhere: Path) -> None:
    first = Attended(anywhere, "desk")
    try:
        port = first.until(r"http://127\.0\.0\.1:(\d+)/")
        file = anywhere / "digest.toml"
        file.write_text(
            file.read_text().replace('[desk]\nlisten = "127.0.0.1:0"', f'[desk]\nlisten = "127.0.0.1:{port}"')
        )
        clock = Attended(anywhere, "run")
        try:
            said = clock.until(r"(The desk: The pages cannot be served.*)")
            assert "under [desk] in digest.toml. Everything else goes on." in said
        finally:
            clock.end()
    finally:
        first.end()


def test_a_request_that_is_under_way_is_answered_before_the_desk_ends(anywhere: Path) -> None:
    """Fault 23: SIGTERM, as systemd and Docker end it."""
    desk = Attended(anywhere, "desk")
    try:
        port = int(desk.until(r"The desk: http://127\.0\.0\.1:(\d+)/"))
        body = b"address=ada%40example.org&phrase=four+words+that+fit"
        head = f"POST /log-in HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {len(body)}\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            line.sendall((head + kind).encode() + body[:-1])
            # that it has come so far nobody is told; a second connection is taken after it
            assert httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=30).text == "ok\n"
            time.sleep(0.5)
            desk.process.send_signal(signal.SIGTERM)
            line.sendall(body[-1:])
            # it bears no token: what matters is that it is answered
            assert line.recv(100).startswith(b"HTTP/1.1 4")
        assert desk.process.wait(timeout=20) == 0
    finally:
        desk.end()
