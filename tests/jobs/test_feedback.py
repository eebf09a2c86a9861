from __future__ import annotations

import pytest

from digest.domain.model import FeedbackKind, Report, Reported, SubscriptionState, What
from digest.feedback.report import read
from digest.jobs import feedback
from digest.jobs.feedback import SOFT_BOUNCES, Applied, Work
from digest.stages import track
from tests.jobs.conftest import HEADER, Wire, Workbench

ADA = "ada@example.org"


class Returning:
    """A newsletter that was mailed, and what comes back of it."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.edition = bench.approved()
        self.wire = Wire()
        bench.app.send(self.edition, self.wire, "Ada")
        app = bench.app
        self.work = Work(
            store=app.store,
            clock=bench.clock,
            newsletters=app.loaded.workspace.newsletters,
            secret=app.secret,
            suppression_key=app.suppression_key,
        )

    def mailed(self, address: str = ADA) -> bytes:
        """Return the message that somebody got."""
        return next(parcel.content for parcel in self.wire.parcels if parcel.envelope_to == address)

    def apply(self, message: bytes) -> Applied:
        return feedback.apply(self.work, read(message), message)

    def state(self, address: str = ADA, newsletter: str = "news") -> SubscriptionState:
        with self.bench.app.store.reading() as session:
            [(_, places)] = session.people.by_address([address]).values()
        return next(one.state for one in places if one.newsletter == newsletter)

    def kept_off(self, address: str = ADA) -> str:
        with self.bench.app.store.reading() as session:
            found = session.people.kept_off(self.bench.app.suppression_key(address))
        return found.reason if found else ""


@pytest.fixture
def returning(bench: Workbench) -> Returning:
    return Returning(bench)


def bounce(returned: bytes, address: str = ADA, status: str = "5.1.1", to: str = "news@fernhill.example.org") -> bytes:
    """A delivery status notification (RFC 3464) that holds the headers of what it returns."""
    head = returned.partition(b"\r\n\r\n")[0].decode()
    return (
        f"From: MAILER-DAEMON@mx.example.org\r\nTo: {to}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} refused\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{head}\r\n\r\n--b--\r\n"
    ).encode()


def complaint(returned: bytes) -> bytes:
    """A report of spam (RFC 5965) that tells nobody's address."""
    head = returned.partition(b"\r\n\r\n")[0].decode().replace(ADA, "redacted@example.org")
    return (
        "From: fbl@provider.example\r\nTo: abuse@fernhill.example.org\r\nSubject: FW: news\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        "User-Agent: X/1\r\nVersion: 1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{head}\r\n\r\nHello\r\n--b--\r\n"
    ).encode()


def test_a_hard_bounce_keeps_an_address_off_everywhere(returning: Returning) -> None:
    assert returning.apply(bounce(returning.mailed())).counted == ("hard",)
    assert returning.state() == SubscriptionState.BOUNCED
    assert returning.kept_off() == "hard bounce"
    assert returning.state("bo@example.org") == SubscriptionState.ACTIVE


def test_the_same_message_again_counts_no_more(returning: Returning) -> None:
    message = bounce(returning.mailed(), status="4.2.2")
    assert returning.apply(message).counted == ("soft",)
    for _ in range(SOFT_BOUNCES + 1):
        assert returning.apply(message).counted == ()
    assert returning.state() == SubscriptionState.ACTIVE


@pytest.mark.parametrize("forged", ["another mark", "no headers", "another person's"])
def test_a_forged_report_keeps_nobody_off(returning: Returning, forged: str) -> None:
    returned = returning.mailed()
    if forged == "another mark":
        for token in (b"Message-ID: <", b"/u/"):
            at = returned.index(token) + len(token) + 20
            returned = returned[:at] + bytes([returned[at] ^ 1]) + returned[at + 1 :]
    elif forged == "no headers":
        returned = b"Subject: x\r\n\r\n"
    else:
        returned = returning.mailed("bo@example.org").replace(b"/u/", b"/x/")
    applied = returning.apply(bounce(returned))
    assert (applied.counted, applied.unproven) == ((), True)
    assert returning.state() == SubscriptionState.ACTIVE
    assert returning.kept_off() == ""


def test_a_return_path_with_its_mark_is_proof_where_nothing_is_returned(returning: Returning) -> None:
    with returning.bench.app.store.reading() as session:
        [(person, _)] = session.people.by_address([ADA]).values()
    path = track.return_path(returning.bench.app.secret, "news", person.id, "bounces@fernhill.example.org")
    assert returning.apply(bounce(b"Subject: x", address="else@where.example", to=path)).counted == ("hard",)
    assert returning.kept_off() == "hard bounce"


def test_a_relay_that_rewrites_the_return_path_is_matched_by_the_message_id(returning: Returning) -> None:
    returned = returning.mailed().replace(b"/u/", b"/x/")
    assert returning.apply(bounce(returned, to="0102018b-abc@relay.example")).counted == ("hard",)
    with returning.bench.app.store.reading() as session:
        shown = session.rights.held(session.rights.subscriber(ADA), ADA, "")["feedback"]
    assert shown[0]["edition"] == returning.edition


def test_five_soft_bounces_of_five_editions_are_a_hard_one_and_old_ones_count_no_more(returning: Returning) -> None:
    for number in range(SOFT_BOUNCES + 3):
        message = bounce(returning.mailed(), status="4.2.2").replace(b"Undelivered", b"Undelivered %d" % number)
        # without its Message-ID a day stands for an edition
        message = message.replace(b"Message-ID: <", b"X-Id: <")
        if number == 3:
            returning.bench.clock.forward(days=40)
        returning.apply(message)
        expected = SubscriptionState.BOUNCED if number >= SOFT_BOUNCES + 2 else SubscriptionState.ACTIVE
        assert returning.state() == expected, number
        returning.bench.clock.forward(days=1)


def test_warnings_of_one_edition_are_one_soft_bounce(returning: Returning) -> None:
    for number in range(SOFT_BOUNCES + 3):
        returning.apply(bounce(returning.mailed(), status="4.4.7").replace(b"Undelivered", b"Delayed %d" % number))
        returning.bench.clock.forward(days=1)
    assert returning.state() == SubscriptionState.ACTIVE


def test_a_complaint_keeps_off_for_ever_although_it_names_nobody(returning: Returning) -> None:
    assert returning.apply(complaint(returning.mailed())).counted == ("complaint",)
    assert returning.state() == SubscriptionState.COMPLAINED
    assert returning.kept_off() == "complaint"
    returning.apply(bounce(returning.mailed()))
    assert returning.kept_off() == "complaint"


def test_who_is_away_stays(returning: Returning) -> None:
    away = (
        f"From: {ADA}\r\nTo: news@fernhill.example.org\r\nAuto-Submitted: auto-replied\r\n"
        "Subject: Out of office: Fernhill news\r\n\r\nI am away until Monday.\r\n"
    ).encode()
    assert returning.apply(away).counted == ()
    assert returning.state() == SubscriptionState.ACTIVE


@pytest.mark.parametrize("subject", ["unsubscribe", "Re: Fernhill news"])
def test_a_mail_that_asks_to_leave_ends_the_subscription(returning: Returning, subject: str) -> None:
    body = "" if subject == "unsubscribe" else "Please remove me from your list.\r\n\r\n> Nursery play\r\n"
    asked = f"From: Ada <ADA@example.org>\r\nTo: news@fernhill.example.org\r\nSubject: {subject}\r\n\r\n{body}".encode()
    assert returning.apply(asked).counted == ("left",)
    assert returning.state() == SubscriptionState.UNSUBSCRIBED
    assert returning.kept_off() == ""
    assert returning.apply(asked).counted == ()


def test_a_bounce_settles_a_delivery_in_doubt_and_changes_none_that_was_sent(bench: Workbench) -> None:
    returning = Returning(bench)
    returning.apply(bounce(returning.mailed()))
    assert bench.states(returning.edition)["sent"] == 3


def test_complaints_within_an_edition_are_counted_for_the_brake(returning: Returning) -> None:
    returning.apply(complaint(returning.mailed()))
    with returning.bench.app.store.reading() as session:
        assert session.people.complaints(returning.bench.clock()) == 1


def test_nobody_who_bounced_is_brought_back_by_a_file(returning: Returning) -> None:
    returning.apply(bounce(returning.mailed()))
    returning.bench.people(HEADER + f"{ADA},Augusta,head,,weekly,form,2026-02-02\n")
    returning.bench.app.import_people(returning.bench.newsletter)
    assert returning.state() == SubscriptionState.BOUNCED


def test_who_is_unknown_counts_nowhere(returning: Returning) -> None:
    report = Report(
        what=What.UNSUBSCRIBE, recipients=(Reported(address="nobody@example.org", kind=FeedbackKind.NONE),), hash="h"
    )
    assert feedback.apply(returning.work, report, b"").counted == ()
