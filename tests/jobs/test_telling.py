"""What staff are mailed about an edition: each of them, once, whoever did it and in whatever process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from digest.app import App, telling
from digest.app import clock as timing
from digest.domain.errors import ServerTrouble
from digest.domain.model import (
    Accepted,
    Deferred,
    InDoubt,
    LinkAnswer,
    LinkState,
    Outcome,
    Parcel,
    Rejected,
    Telling,
)
from digest.domain.ports import Begin, Known, unheard
from digest.jobs import editing
from digest.jobs import edition as editions
from digest.jobs import telling as job
from digest.net.fetch import Web
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench, utc
from tests.jobs.test_editing import Desk

HANNAH, MARCUS = "hannah@fernhill.example.org", "marcus@fernhill.example.org"
STAFF = f"""
[desk]
address = "https://desk.fernhill.example.org"
tell = ["{HANNAH}", "{MARCUS}"]
"""
LINK = "https://desk.fernhill.example.org/editions/news-2026-11-24-0800"


class Office(Desk):
    """A draft, and staff who are told of it."""

    def __init__(self, bench: Workbench, wire: Wire) -> None:
        bench.configure(CONFIGURATION + STAFF)
        super().__init__(bench)
        self.wire = wire

    def tell(self) -> job.Mailed:
        return telling.tell(self.bench.app, self.bench.newsletter)

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails to Hannah; Marcus gets the same."""
        found = [message_from_bytes(one.content, policy=default) for one in self.wire.parcels]
        return [one for one in found if isinstance(one, EmailMessage) and one["To"] == HANNAH]

    @property
    def subjects(self) -> list[str]:
        return [str(one["Subject"]) for one in self.mails]

    def text(self, number: int = -1) -> str:
        body = self.mails[number].get_body(("plain",))
        assert body is not None
        return " ".join(body.get_content().split())


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(App, "transport", lambda app: made)
    return made


@pytest.fixture
def office(bench: Workbench, wire: Wire) -> Office:
    return Office(bench, wire)


def test_staff_are_told_once_that_a_draft_is_ready_with_what_is_to_be_done(office: Office) -> None:
    assert office.tell().taken == 2
    assert sorted(office.wire.addresses) == [HANNAH, MARCUS]
    assert office.subjects == ["No. 1 is ready: nothing to mend"]
    text = office.text()
    assert "Fernhill news is due on Tue 24 Nov, 08:00, for 3 people." in text
    assert LINK in text
    assert office.tell().taken == 0
    assert len(office.wire.parcels) == 2


def test_findings_are_counted_in_the_subject(office: Office) -> None:
    editing.write(office.at(), {"subject": "A subject that is longer than small phones can show"}, office.step)
    office.tell()
    assert office.subjects == ["No. 1 is ready: 1 to look at"]


def test_a_mail_to_staff_is_from_the_newsletter_and_is_nobodys_subscription(office: Office) -> None:
    office.tell()
    [mail] = office.mails
    assert mail["From"] == "Fernhill <news@fernhill.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert {one.envelope_from for one in office.wire.parcels} == {"news@fernhill.example.org"}
    page = mail.get_body(("html",))
    assert page is not None
    assert f'href="{LINK}"' in page.get_content()


def test_with_nobody_named_nothing_is_sent(bench: Workbench, wire: Wire) -> None:
    Desk(bench)
    assert telling.tell(bench.app, bench.newsletter).taken == 0
    assert wire.parcels == []


def test_who_has_two_spellings_is_told_once(office: Office) -> None:
    office.bench.configure(
        CONFIGURATION + STAFF.replace(MARCUS, HANNAH.title().replace("Fernhill.Example.Org", "fernhill.example.org"))
    )
    assert office.tell().taken == 1


def test_who_is_named_to_approve_is_asked_and_later_whoever_stands_in(office: Office) -> None:
    named = 'approver = "head@fernhill.example.org"\nstand_in = "deputy@fernhill.example.org"\n[newsletters.sender]'
    office.bench.configure(CONFIGURATION.replace("[newsletters.sender]", named) + STAFF)
    office.tell()
    assert "head@fernhill.example.org" in office.wire.addresses
    assert "deputy@fernhill.example.org" not in office.wire.addresses
    office.bench.clock.now = utc(2026, 11, 24, 4, 0)
    office.tell()
    assert office.wire.addresses[3:] == ["deputy@fernhill.example.org"]


def test_an_approval_that_is_taken_back_by_a_change_says_who_changed_what(office: Office) -> None:
    office.bench.app.approve(office.edition, "Ada")
    office.bench.clock.now = utc(2026, 11, 23, 13, 47, 59)
    editing.write(office.at("Marcus"), {"subject": "Another subject"}, office.step)
    assert office.tell().taken == 2
    assert office.subjects == ["No. 1: approval taken back"]
    assert "Approval taken back: Marcus changed: subject at 13:48." in office.text()
    office.bench.app.approve(office.edition, "Ada")
    assert office.tell().taken == 0
    office.bench.clock.forward(minutes=1)
    editions.take_back(
        office.bench.app.store,
        office.bench.clock,
        editions.find(office.bench.app.store, office.edition),
        "Bo",
        "a slip",
    )
    assert office.tell().taken == 2
    assert "Approval taken back: Bo took it back at 13:49 (a slip)." in office.text()


def test_an_approval_that_configuration_takes_back_says_so(office: Office) -> None:
    office.bench.app.approve(office.edition, "Ada")
    office.bench.configure((CONFIGURATION + STAFF).replace("Fernhill Trust", "Another Trust"))
    said: list[str] = []
    office.bench.clock.now = utc(2026, 11, 24, 7, 50)
    timing.ring(office.bench.app, said.append)
    assert "a draft again" in said[0]
    assert "digest.toml or a template changed, and with it the email, at 07:50." in office.text()


def test_what_nobody_approved_by_its_slot_is_held_and_staff_are_told(office: Office) -> None:
    office.tell()
    office.bench.clock.now = utc(2026, 11, 24, 8, 0)
    said: list[str] = []
    timing.ring(office.bench.app, said.append)
    timing.ring(office.bench.app, said.append)
    assert office.subjects[1:] == ["No. 1 is held: not approved by 08:00"]
    assert "Nobody got it." in office.text()
    assert {one.envelope_to for one in office.wire.parcels} == {HANNAH, MARCUS}


def test_an_hour_before_the_slot_links_are_checked_once_and_staff_told_of_dead_ones(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def look(web: Web, address: str, **_: object) -> LinkAnswer:
        asked.append(address)
        is_dead = address.endswith("Nursery-play")
        return LinkAnswer(state=LinkState.GONE if is_dead else LinkState.OK, status=404 if is_dead else 200)

    monkeypatch.setattr(Web, "look", look)
    office.bench.app.approve(office.edition, "Ada")
    said: list[str] = []
    office.bench.clock.now = utc(2026, 11, 24, 6, 59)
    timing.ring(office.bench.app, said.append)
    assert asked == []
    assert timing.due.next_look(office.bench.newsletter, office.bench.clock()) == utc(2026, 11, 24, 7, 0)
    office.bench.clock.now = utc(2026, 11, 24, 7, 0)
    timing.ring(office.bench.app, said.append)
    timing.ring(office.bench.app, said.append)
    assert len(asked) == 3
    assert [one for one in said if "nowhere" in one] == [
        f"{office.edition}: 1 link leads nowhere; `digest links {office.edition}` shows where"
    ]
    assert office.subjects == ["No. 1: 1 link leads nowhere"]
    assert "The link of “Nursery play” answers 404 (gone) since Tue 24 Nov, 07:00." in office.text()
    assert "It leaves at 08:00 all the same, unless somebody takes it back." in office.text()
    office.bench.clock.now = utc(2026, 11, 24, 8, 0)
    timing.ring(office.bench.app, said.append)
    assert "ada@example.org" in office.wire.addresses


def test_links_that_are_good_are_no_news(office: Office) -> None:
    office.bench.app.approve(office.edition, "Ada")
    office.bench.clock.now = utc(2026, 11, 24, 7, 0)
    timing.ring(office.bench.app, lambda words: None)
    assert office.subjects == []


def test_links_are_checked_when_a_draft_is_made(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Web, "look", lambda web, address, **_: LinkAnswer(state=LinkState.GONE, status=410))
    said: list[str] = []
    office.bench.insights("Play by the river")
    timing.draft(office.bench.app, office.bench.newsletter, utc(2026, 12, 1, 8, 0), said.append)
    assert said[1:] == ["news-2026-12-01-0800: 1 link leads nowhere; `digest links news-2026-12-01-0800` shows where"]
    office.tell()
    assert office.subjects[-1] == "No. 2 is ready: 1 to look at"


def test_no_fault_of_checking_links_stops_a_draft(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(timing.links, "check", fails)
    said: list[str] = []
    office.bench.insights("Play by the river")
    timing.draft(office.bench.app, office.bench.newsletter, utc(2026, 12, 1, 8, 0), said.append)
    assert said == [
        "news-2026-12-01-0800: drafted; it waits for approval",
        "news-2026-12-01-0800: its links were not checked: an unexpected fault, ZeroDivisionError.",
    ]


def test_a_sent_edition_is_told_with_what_became_of_it(office: Office) -> None:
    office.bench.app.approve(office.edition, "Ada")
    lost = Wire(lambda one: InDoubt(reason="lost") if one.envelope_to.startswith("bo@") else Accepted(reply="250 ok"))
    office.bench.app.send(office.edition, lost, "Ada")
    office.tell()
    assert office.subjects == ["No. 1 is sent to 2 people"]
    assert "2 sent, 1 in doubt, 1 skipped." in office.text()
    assert "1 delivery is unknown" in office.text()


def test_an_edition_that_pauses_by_itself_is_told_with_why_and_how_many_wait(office: Office) -> None:
    office.bench.app.approve(office.edition, "Ada")
    with pytest.raises(ServerTrouble):
        office.bench.app.send(office.edition, _Down(), "Ada")
    office.tell()
    assert office.subjects == ["No. 1 paused by itself: 3 people wait"]
    assert "Paused: The mail server cannot be reached." in office.text()
    assert "Nobody is mailed until you resume." in office.text()


def test_too_little_news_is_told(office: Office) -> None:
    bench = office.bench
    bench.app.draft(bench.newsletter, utc(2026, 12, 1, 8, 0), record=True)
    office.tell()
    assert office.subjects[-1] == "Fernhill news on Tue 1 Dec, 08:00 is skipped"
    assert "Skipped: 0 new stories, 1 needed." in office.text()


def test_what_is_older_than_a_day_is_no_news(office: Office) -> None:
    office.bench.app.approve(office.edition, "Ada")
    office.bench.app.send(office.edition, Wire(), "Ada")
    office.bench.clock.forward(days=1)
    assert office.tell().taken == 0


@pytest.mark.parametrize(
    ("outcome", "told_again"),
    [(Deferred(reply="451 later"), True), (Rejected(reply="550 no"), False), (InDoubt(reason="lost"), False)],
)
def test_who_was_certainly_not_told_is_told_again_and_nobody_else(
    office: Office, outcome: Outcome, told_again: bool
) -> None:
    office.wire.answer = lambda one: outcome
    assert office.tell().taken == 0
    office.wire.answer = lambda one: Accepted(reply="250 ok")
    assert office.tell().taken == (2 if told_again else 0)


def test_a_server_that_is_down_stops_nothing_and_is_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(App, "transport", lambda app: _Down())
        assert timing.ring(office.bench.app, said.append) == []
    assert said == ["news: staff could not be told by mail: The mail server cannot be reached. It is tried again."]
    timing.ring(office.bench.app, said.append)
    assert office.subjects == ["No. 1 is ready: nothing to mend"]


def test_of_two_clocks_that_ring_at_once_one_tells(office: Office) -> None:
    other = App(office.bench.app.loaded, office.bench.app.store, office.bench.clock)
    second: list[job.Mailed] = []

    def answer(parcel: Parcel) -> Outcome:
        # while the first is sending, the other looks what there is to tell
        second.append(telling.tell(other, office.bench.newsletter))
        return Accepted(reply="250 ok")

    office.wire.answer = answer
    assert office.tell().taken == 2
    assert [one.taken for one in second] == [0, 0]


def test_what_is_told_of_titles_is_text(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    story = office.story("Nursery play")
    editing.write(office.at(), {f"story/{story}/title": "<script>alert(1)</script>"}, office.step)
    dead = LinkAnswer(state=LinkState.GONE, status=404)
    monkeypatch.setattr(Web, "look", lambda web, address, **_: dead)
    office.bench.clock.now = utc(2026, 11, 24, 7, 0)
    timing.ring(office.bench.app, lambda words: None)
    page = office.mails[-1].get_body(("html",))
    assert page is not None
    assert "&lt;script&gt;alert(1)" in page.get_content()
    assert "<script>alert" not in page.get_content()


def test_every_kind_of_telling_has_its_words(office: Office) -> None:
    from digest.stages.telling import Facts, lay_out

    facts = Facts(
        name="No. 7", newsletter="News", organisation="Us", link="https://d.example.org/", due="Tue", due_time="08:00",
        happened="So it is.",
    )  # fmt: skip
    for kind in Telling:
        assert lay_out(kind, facts).subject
        assert lay_out(kind, facts).blocks[0].fields["link"] == "https://d.example.org/"


class _Down:
    """A mail server that does not serve."""

    def deliver(
        self, parcels: Iterable[Parcel | None], begin: Begin, known: Known = unheard
    ) -> Iterator[tuple[Parcel, Outcome]]:
        raise ServerTrouble("The mail server cannot be reached.")
        yield
