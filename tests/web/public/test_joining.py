from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.config import parse
from digest.domain.model import Agreed, NoticeKind, SubscriptionState
from digest.jobs import readers
from tests.jobs.conftest import CONFIGURATION
from tests.web.conftest import FORM, NEWS, Place, link, links, read, text_of, watched

CONFIGURATION_WITHOUT_NEWS = CONFIGURATION.replace('id = "news"', 'id = "gone"')
SECOND = """
[[newsletters]]
id = "second"
name = "Second"
introduction = "Hello"
subscribers = "second.csv"
[newsletters.sender]
name = "Fernhill"
address = "second@fernhill.example.org"
[newsletters.schedule]
days = ["tuesday"]
at = "08:00"
[[newsletters.sources]]
id = "elsewhere"
kind = "feed"
address = "https://partner.example.org/feed"
[[newsletters.segments]]
id = "everybody"
name = "Everybody"
"""
ADA, DI, EVE = "ada@example.org", "di@example.org", "eve@example.net"


def test_who_asks_and_confirms_is_on_the_list_with_a_record_of_it(place: Place) -> None:
    place.ask(first_name="Eve", theme=["maths", "no-such"], cadence="monthly")
    [mail] = place.mailed()
    assert mail["To"] == EVE
    assert place.state(EVE) == SubscriptionState.PENDING
    assert "Yes, send it to me" in place.client.get(link(mail, "c")).text
    said = place.client.post(link(mail, "c"))
    assert "You are on the list" in said.text
    with place.app.store.reading() as session:
        known, [mine] = session.people.by_address([EVE])[EVE]
    assert (known.first_name, mine.state, mine.themes, mine.cadence) == ("Eve", "active", ("maths",), "monthly")
    [record] = place.consents(known.id)
    assert (record.what, record.at, record.how) == (Agreed.GIVEN, place.clock(), "sign-up form")
    assert "Fernhill news" in record.words
    [welcome] = place.mailed()
    assert link(welcome, "u") in welcome["List-Unsubscribe"]


def test_nothing_that_was_typed_counts_or_is_repeated_before_it_is_confirmed(place: Place) -> None:
    place.ask(first_name="BUY CHEAP WATCHES", last_name="http://evil.example")
    [mail] = place.mailed()
    assert not [one for one in ("WATCHES", "evil") if one in str(mail)]
    with place.app.store.reading() as session:
        known, _ = session.people.by_address([EVE])[EVE]
    assert (known.first_name, known.last_name) == ("", "")


@pytest.mark.parametrize("known", ["new", "active", "pending", "left", "bounced", "complained", "kept off", "erased"])
def test_the_answer_is_the_same_to_the_octet_and_so_is_the_work_whoever_asks(place: Place, known: str) -> None:
    arrange(place, known)
    statements = watched(place)
    usual = place.ask("nobody-knows-me@example.net")
    expected = list(statements)
    statements.clear()
    said = place.ask(EVE)
    assert (said.status_code, said.content, said.headers) == (200, usual.content, usual.headers)
    assert statements == expected


#: how an address is known -> the kind of mail that an asking for it gets
MAILS = {
    "new": NoticeKind.CONFIRM,
    "active": NoticeKind.KNOWN,
    "pending": NoticeKind.CONFIRM,
    "left": NoticeKind.CONFIRM,
    "bounced": NoticeKind.CONFIRM,
    "complained": None,
    "kept off": None,
    "erased": NoticeKind.CONFIRM,
}


@pytest.mark.parametrize(("known", "kind"), MAILS.items())
def test_what_differs_is_the_mail(place: Place, known: str, kind: NoticeKind | None) -> None:
    arrange(place, known)
    place.ask(EVE)
    pages = [{one.split("/")[3] for one in links(mail)} & {"c", "p"} for mail in place.mailed()]
    assert pages == {NoticeKind.CONFIRM: [{"c"}], NoticeKind.KNOWN: [{"p"}], None: []}[kind]


def test_somebody_elses_asking_changes_nothing_of_who_is_known(place: Place) -> None:
    before = place.everything()
    place.ask(ADA, first_name="Mallory", theme="maths", cadence="monthly")
    place.ask(DI, first_name="Mallory", theme="maths", cadence="monthly")
    assert len(place.mailed()) == 2
    after = place.everything()
    for table in ("subscriber", "subscription", "suppression", "consent"):
        assert after[table] == before[table]


def test_a_confirmed_asking_gives_a_name_only_to_who_has_none(place: Place) -> None:
    place.ask(DI, first_name="Mallory", last_name="Price")
    [mail] = place.mailed()
    place.client.post(link(mail, "c"))
    with place.app.store.reading() as session:
        known, _ = session.people.by_address([DI])[DI]
    assert (known.first_name, known.last_name) == ("Di", "Price")


def test_who_is_pending_from_a_file_without_consent_is_let_in_by_their_own_button(place: Place) -> None:
    assert place.state(DI) == SubscriptionState.PENDING
    place.joined(DI)
    assert place.state(DI) == SubscriptionState.ACTIVE
    assert [one.what for one in place.consents(place.person(DI))] == [Agreed.GIVEN]


@pytest.mark.parametrize("reason", ["hard bounce", "left", "erased"])
def test_a_confirmation_ends_what_kept_an_address_off(place: Place, reason: str) -> None:
    place.suppress(EVE, reason)
    place.clock.forward(seconds=1)
    place.joined()
    with place.app.store.reading() as session:
        assert session.people.kept_off(place.app.suppression_key(EVE)) is None


def test_asking_alone_does_not_end_what_keeps_an_address_off(place: Place) -> None:
    place.suppress(EVE, "left")
    place.ask()
    place.mailed()
    with place.app.store.reading() as session:
        kept_off = session.people.kept_off(place.app.suppression_key(EVE))
    assert kept_off is not None
    assert kept_off.reason == "left"


def test_who_complained_between_asking_and_confirming_is_not_let_in(place: Place) -> None:
    place.ask()
    [mail] = place.mailed()
    place.suppress(EVE, "complaint")
    assert place.client.post(link(mail, "c")).status_code == 410
    assert place.state(EVE) == SubscriptionState.PENDING


def test_a_button_works_for_seven_days_to_the_second(place: Place) -> None:
    place.ask()
    [mail] = place.mailed()
    place.clock.forward(days=7)
    assert place.client.get(link(mail, "c")).status_code == 200
    place.clock.forward(seconds=1)
    for answer in (place.client.get(link(mail, "c")), place.client.post(link(mail, "c"))):
        assert answer.status_code == 410
        assert "/subscribe/news" in answer.text
    assert place.state(EVE) == SubscriptionState.PENDING


def test_to_confirm_twice_is_to_confirm(place: Place) -> None:
    place.ask()
    [mail] = place.mailed()
    assert [place.client.post(link(mail, "c")).status_code for _ in range(2)] == [200, 200]
    assert len(place.consents(place.person(EVE))) == 1
    assert len(place.mailed()) == 1


def test_an_old_button_does_not_bring_back_who_has_left_since(place: Place) -> None:
    place.ask()
    [first] = place.mailed()
    place.clock.forward(minutes=11)
    place.ask()
    [second] = place.mailed()
    place.clock.forward(minutes=1)
    place.client.post(link(first, "c"))
    place.clock.forward(minutes=1)
    place.client.post(f"/u/{place.token('unsubscribe', place.person(EVE))}")
    assert [place.client.post(link(one, "c")).status_code for one in (first, second)] == [410, 410]
    assert place.state(EVE) == SubscriptionState.UNSUBSCRIBED


def test_an_old_button_does_not_bring_back_who_has_left_by_a_word_to_staff(place: Place) -> None:
    place.ask()
    [mail] = place.mailed()
    place.clock.forward(minutes=1)
    place.app.leave(EVE)
    assert place.client.post(link(mail, "c")).status_code == 410


def test_a_second_button_takes_back_nothing_that_was_chosen_since(place: Place) -> None:
    place.ask(theme="maths")
    [first] = place.mailed()
    place.clock.forward(minutes=11)
    place.ask(theme="maths")
    [second] = place.mailed()
    place.client.post(link(first, "c"))
    chosen = {"theme": "nursery", "cadence": "monthly"}
    place.client.post(f"/p/{place.token('preferences', place.person(EVE))}", data=chosen)
    assert place.client.post(link(second, "c")).status_code == 200
    with place.app.store.reading() as session:
        _, [mine] = session.people.by_address([EVE])[EVE]
    assert (mine.themes, mine.cadence) == (("nursery",), "monthly")


def test_who_fills_in_what_people_do_not_see_is_a_program(place: Place) -> None:
    assert place.ask(website="https://spam.example").content == place.ask().content
    with place.app.store.reading() as session:
        assert len(session.readers.waiting((), place.clock(), 10)) == 1


FAULTS = {
    "no address": {"email": ""},
    "no address at all": {"email": "eve"},
    "two addresses": {"email": "a@example.org, b@example.org"},
    "a line end": {"email": "a@example.org\r\nBcc: b@example.org"},
    "NUL": {"email": "a\0@example.org"},
    "too long": {"email": "a" * 250 + "@example.org"},
    "half a letter": {"email": b"\xed\xa0\x80@example.org"},
    "no consent": {"agreed": ""},
    "a strange cadence": {"cadence": "hourly"},
    "a name of lines": {"first_name": "Eve\r\nBcc: x@example.org"},
    "a name with NUL": {"last_name": "E\0ve"},
    "a long name": {"first_name": "E" * 101},
}


@pytest.mark.parametrize("fields", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_said_beside_its_field_and_nothing_is_kept(place: Place, fields: dict[str, str]) -> None:
    before = place.everything()
    said = place.client.post("/subscribe/news", data={**FORM, **fields})
    assert said.status_code == 422
    [name] = fields
    assert f'id="{name}-wrong"' in said.text
    assert place.everything() == before


def test_what_was_typed_stands_in_the_form_again_and_runs_nothing(place: Place) -> None:
    said = place.ask("x", first_name='"><script>alert(1)</script>')
    assert "<script" not in said.text
    assert "&lt;script&gt;alert(1)" in said.text


def test_the_button_of_a_newsletter_that_is_no_more_is_too_late(place: Place) -> None:
    place.ask()
    [mail] = place.mailed()
    place.app.loaded = replace(place.app.loaded, workspace=parse(CONFIGURATION_WITHOUT_NEWS))
    assert place.client.post(link(mail, "c")).status_code == 410
    assert place.client.get("/subscribe/news").status_code == 404


def test_a_mail_that_confirms_names_what_is_confirmed_and_leads_to_our_own_address(place: Place) -> None:
    place.client.post(
        "/subscribe/news", data=FORM, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    [mail] = place.mailed()
    assert "Fernhill news" in mail["Subject"]
    assert "evil.example" not in mail.as_string()
    assert link(mail, "c")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    assert "Hello" not in text_of(mail)


# ---------------------------------------------------------------------------------------------
# Too much at once


def test_a_flood_brings_one_address_one_mail_in_ten_minutes(place: Place) -> None:
    place.ask()
    place.mailed()
    flood(place, [EVE] * 1_000)
    for minute in range(30):
        place.mailed()
        place.clock.forward(minutes=1)
        assert len(place.wire.parcels) <= 1 + minute // 10
    # of all that waited for their turn the last was answered
    assert len(place.wire.parcels) == 2


def test_two_newsletters_asked_for_at_once_are_answered_one_after_the_other(place: Place) -> None:
    place.app.loaded = replace(place.app.loaded, workspace=parse(CONFIGURATION + SECOND))
    place.ask(EVE, "news")
    place.ask(EVE, "second")
    assert len(place.mailed()) == 1
    assert place.mailed() == []
    place.clock.forward(minutes=10)
    assert len(place.mailed()) == 1
    assert {read(one.content)["Subject"] for one in place.wire.parcels} == {
        "Confirm that you want Fernhill news",
        "Confirm that you want Second",
    }


def test_what_is_too_much_for_an_hour_waits_and_is_not_lost(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_IN_AN_HOUR", 5)
    flood(place, [f"person{number}@example.net" for number in range(8)])
    for _ in range(3):
        place.mailed()
    assert len(place.wire.parcels) == 5
    place.clock.forward(hours=1, seconds=1)
    for _ in range(2):
        place.mailed()
    assert len(set(place.wire.addresses)) == 8


def test_an_address_that_must_wait_keeps_nobody_else_waiting(place: Place) -> None:
    place.ask()
    place.mailed()
    flood(place, [EVE] * 150)
    place.ask("fay@example.net")
    assert [one["To"] for one in place.mailed()] == ["fay@example.net"]


def test_one_network_address_sends_no_flood_of_forms(place: Place) -> None:
    answers = [place.ask(f"person{number}@example.net").status_code for number in range(25)]
    assert answers == [200] * 20 + [429] * 5


def test_askings_of_long_ago_are_forgotten_with_who_never_confirmed(place: Place) -> None:
    place.joined("fay@example.net")
    place.ask(EVE)
    place.ask(DI)
    place.mailed()
    place.clock.forward(days=31)
    place.ask("new@example.net")
    place.mailed()
    assert readers.forget(place.app.store, place.clock) == 3
    # who came by a file stays, as does who confirmed, and who has only just asked
    states = {one: place.state(one) for one in (EVE, DI, "fay@example.net", "new@example.net")}
    assert states == {EVE: None, DI: "pending", "fay@example.net": "active", "new@example.net": "pending"}
    assert len(place.consents(place.person("fay@example.net"))) == 1
    assert place.everything()["asking"][0][3] == "new@example.net"


def test_who_asks_again_before_the_end_is_not_forgotten(place: Place) -> None:
    place.ask()
    place.mailed()
    place.clock.forward(days=29)
    place.ask()
    [mail] = place.mailed()
    place.clock.forward(days=2)
    readers.forget(place.app.store, place.clock)
    assert place.client.post(link(mail, "c")).status_code == 200


# ---------------------------------------------------------------------------------------------


def flood(place: Place, addresses: list[str]) -> None:
    """Ask as many networks would."""
    place.ask(addresses[0])
    place.clock.forward(seconds=1)
    with place.app.store.reading() as session:
        first = session.readers.waiting((), place.clock() - timedelta(days=1), 1)[0]
    readers.ask(
        place.app.store,
        [
            replace(first, id=f"flood{number}", comparable=one, address=one, at=place.clock())
            for number, one in enumerate(addresses[1:])
        ],
    )


def arrange(place: Place, known: str) -> None:
    """Make an address known in one of the ways of MAILS."""
    if known == "new":
        return
    if known == "pending":
        place.ask()
        place.mailed()
        place.clock.forward(minutes=11)
        return
    person = place.joined()
    place.clock.forward(minutes=11)
    ends = {
        "left": SubscriptionState.UNSUBSCRIBED,
        "bounced": SubscriptionState.BOUNCED,
        "complained": SubscriptionState.COMPLAINED,
        "erased": SubscriptionState.ERASED,
    }
    if known in ends:
        with place.app.store.writing() as session:
            session.people.set_state(person, NEWS, ends[known])
    if known == "kept off":
        place.suppress(EVE, "complaint")
    if known == "erased":
        with place.app.store._engine.begin() as connection:
            connection.exec_driver_sql(
                f"UPDATE subscriber SET comparable = 'erased', address = '' WHERE id = '{person}'"
            )
