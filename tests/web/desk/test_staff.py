"""Staff: who has an account, inviting, roles, removing; and the page that lists them."""

from __future__ import annotations

import html
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import sqlalchemy as sa

from digest.app import App
from digest.domain.errors import ServerTrouble
from digest.domain.model import InDoubt, Matter, Rejected, Role
from digest.jobs import staffing
from digest.web.desk.site import site
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION, Wire
from tests.web.desk.conftest import ADDRESS, DESK, Browser, Office
from tests.web.desk.test_second_factor import FACTOR, set_up

STAFF = "/settings/staff"
PRIYA = {"name": "Priya Nair", "address": "Priya@fernhill.example.org", "role": "approver"}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(App, "transport", lambda app: made)
    return made


@pytest.fixture
def admin(office: Office, wire: Wire) -> Browser:
    return office.enter(Role.ADMIN, "Hannah Cole")


def mailed(wire: Wire, number: int = -1) -> EmailMessage:
    made = message_from_bytes(wire.parcels[number].content, policy=default)
    assert isinstance(made, EmailMessage)
    return made


def text_of(mail: EmailMessage) -> str:
    found = mail.get_body(("plain",))
    assert found is not None
    return str(found.get_content())


def link_in(mail: EmailMessage) -> str:
    """Return the path that a mail leads to."""
    found = re.search(rf"{ADDRESS}(/\w+/[\w-]{{43}})\b", text_of(mail))
    assert found, text_of(mail)
    return found[1]


def invite(browser: Browser, **fields: str) -> None:
    assert browser.send(STAFF, STAFF, **{**PRIYA, **fields}).status_code == 303


def invitation_of(office: Office) -> str:
    [found] = staffing.invitations(office.app.store, office.clock)
    return found.id


def test_who_is_invited_makes_an_account_by_the_link_in_the_mail(office: Office, admin: Browser, wire: Wire) -> None:
    invite(admin)
    shown = admin.get(STAFF).text
    assert "Priya Nair is invited: a mail is on its way to Priya@fernhill.example.org." in shown
    assert "as approver, by Hannah Cole" in shown
    mail, words = mailed(wire), " ".join(text_of(mailed(wire)).split())
    assert (mail["To"], mail["From"]) == ("Priya@fernhill.example.org", "Fernhill <news@fernhill.example.org>")
    assert mail["Subject"] == "Hannah Cole invites you to the desk of Fernhill"
    assert "as an approver" in words
    assert "until Mon 30 Nov, 09:00" in words
    path, browser = link_in(mail), office.browser("192.0.2.20")
    page = browser.get(path).text
    assert "Make your account, Priya Nair" in page
    assert "Hannah Cole invites you" in page
    assert browser.send(path, path, phrase="eleven char").status_code == 422
    assert browser.send(path, path, phrase="priya nair").status_code == 422
    done = browser.send(path, path, phrase="four words of hers")
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert browser.get("/").status_code == 200
    priya = office.person("Priya Nair")
    assert (priya.role, priya.address) == (Role.APPROVER, "Priya@fernhill.example.org")
    assert "Invited" not in admin.get(STAFF).text
    assert office.browser().get(path).status_code == 410
    assert office.trail(matter=Matter.STAFF)[:2] == [
        "made an account, invited by Hannah Cole",
        "invited Priya Nair as approver",
    ]


def test_an_invitation_is_over_after_seven_days_or_when_it_is_withdrawn_or_sent_again(
    office: Office, admin: Browser, wire: Wire
) -> None:
    invite(admin)
    first = link_in(mailed(wire))
    assert admin.send(STAFF, f"{STAFF}/invitations/{invitation_of(office)}/again").status_code == 303
    second = link_in(mailed(wire))
    assert office.browser().get(first).status_code == 410
    assert office.browser().get(second).status_code == 200
    office.clock.forward(days=7)
    browser = office.browser()
    assert browser.get(second).status_code == 410
    admin = office.sit(office.person("Hannah Cole"))
    assert "Priya" not in admin.get(STAFF).text
    # who is invited anew is no second invitation
    invite(admin)
    third = link_in(mailed(wire))
    said = admin.send(STAFF, f"{STAFF}/invitations/{invitation_of(office)}/withdraw")
    assert said.status_code == 303
    assert "The invitation of Priya Nair works no more." in admin.get(STAFF).text
    assert office.browser().get(third).status_code == 410
    assert admin.send(STAFF, f"{STAFF}/invitations/x/withdraw").status_code == 404
    assert admin.send(STAFF, f"{STAFF}/invitations/x/again").status_code == 404
    assert [one.name for one in office.staff()] == ["Hannah Cole"]


class _Down:
    def deliver(self, *_: object, **__: object) -> None:
        raise ServerTrouble("No mail server answers at 127.0.0.1.", "Start it.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_Down(), "No mail server answers at 127.0.0.1."),
        (Wire(lambda _: Rejected(reply="550 nobody here")), "550 nobody here"),
        (Wire(lambda _: InDoubt(reason="the connection was lost")), "Nobody can say whether the mail arrived"),
    ],
    ids=["down", "refused", "in doubt"],
)
def test_where_no_mail_can_go_the_link_is_shown_once(
    office: Office, admin: Browser, monkeypatch: pytest.MonkeyPatch, answer: object, words: str
) -> None:
    monkeypatch.setattr(App, "transport", lambda app: answer)
    said = admin.send(STAFF, STAFF, **PRIYA)
    assert said.status_code == 200
    page = html.unescape(said.text)
    assert words in page
    found = re.search(rf"{ADDRESS}(/invited/[\w-]{{43}})<", page)
    assert found
    assert "/invited/" not in admin.get(STAFF).text
    assert "Make your account, Priya Nair" in office.browser().get(found[1]).text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Write a name"),
        ({"name": "a\x00b"}, "Write a name"),
        ({"name": "  hannah   COLE "}, "Somebody here has this name"),
        ({"name": "Digest"}, "The program calls itself so"),
        ({"name": "The command line"}, "The program calls itself so"),
        ({"address": "nobody"}, "This is no email address"),
        ({"address": "HANNAH@fernhill.example.org"}, "Somebody here has this address"),
        ({"role": "owner"}, "Choose what they may do"),
        ({"role": ""}, "Choose what they may do"),
    ],
)
def test_what_is_wrong_with_an_invitation_stands_beside_it_and_nobody_is_mailed(
    office: Office, admin: Browser, wire: Wire, fields: dict[str, str], words: str
) -> None:
    said = admin.send(STAFF, STAFF, **{**PRIYA, **fields})
    assert said.status_code == 422
    assert words in html.unescape(said.text)
    assert wire.parcels == []
    assert staffing.invitations(office.app.store, office.clock) == []


def test_nobody_is_invited_twice(office: Office, admin: Browser, wire: Wire) -> None:
    invite(admin)
    said = admin.send(STAFF, STAFF, **{**PRIYA, "name": "Another", "address": PRIYA["address"].lower()})
    assert "is invited already" in said.text
    said = admin.send(STAFF, STAFF, **{**PRIYA, "address": "other@example.org"})
    assert "has this name" in html.unescape(said.text)
    assert len(wire.parcels) == 1


def test_a_name_in_an_invitation_is_text_wherever_it_stands(office: Office, admin: Browser, wire: Wire) -> None:
    name = "<b>Priya</b> {{ 7*7 }}"
    invite(admin, name=name)
    path = link_in(mailed(wire))
    found = mailed(wire).get_body(("html",))
    assert found is not None
    for page in (admin.get(STAFF).text, office.browser().get(path).text, str(found.get_content())):
        assert "<b>Priya" not in page
        assert "7*7" in page


def test_the_list_says_who_they_are_what_they_may_and_when_they_were_seen(office: Office, admin: Browser) -> None:
    marcus = office.enter(Role.EDITOR, remote="192.0.2.21")
    set_up(office, marcus)
    office.clock.forward(hours=1)
    marcus.get("/")
    page = admin.get(STAFF).text
    assert "2 people" in page
    row = page[page.index("Marcus Webb") :]
    assert "marcus@fernhill.example.org" in row
    assert '<option value="editor" selected>' in row
    assert "Second factor on · last seen Mon 23 Nov, 10:00" in row
    assert "Admin, and the only one: this stays." in page
    assert "No second factor" in page


def test_a_role_is_changed_and_undone(office: Office, admin: Browser) -> None:
    office.enter(Role.EDITOR)
    marcus = office.person("Marcus Webb").id
    assert admin.send(STAFF, f"{STAFF}/{marcus}/role", role="approver").status_code == 303
    page = admin.get(STAFF).text
    assert "Marcus Webb is an approver now." in page
    assert office.person("Marcus Webb").role == Role.APPROVER
    assert f'action="{STAFF}/{marcus}/role"' in page
    assert 'name="role" value="editor"' in page, "undo"
    assert admin.send(STAFF, f"{STAFF}/{marcus}/role", role="owner").status_code == 422
    assert admin.send(STAFF, f"{STAFF}/nobody/role", role="editor").status_code == 404


def test_the_last_admin_is_neither_removed_nor_made_something_else(office: Office, admin: Browser) -> None:
    hannah = office.person("Hannah Cole").id
    said = admin.send(STAFF, f"{STAFF}/{hannah}/role", role="editor")
    assert said.status_code == 409
    assert "Hannah Cole is the only admin. Make somebody else an admin first." in said.text
    assert "Make somebody else an admin first" in admin.get(f"{STAFF}/{hannah}/remove").text
    assert admin.send(STAFF, f"{STAFF}/{hannah}/remove").status_code == 409
    assert office.person("Hannah Cole").role == Role.ADMIN
    office.enter(Role.ADMIN, "Marcus Webb")
    done = admin.send(STAFF, f"{STAFF}/{hannah}/role", role="editor")
    assert done.headers["location"] == "/settings"
    assert "Hannah Cole is an editor now." in admin.get("/settings").text
    assert admin.get(STAFF).status_code == 403


def test_who_is_removed_is_out_at_once_and_histories_keep_their_name(office: Office, admin: Browser) -> None:
    edition = office.bench.approved()
    marcus = office.enter(Role.ADMIN, remote="192.0.2.21")
    set_up(office, marcus)
    marcus.send("/", f"/editions/{edition}/take-back")
    staff = office.person("Marcus Webb")
    asked = admin.get(f"{STAFF}/{staff.id}/remove").text
    assert "logged out everywhere at once" in asked
    assert len(office.staff()) == 2, "to look is not to do"
    assert admin.send(STAFF, f"{STAFF}/{staff.id}/remove").status_code == 303
    assert marcus.get("/").status_code == 303
    assert office.browser("192.0.2.22").log_in(address=staff.address).status_code == 422
    with office.app.store._engine.connect() as connection:
        for table in ("sitting", "recovery_code", "one_time_link"):
            theirs = sa.text(f"SELECT count(*) FROM {table} WHERE staff = :id")
            assert connection.execute(theirs, {"id": staff.id}).scalar() == 0
    assert "Marcus Webb" in admin.get(f"/editions/{edition}/history").text
    assert "Removed Marcus Webb" in admin.get("/settings/history").text
    assert admin.get(f"{STAFF}/{staff.id}/remove").status_code == 404


def test_who_removes_themselves_is_led_out(office: Office, admin: Browser) -> None:
    office.enter(Role.ADMIN)
    hannah = office.person("Hannah Cole").id
    assert "Remove your own account" in admin.get(f"{STAFF}/{hannah}/remove").text
    assert admin.send(STAFF, f"{STAFF}/{hannah}/remove").headers["location"] == "/log-in"
    assert admin.get("/").status_code == 303


def test_an_admin_resets_a_second_factor_and_its_owner_sets_up_another(office: Office, admin: Browser) -> None:
    marcus = office.enter(Role.EDITOR, remote="192.0.2.21")
    phone, codes = set_up(office, marcus)
    staff = office.person("Marcus Webb")
    path = f"{STAFF}/{staff.id}/reset-second-factor"
    assert "the pass phrase alone lets in" in admin.get(path).text
    assert office.person("Marcus Webb").has_second_factor, "to look is not to do"
    assert admin.send(path, path).status_code == 303
    assert marcus.get("/").status_code == 303, "whoever had it is out"
    browser = office.browser("192.0.2.23")
    assert browser.log_in(address=staff.address).headers["location"] == "/"
    other, fresh = set_up(office, browser)
    assert other.totp.secret != phone.totp.secret
    assert not set(fresh) & set(codes)
    said = admin.send(STAFF, f"{STAFF}/{office.person('Hannah Cole').id}/reset-second-factor")
    assert said.status_code == 409
    assert "Hannah Cole has no second factor." in said.text


def test_whom_the_settings_ask_to_approve_and_who_cannot_is_said(tmp_path: Path, clock: Clock, wire: Wire) -> None:
    asked = 'introduction = "Hello"\napprover = "Marcus Webb"\nstand_in = "priya@example.org"'
    office = Office(tmp_path, clock)
    office.app.store.close()
    office.bench.configure(re.sub("introduction = .*", asked, CONFIGURATION) + DESK)
    office.app, office.web = office.bench.app, site(office.bench.app)
    admin = office.enter(Role.ADMIN, "Hannah Cole")
    office.enter(Role.EDITOR)
    page = admin.get(STAFF).text
    assert "digest.toml asks Marcus Webb to approve Fernhill news, who is an editor here." in page
    assert "digest.toml asks priya@example.org to approve Fernhill news, and nobody here is called so." in page
    admin.send(STAFF, f"{STAFF}/{office.person('Marcus Webb').id}/role", role="approver")
    assert "asks Marcus Webb" not in admin.get(STAFF).text
    office.app.store.close()


def test_the_page_is_admins_alone(office: Office, admin: Browser) -> None:
    approver = office.enter(Role.APPROVER)
    staff = office.person("Hannah Cole").id
    for path in (STAFF, f"{STAFF}/{staff}/remove"):
        assert approver.get(path).status_code == 403
    for path in ("", f"/{staff}/role", f"/{staff}/remove", f"/{staff}/reset-second-factor", "/invitations/x/again"):
        assert approver.send("/", f"{STAFF}{path}", **PRIYA).status_code == 403
    assert staffing.invitations(office.app.store, office.clock) == []
    assert approver.get(FACTOR).status_code == 200
    assert office.person("Marcus Webb").role == Role.APPROVER
