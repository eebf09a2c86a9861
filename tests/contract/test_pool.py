"""Many lines, to one server or several: shared by weight, made anew when worn or lost, and left alone where tired."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from digest.domain.errors import OutOfQuota, ServerTrouble
from digest.domain.model import Accepted, Deferred, DomainLimit, Outcome, Parcel, Server, Withheld
from digest.transports.smtp import Account, Secrets, Smtp
from tests.contract.conftest import parcel, smtp
from tests.contract.piping import Line, Piping

MANY = [f"person{number}@example.org" for number in range(200)]
#: longer than what can be on its way as a whole
LONG = b"Subject: long\r\n\r\n" + b"x" * 70 + b"\r\n" * 4_000_000


def through(*servers: Piping, weights: tuple[int, ...] = (), **settings: object) -> Smtp:
    every = [
        Server(
            url=f"smtp://127.0.0.1:{server.port}",
            tls="none",
            timeout=5,
            weight=weights[number] if weights else 1,
            **settings,  # type: ignore[arg-type]
        )
        for number, server in enumerate(servers)
    ]
    return Smtp([Account(server=one) for one in every], "tests.example.org", delays=(0.05, 0.1, 0.2, 0.4, 0.8))


def sent(transport: Smtp, people: list[str]) -> Counter[type]:
    found = list(transport.deliver((parcel(to) for to in people), lambda one: None))
    assert sorted(one.envelope_to for one, _ in found) == sorted(people), "one outcome each"
    return Counter(type(outcome) for _, outcome in found)


def test_many_lines_share_the_work_and_nobody_is_mailed_twice(piping: Callable[..., Piping]) -> None:
    server = piping()
    assert sent(through(server, connections=8), MANY) == {Accepted: len(MANY)}
    assert sorted(to for to, _ in server.received) == sorted(MANY)
    assert 2 <= server.most_open <= 8


def test_a_single_message_needs_a_single_line(piping: Callable[..., Piping]) -> None:
    server = piping()
    assert sent(through(server, connections=8), MANY[:1]) == {Accepted: 1}
    assert server.connections == 1


def test_parcels_are_asked_for_by_one_line_at_a_time_and_the_ledger_is_told_of_each_outcome_first(
    piping: Callable[..., Piping],
) -> None:
    busy = threading.Lock()
    told: list[str] = []

    def parcels() -> Iterator[Parcel | None]:
        for number, to in enumerate(MANY):
            assert busy.acquire(blocking=False), "another line is asking"
            threading.Event().wait(0.001)
            busy.release()
            if number % 10 == 0:
                # none is ready yet
                yield None
            yield parcel(to)

    transport = through(piping(), connections=8)
    for one, _ in transport.deliver(parcels(), lambda one: None, lambda one, outcome: told.append(one.envelope_to)):
        assert one.envelope_to in told
    assert sorted(told) == sorted(MANY)


def test_a_line_is_made_anew_after_so_many_messages(piping: Callable[..., Piping]) -> None:
    server = piping()
    assert sent(through(server, connections=1, messages_a_connection=3), MANY[:10]) == {Accepted: 10}
    assert server.connections == 4


def test_a_server_that_takes_only_some_lines_serves_all_the_same(piping: Callable[..., Piping]) -> None:
    server = piping(lambda number: Line() if number <= 2 else Line(greeting=b"421 4.7.0 too many connections\r\n"))
    assert sent(through(server, connections=6), MANY) == {Accepted: len(MANY)}
    assert sorted(to for to, _ in server.received) == sorted(MANY)


def test_servers_share_the_mail_by_their_weights(piping: Callable[..., Piping]) -> None:
    light, heavy = piping(), piping()
    assert sent(through(light, heavy, weights=(1, 3), connections=2), MANY) == {Accepted: len(MANY)}
    # about a quarter; a busy machine may hold one of them up for a moment
    assert 0 < len(light.received) < len(heavy.received)
    assert len(light.received) + len(heavy.received) == len(MANY)


def test_where_one_server_is_gone_the_other_takes_everything(piping: Callable[..., Piping]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = piping()
    gone = Server(url=f"smtp://127.0.0.1:{port}", tls="none", timeout=5)
    here = Server(url=f"smtp://127.0.0.1:{server.port}", tls="none", timeout=5)
    assert sent(Smtp([Account(server=gone), Account(server=here)], "tests.example.org"), MANY) == {Accepted: len(MANY)}


@pytest.mark.parametrize("answers", [{"mail": b"421 4.3.2 going down\r\n"}, {"rcpt": b"451 4.7.1 later\r\n"}])
def test_a_server_that_puts_everybody_off_is_left_alone_while_others_go_on(
    piping: Callable[..., Piping], answers: dict[str, bytes]
) -> None:
    tired, good = piping(lambda number: Line(answers=answers)), piping()
    found = sent(through(tired, good, connections=1), MANY)
    assert found[Deferred] <= 30, "it was asked so often, and then no more"
    assert found[Accepted] == len(MANY) - found[Deferred]


def test_a_server_that_was_restarted_is_asked_again_a_little_later(piping: Callable[..., Piping]) -> None:
    # the first line ends amid everything, the next ones are not greeted for a while
    def line(number: int) -> Line:
        if number == 1:
            return Line(reads=2_000)
        return Line(greeting=b"421 4.3.2 starting\r\n") if number <= 3 else Line()

    server = piping(line)
    found = sent(through(server, connections=1), MANY[:40])
    assert found[Accepted] >= 39, "what was on the wire may be in doubt"
    assert server.connections == 4


def test_a_server_that_stays_away_is_the_servers_trouble(piping: Callable[..., Piping]) -> None:
    server = piping(lambda number: Line(reads=2_000) if number == 1 else Line(greeting=b"421 4.3.2 starting\r\n"))
    transport = through(server, connections=1)
    known = []
    with pytest.raises(ServerTrouble, match="starting"):
        known += [outcome for _, outcome in transport.deliver((parcel(to) for to in MANY), lambda one: None)]
    # the first, and one for each time it was given
    assert server.connections == 1 + 1 + 5


def test_what_the_parcels_raise_reaches_who_asked(piping: Callable[..., Piping]) -> None:
    server = piping()

    def parcels() -> Iterator[Parcel]:
        yield parcel(MANY[0])
        raise RuntimeError("cannot be composed")

    with pytest.raises(RuntimeError, match="cannot be composed"):
        list(through(server).deliver(parcels(), lambda one: None))


def test_what_the_ledger_raises_reaches_who_asked(piping: Callable[..., Piping]) -> None:
    server = piping()

    def begin(one: Parcel) -> Withheld | None:
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        list(through(server).deliver((parcel(to) for to in MANY), begin))
    assert server.received == []


def test_no_thread_is_left(piping: Callable[..., Piping]) -> None:
    before = threading.active_count()
    server = piping()
    results = through(server, connections=4).deliver((parcel(to) for to in MANY), lambda one: None)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert not [one.name for one in threading.enumerate() if one.name.startswith("smtp ")]
    assert threading.active_count() >= before


def test_a_password_is_never_shown() -> None:
    secrets = Secrets(password="a-secret", token=lambda refused: "another-secret")
    assert "secret" not in repr(secrets).lower().replace("secrets(", "")
    assert "secret" not in str(smtp(1, password="a-secret").__dict__).lower().replace("secrets", "")


# ---------------------------------------------------------------------------------------------
# Pace


NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def account(server: Piping, used: tuple[tuple[datetime, int], ...] = (), **settings: object) -> Account:
    chosen = Server(url=f"smtp://127.0.0.1:{server.port}", tls="none", timeout=5, **settings)  # type: ignore[arg-type]
    return Account(server=chosen, used=used)


def known_of(transport: Smtp, people: list[str]) -> tuple[Counter[type], OutOfQuota | None]:
    """Return what became of each, and what ended it early."""
    found: Counter[type] = Counter()
    try:
        for _, outcome in transport.deliver((parcel(to) for to in people), lambda one: None):
            found[type(outcome)] += 1
    except OutOfQuota as ended:
        return found, ended
    return found, None


def test_a_server_gets_no_more_than_it_takes_in_a_day(piping: Callable[..., Piping]) -> None:
    server = piping()
    transport = Smtp([account(server, ((NOON - timedelta(hours=1), 30),), messages_a_day=50)], clock=lambda: NOON)
    found, ended = known_of(transport, MANY)
    assert found == {Accepted: 20}
    assert ended is not None
    assert ended.again == NOON + timedelta(hours=23)
    assert "50" in ended.what
    # asked again, it makes no line at all
    before = server.connections
    assert known_of(transport, MANY)[0] == {}
    assert server.connections == before


def test_where_one_has_taken_its_share_the_other_goes_on(piping: Callable[..., Piping]) -> None:
    small, large = piping(), piping()
    transport = Smtp([account(small, messages_a_day=10), account(large)], clock=lambda: NOON)
    found, ended = known_of(transport, MANY)
    assert (found, ended) == ({Accepted: len(MANY)}, None)
    assert len(small.received) == 10


def test_a_quota_that_is_just_enough_ends_nothing_early(piping: Callable[..., Piping]) -> None:
    transport = Smtp([account(piping(), messages_a_day=20)], clock=lambda: NOON)
    assert known_of(transport, MANY[:20]) == ({Accepted: 20}, None)


def test_what_was_lost_amid_its_body_when_the_day_was_used_up_has_an_outcome(piping: Callable[..., Piping]) -> None:
    server = piping(lambda number: Line(reads=5_000))
    large = parcel(MANY[0], b"Subject: large\r\n\r\n" + b"a line\r\n" * 2_000_000)
    transport = Smtp([account(server, messages_a_day=1, connections=1)], delays=(0.01,), clock=lambda: NOON)
    sending = transport.deliver([large], lambda one: None)
    _, outcome = next(sending)
    assert outcome == Deferred(reply="the connection was lost before the message's end", charged=False)
    with pytest.raises(OutOfQuota):
        next(sending)


def test_messages_go_no_faster_than_they_may(piping: Callable[..., Piping]) -> None:
    server = piping()
    began = time.monotonic()
    assert sent(through(server, connections=4, messages_a_minute=1_200), MANY[:21]) == {Accepted: 21}
    assert time.monotonic() - began >= 20 * 60 / 1_200


# ---------------------------------------------------------------------------------------------
# Mail providers


def at_google(domain: str) -> str:
    return "google.com" if domain in ("gmail.com", "school.example") else domain


def limited(server: Piping, limit: DomainLimit) -> Smtp:
    return Smtp(
        [account(server, connections=6)],
        "tests.example.org",
        limits={"google.com": limit},
        provider_of=at_google,
    )


def mixed(google: int, others: int) -> list[str]:
    pupils = [f"pupil{number}@{'gmail.com' if number % 2 else 'school.example'}" for number in range(google)]
    return pupils + [f"other{number}@example.org" for number in range(others)]


def test_a_provider_has_only_so_many_lines_and_everybody_else_goes_on(piping: Callable[..., Piping]) -> None:
    server = piping()
    assert sent(limited(server, DomainLimit(domain="gmail.com", connections=1)), mixed(30, 30)) == {Accepted: 60}
    google = [at_google(to.partition("@")[2]) == "google.com" for to, _ in server.received]
    assert sum(google) == 30
    assert any(not one for one in google[:30]), "others overtake those who stand before them"
    assert server.most_at_once("gmail.com", "school.example") == 1


def test_a_provider_has_only_so_many_a_minute(piping: Callable[..., Piping]) -> None:
    server = piping()
    began = time.monotonic()
    limit = DomainLimit(domain="gmail.com", messages_a_minute=600)
    assert sent(limited(server, limit), mixed(8, 20)) == {Accepted: 28}
    assert time.monotonic() - began >= 7 * 60 / 600


def test_whose_turn_comes_much_later_is_let_go_of_with_its_time(piping: Callable[..., Piping]) -> None:
    server = piping()
    limit = DomainLimit(domain="gmail.com", messages_a_minute=1)
    found = list(limited(server, limit).deliver((parcel(to) for to in mixed(4, 3)), lambda one: None))
    later = [outcome for _, outcome in found if isinstance(outcome, Withheld)]
    assert Counter(type(outcome) for _, outcome in found) == {Accepted: 4, Withheld: 3}
    assert all(one.postponed for one in later)
    assert [50 < one.after_seconds - 60 * number <= 60 for number, one in enumerate(later)] == [True] * 3
    assert "gmail.com" in later[0].reason


def test_whose_provider_is_not_known_yet_is_asked_again(piping: Callable[..., Piping]) -> None:
    asked: Counter[str] = Counter()

    def slowly(domain: str) -> str | None:
        asked[domain] += 1
        return None if asked[domain] < 4 else at_google(domain)

    server = piping()
    limits = {"google.com": DomainLimit(domain="gmail.com", connections=1)}
    transport = Smtp([account(server)], "tests.example.org", limits=limits, provider_of=slowly)
    assert sent(transport, mixed(5, 5)) == {Accepted: 10}


def test_what_a_provider_keeps_waiting_is_not_forgotten_when_the_last_line_is_lost(
    piping: Callable[..., Piping],
) -> None:
    # the first line ends amid a body, and there is no second: one message was begun, two stand behind it
    def line(number: int) -> Line:
        return {1: Line(reads=600), 2: Line(greeting=b"421 4.3.2 going down\r\n")}.get(number, Line())

    server = piping(line)
    limit = DomainLimit(domain="gmail.com", messages_a_minute=120)
    transport = Smtp(
        [account(server, connections=1)],
        "tests.example.org",
        delays=(),
        limits={"google.com": limit},
        provider_of=at_google,
    )
    people = [f"pupil{number}@gmail.com" for number in range(3)]
    known: list[tuple[Parcel, Outcome]] = []
    begun: list[Parcel] = []
    with pytest.raises(ServerTrouble, match="going down"):
        known.extend(transport.deliver((parcel(to, LONG) for to in people), begun.append))
    assert [one.envelope_to for one in begun] == people[:1]
    told = [one.envelope_to for one, outcome in known if isinstance(outcome, Deferred) and not outcome.charged]
    assert told == people[:1]
    # and nobody of that delivery is sent with the next one
    assert sent(transport, ["other@example.org"]) == {Accepted: 1}
    assert [to for to, _ in server.received] == ["other@example.org"]
