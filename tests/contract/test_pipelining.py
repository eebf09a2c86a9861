"""Several commands in one write: nobody's refusal spoils a neighbour, and a line may end at any octet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import product

import pytest

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Deferred, InDoubt, Outcome, Parcel, Rejected, Withheld
from tests.contract.conftest import CONTENT, outcomes, parcel, smtp
from tests.contract.piping import OFFERS, Line, Piping

Pipe = Callable[..., Piping]

PEOPLE = [f"person{number}@example.org" for number in range(6)]
DOTS = b"Subject: dots\r\n\r\n.\r\n..\r\n...three\r\n"


def only_first(line: Line) -> Callable[[int], Line]:
    return lambda number: line if number == 1 else Line()


def results(server: Piping, parcels: list[Parcel], **settings: object) -> dict[str, Outcome]:
    sent = list(smtp(server.port, **settings).deliver(parcels, lambda one: None))  # type: ignore[arg-type]
    found = {one.envelope_to: outcome for one, outcome in sent}
    assert len(found) == len(sent) == len(parcels), "one outcome each"
    return {one.envelope_to: found[one.envelope_to] for one in parcels}


def kinds(found: dict[str, Outcome]) -> list[type]:
    return [type(one) for one in found.values()]


def is_true(server: Piping, found: dict[str, Outcome]) -> None:
    """Hold what was said against what the server got: nobody twice, and nothing said that is not so."""
    got = Counter(to for to, _ in server.received)
    assert max(got.values(), default=0) <= 1, "nobody twice"
    for to, outcome in found.items():
        if isinstance(outcome, Accepted):
            assert got[to] == 1
        elif not isinstance(outcome, InDoubt):
            assert got[to] == 0, outcome


def test_each_envelope_goes_out_with_the_body_before_it(piping: Pipe) -> None:
    server = piping(watches=True)
    found = results(server, [parcel(to, DOTS) for to in PEOPLE])
    assert kinds(found) == [Accepted] * 6
    assert server.received == [(to, DOTS) for to in PEOPLE]
    assert server.ahead == len(PEOPLE) - 1
    assert server.connections == 1


# a sender that is refused for good is everybody's trouble
@pytest.mark.parametrize(
    ("stage", "code"),
    [("mail", 450), ("mail", 452), *product(("rcpt", "data", "dot"), (450, 452, 550, 552))],
)
def test_a_refusal_leaves_its_neighbours_alone(piping: Pipe, stage: str, code: int) -> None:
    server = piping()
    odd = f"{stage}.{code}@example.org"
    bad = parcel("odd@example.org", sender=odd) if stage == "mail" else parcel(odd)
    found = results(server, [parcel(PEOPLE[0]), bad, parcel(PEOPLE[1]), bad_too(bad), parcel(PEOPLE[2])])
    refusal = Deferred if code < 500 else Rejected
    assert kinds(found) == [Accepted, refusal, Accepted, refusal, Accepted]
    assert [to for to, _ in server.received] == PEOPLE[:3]
    assert server.connections == 1
    assert str(code) in found[bad.envelope_to].reply  # type: ignore[union-attr]


def bad_too(one: Parcel) -> Parcel:
    """Return another person's parcel that meets the same."""
    local, _, domain = one.envelope_to.partition("@")
    return parcel(f"{local}.too@{domain}", sender=one.envelope_from)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_421_charges_nobody_and_the_next_goes_out_on_a_new_line(piping: Pipe, stage: str) -> None:
    server = piping()
    odd = f"{stage}.421@example.org"
    bad = parcel("odd@example.org", sender=odd) if stage == "mail" else parcel(odd)
    found = results(server, [parcel(PEOPLE[0]), bad, parcel(PEOPLE[1])])
    assert kinds(found) == [Accepted, Deferred, Accepted]
    assert found[bad.envelope_to].charged is False  # type: ignore[union-attr]
    is_true(server, found)


def test_a_refused_sender_is_the_servers_trouble_and_begins_nothing(piping: Pipe) -> None:
    server = piping()
    begun: list[Parcel] = []
    with pytest.raises(ServerTrouble, match="refuses the sender"):
        outcomes(smtp(server.port), [parcel(PEOPLE[0], sender="mail.550@example.org")], begun.append)
    assert begun == []
    assert server.received == []


def test_a_server_that_wants_a_body_for_nobody_gets_an_empty_one(piping: Pipe) -> None:
    server = piping(lambda number: Line(insists=True))
    found = results(server, [parcel(PEOPLE[0]), parcel("rcpt.550@example.org"), parcel(PEOPLE[1])])
    assert kinds(found) == [Accepted, Rejected, Accepted]
    is_true(server, found)


def test_what_the_ledger_withholds_is_sent_to_nobody(piping: Pipe) -> None:
    server = piping()
    kept = {PEOPLE[0], PEOPLE[3], PEOPLE[5]}
    withheld = Withheld(reason="unsubscribed meanwhile")
    sent = {
        one.envelope_to: outcome
        for one, outcome in smtp(server.port).deliver(
            [parcel(to) for to in PEOPLE], lambda one: withheld if one.envelope_to in kept else None
        )
    }
    assert {to for to, outcome in sent.items() if outcome == withheld} == kept
    assert {to for to, _ in server.received} == set(PEOPLE) - kept


def test_a_server_that_cannot_pipeline_is_asked_one_command_at_a_time_from_then_on(piping: Pipe) -> None:
    server = piping(lambda number: Line(forgets=True))
    found = results(server, [parcel(to) for to in PEOPLE], timeout=2)
    assert kinds(found) == [Accepted] * 6
    is_true(server, found)
    assert server.connections >= 2


@pytest.mark.parametrize("offers", [(), ("8BITMIME",)])
def test_where_nobody_offers_it_nothing_is_pipelined(piping: Pipe, offers: tuple[str, ...]) -> None:
    server = piping(offers=offers, watches=True)
    found = results(server, [parcel(to) for to in PEOPLE])
    assert kinds(found) == [Accepted] * 6
    assert server.ahead == 0


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    "answer",
    [
        b"354 too early\r\n",
        b"250 too late\r\n250 twice\r\n",
        b"nonsense\r\n",
        b"\xff\x00\xfe\r\n",
        b"250 " + b"z" * 10_000 + b"\r\n",
        b"250-one\r\n550 other\r\n",
        b"999 what\r\n",
        b"\r\n" * 50,
        b"550 5.1.1 no\r\n354 but go on\r\n",
    ],
    ids=lambda answer: repr(answer[:20]),
)
def test_answers_in_disorder_give_everybody_an_outcome_that_is_true(piping: Pipe, stage: str, answer: bytes) -> None:
    server = piping(only_first(Line(answers={stage: answer})))
    if (stage, answer[:3]) == ("mail", b"550"):
        # whoever is told so believes that nobody would be served
        with pytest.raises(ServerTrouble):
            results(server, [parcel(to) for to in PEOPLE[:3]])
        assert server.received == []
    else:
        found = results(server, [parcel(to) for to in PEOPLE[:3]], timeout=1)
        is_true(server, found)


def conversation() -> int:
    """Return octets that three messages take, from the first EHLO to the goodbye."""
    return 3 * (len(CONTENT) + 110) + 40


#: octets of the first EHLO, and of a greeting with the answer to it: a line that ends before has never served
EHLO, OFFERED = 24, 109


def cut_at(octets: int, *, reading: bool) -> None:
    """Cut the first line after so many octets, and hold what was said against what the server got."""
    line = Line(reads=octets) if reading else Line(writes=octets)
    with closing(Piping(only_first(line))) as server:
        never_served = octets < (EHLO if reading else OFFERED)
        try:
            found = results(server, [parcel(to) for to in PEOPLE[:3]], timeout=2)
        except ServerTrouble:
            # the answer to EHLO may be lost with the line
            assert never_served or (reading and octets == EHLO), octets
            assert not server.received, octets
            return
        assert not never_served, octets
        is_true(server, found)
        assert sum(isinstance(one, InDoubt) for one in found.values()) <= 1, f"what was on the wire, cut at {octets}"
        assert sum(isinstance(one, Accepted) for one in found.values()) >= 2, octets


@pytest.mark.parametrize("reading", [True, False], ids=["reads", "writes"])
def test_a_line_may_end_at_any_octet_that_the_server_reads_or_writes(reading: bool) -> None:
    # each waits more than it works
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda octets: cut_at(octets, reading=reading), range(conversation())))


# ---------------------------------------------------------------------------------------------
# What a server offers


def test_sizes_are_told_where_they_are_asked_for(piping: Pipe) -> None:
    server = piping(offers=("PIPELINING", "SIZE 1000"))
    assert kinds(results(server, [parcel(PEOPLE[0])])) == [Accepted]
    assert f"MAIL FROM:<news@kestrel.example.org> SIZE={len(CONTENT)}" in server.commands


def test_an_email_that_is_larger_than_the_server_takes_is_everybodys_trouble(piping: Pipe) -> None:
    server = piping(offers=("PIPELINING", "SIZE 20"))
    begun: list[Parcel] = []
    with pytest.raises(ServerTrouble, match="takes at most 20"):
        outcomes(smtp(server.port), [parcel(to) for to in PEOPLE], begun.append)
    assert begun == []


@pytest.mark.parametrize("size", ["SIZE", "SIZE 0", "SIZE none"])
def test_a_server_that_names_no_size_is_sent_everything(piping: Pipe, size: str) -> None:
    assert kinds(results(piping(offers=(size,)), [parcel(PEOPLE[0])])) == [Accepted]


def test_eight_bits_are_announced_only_where_there_are_any(piping: Pipe) -> None:
    server = piping()
    results(server, [parcel(PEOPLE[0]), parcel(PEOPLE[1], "Subject: é\r\n\r\nà\r\n".encode())])
    mails = [command for command in server.commands if command.startswith("MAIL")]
    assert [command.endswith("BODY=8BITMIME") for command in mails] == [False, True]


ODD = "jürgen@example.org"


def test_a_letter_beyond_ascii_goes_only_to_servers_that_carry_it(piping: Pipe) -> None:
    able, unable = piping(offers=(*OFFERS, "SMTPUTF8")), piping()
    assert kinds(results(able, [parcel(PEOPLE[0]), parcel(ODD), parcel(PEOPLE[1])])) == [Accepted] * 3
    mails = [command for command in able.commands if command.startswith("MAIL")]
    assert [command.endswith("SMTPUTF8") for command in mails] == [False, True, False]
    found = results(unable, [parcel(PEOPLE[0]), parcel(ODD), parcel(PEOPLE[1])])
    assert kinds(found) == [Accepted, Rejected, Accepted]
    assert "SMTPUTF8" in found[ODD].reply  # type: ignore[union-attr]
    assert not any(ODD in command for command in unable.commands)


@pytest.mark.parametrize(
    "address", ["a\r\nRCPT TO:<b@example.org>", "a>b@example.org", "ü\n@example.org", "ü>@x.org", ""]
)
def test_an_address_that_would_be_two_commands_never_reaches_the_wire(piping: Pipe, address: str) -> None:
    server = piping(offers=(*OFFERS, "SMTPUTF8"))
    found = results(server, [parcel(PEOPLE[0]), parcel(address), parcel(PEOPLE[1])])
    assert kinds(found) == [Accepted, Rejected, Accepted]
    assert [to for to, _ in server.received] == PEOPLE[:2]
