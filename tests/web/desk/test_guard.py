from __future__ import annotations

import html
import re
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from digest.domain.errors import NotFound, Refused, StoreError
from digest.domain.model import Role
from digest.domain.ports import Session
from digest.web.bounds import MOST_OCTETS
from digest.web.desk import guard, home, roles
from digest.web.desk.cookies import Act, Said, undo
from digest.web.desk.frame import HEADERS, Desk
from digest.web.desk.rendering import FILES
from digest.web.desk.site import routed, site
from tests.web.desk.conftest import ADDRESS, PATIENT, Browser, Office, token


def every(office: Office) -> list[APIRoute]:
    return [one for one in routed(office.app).routes if isinstance(one, APIRoute)]


def filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)


def test_every_route_is_one_that_the_guard_stands_before(office: Office) -> None:
    assert len(every(office)) == len(routed(office.app).routes), "a mounted application or a bare route has no guard"
    assert {one.path for one in every(office)} >= guard.OPEN


def test_no_route_is_served_to_who_is_not_logged_in_but_those_that_are_named(office: Office) -> None:
    browser = office.browser()
    for route in every(office):
        if route.path in guard.OPEN:
            continue
        for method in route.methods:
            said = browser.client.request(method, filled(route.path), headers={"Origin": ADDRESS})
            expected = (303, "/log-in") if method == "GET" else (401, None)
            assert said.status_code == expected[0], route.path
            assert (said.headers.get("location") or "").startswith(expected[1] or ""), route.path


def test_no_form_is_taken_without_the_sittings_own_token(office: Office) -> None:
    browser = office.hannah()
    for route in every(office):
        if "POST" not in route.methods:
            continue
        for form in ("", "0" * 16 + "." + "0" * 32):
            assert browser.post(filled(route.path), csrf=form).status_code == 403, route.path


def test_a_route_that_is_added_is_guarded_without_a_word(office: Office) -> None:
    web = routed(office.app)

    @web.get("/further")
    def further() -> str:
        raise AssertionError("nobody is logged in")

    assert TestClient(web, base_url=ADDRESS, follow_redirects=False).get("/further").status_code == 303


def test_a_form_of_another_sitting_is_shown_again_and_not_taken(office: Office) -> None:
    one = office.hannah()
    other = office.browser()
    other.log_in()
    said = one.post("/colours", csrf=token(other.get("/").text), colours="dark", back="/")
    assert said.status_code == 403
    assert "Your text is still here" in said.text
    assert "desk-colours" not in str(said.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{ADDRESS}.evil.example", "http://127.0.0.1:1", ""]
)
def test_a_form_from_elsewhere_is_refused_and_nothing_of_it_is_shown(office: Office, origin: str) -> None:
    browser = office.hannah()
    form = token(browser.get("/").text)
    said = browser.client.post(
        "/colours", data={"csrf": form, "colours": "dark", "title": "theirs"}, headers={"Origin": origin}
    )
    assert said.status_code == 403
    assert "theirs" not in said.text
    assert office.browser().post("/log-in", origin=origin or "https://evil.example").status_code == 403


def test_a_browser_that_sends_no_origin_is_known_by_where_it_comes_from(office: Office) -> None:
    browser = office.hannah()
    form = {"csrf": token(browser.get("/").text), "colours": "dark", "back": "/"}
    assert browser.client.post("/colours", data=form).status_code == 403
    assert browser.client.post("/colours", data=form, headers={"Referer": "https://evil.example/"}).status_code == 403
    assert browser.client.post("/colours", data=form, headers={"Referer": f"{ADDRESS}/x"}).status_code == 303


def test_a_log_in_form_is_bound_to_the_browser_and_to_two_hours(office: Office) -> None:
    office.hannah()
    browser, other = office.browser(), office.browser()
    form = token(browser.get("/log-in").text)
    said = other.post("/log-in", csrf=form, address="hannah@fernhill.example.org", phrase="four words that fit")
    assert said.status_code == 403
    assert "hannah@fernhill.example.org" in said.text
    office.clock.forward(hours=2, seconds=1)
    assert browser.post("/log-in", csrf=form).status_code == 403
    assert browser.log_in().status_code == 303


@pytest.mark.parametrize(
    "host", ["evil.example", "desk.fernhill.example.org.evil.example", "", "[", "127.0.0.1.nip.io"]
)
def test_no_other_host_is_served(office: Office, host: str) -> None:
    said = office.browser().get("/log-in", headers={"Host": host})
    assert said.status_code == 400
    assert "evil" not in said.text


@pytest.mark.parametrize("host", ["127.0.0.1:8026", "localhost", "[::1]:8026", "DESK.fernhill.example.org"])
def test_its_own_names_and_this_machine_are(office: Office, host: str) -> None:
    assert office.browser().get("/log-in", headers={"Host": host}).status_code == 200


def answers(office: Office) -> dict[str, Any]:
    browser = office.hannah()
    home = browser.get("/")
    stranger = office.browser()
    return {
        "home": home,
        "sent on": stranger.get("/"),
        "log in": stranger.get("/log-in"),
        "static": stranger.get(FILES["desk.css"].path),
        "health": stranger.get("/healthz"),
        "nowhere": browser.get("/nowhere"),
        "a wrong way": browser.client.put("/", headers={"Origin": ADDRESS}),
        "host": stranger.get("/", headers={"Host": "evil.example"}),
        "elsewhere": browser.post("/colours", origin="https://evil.example"),
        "too long": browser.client.post("/colours", content=b"x" * (MOST_OCTETS + 1)),
        "a redirect": browser.post("/colours", csrf=token(home.text), back="/"),
        "a dead link": stranger.get("/first/x"),
    }


def test_every_answer_bears_the_headers_that_keep_others_out(office: Office) -> None:
    for name, said in answers(office).items():
        for header, value in HEADERS.items():
            if name == "static" and header == "Cache-Control":
                continue
            assert said.headers[header] == value, (name, header)
        assert said.headers.get_list("content-security-policy") == [HEADERS["Content-Security-Policy"]]


def test_what_does_not_work_is_a_page_that_says_so(office: Office) -> None:
    found = {name: (said.status_code, said.text) for name, said in answers(office).items()}
    for name, status in {"nowhere": 404, "a wrong way": 405, "host": 400, "elsewhere": 403, "too long": 413}.items():
        assert found[name][0] == status
        assert "<h1>" in found[name][1]
    assert "Hannah Cole" in found["nowhere"][1], "who is logged in sees that they are"
    assert all("evil.example" not in text for _, text in found.values())


def test_nothing_on_a_page_is_from_elsewhere_or_written_into_it(office: Office) -> None:
    for name, said in answers(office).items():
        addresses = re.findall(r'(?:src|href|action)="([^"]*)"', said.text)
        assert all(one.startswith(("/", "#")) and not one.startswith("//") for one in addresses), name
        assert not re.search(r"<style|\sstyle=|<script(?! src)|\son[a-z]+=", said.text), name


def test_files_are_kept_for_ever_under_the_mark_of_their_content(office: Office) -> None:
    browser = office.browser()
    said = browser.get(FILES["desk.js"].path)
    assert said.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in said.headers["content-type"]
    assert browser.get("/static/000000000000/desk.js").status_code == 404
    assert browser.get(f"/static/{FILES['desk.js'].mark}/base.html.j2").status_code == 404


def test_the_head_of_a_page_is_had_without_the_page(office: Office) -> None:
    browser = office.hannah()
    said = browser.client.head("/")
    assert (said.status_code, said.content) == (200, b"")
    assert office.browser().client.head("/").status_code == 303


class Making:
    """A desk with a route that does what a test wants."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch, does: Any) -> None:
        real = home.add

        def add(web: FastAPI, desk: Desk, *further: Any) -> None:
            real(web, desk, *further)

            def done(request: Request) -> Any:
                return does(desk, request)

            for route in ("GET /does", "POST /does", "GET /numbered/{number}"):
                monkeypatch.setitem(roles.LEAST, route, Role.EDITOR)
            web.get("/does")(done)
            web.post("/does")(done)
            web.get("/numbered/{number}")(numbered)

        def numbered(number: int) -> str:
            return str(number)

        monkeypatch.setattr(home, "add", add)
        office.web = site(office.app, PATIENT)


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (NotFound("There is no edition “x”.", "Run `digest status`."), 404, "There is no edition “x”."),
        (Refused("It is being sent.", "Pause it."), 409, "It is being sent. Your text is still here. Pause it."),
        (
            StoreError("The disk is full. Nothing was changed.", "Free some space, then run this again."),
            503,
            "The desk could not save this: the disk is full. Nothing was changed. Your text is still here. "
            "Free some space, then save again.",
        ),
        (ZeroDivisionError("a secret"), 500, "It is the program’s fault."),
    ],
)
def test_whatever_goes_wrong_what_was_typed_is_still_there_and_no_traceback(
    office: Office, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, words: str
) -> None:
    def does(desk: Desk, request: Request) -> None:
        raise fault

    Making(office, monkeypatch, does)
    browser = office.hannah()
    said = browser.send("/", "/does", title="Joining the x100")
    assert said.status_code == status
    assert words in html.unescape(said.text)
    assert "Joining the x100" in said.text
    assert 'action="/does"' in said.text
    asked = browser.get("/does")
    assert asked.status_code == status
    for page in (said.text, asked.text):
        assert "Traceback" not in page
        assert "a secret" not in page


def test_an_address_that_is_not_what_a_page_expects_is_said(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    Making(office, monkeypatch, lambda *_: None)
    browser = office.hannah()
    assert browser.get("/numbered/7").text == '"7"'
    said = browser.get("/numbered/seven")
    assert said.status_code == 422
    assert "not what this page expects" in said.text
    assert office.browser().get("/numbered/seven").status_code == 303


def test_too_many_fields_are_too_much(office: Office) -> None:
    browser = office.hannah()
    said = browser.client.post("/colours", content=b"a=1&" * 10_000, headers={"Origin": ADDRESS})
    assert said.status_code == 413


def test_where_the_database_is_held_the_page_says_so_and_knows_no_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.hannah()

    def held() -> Session:
        raise StoreError("Another program has held the database.", "Wait for it to end, then run this again.")

    monkeypatch.setattr(office.app.store, "reading", held)
    said = browser.get("/")
    assert said.status_code == 503
    assert "then open this again" in said.text


def test_what_was_done_is_said_once_with_what_undoes_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said(
        words="Moved to <Place & community>.",
        acts=(undo("/editions/x/undo", step="7"), Act(label="Always put insights like this there", path="/themes")),
    )
    Making(office, monkeypatch, lambda desk, request: desk.redirect(request, "/", said))
    browser = office.hannah()
    assert browser.send("/", "/does").status_code == 303
    page = browser.get("/").text
    assert "Moved to &lt;Place &amp; community&gt;." in page
    assert 'action="/editions/x/undo"' in page
    assert 'name="step" value="7"' in page
    assert "Moved to" not in browser.get("/").text


def test_nobody_else_can_have_something_said(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    Making(office, monkeypatch, lambda desk, request: desk.redirect(request, "/", Said(words="Done by one.")))
    one, other = office.hannah(), office.browser()
    other.log_in()
    one.send("/", "/does")
    other.client.cookies["__Host-desk-said"] = one.client.cookies["__Host-desk-said"]
    assert "Done by one" not in other.get("/").text


def test_colours_and_shortcuts_are_as_somebody_wants_them(office: Office) -> None:
    browser = office.hannah()
    assert "data-scheme" not in browser.get("/").text
    browser.send("/", "/colours", colours="dark", back="/")
    assert '<html lang="en-GB" data-scheme="dark">' in browser.get("/").text
    browser.send("/", "/colours", colours='"><b>', back="/")
    assert "data-scheme" not in browser.get("/").text
    browser.send("/", "/keys", keys="off", back="/editions")
    assert 'data-keys="off"' in browser.get("/").text
    browser.send("/", "/keys", keys="on", back="/")
    assert "data-keys" not in browser.get("/").text


def test_home_shows_today_and_the_last_editions(office: Office) -> None:
    browser: Browser = office.hannah()
    empty = browser.get("/").text
    assert "<h1>Monday 23 November</h1>" in empty
    assert "Nothing needs you" in empty
    edition = office.bench.approved()
    shown = browser.get("/").text
    assert f'href="/editions/{edition}"' in shown
    assert "Tue 24 Nov, 08:00" in shown
    assert "Approved" in shown
    assert f'href="/editions/{edition}"' in browser.get("/editions").text
