from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from digest.app import phrases
from digest.app.access import link_for
from digest.domain.errors import NotFound, Refused
from digest.domain.model import OneTimeLink, Opens
from digest.jobs import access
from digest.jobs.tokens import kept_as
from tests.conftest import Clock
from tests.web.conftest import watched
from tests.web.desk.conftest import ACCOUNT, HANNAH, PHRASE, Office, token

LOCAL = "http://127.0.0.1:8026"


def test_the_first_link_makes_an_account_logs_in_and_works_once(office: Office) -> None:
    browser, path = office.browser(), office.first_link()
    assert "Make your account" in browser.get(path).text
    said = browser.send(path, path, **ACCOUNT)
    assert (said.status_code, said.headers["location"]) == (303, "/")
    assert "Monday 23 November" in browser.get("/").text
    [hannah] = office.staff()
    assert (hannah.name, hannah.address) == ("Hannah Cole", HANNAH)
    assert hannah.phrase.startswith("$argon2id$")
    assert office.browser().get(path).status_code == 410
    other = office.browser()
    other.get("/log-in")
    assert other.send("/log-in", path, **ACCOUNT).status_code == 410
    with pytest.raises(Refused):
        access.offer(office.app.store, office.clock)


def test_a_link_is_over_after_a_day_and_when_a_newer_one_takes_its_place(office: Office) -> None:
    old = office.first_link()
    new = office.first_link()
    assert office.browser().get(old).status_code == 410
    assert office.browser().get(new).status_code == 200
    office.clock.forward(hours=24)
    said = office.browser().get(new)
    assert said.status_code == 410
    assert "digest desk link" in said.text


def test_a_link_for_the_first_account_is_dead_once_there_is_one(office: Office) -> None:
    office.hannah()
    late = OneTimeLink(key=kept_as("late"), opens=Opens.FIRST, staff="", ends_at=office.clock() + access.LINK_FOR)
    with office.app.store.writing() as session:
        session.access.offer(late)
    assert office.browser().get("/first/late").status_code == 410


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "Write a name"),
        ("name", "x" * 101, "Write a name"),
        ("address", "nobody", "This is no email address"),
        ("phrase", "eleven char", "11 characters. 12 are needed"),
        ("phrase", HANNAH, "easy to guess"),
        ("phrase", "x" * 1_001, "too long"),
    ],
)
def test_what_is_wrong_with_a_first_account_is_said_beside_it_and_what_was_typed_stays(
    office: Office, field: str, typed: str, words: str
) -> None:
    path = office.first_link()
    said = office.browser().send(path, path, **{**ACCOUNT, field: typed})
    assert said.status_code == 422
    assert words in said.text
    assert f'aria-describedby="{field}' in said.text
    assert 'value="four words' not in said.text
    if field != "name":
        assert 'value="Hannah Cole"' in said.text
    assert office.staff() == []


def test_who_knows_the_pass_phrase_is_let_in_however_the_address_is_written(office: Office) -> None:
    office.hannah()
    browser = office.browser()
    assert browser.get("/").headers["location"] == "/log-in"
    said = browser.log_in(address=HANNAH.upper())
    assert (said.status_code, said.headers["location"]) == (303, "/")
    assert browser.get("/").status_code == 200
    assert browser.get("/log-in").headers["location"] == "/"


def test_a_wrong_pass_phrase_and_an_unknown_address_have_the_same_answer(office: Office) -> None:
    office.hannah()
    wrong = office.browser().log_in("four words that do not")
    unknown = office.browser("192.0.2.2").log_in(address="nobody@example.org")
    assert wrong.status_code == unknown.status_code == 422
    assert "do not belong together" in wrong.text
    assert HANNAH in wrong.text
    assert plain(wrong.text, HANNAH) == plain(unknown.text, "nobody@example.org")


def plain(page: str, address: str) -> str:
    return page.replace(token(page), "").replace(address, "")


def test_the_work_for_an_unknown_address_is_the_same(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.hannah()
    statements = watched(office)  # type: ignore[arg-type]
    verified: list[str] = []
    real = phrases._HASHER

    class Counting:
        def verify(self, kept: str, phrase: str) -> bool:
            verified.append(kept.rpartition("$")[0].rpartition("$")[0])
            return real.verify(kept, phrase)

        def hash(self, phrase: str) -> str:
            return real.hash(phrase)

    phrases._nobodys()
    monkeypatch.setattr(phrases, "_HASHER", Counting())
    browsers = [office.browser(f"192.0.2.{number}") for number in (3, 4)]
    pages = [token(one.get("/log-in").text) for one in browsers]
    counted = []
    for browser, form, address in zip(browsers, pages, (HANNAH, "nobody@example.org"), strict=True):
        statements.clear()
        browser.post("/log-in", csrf=form, address=address, phrase="none of theirs")
        counted.append(list(statements))
    assert counted[0] == counted[1]
    assert verified[0] == verified[1]
    assert len(verified) == 2


def test_tries_are_counted_by_network_address_and_nobody_is_locked_out_elsewhere(office: Office) -> None:
    office.hannah()
    stranger = office.browser("198.51.100.7")
    form = token(stranger.get("/log-in").text)
    for _ in range(5):
        assert stranger.post("/log-in", csrf=form, address=HANNAH, phrase="guess").status_code == 422
    said = stranger.post("/log-in", csrf=form, address=HANNAH, phrase=PHRASE)
    assert said.status_code == 429
    assert "Nobody is locked out" in said.text
    assert office.browser("203.0.113.9").log_in().status_code == 303
    for number in range(5):
        stranger.post("/log-in", csrf=form, address=f"{number}@example.org", phrase="guess")
    assert stranger.post("/log-in", csrf=form, address="other@example.org", phrase="guess").status_code == 429


def test_cookies_are_out_of_reach_of_scripts_other_sites_and_other_hosts(office: Office) -> None:
    browser, path = office.browser(), office.first_link()
    before = browser.get(path).headers["set-cookie"]
    [kept] = [
        one
        for one in browser.send(path, path, **ACCOUNT).headers.get_list("set-cookie")
        if one.startswith("__Host-desk=")
    ]
    for cookie in (before, kept):
        assert cookie.startswith("__Host-desk")
        for word in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
            assert word in cookie
        assert "Domain" not in cookie
    assert "Max-Age=1209600" in kept


def test_on_this_machine_alone_cookies_do_without_https(tmp_path: Path, clock: Clock) -> None:
    office = Office(tmp_path, clock, "", LOCAL)
    browser, path = office.browser(), office.first_link()
    said = browser.send(path, path, **ACCOUNT)
    assert "Secure" not in str(said.headers.get_list("set-cookie"))
    assert browser.get("/").status_code == 200


def test_the_token_is_another_at_each_log_in_and_the_database_has_its_hash_alone(office: Office) -> None:
    browser = office.hannah()
    first = browser.client.cookies["__Host-desk"]
    browser.send("/", "/log-out")
    browser.log_in()
    second = browser.client.cookies["__Host-desk"]
    assert first != second
    with office.app.store._engine.connect() as connection:
        rows = str(connection.execute(sa.text("SELECT * FROM sitting")).all())
    assert second not in rows
    assert kept_as(second) in rows


def test_who_logs_out_is_out_also_with_the_old_cookie(office: Office) -> None:
    browser = office.hannah()
    kept = browser.client.cookies["__Host-desk"]
    said = browser.send("/", "/log-out")
    assert said.headers["location"] == "/log-in"
    assert browser.get("/").status_code == 303
    thief = office.browser()
    thief.client.cookies["__Host-desk"] = kept
    assert thief.get("/").status_code == 303


def test_a_sitting_ends_after_twelve_hours_unused_and_after_a_fortnight_in_any_case(office: Office) -> None:
    browser = office.hannah()
    for _ in range(27):
        office.clock.forward(hours=11.9)
        assert browser.get("/").status_code == 200
    office.clock.forward(hours=12)
    assert browser.get("/").status_code == 303
    browser.log_in()
    for _ in range(29):
        office.clock.forward(hours=11.5)
        assert browser.get("/").status_code == 200
    office.clock.forward(hours=11.5)
    assert browser.get("/").status_code == 303


def test_another_pass_phrase_ends_every_sitting_of_before(office: Office) -> None:
    old, path = office.hannah(), office.link()
    fresh = office.browser()
    assert "A new pass phrase, Hannah Cole" in fresh.get(path).text
    assert fresh.send(path, path, phrase="four quite other words").status_code == 303
    assert fresh.get("/").status_code == 200
    assert old.get("/").status_code == 303
    assert office.browser("192.0.2.8").log_in().status_code == 422
    assert office.browser("192.0.2.9").log_in("four quite other words").status_code == 303
    assert office.browser().get(path).status_code == 410
    assert [one.name for one in office.staff()] == ["Hannah Cole"]


def test_a_link_is_for_an_account_that_there_is(office: Office) -> None:
    office.hannah()
    assert link_for(office.app, HANNAH.title())[1] == office.staff()[0]
    with pytest.raises(NotFound, match=r"No account has the address “nobody@example\.org”"):
        link_for(office.app, "nobody@example.org")


@pytest.mark.parametrize(
    ("onward", "led"),
    [
        ("/editions?all=1", "/editions?all=1"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/a\r\nX: y", "/"),
        ("", "/"),
    ],
)
def test_who_logged_in_is_led_on_within_the_desk_alone(office: Office, onward: str, led: str) -> None:
    office.hannah()
    assert office.browser().log_in(next=onward).headers["location"] == led


def test_who_asks_for_a_page_comes_back_to_it(office: Office) -> None:
    office.hannah()
    browser = office.browser()
    asked = browser.get("/editions?state=draft").headers["location"]
    assert asked == "/log-in?next=/editions%3Fstate%3Ddraft"
    assert 'name="next" value="/editions?state=draft"' in browser.get(asked).text


def test_what_was_typed_is_there_again_after_the_log_in(office: Office) -> None:
    browser = office.hannah()
    form = token(browser.get("/").text)
    office.clock.forward(hours=13)
    said = browser.post("/colours?of=42", csrf=form, back="/editions", colours="dark", title="“Joining” <the> x100")
    assert said.status_code == 401
    assert "Your text is kept" in said.text
    kept = hidden(said.text, "again")
    back = browser.post(
        "/log-in", csrf=token(said.text), address=HANNAH, phrase="wrong", again=kept
    )  # what is typed wrong keeps it, too
    assert back.status_code == 422
    back = browser.post(
        "/log-in", csrf=token(back.text), address=HANNAH, phrase=PHRASE, again=hidden(back.text, "again")
    )
    assert back.status_code == 200
    assert "Your text is still here" in back.text
    assert 'action="/colours?of=42"' in back.text
    assert "“Joining” &lt;the&gt; x100" in back.text
    assert (hidden(back.text, "colours"), hidden(back.text, "back")) == ("dark", "/editions")
    done = browser.post("/colours?of=42", csrf=tokens(back.text)[-1], colours="dark", back="/editions")
    assert (done.status_code, done.headers["location"]) == (303, "/editions")


def hidden(page: str, name: str) -> str:
    return html.unescape(re.findall(rf'name="{name}" value="([^"]*)"', page)[-1])


def tokens(page: str) -> list[str]:
    return re.findall(r'name="csrf" value="([^"]+)"', page)


@pytest.mark.parametrize(
    "written",
    ["", "no json", "[]", "{}", '{"path": "/", "fields": [["a"]]}', '{"path": 1, "fields": 2}', "[" * 9_999],
)
def test_what_is_no_form_of_before_is_none(office: Office, written: str) -> None:
    office.hannah()
    assert office.browser().log_in(again=written).status_code == 303


def test_a_form_of_before_leads_nowhere_else(office: Office) -> None:
    office.hannah()
    said = office.browser().log_in(again='{"path": "//evil.example/x", "fields": [["phrase", "secret"], ["a", "b"]]}')
    assert "evil.example" not in said.text
    assert "secret" not in said.text


def test_a_pass_phrase_at_lower_costs_is_kept_at_todays(office: Office) -> None:
    office.hannah()
    [hannah] = office.staff()
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PHRASE)
    with office.app.store.writing() as session:
        session.access.set_phrase(hannah.id, cheap)
    assert office.browser().log_in().status_code == 303
    assert not phrases.is_cheap(office.staff()[0].phrase)


def test_what_is_over_is_forgotten_with_the_next_log_in(office: Office) -> None:
    office.hannah()
    office.clock.forward(days=2)
    office.browser().log_in()
    with office.app.store._engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM sitting")).scalar() == 1
        assert connection.execute(sa.text("SELECT count(*) FROM one_time_link")).scalar() == 0
