"""One variant as a test to one address: what people get, and nothing of it counts."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from digest.app import App, trying
from digest.domain.errors import DigestError, NotFound, Refused
from digest.domain.model import Deferred, InDoubt, Outcome, Rejected, Subscriber
from digest.jobs import readers
from digest.stages import track
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench
from tests.jobs.test_editing import Desk

HANNAH = "hannah@fernhill.example.org"


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(App, "transport", lambda app: made)
    return made


@pytest.fixture
def desk(bench: Workbench, wire: Wire) -> Desk:
    return Desk(bench)


def read(wire: Wire, number: int = -1) -> EmailMessage:
    made = message_from_bytes(wire.parcels[number].content, policy=default)
    assert isinstance(made, EmailMessage)
    return made


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n").rstrip()


def test_a_test_holds_the_very_parts_that_people_get(desk: Desk, wire: Wire) -> None:
    tried = trying.send_test(desk.bench.app, desk.edition, HANNAH)
    assert (tried.address, tried.reply) == (HANNAH, "250 ok")
    mail, composer = read(wire), desk.bench.app.composer(desk.edition)
    variant = composer.variants[tried.variant]
    assert mail["Subject"] == f"Test: {variant.subject}"
    assert mail["To"] == f"Sam Reader <{HANNAH}>"
    # the links of whoever got it, by the one that ends a subscription
    unsubscribe = re.search(r"/u/(test-[0-9a-f]+)\.", str(mail["List-Unsubscribe"]))
    assert unsubscribe is not None
    reader = Subscriber(id=unsubscribe[1], address=HANNAH, first_name="Sam", last_name="Reader")
    page, text = composer.parts(variant, reader)
    assert part(mail, "html") == page.rstrip()
    assert part(mail, "plain") == text.rstrip()


def test_a_test_leaves_no_trace_in_the_ledger(desk: Desk, wire: Wire) -> None:
    before = desk.bench.states(desk.edition)
    trying.send_test(desk.bench.app, desk.edition, "ada@example.org")
    assert desk.bench.states(desk.edition) == before == {}
    desk.bench.app.approve(desk.edition, "Ada")
    theirs = Wire()
    desk.bench.app.send(desk.edition, theirs, "Ada")
    assert "ada@example.org" in theirs.addresses


def test_who_follows_the_way_out_of_a_test_ends_nobodys_subscription(desk: Desk, wire: Wire) -> None:
    app = desk.bench.app
    trying.send_test(app, desk.edition, "ada@example.org")
    written = str(read(wire)["List-Unsubscribe"]).partition("/u/")[2].partition(">")[0]
    opened = track.opened(app.secret, "unsubscribe", ["news"], written)
    assert opened is not None
    leaving = readers.Leaving(newsletter=opened[0], subscriber=opened[1], how="one click in the email", remote="")
    assert readers.leave(app.store, desk.bench.clock, [leaving]) == [False]


def test_each_test_is_a_mail_of_its_own(desk: Desk, wire: Wire) -> None:
    for _ in range(2):
        trying.send_test(desk.bench.app, desk.edition, HANNAH)
    assert read(wire, 0)["Message-ID"] != read(wire, 1)["Message-ID"]


def test_a_test_that_bounces_is_nobodys_bounce(bench: Workbench, wire: Wire) -> None:
    bounces = 'address = "news@fernhill.example.org"\nbounces = "back@fernhill.example.org"'
    bench.configure(CONFIGURATION.replace('address = "news@fernhill.example.org"', bounces))
    desk = Desk(bench)
    trying.send_test(bench.app, desk.edition, HANNAH)
    assert wire.parcels[0].envelope_from == "news@fernhill.example.org"


def test_the_variant_that_is_asked_for_is_sent_and_only_one_that_is_mailed(desk: Desk, wire: Wire) -> None:
    with desk.bench.app.store.reading() as session:
        slugs = [one.slug for one in session.editions.variants(desk.edition) if not one.is_web_version]
    for slug in slugs:
        assert trying.send_test(desk.bench.app, desk.edition, HANNAH, slug).variant == slug
    with pytest.raises(NotFound, match="has no variant “web”"):
        trying.send_test(desk.bench.app, desk.edition, HANNAH, "web")


def test_a_person_reads_their_own_name_in_their_test(desk: Desk, wire: Wire) -> None:
    hannah = Subscriber(id="", address=HANNAH, first_name="Hannah")
    trying.send_test(desk.bench.app, desk.edition, HANNAH, person=hannah)
    assert "Hello Hannah" in part(read(wire), "plain")


def test_no_test_goes_to_who_is_kept_off(desk: Desk, wire: Wire) -> None:
    desk.bench.app.leave("ADA@example.org")
    with pytest.raises(Refused, match="is kept off"):
        trying.send_test(desk.bench.app, desk.edition, "ada@example.org")
    assert wire.parcels == []


@pytest.mark.parametrize("address", ["no address", "a@b@example.org", "", "ada@example.org\r\nBcc: bo@example.org"])
def test_what_is_no_address_is_told(desk: Desk, wire: Wire, address: str) -> None:
    with pytest.raises(DigestError):
        trying.send_test(desk.bench.app, desk.edition, address)
    assert wire.parcels == []


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Rejected(reply="550 no"), "did not take the test: 550 no"),
        (Deferred(reply="451 later"), "did not take the test: 451 later"),
        (InDoubt(reason="the line was lost"), "whether the test arrived: the line was lost"),
    ],
)
def test_what_the_server_says_of_a_test_is_said(desk: Desk, wire: Wire, outcome: Outcome, says: str) -> None:
    wire.answer = lambda parcel: outcome
    with pytest.raises(Refused, match=says):
        trying.send_test(desk.bench.app, desk.edition, HANNAH)
