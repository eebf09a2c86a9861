"""What the ledger makes of a mail server's faults, over real lines to real servers: nobody is lost, charged or mailed
twice, and what is wrong is said.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.smtp import AuthResult

from digest.domain.errors import ServerTrouble
from digest.domain.model import EditionState
from digest.jobs import edition as editions
from digest.jobs.send import Sent
from digest.stages.send import refuses_the_email
from digest.transports.smtp import Smtp, pacing
from tests.contract.conftest import Marked, smtp
from tests.contract.postfix import postfix, postgrey, smtp_sink
from tests.jobs.conftest import HEADER, Workbench

#: three people are to get the edition, one is skipped
PEOPLE = ["ada@example.org", "bo@example.org", "cy@example.org"]


@pytest.fixture(autouse=True)
def waiting_costs_nothing(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due within a minute and a half is waited for by the test's clock; going slower is another test's."""
    bench.app.wait = lambda seconds: bench.clock.forward(seconds=seconds)  # type: ignore[method-assign]
    monkeypatch.setattr(pacing, "MOST_SECONDS", 0.02)


def send(bench: Workbench, edition: str, transport: Smtp) -> Sent:
    return bench.app.send(edition, transport, "Ada")


def is_paused(bench: Workbench, edition: str, transport: Smtp, why: str) -> None:
    """Hold that sending stops with a reason, and that nobody is charged."""
    with pytest.raises(ServerTrouble, match=why) as trouble:
        send(bench, edition, transport)
    found = editions.find(bench.app.store, edition)
    assert (found.state, found.note) == (EditionState.PAUSED, trouble.value.what)
    assert bench.states(edition) == {"pending": 3, "skipped": 1}
    assert attempts(bench, edition) == [0, 0, 0]


def rows(bench: Workbench, edition: str, column: str) -> list[object]:
    """Return what stands in the ledger for those who are to get it."""
    asked = f"SELECT {column} FROM delivery WHERE edition = ? AND state <> 'skipped' ORDER BY subscriber"
    with closing(sqlite3.connect(bench.folder / "digest.db")) as ledger:
        return [one for (one,) in ledger.execute(asked, (edition,))]


def attempts(bench: Workbench, edition: str) -> list[object]:
    return rows(bench, edition, "attempts")


def message_ids(mails: list[bytes]) -> list[bytes]:
    return sorted(line for mail in mails for line in mail.splitlines() if line.lower().startswith(b"message-id:"))


# ---------------------------------------------------------------------------------------------
# Doubt


@pytest.mark.parametrize("words", [("-q", "."), ("-W", ".:30")], ids=["closed", "late"])
def test_what_no_answer_came_for_is_in_doubt_and_never_sent_again(bench: Workbench, words: tuple[str, ...]) -> None:
    edition = bench.approved()
    with smtp_sink(*words) as sink:
        sent = send(bench, edition, smtp(sink.port, timeout=2, connections=3))
    assert bench.states(edition) == {"unknown": 3, "skipped": 1}
    assert sent.edition.state == EditionState.SENT
    with smtp_sink() as good:
        bench.clock.forward(days=2)
        send(bench, edition, smtp(good.port))
        assert good.mails == []


def test_a_server_that_answers_the_next_envelope_before_the_body_is_not_believed(bench: Workbench) -> None:
    # as smtp-sink does while it waits with the answer to a body that has an envelope behind it
    addresses = [f"p{number}@example.org" for number in range(12)]
    bench.people(HEADER + "".join(f"{one},Ada,head,,weekly,form,2026-01-01\n" for one in addresses))
    edition = bench.approved()
    with smtp_sink("-W", ".:3") as sink:
        send(bench, edition, smtp(sink.port, timeout=8, connections=3))
        states = bench.states(edition)
        # each line asks one command at a time from then on, and waits
        assert 1 <= states["unknown"] <= 3
        assert states["sent"] + states["unknown"] == 12


# ---------------------------------------------------------------------------------------------
# Not now


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "."])
def test_a_server_that_closes_with_421_charges_nobody_and_another_takes_everything(
    bench: Workbench, stage: str
) -> None:
    edition = bench.approved()
    with smtp_sink("-Q", stage) as closing_down:
        is_paused(bench, edition, smtp(closing_down.port), "ends every connection: 421")
    with smtp_sink() as good:
        bench.clock.forward(minutes=2)
        assert send(bench, edition, smtp(good.port)).edition.state == EditionState.SENT
        assert len(set(message_ids(good.mails))) == len(good.mails) == 3
    assert attempts(bench, edition) == [1, 1, 1]


def test_who_is_greylisted_is_tried_again_as_the_same_sender_and_gets_it_once(bench: Workbench) -> None:
    edition = bench.approved()
    delay = 3
    with postgrey(delay) as policy, postfix(PEOPLE, policy) as server:
        first = send(bench, edition, smtp(server.port))
        assert first.waiting == 3
        assert first.next_at is not None
        assert first.next_at - bench.clock() >= timedelta(seconds=delay)
        assert {str(reply)[:3] for reply in rows(bench, edition, "reply")} == {"450"}
        # postgrey's clock is the machine's own
        server.wait_for("Greylisted", 3)
        threading.Event().wait(delay + 0.5)
        bench.clock.now = first.next_at
        assert send(bench, edition, smtp(server.port)).edition.state == EditionState.SENT
        mails = [mail for address in PEOPLE for mail in server.mails(address, 1)]
        assert len(set(message_ids(mails))) == len(mails) == 3
        assert {line for mail in mails for line in mail.splitlines() if line.startswith(b"Return-Path:")} == {
            b"Return-Path: <news@fernhill.example.org>"
        }


def test_who_is_put_off_for_ever_is_given_up_and_the_edition_ends(bench: Workbench) -> None:
    edition = bench.approved()
    with smtp_sink("-r", "RCPT", "-b", "450 4.2.0 busy for ever") as sink:
        sent = send(bench, edition, smtp(sink.port))
        tries = 1
        while sent.edition.state == EditionState.SENDING:
            assert sent.waiting == 3
            assert sent.next_at is not None
            bench.clock.now = sent.next_at
            sent = send(bench, edition, smtp(sink.port))
            tries += 1
    assert bench.states(edition) == {"failed": 3, "skipped": 1}
    assert sum(one.count for one in sent.tallies) == 4
    assert {one.reason for one in sent.tallies if one.state == "failed"} == {
        "refused for now, until there was no more time"
    }
    assert {str(reply) for reply in rows(bench, edition, "reply")} == {"450 4.2.0 busy for ever"}
    assert attempts(bench, edition) == [tries] * 3
    assert 5 <= tries <= 12


# ---------------------------------------------------------------------------------------------
# No


def test_who_does_not_exist_is_refused_alone(bench: Workbench) -> None:
    edition = bench.approved()
    with postfix(PEOPLE[1:]) as server:
        sent = send(bench, edition, smtp(server.port))
        assert [len(server.mails(one, 1)) for one in PEOPLE[1:]] == [1, 1]
    assert sent.edition.state == EditionState.SENT
    assert bench.states(edition) == {"sent": 2, "failed": 1, "skipped": 1}
    assert [str(reply)[:9] for reply in rows(bench, edition, "reply") if str(reply)[0] == "5"] == ["550 5.1.1"]


def test_a_server_that_knows_nobody_is_asked_once_for_each(bench: Workbench) -> None:
    edition = bench.approved()
    with smtp_sink("-f", "RCPT", "-B", "550 5.1.1 no such person") as sink:
        assert send(bench, edition, smtp(sink.port)).edition.state == EditionState.SENT
        bench.clock.forward(days=2)
        send(bench, edition, smtp(sink.port))
    assert bench.states(edition) == {"failed": 3, "skipped": 1}
    assert attempts(bench, edition) == [1, 1, 1]


# ---------------------------------------------------------------------------------------------
# The server's trouble


def test_a_blocked_address_pauses_the_edition_and_burns_nobody(bench: Workbench) -> None:
    edition = bench.approved()
    with smtp_sink("-f", "CONNECT", "-B", "554 5.7.1 your address is blocked") as sink:
        is_paused(bench, edition, smtp(sink.port, connections=3), "your address is blocked")
    with smtp_sink() as good:
        assert send(bench, edition, smtp(good.port)).edition.state == EditionState.SENT
        assert len(good.mails) == 3


def test_a_refused_log_in_pauses_the_edition_and_burns_nobody(bench: Workbench) -> None:
    edition = bench.approved()

    def nobody(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    with closing(Marked(authenticator=nobody, auth_require_tls=False)) as server:
        is_paused(bench, edition, smtp(server.port, user="digest", password="a-secret"), "535")
        assert "a-secret" not in editions.find(bench.app.store, edition).note
        assert server.received == []


def test_nothing_goes_out_in_clear_where_the_server_offers_no_encryption(bench: Workbench) -> None:
    edition = bench.approved()
    with smtp_sink() as sink:
        is_paused(bench, edition, smtp(sink.port, tls="starttls"), "offers no encryption")
        assert sink.mails == []


def test_an_email_that_is_too_large_for_the_server_pauses_the_edition(bench: Workbench) -> None:
    edition = bench.approved()
    with closing(Marked(data_size_limit=2_000)) as server:
        is_paused(bench, edition, smtp(server.port), "takes at most 2,000")
        assert server.received == []


def test_an_email_that_many_refuse_stops_after_the_first_few_and_goes_on_when_somebody_says_so(
    bench: Workbench,
) -> None:
    # one in ten is refused as spam
    addresses = [f"{'dot.554.' if number % 10 == 4 else ''}p{number}@example.org" for number in range(200)]
    bench.people(HEADER + "".join(f"{one},Ada,head,,weekly,form,2026-01-01\n" for one in addresses))
    edition = bench.approved()
    with closing(Marked()) as server:
        with pytest.raises(ServerTrouble, match=r"\d of \d+ were refused .* 554 5\.7\.1 as you asked"):
            send(bench, edition, smtp(server.port))
        found = editions.find(bench.app.store, edition)
        assert (found.state, "were refused" in found.note) == (EditionState.PAUSED, True)
        states = bench.states(edition)
        # who comes first is chance
        assert 5 <= states["failed"] < 20
        assert states["sent"] == len(server.received) < 150
        assert states["pending"] == 200 - states["failed"] - states["sent"]
        with closing(sqlite3.connect(bench.folder / "digest.db")) as ledger:
            assert ledger.execute("SELECT count(*) FROM suppression").fetchone() == (0,)
    with smtp_sink() as sink:
        assert send(bench, edition, smtp(sink.port)).edition.state == EditionState.SENT
        assert len(sink.mails) == states["pending"]


def test_a_limit_that_the_server_tells_only_afterwards_stops_the_edition_too(bench: Workbench) -> None:
    addresses = [f"p{number}@example.org" for number in range(100)]
    bench.people(HEADER + "".join(f"{one},Ada,head,,weekly,form,2026-01-01\n" for one in addresses))
    edition = bench.approved()
    server = smtp_sink("-f", ".", "-B", "552 5.3.4 message too big")
    with server as sink, pytest.raises(ServerTrouble, match="message too big"):
        send(bench, edition, smtp(sink.port))
    # what was on the wire when it became plain has its answer, too
    assert 5 <= bench.states(edition)["failed"] <= 25
    assert sum(bench.states(edition).values()) == 100


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("550 5.1.1 no such person", False),
        ("550 no such person", False),
        ("554 5.1.2 no such host", False),
        ("552 5.2.2 mailbox full", True),
        ("552 5.3.4 too big", True),
        ("550 5.7.1 looks like spam", True),
        ("550 5.7.26 unauthenticated", True),
        ("554 looks like spam", True),
        ("552", True),
    ],
)
def test_which_refusals_are_of_the_email(reply: str, expected: bool) -> None:
    assert refuses_the_email(reply) is expected


# ---------------------------------------------------------------------------------------------
# What an old server cannot


def test_an_old_server_gets_seven_bits_and_who_it_cannot_carry_is_named(bench: Workbench) -> None:
    edition = bench.approved("Crèche in Ŵyddgrug", "Maths of fractions")
    with bench.app.store.writing() as session:
        everybody = session.people.page(bench.newsletter.id, "", 10)
        ada = next(one for one in everybody if one.subscriber.address == "ada@example.org")
        odd = replace(ada.subscriber, address="jürgen@example.org", first_name="Jürgen")
        session.people.save(odd.address, odd, "key of the odd one", [ada.subscription])
    with smtp_sink("-8") as sink:
        assert send(bench, edition, smtp(sink.port)).edition.state == EditionState.SENT
        mails = sink.mails
    assert len(mails) == 2
    assert all(mail.isascii() for mail in mails)
    assert bench.states(edition) == {"sent": 2, "failed": 1, "skipped": 1}
    [said] = [str(reply) for reply in rows(bench, edition, "reply") if "SMTPUTF8" in str(reply)]
    assert "letters that this mail server cannot carry" in said
