from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from digest.domain.model import (
    Accepted,
    Agreed,
    Notice,
    NoticeKind,
    Outcome,
    Parcel,
    Subscriber,
    SubscriptionState,
)
from digest.stages import track
from tests.jobs.conftest import Wire
from tests.web.conftest import NEWS, Place, link, links, read, watched

ADA, BO = "ada@example.org", "bo@example.org"
CHOICE = {"theme": ["maths"], "cadence": "weekly"}
PURPOSES = {"u": "unsubscribe", "p": "preferences", "k": "keep"}


def test_a_get_of_the_unsubscribe_page_reads_nothing_of_anybody(place: Place) -> None:
    address = f"/u/{place.token('unsubscribe', place.person(ADA))}"
    statements = watched(place)
    assert "Unsubscribe" in place.client.get(address).text
    assert statements == []


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        # RFC 8058 3.1 allows both
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {},
        {"content": b"\xff\0{", "headers": {"Content-Type": "application/json"}},
        {"content": b"--", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
        {"content": b"a=1&" * 10_000},
    ],
    ids=["form", "multipart", "nothing", "json", "broken", "many fields"],
)
def test_one_click_needs_the_token_alone_and_counts_once(place: Place, body: dict[str, object]) -> None:
    person = place.person(ADA)
    address = f"/u/{place.token('unsubscribe', person)}"
    place.client.cookies.clear()
    answers = [place.client.post(address, **body) for _ in range(2)]  # type: ignore[arg-type]
    assert [one.status_code for one in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert place.state(ADA) == SubscriptionState.UNSUBSCRIBED
    [record] = place.consents(person)
    assert record.what == Agreed.WITHDRAWN
    clicked = "data" in body or "files" in body
    assert record.how == ("one click in a mail program" if clicked else "unsubscribe page")


def test_who_leaves_by_the_page_while_an_edition_is_sent_gets_nothing_from_then_on(place: Place) -> None:
    edition = place.bench.approved()
    people = [ADA, BO, "cy@example.org"]
    tokens = {one: place.token("unsubscribe", place.person(one)) for one in people}

    def leave(parcel: Parcel) -> Outcome:
        for one in people:
            if one != parcel.envelope_to:
                place.client.post(f"/u/{tokens[one]}", data={"List-Unsubscribe": "One-Click"})
        return Accepted(reply="250 ok")

    wire = Wire(leave)
    place.app.send(edition, wire, "Ada")
    assert len(wire.parcels) == 1
    assert place.bench.states(edition) == {"sent": 1, "skipped": 3}


def test_a_link_to_unsubscribe_never_runs_out(place: Place) -> None:
    address = f"/u/{place.token('unsubscribe', place.person(ADA))}"
    place.clock.forward(days=3_650)
    assert place.client.post(address).status_code == 200
    assert place.state(ADA) == SubscriptionState.UNSUBSCRIBED


def test_programs_that_follow_every_link_of_every_mail_change_nothing(place: Place) -> None:
    mails = [*_mails(place)]
    addresses = {one for mail in mails for one in links(mail) if one.startswith("https://digest.example.org/")}
    assert {one.split("/")[3] for one in addresses} == {"c", "p", "u", "k"}
    before = place.everything()
    for address, method in itertools.product(sorted(addresses), ("GET", "HEAD", "OPTIONS", "PROPFIND")):
        place.client.request(method, address)
        place.client.request(method, address, headers={"X-HTTP-Method-Override": "POST"})
        place.client.request(method, f"{address}?_method=POST&List-Unsubscribe=One-Click")
    assert place.everything() == before


def test_head_is_get_without_the_page(place: Place) -> None:
    for address in ("/subscribe/news", "/nowhere", f"/u/{place.token('unsubscribe', place.person(ADA))}"):
        got, head = place.client.get(address), place.client.head(address)
        assert (head.status_code, head.headers, head.content) == (got.status_code, got.headers, b"")


def test_no_other_text_is_a_token(place: Place) -> None:
    forged = _forged(place)
    before = place.everything()
    nowhere = place.client.get("/u/nothing")
    assert nowhere.status_code == 404
    for page, token in forged:
        for method in ("GET", "POST"):
            said = place.client.request(method, f"/{page}/{token}")
            assert (said.status_code, said.content) == (404, nowhere.content), token
    assert place.everything() == before


def test_a_link_opens_nobody_elses_page_whatever_the_body_says(place: Place) -> None:
    mine, theirs = place.person(ADA), place.person(BO)
    before = place.everything()["subscription"]
    spoofed = {**CHOICE, "id": theirs, "subscriber": theirs, "address": BO, "email": BO, "newsletter": "other"}
    place.client.post(f"/p/{place.token('preferences', mine)}?subscriber={theirs}", data=spoofed)
    changed = [one for one in place.everything()["subscription"] if one not in before]
    assert [one[0] for one in changed] == [mine]
    assert "b•••" not in place.client.get(f"/p/{place.token('preferences', mine)}").text


def test_a_page_tells_an_address_to_its_owner_alone(place: Place) -> None:
    said = place.client.get(f"/p/{place.token('preferences', place.person(ADA))}")
    assert "a•••@example.org" in said.text
    assert ADA not in said.text
    assert said.headers["Cache-Control"] == "no-store"
    assert said.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in said.headers["X-Robots-Tag"]


def test_what_somebody_wants_is_kept_and_said(place: Place) -> None:
    person = place.person(ADA)
    address = f"/p/{place.token('preferences', person)}"
    said = place.client.post(
        address,
        data={
            "theme": ["maths"],
            "cadence": "monthly",
            "pause": "2027-01-05",
            "first_name": " Ada ",
            "last_name": "O'Neill",
        },
    )
    assert "Done. You get Maths once a month, from 5 January 2027 on." in said.text
    with place.app.store.reading() as session:
        known, [mine] = session.people.by_address([ADA])[ADA]
    assert (known.first_name, known.last_name) == ("Ada", "O'Neill")
    assert (mine.themes, mine.cadence, mine.paused_until) == (("maths",), "monthly", datetime(2027, 1, 5, tzinfo=UTC))
    assert (mine.state, mine.consent_source) == ("active", "form")
    # a theme that comes later is for those who want all
    place.client.post(address, data={"theme": ["maths", "nursery"], "cadence": "weekly"})
    with place.app.store.reading() as session:
        _, [mine] = session.people.by_address([ADA])[ADA]
    assert (mine.themes, mine.paused_until) == ((), None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", ""),
        ("cadence", "hourly"),
        ("cadence", ""),
        ("pause", "soon"),
        ("pause", "2020-01-01"),
        ("pause", "9999-12-31"),
        ("first_name", "A\r\nB"),
        ("last_name", "x" * 101),
    ],
)
def test_a_wrong_choice_is_said_beside_its_field_and_changes_nothing(place: Place, name: str, value: str) -> None:
    before = place.everything()
    said = place.client.post(f"/p/{place.token('preferences', place.person(ADA))}", data={**CHOICE, name: value})
    assert said.status_code == 422
    assert f'id="{name}-wrong"' in said.text
    assert place.everything() == before


@pytest.mark.parametrize(
    "state", [SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED, SubscriptionState.COMPLAINED]
)
def test_choosing_and_staying_bring_nobody_back(place: Place, state: SubscriptionState) -> None:
    person = place.person(ADA)
    with place.app.store.writing() as session:
        session.people.set_state(person, NEWS, state)
    assert "You get nothing" in place.client.post(f"/p/{place.token('preferences', person)}", data=CHOICE).text
    assert "You get nothing" in place.client.post(f"/k/{place.token('keep', person)}").text
    assert place.state(ADA) == state
    assert place.consents(person) == []


def test_who_says_that_they_stay_has_said_so(place: Place) -> None:
    person = place.person(ADA)
    assert "Thank you" in place.client.post(f"/k/{place.token('keep', person)}").text
    with place.app.store.reading() as session:
        _, [mine] = session.people.by_address([ADA])[ADA]
    assert (mine.consent_at, mine.consent_source) == (place.clock(), "asked again by email")
    # what the file said of them before is kept as well
    assert [one.what for one in place.consents(person)] == [Agreed.GIVEN, Agreed.KEPT]


def test_the_links_to_leave_of_every_mail_work(place: Place) -> None:
    for mail in _mails(place):
        if mail["List-Unsubscribe"] is None:
            continue
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert place.client.post(link(mail, "u"), data={"List-Unsubscribe": "One-Click"}).status_code == 200


def _mails(place: Place) -> list[EmailMessage]:
    """Let the program write a mail of each kind, to two people."""
    place.joined("fay@example.net")
    place.clock.forward(minutes=11)
    place.ask("fay@example.net")
    place.ask("gil@example.net")
    keep = Notice(
        id="keep", kind=NoticeKind.KEEP, newsletter=NEWS, made_at=place.clock(),
        subscriber=Subscriber(id=place.person(ADA), address=ADA),
    )  # fmt: skip
    with place.app.store.writing() as session:
        session.readers.add_notice(keep)
    place.mailed()
    made = [read(one.content) for one in place.wire.parcels]
    assert len(made) == 5
    return made


def _forged(place: Place) -> list[tuple[str, str]]:
    """Return true tokens with a character changed, cut, for another purpose, of another person, of another secret."""
    ada, bo = place.person(ADA), place.person(BO)
    place.ask()
    [mail] = place.mailed()
    true = {page: place.token(purpose, ada) for page, purpose in PURPOSES.items()}
    true["c"] = link(mail, "c").removeprefix("/c/")
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    made = []
    for page, token in true.items():
        for at in range(len(token)):
            other = letters[(letters.find(token[at]) + 1 + at) % len(letters)]
            made.append((page, f"{token[:at]}{other}{token[at + 1 :]}"))
            made.append((page, token[:at] or "x"))
        made += [(page, f"{token}{more}") for more in ("=", "a", "%00", "%20", "%0A", ".", "%C3%A9", "%ED%A0%80")]
        made += [(other_page, token) for other_page in true if other_page != page]
        made.append((page, token.upper()))
    for page, purpose in PURPOSES.items():
        mark = place.token(purpose, ada).partition(".")[2]
        made += [(page, f"{bo}.{mark}"), (page, f".{mark}"), (page, place.token(purpose, ada, "other"))]
        made.append((page, track.token(b"x" * 32, purpose, NEWS, ada)))
    until = place.clock() + timedelta(days=700)
    subject, _, mark = true["c"].partition(".")
    made.append(("c", f"{subject}.{int(until.timestamp()):x}.{mark.rpartition('.')[2]}"))
    made.append(("c", f"{subject}.0x{mark}"))
    made.append(("c", "x" * 5_000))
    return made
