"""Every route, every role, every method, with a slash at its end and without."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.testclient import TestClient

from digest.app import settings
from digest.config.change import Add, Put
from digest.domain.model import EditionState, Role
from digest.jobs import access, steering
from digest.jobs.staffing import By
from digest.web.desk import guard, roles
from digest.web.desk.cookies import form_token
from digest.web.desk.guard import OPEN
from digest.web.desk.roles import LEAST
from digest.web.desk.site import routed
from tests.jobs.conftest import Wire
from tests.web.desk.conftest import ADDRESS, Browser, Office

#: methods that no route of the desk takes
OTHERS = ("PUT", "PATCH", "DELETE")


def every(office: Office) -> list[tuple[str, str]]:
    """Return (method, path) of every route of the desk."""
    routes = [one for one in routed(office.app).routes if isinstance(one, APIRoute)]
    return [(method, one.path) for one in routes for method in sorted(one.methods)]


def filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)


def name_of(method: str, path: str) -> str:
    """Return a name, and so an address, of whoever tries one route alone."""
    words = {"{": "l", "}": "r", "/": "s", ".": "d", "-": "h"}
    return f"{method.lower()}{''.join(words.get(one, one) for one in path)} Webb"


def asked(office: Office, browser: Browser, method: str, path: str) -> tuple[int, str]:
    """Ask for a path as a page of the desk would, with the sitting's own token; return status and page."""
    known = access.found(office.app.store, office.clock, browser.client.cookies.get("__Host-desk", ""))
    data = {"csrf": form_token(known[0])} if known and method != "GET" else None
    file = {"file": ("people.csv", "email\n")} if (method, path) == ("POST", "/subscribers/import") else None
    said = browser.client.request(method, path, data=data, files=file, headers={"Origin": ADDRESS})
    return said.status_code, said.text


def test_every_route_has_a_role_or_is_named_as_one_that_needs_none(office: Office) -> None:
    needed = {f"{method} {path}" for method, path in every(office) if path not in OPEN}
    assert needed == set(LEAST), "one line a route in digest/web/desk/roles.py"
    assert not {one for one in LEAST if one.partition(" ")[2] in OPEN}


def test_what_needs_no_sitting_is_so_by_these_methods_alone(office: Office) -> None:
    found = {f"{method} {path}" for method, path in every(office) if path in OPEN}
    forms = {"/log-in", "/log-in/code", "/forgotten", "/first/{token}", "/invited/{token}", "/read/{token}"}
    assert found == {f"GET {path}" for path in OPEN} | {f"POST {path}" for path in forms}


@pytest.mark.parametrize("role", [None, *Role])
def test_a_route_is_served_to_whoever_has_its_role_and_to_nobody_else(office: Office, role: Role | None) -> None:
    wrong, plain = [], office.browser()
    for method, path in every(office):
        if path in OPEN or path == "/log-out":
            continue
        # a person each, since some of these end sittings
        browser = office.enter(role, name_of(method, path)) if role else plain
        status, page = asked(office, browser, method, filled(path))
        least = LEAST[f"{method} {path}"]
        if role is None:
            fits = status == (303 if method == "GET" else 401)
        elif role.may(least):
            fits = status not in (401, 403, 405, 500)
        else:
            fits = status == 403 and "Only an" in page
        if not fits:
            wrong.append((method, path, status))
    assert wrong == []


def test_no_other_path_or_method_leads_around_a_role(office: Office) -> None:
    browser = office.enter(Role.EDITOR)
    wrong: list[tuple[object, ...]] = []
    seen: set[str] = set()
    for method, path in every(office):
        if path == "/":
            continue
        slashed = asked(office, browser, method, f"{filled(path)}/")[0]
        capital = asked(office, browser, method, filled(path).upper())[0]
        others = [asked(office, browser, one, filled(path))[0] for one in OTHERS if path not in seen]
        seen.add(path)
        if {slashed, capital, *others} - {404, 405}:
            wrong.append((method, path, slashed, capital, others))
    assert wrong == []


def test_a_route_that_nobody_gave_a_role_to_is_served_to_nobody(office: Office) -> None:
    web = routed(office.app)

    @web.get("/further")
    def further() -> str:
        raise AssertionError("nobody may")

    @web.post("/further")
    def posted() -> str:
        raise AssertionError("nobody may")

    admin = office.enter(Role.ADMIN)
    client = TestClient(web, base_url=ADDRESS, follow_redirects=False, cookies=admin.client.cookies)
    said = client.get("/further")
    assert said.status_code == 403
    assert "Nobody was given this page" in said.text
    known = access.found(office.app.store, office.clock, admin.client.cookies["__Host-desk"])
    assert known is not None
    data = {"csrf": form_token(known[0])}
    assert client.post("/further", data=data, headers={"Origin": ADDRESS}).status_code == 403


def test_a_role_that_changes_counts_at_the_next_request(office: Office) -> None:
    browser = office.enter(Role.ADMIN)
    assert browser.get("/settings/staff").status_code == 200
    with office.app.store.writing() as session:
        session.access.set_role(office.person("Marcus Webb").id, Role.EDITOR)
    assert browser.get("/settings/staff").status_code == 403
    assert browser.get("/settings").status_code == 200


def test_who_may_not_is_told_who_can(office: Office) -> None:
    editor = office.enter(Role.EDITOR)
    said = editor.send("/", "/editions/x/approve")
    assert said.status_code == 403
    assert "Only an approver can do this." in said.text
    assert "Ask" not in said.text, "there is nobody to ask"
    office.enter(Role.APPROVER, "Hannah Cole")
    office.clock.forward(minutes=1)
    office.enter(Role.ADMIN, "Ada <Bell>")
    assert (
        "Only an approver can do this. Ask Hannah Cole or Ada &lt;Bell&gt;."
        in editor.send("/", "/editions/x/approve").text
    )
    assert "Only an admin can do this. Ask Ada &lt;Bell&gt;." in editor.get("/settings/history").text


def words_of(page: str) -> set[str]:
    """Return the words on all buttons of a page."""
    return set(re.findall(r"<span>([^<]+)</span></button>", page))


def test_who_lacks_a_role_sees_no_dead_button(office: Office) -> None:
    editor, approver = office.enter(Role.EDITOR), office.enter(Role.APPROVER, "Hannah Cole")
    edition = office.bench.approved()
    at = f"/editions/{edition}"
    only_theirs = {"Take back", "Send it now", "Pause", "Resume", "Cancel the rest", "Leave it", "Send again"}

    def seen(path: str) -> tuple[set[str], set[str]]:
        page, theirs = editor.get(at + path).text, approver.get(at + path).text
        assert "Cancel the rest" not in page
        return words_of(page), words_of(theirs)

    mine, theirs = seen("/review")
    assert theirs - mine == {"Take back", "Send it now"}
    assert "An approver can take it back" in editor.get(f"{at}/review").text
    mine, theirs = seen("/sending")
    assert theirs - mine == {"Take back"}
    steering.take_back(office.app.store, office.clock, edition, "Ada", "a slip")
    review = editor.get(f"{at}/review").text
    assert "Approve for" not in review
    assert "You are an editor. Hannah Cole can approve it." in review
    assert "Review &amp; approve" not in editor.get(at).text
    assert "Review &amp; approve" in approver.get(at).text
    assert "Approve for" in approver.get(f"{at}/review").text
    office.app.approve(edition, "Ada")
    steering.send_now(office.app.store, office.clock, edition, "Ada")
    mine, theirs = seen("/sending")
    assert "Pause" in theirs - mine
    steering.pause(office.app.store, office.clock, edition, "Ada")
    mine, theirs = seen("/sending")
    assert "Resume" in theirs - mine
    steering.resume(office.app.store, office.clock, edition, "Ada")
    office.app.send(edition, Wire(), "Ada")
    with office.app.store.reading() as session:
        found = session.editions.get(edition)
    assert found is not None
    assert found.state == EditionState.SENT
    mine, theirs = seen("/report")
    assert theirs - mine == {"Draft a correction"}
    assert not mine & only_theirs


def _least(routes: Sequence[BaseRoute], method: str, path: str) -> Role | None:
    """Return the least role for a path; None where none is needed. A path that leads nowhere is a failure."""
    scope = {"type": "http", "method": method, "path": path, "root_path": ""}
    fit = [one for one in routes if one.matches(scope)[0] == Match.FULL]
    assert fit, f"{method} {path} leads nowhere"
    assert isinstance(fit[0], APIRoute)
    return None if fit[0].path in OPEN else LEAST[f"{method} {fit[0].path}"]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.APPROVER])
def test_no_page_has_a_link_or_a_form_that_is_refused_to_who_sees_it(office: Office, role: Role) -> None:
    office.bench.insights("Nursery play", "Maths of fractions")
    office.app.import_people(office.bench.newsletter)
    office.app.draft(office.bench.newsletter)
    browser, seen, to_see = office.enter(role), {"/"}, ["/"]
    routes = routed(office.app).routes
    while to_see:
        here = to_see.pop()
        page = browser.get(here)
        assert page.status_code in (200, 303), here
        if "/mail/" in here or "html" not in page.headers.get("content-type", ""):
            continue
        # of each path once, whatever is asked of it: some lead to themselves with more and more asked
        leads = {unescape(one): one.partition("?")[0] for one in re.findall(r'(?:href|src)="(/[^"#]*)', page.text)}
        fresh = {path: one for one, path in leads.items() if path not in seen and not path.startswith("/static/")}
        seen |= set(fresh)
        to_see += fresh.values()
        for form in re.findall(r"<form [^>]*>", page.text):
            method, path = re.search(r'method="(\w+)"', form), re.search(r'action="([^"?]*)', form)
            assert path, form
            least = _least(routes, method[1].upper() if method else "GET", unescape(path[1]))
            assert least is None or role.may(least), f"{form} on {here}"
        for path in re.findall(r'formaction="([^"?]*)', page.text):
            least = _least(routes, "POST", unescape(path))
            assert least is None or role.may(least), f"{path} on {here}"
    assert len(seen) > 30


def test_a_form_of_who_lost_the_role_changes_nothing(office: Office) -> None:
    edition = office.bench.approved()
    editor = office.enter(Role.EDITOR)
    for act in ("take-back", "send-now", "pause", "cancel", "approve"):
        assert editor.send("/", f"/editions/{edition}/{act}").status_code == 403
    with office.app.store.reading() as session:
        found = session.editions.get(edition)
    assert found is not None
    assert found.state == EditionState.APPROVED


def test_an_editor_sees_the_settings_that_are_theirs(office: Office) -> None:
    editor, admin = office.enter(Role.EDITOR), office.enter(Role.ADMIN, "Hannah Cole")
    mine = re.findall(r'<h2><a href="([^"]+)">', editor.get("/settings").text)
    assert mine == ["/settings/account", "/settings/versions"]
    every_card = re.findall(r'<h2><a href="([^"]+)">', admin.get("/settings").text)
    assert {"/settings/account", "/settings/staff", "/settings/history"} <= set(every_card)
    # the page of newsletters leads to the only one
    assert all(admin.get(path).status_code in (200, 303) for path in every_card)


def test_an_editor_puts_back_what_editors_change_and_nothing_else(office: Office) -> None:
    editor, admin = office.enter(Role.EDITOR), office.enter(Role.ADMIN, "Hannah Cole")
    (office.bench.folder / "digest.toml").write_text(office.app.loaded.files["digest.toml"])
    before = settings.seen(office.app)
    named = Put(at=("newsletters", "news"), values={"name": "Another name"})
    by_admin = settings.change(office.app, By(name="Hannah Cole"), before, [named]).changed
    told = editor.send("/", "/settings/put-back", before=by_admin.before, after=by_admin.after)
    assert (told.status_code, "Only an admin can do this." in told.text) == (403, True)
    assert office.app.newsletter().name == "Another name"
    assert admin.send("/", "/settings/put-back", before=by_admin.before, after=by_admin.after).status_code == 303
    rule = Add(to=("newsletters", "news", "rules"), values={"theme": "maths", "words": ["sums"]})
    by_editor = settings.change(office.app, By(name="Marcus"), settings.seen(office.app), [rule]).changed
    assert editor.send("/", "/settings/put-back", before=by_editor.before, after=by_editor.after).status_code == 303
    assert not office.app.newsletter().rules


def test_the_table_of_roles_says_no_least_role_that_is_none() -> None:
    assert set(LEAST.values()) <= set(Role)
    assert guard.LEAST is roles.LEAST
