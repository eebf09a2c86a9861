"""The second factor: set up with a picture, asked for at the log-in, lost, renewed, turned off."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from digest.app import factors
from digest.app.access import HALF_FOR
from digest.domain.model import Matter, Role, Staff
from digest.jobs import access
from tests.conftest import Clock
from tests.web.desk.conftest import DESK, PHRASE, Browser, Office, token
from tests.web.desk.test_access import hidden

FACTOR = "/settings/account/second-factor"
MARCUS = "marcus@fernhill.example.org"


class Phone:
    """An authenticator that was shown a page."""

    def __init__(self, office: Office, page: str) -> None:
        self._clock = office.clock
        written = re.search(r'class="written">([A-Z2-7 ]+)<', page)
        assert written, page
        self.totp = pyotp.TOTP(written[1].replace(" ", ""))
        self.offer = hidden(page, "offer")

    def code(self, steps: int = 0) -> str:
        return self.totp.generate_otp(self.totp.timecode(self._clock()) + steps)


def set_up(office: Office, browser: Browser) -> tuple[Phone, list[str]]:
    """Set a second factor up; return the phone and the recovery codes."""
    page = browser.get(FACTOR).text
    phone = Phone(office, page)
    said = browser.post(FACTOR, csrf=token(page), offer=phone.offer, code=phone.code(), phrase=PHRASE)
    assert said.status_code == 200, said.text
    office.clock.forward(seconds=30)
    return phone, re.findall(r"<li>([a-z2-7-]{19})</li>", said.text)


def half_way(office: Office, remote: str = "192.0.2.9", address: str = MARCUS, **fields: str) -> Browser:
    """Return a browser in which the pass phrase was typed."""
    browser = office.browser(remote)
    said = browser.log_in(address=address, **fields)
    assert said.headers["location"].startswith("/log-in/code"), said.text
    return browser


@pytest.fixture
def marcus(office: Office) -> Browser:
    return office.enter(Role.EDITOR)


def test_a_picture_is_scanned_and_a_code_proves_it(office: Office, marcus: Browser) -> None:
    page = marcus.get(FACTOR).text
    [src] = re.findall(r'src="(data:image/svg\+xml[^"]+)"', page)
    assert "<svg" in unquote(html.unescape(src))
    phone = Phone(office, page)
    other = marcus.post(FACTOR, csrf=token(page), offer=phone.offer, code=phone.code(), phrase="not it")
    assert "This is not your pass phrase" in other.text
    wrong = marcus.post(FACTOR, csrf=token(page), offer=phone.offer, code="000000", phrase=PHRASE)
    assert wrong.status_code == 422
    assert "This code is not right" in wrong.text
    again = Phone(office, wrong.text)
    assert again.totp.secret == phone.totp.secret, "what was scanned still counts"
    assert office.person("Marcus Webb").factor == ""
    phone, codes = set_up(office, marcus)
    assert len(set(codes)) == 10
    assert office.person("Marcus Webb").has_second_factor
    assert "10 recovery codes left" in marcus.get("/settings/account").text
    assert "It is on." in marcus.get(FACTOR).text


def test_what_is_scanned_names_the_desk_and_whose_it_is(office: Office, marcus: Browser) -> None:
    staff = office.person("Marcus Webb")
    sitting = access.found(office.app.store, office.clock, marcus.client.cookies["__Host-desk"])
    assert sitting is not None
    uri = urlsplit(factors.offer(office.app, staff, sitting[0]).uri)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == f"/Digest Fernhill:{MARCUS}"
    assert parse_qs(uri.query)["issuer"] == ["Digest Fernhill"]
    assert len(parse_qs(uri.query)["secret"][0]) == 32, "160 bits (RFC 4226 4)"


def test_the_log_in_asks_for_a_code_and_leads_on(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    browser = office.browser("192.0.2.9")
    said = browser.log_in(address=MARCUS, next="/editions?all=1")
    assert said.headers["location"] == "/log-in/code?next=/editions%3Fall%3D1"
    page = browser.get(said.headers["location"])
    assert 'value="/editions?all=1"' in page.text
    assert 'autocomplete="one-time-code"' in page.text
    done = browser.post("/log-in/code", csrf=token(page.text), next="/editions?all=1", code=phone.code())
    assert (done.status_code, done.headers["location"]) == (303, "/editions?all=1")
    assert browser.get("/").status_code == 200


def test_half_way_gives_nothing(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    browser = half_way(office)
    assert "__Host-desk" not in browser.client.cookies
    for path in ("/", "/settings", "/editions", FACTOR, "/settings/staff"):
        assert browser.get(path).headers["location"].startswith("/log-in"), path
    form = token(browser.get("/log-in/code").text)
    assert browser.post("/colours", csrf=form, colours="dark", back="/").status_code == 401
    # and it does not stand in for the pass phrase of anybody else
    assert browser.post("/log-in", csrf=form, address=MARCUS, phrase="", code=phone.code()).status_code == 422


def test_half_way_is_for_one_browser_and_ten_minutes(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    browser, thief = half_way(office), office.browser("192.0.2.10")
    kept = browser.client.cookies["__Host-desk-half"]
    form = token(thief.get("/log-in").text)
    thief.client.cookies["__Host-desk-half"] = kept
    said = thief.post("/log-in/code", csrf=form, code=phone.code())
    assert said.status_code == 403
    assert thief.get("/").status_code == 303
    assert thief.get("/log-in/code").headers["location"] == "/log-in"
    office.clock.forward(seconds=HALF_FOR.total_seconds() + 1)
    late = browser.post("/log-in/code", csrf=token(browser.get("/log-in").text), code=phone.code())
    assert late.status_code == 403
    assert "Log in again" in late.text
    for forged in ("", "x", kept[:-1] + ("A" if kept[-1] != "A" else "B"), "%C3%A9" * 9):
        thief.client.cookies["__Host-desk-half"] = forged
        assert thief.get("/log-in/code").headers["location"] == "/log-in"


def test_half_way_ends_with_another_pass_phrase_and_with_the_log_in(office: Office, marcus: Browser) -> None:
    set_up(office, marcus)
    browser = half_way(office)
    with office.app.store.writing() as session:
        session.access.set_phrase(office.person("Marcus Webb").id, "another")
    assert browser.get("/log-in/code").headers["location"] == "/log-in"


def test_a_code_works_once_and_its_neighbours_by_one_step(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    office.clock.forward(minutes=5)

    def typed(code: str, remote: str) -> int:
        browser = half_way(office, remote)
        return browser.send("/log-in/code", "/log-in/code", code=code).status_code

    assert typed(phone.code(-2), "198.51.100.1") == 422
    assert typed(phone.code(2), "198.51.100.2") == 422
    assert typed(phone.code(-1), "198.51.100.3") == 303
    assert typed(phone.code(-1), "198.51.100.4") == 422, "it counted before"
    assert typed(f" {phone.code()[:3]} {phone.code()[3:]} ", "198.51.100.5") == 303
    assert typed(phone.code(-1), "198.51.100.6") == 422, "so did a later one"
    assert typed(phone.code(1), "198.51.100.7") == 303
    assert typed(phone.code(0), "198.51.100.8") == 422


def test_the_code_that_set_it_up_does_not_log_in(office: Office, marcus: Browser) -> None:
    page = marcus.get(FACTOR).text
    phone = Phone(office, page)
    code = phone.code()
    marcus.post(FACTOR, csrf=token(page), offer=phone.offer, code=code, phrase=PHRASE)
    assert half_way(office).send("/log-in/code", "/log-in/code", code=code).status_code == 422


@pytest.mark.parametrize("code", ["", "0", "123456x", "１２３４５６", "é", "0" * 5_000, "aaaa-bbbb-cccc-dddd"])
def test_what_is_no_code_lets_nobody_in(office: Office, marcus: Browser, code: str) -> None:
    set_up(office, marcus)
    said = half_way(office).send("/log-in/code", "/log-in/code", code=code)
    assert said.status_code == 422
    assert "does not count" in said.text


def test_a_recovery_code_works_once_however_it_is_typed(office: Office, marcus: Browser) -> None:
    _, codes = set_up(office, marcus)
    typed = codes[0].upper().replace("-", " ").replace("O", "0").replace("L", "1")
    assert half_way(office).send("/log-in/code", "/log-in/code", code=typed).status_code == 303
    assert half_way(office, "192.0.2.11").send("/log-in/code", "/log-in/code", code=codes[0]).status_code == 422
    assert "9 recovery codes left" in marcus.get("/settings/account").text
    for number, code in enumerate(codes[1:8]):
        browser = half_way(office, f"198.51.100.{number}")
        assert browser.send("/log-in/code", "/log-in/code", code=code).status_code == 303
    assert "Only 2 recovery codes are left" in marcus.get("/settings/account").text
    assert office.trail("Marcus Webb", Matter.ACCOUNT)[0] == "used a recovery code; 2 left"


def test_somebody_elses_code_is_none(office: Office, marcus: Browser) -> None:
    phone, codes = set_up(office, marcus)
    hannah = office.enter(Role.ADMIN, "Hannah Cole", "192.0.2.50")
    set_up(office, hannah)
    for code in (phone.code(), codes[0]):
        browser = half_way(office, address="hannah@fernhill.example.org")
        assert browser.send("/log-in/code", "/log-in/code", code=code).status_code == 422


def test_new_recovery_codes_take_the_place_of_the_old(office: Office, marcus: Browser) -> None:
    _, codes = set_up(office, marcus)
    assert marcus.send(FACTOR, f"{FACTOR}/codes", phrase="not it").status_code == 422
    said = marcus.send(FACTOR, f"{FACTOR}/codes", phrase=PHRASE)
    fresh = re.findall(r"<li>([a-z2-7-]{19})</li>", said.text)
    assert len(set(fresh) - set(codes)) == 10
    assert half_way(office).send("/log-in/code", "/log-in/code", code=codes[1]).status_code == 422
    assert half_way(office, "192.0.2.12").send("/log-in/code", "/log-in/code", code=fresh[1]).status_code == 303


def test_turning_it_off_asks_for_the_pass_phrase_and_a_code(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    for phrase, code in (("not it", phone.code()), (PHRASE, "000000"), (PHRASE, "")):
        assert marcus.send(FACTOR, f"{FACTOR}/off", phrase=phrase, code=code).status_code == 422
    assert marcus.send(FACTOR, f"{FACTOR}/off", phrase=PHRASE, code=phone.code()).status_code == 303
    assert not office.person("Marcus Webb").has_second_factor
    with office.app.store._engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM recovery_code")).scalar() == 0
    assert office.browser("192.0.2.13").log_in(address=MARCUS).headers["location"] == "/"


def test_setting_it_up_ends_every_other_sitting(office: Office, marcus: Browser) -> None:
    other = office.sit(office.person("Marcus Webb"), "192.0.2.60")
    set_up(office, marcus)
    assert other.get("/").status_code == 303
    assert marcus.get("/").status_code == 200


def test_nobody_can_set_up_another_one_over_it(office: Office, marcus: Browser) -> None:
    page = marcus.get(FACTOR).text
    phone = Phone(office, page)
    set_up(office, marcus)
    kept = office.person("Marcus Webb").factor
    said = marcus.post(FACTOR, csrf=token(marcus.get(FACTOR).text), offer=phone.offer, code=phone.code(), phrase=PHRASE)
    assert said.status_code == 409
    assert office.person("Marcus Webb").factor == kept


def test_what_is_offered_is_one_sittings_and_not_for_long(office: Office, marcus: Browser) -> None:
    phone = Phone(office, marcus.get(FACTOR).text)
    other = office.enter(Role.EDITOR, "Hannah Cole", "192.0.2.61")
    assert other.send(FACTOR, FACTOR, offer=phone.offer, code=phone.code(), phrase=PHRASE).status_code == 422
    foreign = Fernet(Fernet.generate_key()).encrypt(b"x y").decode()
    for sealed in ("", "x", "é", foreign, phone.offer[:-2]):
        said = marcus.send(FACTOR, FACTOR, offer=sealed, code=phone.code(), phrase=PHRASE)
        assert said.status_code == 422
        assert "too old" in said.text
        office.clock.forward(minutes=1)
    office.clock.forward(seconds=(factors.OFFERED_FOR + timedelta(seconds=1)).total_seconds())
    assert marcus.send(FACTOR, FACTOR, offer=phone.offer, code=phone.code(), phrase=PHRASE).status_code == 422


def test_the_database_alone_makes_no_codes(office: Office, marcus: Browser) -> None:
    phone, codes = set_up(office, marcus)
    with office.app.store._engine.connect() as connection:
        rows = [
            str(connection.execute(sa.text(f"SELECT * FROM {name}")).all())
            for name in ("staff", "recovery_code", "audit")
        ]
    for secret in (phone.totp.secret, *codes, *(code.replace("-", "") for code in codes)):
        assert not any(secret in one for one in rows)


def test_a_secret_moved_to_another_account_is_none(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    mine = office.person("Marcus Webb")
    office.enter(Role.ADMIN, "Hannah Cole")
    with office.app.store.writing() as session:
        session.access.set_factor(office.person("Hannah Cole").id, mine.factor, 0, ())
    moved: Staff = office.person("Hannah Cole")
    assert factors.proof(office.app, mine, phone.code()) is not None
    assert factors.proof(office.app, moved, phone.code()) is None


def test_codes_are_slowed_from_everywhere_and_a_recovery_code_lets_one_in(office: Office, marcus: Browser) -> None:
    _, codes = set_up(office, marcus)
    answers = []
    for number in range(30):
        browser = half_way(office, f"198.51.100.{number}")
        answers.append(browser.send("/log-in/code", "/log-in/code", code="000000").status_code)
    assert answers[:20] == [422] * 20
    assert answers[20:] == [429] * 10
    owner = half_way(office, "203.0.113.1")
    said = owner.send("/log-in/code", "/log-in/code", code="111111")
    assert said.status_code == 429
    assert "use one of your recovery codes" in said.text
    assert owner.send("/log-in/code", "/log-in/code", code=codes[0]).status_code == 303
    typed = "typed the right pass phrase and a wrong code for Marcus Webb (20)"
    assert office.trail(matter=Matter.LOG_IN)[1] == typed


def test_one_network_address_may_try_few_codes(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    browser = half_way(office)
    form = token(browser.get("/log-in/code").text)
    answers = [browser.post("/log-in/code", csrf=form, code="000000").status_code for _ in range(8)]
    assert answers == [422] * 5 + [429] * 3
    assert browser.post("/log-in/code", csrf=form, code=phone.code()).status_code == 429
    assert half_way(office, "203.0.113.4").send("/log-in/code", "/log-in/code", code=phone.code()).status_code == 303


def test_what_was_typed_is_there_again_after_both_steps(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    form = token(marcus.get("/").text)
    office.clock.forward(hours=13)
    said = marcus.post("/colours?of=42", csrf=form, back="/editions", colours="dark", title="“Joining” the x100")
    back = marcus.post(
        "/log-in", csrf=token(said.text), address=MARCUS, phrase=PHRASE, again=hidden(said.text, "again")
    )
    assert back.status_code == 200
    assert "Your text is kept" in back.text
    wrong = marcus.post("/log-in/code", csrf=token(back.text), code="000000", again=hidden(back.text, "again"))
    assert wrong.status_code == 422
    done = marcus.post("/log-in/code", csrf=token(wrong.text), code=phone.code(), again=hidden(wrong.text, "again"))
    assert done.status_code == 200
    assert "Your text is still here" in done.text
    assert 'action="/colours?of=42"' in done.text
    assert "“Joining” the x100" in done.text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', done.text)[-1]
    sent = marcus.post("/colours?of=42", csrf=csrf, colours="dark", back="/editions")
    assert (sent.status_code, sent.headers["location"]) == (303, "/editions")


def test_a_long_text_is_carried_over_the_code(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    form = token(marcus.get("/").text)
    office.clock.forward(hours=13)
    said = marcus.post("/editions/x/write", csrf=form, introduction="ä" * 10_000)
    back = marcus.post(
        "/log-in", csrf=token(said.text), address=MARCUS, phrase=PHRASE, again=hidden(said.text, "again")
    )
    done = marcus.post("/log-in/code", csrf=token(back.text), code=phone.code(), again=hidden(back.text, "again"))
    assert "ä" * 10_000 in done.text


def test_no_pass_phrase_or_code_is_carried_in_a_form_that_comes_back(office: Office, marcus: Browser) -> None:
    form = token(marcus.get("/").text)
    office.clock.forward(hours=13)
    for path, name in (
        ("/settings/account", "phrase"),
        ("/settings/account/phrase", "old_phrase"),
        ("/settings/account/phrase", "new_phrase"),
        (FACTOR, "code"),
        (FACTOR, "offer"),
    ):
        said = marcus.post(path, csrf=form, name="Marcus", **{name: "a secret word"})
        assert said.status_code == 401
        assert "a secret word" not in said.text, name


def test_a_link_for_a_new_pass_phrase_does_not_lead_past_the_second_factor(office: Office, marcus: Browser) -> None:
    phone, _ = set_up(office, marcus)
    path = office.link()
    browser = office.browser("192.0.2.14")
    said = browser.send(path, path, phrase="four quite other words")
    assert said.headers["location"] == "/log-in/code?next=/"
    assert browser.get("/").status_code == 303
    assert marcus.get("/").status_code == 303, "the sittings of before are over"
    assert browser.send("/log-in/code", "/log-in/code", code=phone.code()).status_code == 303
    assert browser.get("/").status_code == 200


EVERYBODY = f'{DESK}second_factor = "everybody"\n'


@pytest.fixture
def strict(tmp_path: Path, clock: Clock) -> Office:
    return Office(tmp_path, clock, EVERYBODY)


def test_where_everybody_needs_one_it_comes_before_anything_else(strict: Office) -> None:
    browser = strict.enter(Role.ADMIN)
    for path in ("/", "/settings", "/settings/staff", "/editions"):
        assert browser.get(path).headers["location"] == FACTOR
    form = token(browser.get(FACTOR).text)
    said = browser.post("/editions/x/write", csrf=form, subject="Typed before")
    assert said.status_code == 403
    assert "Typed before" in said.text
    assert "A second factor comes first" in said.text
    phone, _ = set_up(strict, browser)
    assert browser.get("/").status_code == 200
    said = browser.send(FACTOR, f"{FACTOR}/off", phrase=PHRASE, code=phone.code())
    assert said.status_code == 409
    assert "Everybody here needs a second factor" in html.unescape(said.text)
    assert strict.person("Marcus Webb").has_second_factor
    assert browser.send("/", "/log-out").status_code == 303
    strict.app.store.close()


def test_who_owes_one_may_log_out(strict: Office) -> None:
    browser = strict.enter(Role.EDITOR)
    assert browser.send(FACTOR, "/log-out").headers["location"] == "/log-in"
    strict.app.store.close()
