from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from digest.domain.model import LinkState
from digest.net.fetch import MOST_HOPS, Web
from tests.conftest import Site
from tests.net.conftest import Raw, request

Make = Callable[..., Raw]


def _answering(answers: dict[bytes, bytes], asked: list[bytes]) -> Callable[[socket.socket], None]:
    """Answer a request by its method; `asked` gets every method."""

    def play(one: socket.socket) -> None:
        head = request(one)
        method = head.partition(b" ")[0]
        asked.append(method)
        one.sendall(answers[method])

    return play


def _empty(status: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: 5\r\n%s\r\n" % (status, more)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, LinkState.OK),
        (203, LinkState.OK),
        (404, LinkState.GONE),
        (410, LinkState.GONE),
        (401, LinkState.REFUSED),
        (403, LinkState.REFUSED),
        (429, LinkState.REFUSED),
        (451, LinkState.REFUSED),
        (999, LinkState.REFUSED),
        (500, LinkState.TROUBLE),
        (503, LinkState.TROUBLE),
    ],
)
def test_what_a_link_answers_says_whether_readers_find_something(
    site: Site, web: Web, status: int, state: LinkState
) -> None:
    found = web.look(site.page("/one", b"here", status), allow_private=True)
    assert (found.state, found.status) == (state, status)


def test_a_link_is_asked_by_head_alone_where_that_says_it_is_there(web: Web, raw: Make) -> None:
    asked: list[bytes] = []
    server = raw(_answering({b"HEAD": _empty(b"200 OK")}, asked), wait=False)
    assert web.look(server.address, allow_private=True).state == LinkState.OK
    assert asked == [b"HEAD"]


@pytest.mark.parametrize("status", [b"405 No", b"404 Not Found", b"501 No", b"403 No"])
def test_what_head_is_refused_is_asked_again_as_a_person_would(web: Web, raw: Make, status: bytes) -> None:
    asked: list[bytes] = []
    answers = {b"HEAD": _empty(status), b"GET": _empty(b"200 OK") + b"hello"}
    server = raw(_answering(answers, asked), wait=False)
    assert web.look(server.address, allow_private=True).state == LinkState.OK
    assert asked == [b"HEAD", b"GET"]


def test_who_asks_to_be_left_alone_is_not_asked_a_second_time(web: Web, raw: Make) -> None:
    asked: list[bytes] = []
    server = raw(_answering({b"HEAD": _empty(b"429 Slow")}, asked), wait=False)
    assert web.look(server.address, allow_private=True).status == 429
    assert asked == [b"HEAD"]


def test_nothing_beyond_the_head_of_an_answer_is_read(web: Web, raw: Make) -> None:
    sent = 0

    def pour(one: socket.socket) -> None:
        nonlocal sent
        if request(one).startswith(b"HEAD"):
            one.sendall(_empty(b"405 No"))
            return
        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            sent += one.send(b"x" * 65536)

    server = raw(pour, wait=False)
    assert web.look(server.address, allow_private=True).state == LinkState.OK
    time.sleep(0.2)
    assert sent < 20_000_000


def test_a_link_is_followed_to_where_a_reader_ends(site: Site, web: Web) -> None:
    site.page("/old", status=301, Location="/older")
    site.page("/older", status=302, Location="/gone")
    assert web.look(site.address("/old"), allow_private=True).state == LinkState.GONE


def test_a_link_that_leads_on_and_on_is_not_followed_for_ever(site: Site, web: Web) -> None:
    site.page("/round", status=302, Location="/round")
    found = web.look(site.address("/round"), allow_private=True)
    assert (found.state, len(site.asked) <= MOST_HOPS + 1) == (LinkState.REFUSED, True)


def test_a_link_into_this_machine_is_not_asked(web: Web, site: Site) -> None:
    site.page("/in", b"secret")
    assert web.look(site.address("/in")).state == LinkState.REFUSED
    assert site.asked == []


def test_a_name_that_is_nobodys_is_told_from_one_that_cannot_be_looked_up(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "so it is")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    code = socket.EAI_NONAME
    assert web.look("https://nobody.example.org/").state == LinkState.NO_HOST
    code = socket.EAI_AGAIN
    assert web.look("https://nobody.example.org/").state == LinkState.REFUSED


def test_a_link_that_takes_too_long_is_left(web: Web, raw: Make) -> None:
    server = raw(lambda one: time.sleep(2))
    began = time.monotonic()
    assert web.look(server.address, allow_private=True, seconds=0.3).state == LinkState.TIMED_OUT
    assert time.monotonic() - began < 1.5


def test_where_nothing_listens_there_is_no_answer(web: Web, raw: Make) -> None:
    server = raw(b"")
    address = server.address
    server.close()
    assert web.look(address, allow_private=True).state == LinkState.NO_ANSWER
