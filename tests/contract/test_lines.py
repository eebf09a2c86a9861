"""Lines that are cut, fall silent, become slow or lead nowhere: whoever sends is free again in time, and nobody is
mailed twice.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from typing import Any

import pytest

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Deferred, InDoubt, Outcome, Parcel, Server
from digest.transports.smtp import Account, Smtp, wire
from tests.conftest import ROOT
from tests.contract.conftest import outcomes, parcel, smtp
from tests.contract.piping import Line, Piping
from tests.contract.postfix import free_port, smtp_sink
from tests.contract.proxying import Proxy, Trouble

PEOPLE = [f"person{number}@example.org" for number in range(30)]
END = b"the last line of the email"
#: longer than what can be on its way as a whole
LONG = b"Subject: long\r\n\r\n" + (b"x" * 70 + b"\r\n") * 100_000 + END + b"\r\n"


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note when a line is asked for, whether somebody answers or not."""
    times: list[float] = []
    real = socket.create_connection

    def noted(*arguments: Any) -> socket.socket:
        times.append(time.monotonic())
        return real(*arguments)

    monkeypatch.setattr(wire.socket, "create_connection", noted)
    return times


def direct(port: int, **settings: Any) -> Account:
    usual = {"tls": "none", "timeout": 5, "connections": 1}
    return Account(server=Server(url=f"smtp://127.0.0.1:{port}", **{**usual, **settings}))


# ---------------------------------------------------------------------------------------------
# Down


def test_a_server_that_is_down_is_asked_once_a_line_and_nothing_is_begun(connects: list[float]) -> None:
    begun: list[Parcel] = []
    with pytest.raises(ServerTrouble, match="does not serve"):
        outcomes(smtp(free_port(), connections=10), [parcel(to) for to in PEOPLE], begun.append)
    assert 1 <= len(connects) <= 10
    assert begun == []


def test_a_server_that_goes_down_amid_a_mailing_is_asked_seldom_and_serves_again_soon(connects: list[float]) -> None:
    lines = 4
    known: list[tuple[float, str, Outcome]] = []
    down = threading.Event()
    people = [f"person{number}@example.org" for number in range(300)]

    def deliver(port: int) -> None:
        # with the delays that the program has
        transport = Smtp([direct(port, connections=lines, messages_a_minute=6_000)], "tests.example.org")
        for one, outcome in transport.deliver((parcel(to) for to in people), lambda one: None):
            known.append((time.monotonic(), one.envelope_to, outcome))
            if len(known) == 50:
                down.set()

    with smtp_sink() as first:
        sending = threading.Thread(target=deliver, args=(first.port,))
        sending.start()
        assert down.wait(30)
        first.stop()
        stopped, before = time.monotonic(), len(connects)
        threading.Event().wait(2)
        meanwhile = connects[before:]
        with smtp_sink(port=first.port) as second:
            started = time.monotonic()
            sending.join(60)
            assert not sending.is_alive()
            taken = len(second.mails)
    # half a second, one, two …, each more or less and each line by itself
    assert lines <= len(meanwhile) <= 4 * lines
    assert min(meanwhile) - stopped < 5
    assert min(at for at, _, outcome in known if isinstance(outcome, Accepted) and at > started) - started < 60
    kinds = Counter(type(outcome) for _, _, outcome in known)
    assert sum(kinds.values()) == len({to for _, to, _ in known}) == len(people)
    # what was on the wire: in doubt, or certainly not taken and nobody's fault
    assert kinds[Accepted] >= len(people) - lines
    assert set(kinds) <= {Accepted, InDoubt, Deferred}
    assert not any(isinstance(outcome, Deferred) and outcome.charged for _, _, outcome in known)
    assert taken >= 200


def test_lines_do_not_come_back_together_and_wait_longer_each_time(connects: list[float]) -> None:
    delays = (0.1, 0.2, 0.4)
    away = Line(greeting=b"421 4.3.2 going down\r\n")
    with closing(Piping(lambda number: Line(reads=600) if number == 1 else away)) as server:
        transport = Smtp([direct(server.port)], "tests.example.org", delays=delays)
        with pytest.raises(ServerTrouble, match="going down"):
            outcomes(transport, map(parcel, PEOPLE))
    # the first line, and one at once, waited for nothing
    waited = [later - earlier for earlier, later in pairwise(connects[1:])]
    assert len(waited) == len(delays)
    assert all(0.5 * wanted <= real for wanted, real in zip(delays, waited, strict=True))
    assert len({round(real / wanted, 3) for wanted, real in zip(delays, waited, strict=True)}) > 1


# ---------------------------------------------------------------------------------------------
# Silent


def test_a_host_that_answers_no_connection_costs_so_long_and_no_longer(connects: list[float]) -> None:
    with socket.socket() as full, smtp_sink() as sink:
        # nobody accepts, and one who waits is all that it holds: who comes next is not answered
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            connects.clear()
            began = time.monotonic()
            accounts = [direct(full.getsockname()[1], timeout=2), direct(sink.port)]
            found = outcomes(Smtp(accounts, "tests.example.org"), [parcel(to) for to in PEOPLE])
            assert [type(one) for one in found] == [Accepted] * len(PEOPLE)
            assert time.monotonic() - began < 15
            assert len(sink.mails) == len(PEOPLE)


def test_lines_that_die_without_a_word_are_given_up_in_time() -> None:
    patience = 2
    missing = [name for name in ("unshare", "ip") if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        words = f"a dead line is made where there is no network: as root, with unshare and ip; missing: {missing}"
        assert os.environ.get("CI") != "true", words
        pytest.skip(words)
    command = ["unshare", "--net", sys.executable, "-m", "tests.contract.apart", str(patience)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["nobody"]["outcomes"], found["nobody"]["begun"]) == ([], [])
    assert "does not serve" in found["nobody"]["trouble"]
    assert found["nobody"]["seconds"] < 4 * patience
    dead = found["dead"]
    assert dead["outcomes"] == [["person0@example.org", "Accepted"], ["person1@example.org", "InDoubt"]]
    assert dead["begun"] == ["person0@example.org", "person1@example.org"]
    assert dead["trouble"]
    assert dead["seconds"] < 6 * patience
    assert found["received"] == ["person0@example.org"]


# ---------------------------------------------------------------------------------------------
# Cut, silent and slow on the way to a real server


def only_first(kind: Any, after: int) -> Callable[[int], Trouble | None]:
    return lambda number: Trouble(kind=kind, after=after) if number == 1 else None


@pytest.mark.parametrize("kind", ["cut", "hang", "slow"])
@pytest.mark.parametrize("after", [500, 300_000, 2_000_000])
def test_a_body_that_was_not_at_its_end_goes_out_once_on_another_line(kind: Any, after: int) -> None:
    with smtp_sink() as sink, closing(Proxy(sink.port, only_first(kind, after))) as proxy:
        began = time.monotonic()
        found = outcomes(smtp(proxy.port, timeout=2), [parcel("ada@example.org", LONG), *map(parcel, PEOPLE)])
        assert [type(one) for one in found] == [Accepted] * (1 + len(PEOPLE))
        assert time.monotonic() - began < 20
        assert proxy.connections == 2
        mails = sink.mails
    assert len([mail for mail in mails if END in mail]) == 1


@pytest.mark.parametrize("kind", ["hang", "slow"])
@pytest.mark.parametrize("after", [0, 24, 60])
def test_a_slow_or_silent_line_holds_no_other_up(kind: Any, after: int) -> None:
    with smtp_sink() as sink, closing(Proxy(sink.port, only_first(kind, after))) as proxy:
        accounts = [direct(proxy.port, timeout=3), direct(sink.port, timeout=3)]
        began = time.monotonic()
        times = [
            (time.monotonic() - began, outcome)
            for _, outcome in Smtp(accounts, "tests.example.org").deliver(map(parcel, PEOPLE), lambda one: None)
        ]
        assert [type(outcome) for _, outcome in times] == [Accepted] * len(PEOPLE)
        # one message waited for the slow line to be given up
        assert sum(at < 3 for at, _ in times) >= len(PEOPLE) - 2
        assert times[-1][0] < 15
        # the sink notes an envelope, too, that no body came for
        assert len([mail for mail in sink.mails if b"A message." in mail]) == len(PEOPLE)
