"""My account, a forgotten pass phrase, and tries by the thousand."""

from __future__ import annotations

import html
import re
import threading

import pytest

from digest.app import App, phrases
from digest.domain.errors import ServerTrouble
from digest.domain.model import Matter, Role
from digest.jobs import access
from digest.web.desk.browsers import family
from digest.web.desk.posting import Posting
from tests.jobs.conftest import Wire
from tests.web.conftest import watched
from tests.web.desk.conftest import HANNAH, PHRASE, Browser, Office, token
from tests.web.desk.test_staff import link_in, mailed

ACCOUNT = "/settings/account"
MARCUS = "marcus@fernhill.example.org"
OTHER = "four quite other words"


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(App, "transport", lambda app: made)
    return made


@pytest.fixture
def marcus(office: Office) -> Browser:
    return office.enter(Role.EDITOR)


def test_name_and_address_are_changed_by_whoever_knows_the_pass_phrase(office: Office, marcus: Browser) -> None:
    fields = {"name": " Marcus  Webb-Cole ", "address": "mwc@fernhill.example.org"}
    wrong = marcus.send(ACCOUNT, ACCOUNT, **fields, phrase="not it")
    assert wrong.status_code == 422
    assert "This is not your pass phrase" in wrong.text
    assert 'value="mwc@fernhill.example.org"' in wrong.text
    assert marcus.send(ACCOUNT, ACCOUNT, **fields, phrase=PHRASE).status_code == 303
    [found] = office.staff()
    assert (found.name, found.address) == ("Marcus Webb-Cole", "mwc@fernhill.example.org")
    assert office.trail(matter=Matter.ACCOUNT) == ["changed their address", "took the name Marcus Webb-Cole"]
    assert office.browser("192.0.2.9").log_in(address="mwc@fernhill.example.org").status_code == 303


def test_nobody_takes_the_name_or_the_address_of_another(office: Office, marcus: Browser) -> None:
    office.enter(Role.EDITOR, "Hannah Cole")
    for fields in ({"name": "hannah cole", "address": MARCUS}, {"name": "Marcus Webb", "address": HANNAH}):
        assert marcus.send(ACCOUNT, ACCOUNT, **fields, phrase=PHRASE).status_code == 422
    both = marcus.send(ACCOUNT, ACCOUNT, name="", address="x", phrase=PHRASE)
    assert "2 things to mend" in both.text
    assert office.person("Marcus Webb").address == MARCUS


def test_nobody_gets_around_the_second_approver_by_another_name(office: Office) -> None:
    edition = office.bench.approved()
    approver = office.enter(Role.APPROVER)
    approver.send("/", f"/editions/{edition}/take-back")
    approver.send("/", f"/editions/{edition}/write", subject="Mine", seen="1")
    said = approver.send(ACCOUNT, ACCOUNT, name="Somebody Else", address=MARCUS, phrase=PHRASE)
    assert said.status_code == 422
    assert "Keep your name until it has" in said.text
    assert office.person("Marcus Webb")


def test_another_pass_phrase_needs_the_old_one_and_ends_all_other_sittings(office: Office, marcus: Browser) -> None:
    other = office.sit(office.person("Marcus Webb"), "192.0.2.60")
    path = f"{ACCOUNT}/phrase"
    for old, new, words in (
        ("not it", OTHER, "This is not your pass phrase"),
        (PHRASE, "short", "12 are needed"),
        (PHRASE, MARCUS, "easy to guess"),
        ("not it", "", "2 things to mend"),
    ):
        said = marcus.send(ACCOUNT, path, old_phrase=old, new_phrase=new)
        assert said.status_code == 422
        assert words in said.text
        assert OTHER not in said.text
    office.clock.forward(minutes=2)
    other_address = office.sit(office.person("Marcus Webb"), "192.0.2.61")
    assert other_address.send(ACCOUNT, path, old_phrase=PHRASE, new_phrase=OTHER).status_code == 303
    assert other_address.get("/").status_code == 200
    assert (marcus.get("/").status_code, other.get("/").status_code) == (303, 303)
    assert office.browser("192.0.2.62").log_in(OTHER, MARCUS).status_code == 303
    assert office.browser("192.0.2.63").log_in(PHRASE, MARCUS).status_code == 422


def test_whoever_finds_a_browser_open_cannot_try_pass_phrases(office: Office, marcus: Browser) -> None:
    form = token(marcus.get(ACCOUNT).text)
    answers = [
        marcus.post(f"{ACCOUNT}/phrase", csrf=form, old_phrase=f"guess {number}", new_phrase=OTHER).status_code
        for number in range(7)
    ]
    assert answers == [422] * 5 + [429] * 2


def test_where_one_is_logged_in_is_listed_and_ended(office: Office, marcus: Browser) -> None:
    staff = office.person("Marcus Webb")
    office.clock.forward(minutes=10)
    one, two = office.sit(staff, "192.0.2.60"), office.sit(staff, "192.0.2.61")
    hannah = office.enter(Role.ADMIN, "Hannah Cole", "203.0.113.5")
    page = marcus.get(ACCOUNT).text
    assert page.index("This one") < page.index("192.0.2.60")
    assert "Firefox on Linux" in page
    assert "from 192.0.2.61" in page
    assert "203.0.113.5" not in page
    whole = access.found(office.app.store, office.clock, one.client.cookies["__Host-desk"])
    assert whole is not None
    assert whole[0].key not in page
    which = whole[0].key[:16]
    assert hannah.send("/", f"{ACCOUNT}/end", which=which).status_code == 404, "it is not hers"
    assert marcus.send(ACCOUNT, f"{ACCOUNT}/end", which=which).status_code == 303
    assert (one.get("/").status_code, two.get("/").status_code) == (303, 200)
    assert marcus.send(ACCOUNT, f"{ACCOUNT}/end-others").status_code == 303
    assert (two.get("/").status_code, marcus.get("/").status_code, hannah.get("/").status_code) == (303, 200, 200)
    assert "End all others" not in marcus.get(ACCOUNT).text


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
            "Safari/537.36 Edg/130.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari on an iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile "
            "Safari/537.36",
            "Chrome on Android",
        ),
        ("", "A browser"),
        ("<script>alert(1)</script>", "A browser"),
    ],
)
def test_a_browser_is_called_as_a_person_would(said: str, name: str) -> None:
    assert family(said) == name


# Forgotten ----------------------------------------------------------------------------------------------------------


def asked(office: Office, address: str, remote: str = "192.0.2.30") -> str:
    """Say at the log-in that a pass phrase is forgotten; return the page."""
    said = office.browser(remote).send("/forgotten", "/forgotten", address=address)
    assert said.status_code == 200
    _settle(office)
    return said.text


def _settle(office: Office) -> None:
    """Wait for the mail that goes after the page."""
    for thread in threading.enumerate():
        if thread.name == "posting":
            thread.join(30)
            assert not thread.is_alive(), "the mail never went"


def test_a_link_is_mailed_to_who_has_an_account_and_the_page_says_nothing(office: Office, wire: Wire) -> None:
    marcus = office.enter(Role.EDITOR)
    assert 'href="/forgotten"' in office.browser().get("/log-in").text
    known, unknown = asked(office, MARCUS.upper()), asked(office, "nobody@example.org", "192.0.2.31")
    assert known.replace(MARCUS.upper(), "") == unknown.replace("nobody@example.org", "")
    assert wire.addresses == [MARCUS], "to the address of the account, as it is kept"
    assert mailed(wire)["Subject"] == "A new pass phrase for the desk"
    path, browser = link_in(mailed(wire)), office.browser("192.0.2.32")
    assert "A new pass phrase, Marcus Webb" in browser.get(path).text
    assert browser.send(path, path, phrase=OTHER).status_code == 303
    assert (browser.get("/").status_code, marcus.get("/").status_code) == (200, 303)
    assert office.browser().get(path).status_code == 410


def test_the_answer_needs_nothing_of_the_database(office: Office, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    office.enter(Role.EDITOR)
    monkeypatch.setattr(Posting, "later", lambda *_: None)
    statements = watched(office)  # type: ignore[arg-type]
    for number, address in enumerate((MARCUS, "nobody@example.org")):
        browser = office.browser(f"192.0.2.{40 + number}")
        form = token(browser.get("/forgotten").text)
        statements.clear()
        browser.post("/forgotten", csrf=form, address=address)
        assert statements == [], "who has an account shows in no time"


def test_who_asks_again_gets_no_second_mail_for_ten_minutes_and_the_link_lasts_an_hour(
    office: Office, wire: Wire
) -> None:
    office.enter(Role.EDITOR)
    for number in range(4):
        asked(office, MARCUS, f"192.0.2.{50 + number}")
    assert len(wire.parcels) == 1
    first = link_in(mailed(wire))
    office.clock.forward(minutes=11)
    assert office.browser().get(first).status_code == 200, "strangers that ask do not end it"
    asked(office, MARCUS, "192.0.2.60")
    second = link_in(mailed(wire))
    assert (office.browser().get(first).status_code, office.browser().get(second).status_code) == (410, 200)
    office.clock.forward(minutes=61)
    assert office.browser().get(second).status_code == 410


def test_another_pass_phrase_or_address_ends_the_links_of_before(office: Office, wire: Wire) -> None:
    marcus = office.enter(Role.EDITOR)
    for path, fields in (
        (f"{ACCOUNT}/phrase", {"old_phrase": PHRASE, "new_phrase": OTHER}),
        (ACCOUNT, {"name": "Marcus Webb", "address": "other@example.org", "phrase": OTHER}),
    ):
        office.clock.forward(minutes=11)
        asked(office, MARCUS, "192.0.2.35")
        mine, printed = link_in(mailed(wire)), office.link()
        assert marcus.send(ACCOUNT, path, **fields).status_code == 303
        assert [office.browser().get(one).status_code for one in (mine, printed)] == [410, 410]


def test_a_link_of_the_command_line_lives_on_when_a_stranger_asks_for_another(office: Office, wire: Wire) -> None:
    office.enter(Role.EDITOR)
    path = office.link()
    asked(office, MARCUS)
    assert office.browser().get(path).status_code == 200
    assert len(wire.parcels) == 1


def test_asking_is_slowed_and_an_empty_address_is_said(office: Office, wire: Wire) -> None:
    browser = office.browser("192.0.2.33")
    form = token(browser.get("/forgotten").text)
    assert browser.post("/forgotten", csrf=form, address="").status_code == 422
    answers = [browser.post("/forgotten", csrf=form, address=HANNAH).status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    strange = office.browser().post("/forgotten", address=HANNAH)
    assert strange.status_code == 403, "no form of the desk's own"
    assert "This form was open for too long" in strange.text
    _settle(office)


def test_a_mail_server_that_is_down_shows_in_no_answer(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def deliver(self, *_: object, **__: object) -> None:
            raise ServerTrouble("No mail server answers.", "Start it.")

    office.enter(Role.EDITOR)
    monkeypatch.setattr(App, "transport", lambda app: Down())
    assert "is on its way" in asked(office, MARCUS)
    wire = Wire()
    monkeypatch.setattr(App, "transport", lambda app: wire)
    asked(office, MARCUS, "192.0.2.34")
    assert wire.addresses == [MARCUS], "what could not be mailed keeps nobody from asking again"


def test_what_cannot_be_done_later_stops_nothing_and_only_so_much_waits() -> None:
    posting, done, begun, go = Posting(), [], threading.Event(), threading.Event()

    def broken() -> None:
        raise ServerTrouble("No mail server answers.", "Start it.")

    posting.later(lambda: (begun.set(), go.wait(30), None)[2])
    assert begun.wait(30)
    posting.later(broken)
    for number in range(80):
        posting.later(lambda it=number: done.append(it))  # type: ignore[misc]
    go.set()
    for thread in threading.enumerate():
        if thread.name == "posting":
            thread.join(30)
    assert done == list(range(len(done)))
    assert 45 <= len(done) <= 50


# Row 70 of the table of faults --------------------------------------------------------------------------------------


def test_a_thousand_tries_are_slowed_and_the_owner_gets_in_from_elsewhere(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.enter(Role.ADMIN, "Hannah Cole")
    looked: list[str] = []
    real = phrases.is_right
    monkeypatch.setattr(phrases, "is_right", lambda kept, typed: looked.append(typed) or real(kept, typed))
    stranger = office.browser("198.51.100.7")
    form = token(stranger.get("/log-in").text)
    answers = [
        stranger.post("/log-in", csrf=form, address=HANNAH, phrase=f"guess {number}").status_code
        for number in range(1_000)
    ]
    assert answers[:5] == [422] * 5
    assert set(answers[5:]) == {429}
    assert len(looked) == 5, "what is refused costs no look at a pass phrase"
    assert stranger.post("/log-in", csrf=form, address=HANNAH, phrase=PHRASE).status_code == 429
    assert office.browser("203.0.113.9").log_in().status_code == 303, "the owner is not locked out"
    assert office.trail(matter=Matter.LOG_IN)[1] == "typed a wrong pass phrase for Hannah Cole (5)"


# What was done ------------------------------------------------------------------------------------------------------

HISTORY = "/settings/history"


@pytest.fixture
def admin(office: Office) -> Browser:
    return office.enter(Role.ADMIN, "Hannah Cole", "203.0.113.7")


def rows(page: str) -> list[str]:
    """Return the rows of the history as a person reads them."""
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    found = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [" | ".join(html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in _cells(row)) for row in found]


def _cells(row: str) -> list[str]:
    return re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)


def test_the_history_says_who_did_what_when_and_from_where(office: Office, admin: Browser) -> None:
    office.clock.forward(minutes=1)
    edition = office.bench.approved()
    office.clock.forward(minutes=1)
    admin.send("/", "/log-out")
    office.clock.forward(minutes=1)
    admin = office.sit(office.person("Hannah Cole"), "203.0.113.8")
    found = rows(admin.get(HISTORY).text)
    assert found[0] == "Mon 23 Nov, 09:03 | Hannah Cole | Logged in | Firefox on Linux | 203.0.113.8"
    assert found[1].startswith("Mon 23 Nov, 09:02 | Hannah Cole | Logged out |")
    assert "Mon 23 Nov, 09:01 | Ada | Approved | No. 1 |" in [one.rstrip() for one in found]
    assert f'href="/editions/{edition}/history"' in admin.get(HISTORY).text
    assert any(one.startswith("Mon 23 Nov, 09:01 | The program") for one in found)


def test_the_history_is_sifted_by_person_and_kind(office: Office, admin: Browser) -> None:
    office.bench.approved()
    marcus = office.enter(Role.EDITOR)
    marcus.send("/", "/log-out")
    page = admin.get(f"{HISTORY}?who=Marcus+Webb")
    assert {one.split(" | ")[1] for one in rows(page.text)} == {"Marcus Webb"}
    assert '<option value="Marcus Webb" selected>' in page.text
    assert len(rows(admin.get(f"{HISTORY}?what=editions").text)) >= 2
    both = rows(admin.get(f"{HISTORY}?what=log-in&who=Marcus+Webb").text)
    assert [one.split(" | ")[2] for one in both] == ["Logged out", "Logged in"]
    assert "Nothing of that kind was done" in admin.get(f"{HISTORY}?who=<script>").text
    for strange in ("what=x", "page=0", "page=-1", "page=x", "page=99999999999999999999", "page=٣"):
        assert admin.get(f"{HISTORY}?{strange}").status_code == 200, strange


def test_the_history_is_turned_page_by_page(office: Office, admin: Browser) -> None:
    staff = office.person("Hannah Cole")
    for _ in range(60):
        office.clock.forward(minutes=1)
        office.sit(staff)
    first = admin.get(f"{HISTORY}?what=log-in").text
    assert len(rows(first)) == 50
    older = html.unescape(re.findall(r'<a href="([^"]+)" rel="next">', first)[0])
    second = admin.get(older).text
    assert len(rows(second)) == 11
    assert not set(rows(first)) & set(rows(second))
    assert re.findall(r'<a href="([^"]+)" rel="prev">', second) == [f"{HISTORY}?what=log-in"]
