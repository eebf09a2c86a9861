from __future__ import annotations

import re
import sqlite3
from typing import Any

import pytest
from limits import RateLimitItemPerMinute
from starlette.routing import Mount, Router

from digest.domain.errors import Unfit
from digest.domain.model import Role, Scope
from digest.jobs import programs, staffing
from digest.jobs.programs import PREFIX, Wanted
from digest.web.api import site as api
from digest.web.api.guard import Limits
from digest.web.desk.guard import hosts
from tests.web.api.conftest import AT, Program, Served

#: (method, path as it is described) -> the scope that it needs; a route that is added and not named here fails
NEEDS = {
    ("GET", "/status"): "status:read",
    ("GET", "/openapi.json"): "",
    ("GET", "/newsletters/{newsletter}/subscribers"): "subscribers:read",
    ("PUT", "/newsletters/{newsletter}/subscribers"): "subscribers:write",
    ("GET", "/newsletters/{newsletter}/subscribers/{subscriber}"): "subscribers:read",
    ("POST", "/newsletters/{newsletter}/subscribers/{subscriber}/unsubscribe"): "subscribers:write",
    ("POST", "/find/subscriber"): "subscribers:read",
    ("DELETE", "/subscribers/{subscriber}"): "subscribers:erase",
    ("GET", "/suppressions"): "suppressions:read",
    ("POST", "/suppressions"): "suppressions:write",
    ("POST", "/suppressions/check"): "suppressions:read",
    ("GET", "/newsletters/{newsletter}/sources"): "sources:read",
    ("POST", "/newsletters/{newsletter}/sources"): "sources:write",
    ("POST", "/newsletters/{newsletter}/sources/{source}/ask"): "sources:write",
    ("DELETE", "/newsletters/{newsletter}/sources/{source}"): "sources:write",
    ("GET", "/editions"): "editions:read",
    ("GET", "/editions/{edition}"): "editions:read",
    ("GET", "/editions/{edition}/emails/{variant}"): "editions:read",
    ("POST", "/newsletters/{newsletter}/editions"): "editions:write",
    ("POST", "/editions/{edition}/approve"): "editions:approve",
    ("POST", "/editions/{edition}/take-back"): "editions:approve",
    ("POST", "/editions/{edition}/pause"): "editions:approve",
    ("POST", "/editions/{edition}/resume"): "editions:approve",
    ("POST", "/editions/{edition}/cancel"): "editions:approve",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def _free(served: Served) -> Any:
    """The API, that lets a test ask as often as it likes."""
    bounded = api.site(served.app, hosts(served.app), Limits(of_token=(), of_slow=(), of_wrong=()))
    return Router([Mount(AT, bounded)], redirect_slashes=False)


def _described(served: Served) -> dict[tuple[str, str], list[str]]:
    paths = api.described(api.routed(served.app))["paths"]
    return {
        (method.upper(), path): one["security"][0]["token"]
        for path, all_ in paths.items()
        for method, one in all_.items()
    }


def _filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: "news" if found[1] == "newsletter" else "x1", path)


def test_every_route_names_the_scope_that_it_needs(served: Served) -> None:
    assert {one: scopes[0] if scopes else "" for one, scopes in _described(served).items()} == NEEDS


def test_nothing_is_served_without_a_token_that_works(served: Served) -> None:
    web = _free(served)
    withdrawn = served.token()
    programs.withdraw(served.app.store, served.clock, programs.every(served.app.store)[0].id)
    over = served.token(days=1)
    served.clock.forward(days=1)
    right = served.token()
    paths = sorted({path for _, path in NEEDS})
    every = [(method, path) for path in paths for method in METHODS]
    tokens = ("dg_" + "A" * 43, right[:-1], right.upper(), f"{right} x", withdrawn, over)
    # whoever shows none learns nothing at all; whoever shows a wrong one gets no further where there is something
    for token, asked in (("", every), *((token, list(NEEDS)) for token in tokens)):
        program = Program(web, token)
        for method, path in asked:
            for slash in ("", "/"):
                told = program.ask(method, _filled(path) + slash)
                assert told.status_code == 401, (token, method, path, slash)
                assert told.headers["www-authenticate"].startswith('Bearer realm="digest"')


def test_a_token_does_what_its_scopes_say_and_nothing_else(served: Served) -> None:
    web = _free(served)
    every = {scope: Program(web, served.token(scope)) for scope in Scope}
    for (method, path), needs in NEEDS.items():
        for scope, program in every.items():
            told = program.ask(method, _filled(path), {} if method in ("POST", "PUT") else None)
            if needs in ("", scope):
                # what is missing, or is no draft, comes after the guard
                assert told.status_code in (200, 201, 404, 409, 422), (method, path, scope, told.text)
            else:
                assert told.status_code == 403, (method, path, scope)
                assert told.json()["code"] == "scope"
                assert f'scope="{needs}"' in told.headers["www-authenticate"]
            other = [one for one in METHODS if (one if one != "HEAD" else "GET", path) not in NEEDS]
            for strange in other if scope == Scope.STATUS_READ else ():
                assert program.ask(strange, _filled(path)).status_code == 405, (strange, path)
            if needs in ("", scope):
                # a slash at its end is another address
                assert program.ask(method, _filled(path) + "/").status_code in (404, 405)


def test_a_token_opens_no_more_than_who_answers_for_it_may_open(served: Served) -> None:
    for role, opens in ((Role.EDITOR, False), (Role.APPROVER, True)):
        staff = served.somebody(str(role), role)
        program = served.program(staff=staff)
        assert program.get("/status").status_code == 200
        told = program.ask("POST", "/editions/nothing/pause", {})
        assert (told.status_code == 403) is not opens, role
        assert program.ask("POST", "/newsletters/news/sources", {}).status_code == 403, role
        # on the desk neither exports, nor imports
        for method, path in (("GET", "/newsletters/news/subscribers"), ("PUT", "/newsletters/news/subscribers")):
            assert program.ask(method, path, None if method == "GET" else {}).status_code == 403, (role, path)
        assert program.ask("POST", "/suppressions", {"address": "a@b.example.org"}).status_code == 403, role
    with served.app.store.writing() as session:
        session.access.set_role(staff.id, Role.EDITOR)
    assert program.ask("POST", "/editions/nothing/pause", {}).status_code == 403, "it counts at once"
    staffing.remove(served.app.store, served.clock, staffing.By(name="Hannah Cole"), staff.id)
    assert program.get("/status").status_code == 401, "with the account its tokens end"


def test_a_route_that_names_no_scope_opens_nothing(served: Served) -> None:
    web = api.routed(served.app)
    web.get("/forgotten")(lambda: {"secret": True})
    told = Program(Router([Mount(AT, web)], redirect_slashes=False), served.token()).get("/forgotten")
    assert (told.status_code, told.json()["code"]) == (403, "scope")


def test_other_methods_are_told_which_there_are(served: Served) -> None:
    told = served.program().ask("PATCH", "/newsletters/news/subscribers")
    assert (told.status_code, told.headers["allow"]) == (405, "GET, PUT")


def test_the_desks_cookie_does_not_open_it_and_its_guard_does_not_serve_it(served: Served) -> None:
    browser = served.office.browser()
    from digest.jobs import access

    browser.client.cookies.set("__Host-desk", access.begin(served.app.store, served.clock, served.hannah))
    assert browser.get("/").status_code == 200
    assert browser.get(f"{AT}/status").status_code == 401
    # and a token is nothing to the desk
    assert served.program().client.get("/editions", headers={"Authorization": "Bearer x"}).status_code == 303


def test_a_name_that_is_not_the_desks_is_refused_before_any_token_is_looked_at(served: Served) -> None:
    told = served.program().ask("GET", "/status", Host="evil.example.org")
    assert told.status_code == 400
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json()["mend"]


def test_a_token_is_kept_as_a_hash_alone(served: Served) -> None:
    token = served.token()
    assert re.fullmatch(r"dg_[\w-]{43}", token)
    assert served.program().get("/status").status_code == 200
    served.app.store.close()
    for file in served.app.loaded.folder.glob("digest.db*"):
        assert token.removeprefix(PREFIX).encode() not in file.read_bytes()


def test_that_a_token_is_used_is_written_once_a_minute(served: Served) -> None:
    program = served.program()
    path = served.app.loaded.folder / "digest.db"

    def used() -> str:
        with sqlite3.connect(path) as connection:
            return str(connection.execute("SELECT used_at FROM api_token").fetchone()[0])

    program.get("/status")
    first = used()
    served.clock.forward(seconds=59)
    program.get("/status")
    assert used() == first
    served.clock.forward(seconds=1)
    program.get("/status")
    assert used() > first


_CANNOT_BE = (
    (Wanted(name=" ", scopes=["status:read"]), "name"),
    (Wanted(name="a\nb\x00", scopes=["status:read"]), "name"),
    (Wanted(name="CRM", scopes=[]), "scopes"),
    (Wanted(name="CRM", scopes=["everything"]), "scopes"),
    (Wanted(name="CRM", scopes=["status:read"], days=0), "days"),
    (Wanted(name="CRM", scopes=["status:read"], days=99_999), "days"),
)


def test_a_token_that_cannot_be_made_says_which_field_is_wrong(served: Served) -> None:
    for wanted, field in _CANNOT_BE:
        with pytest.raises(Unfit) as fault:
            programs.make(served.app.store, served.clock, served.app.new_id, served.hannah, wanted)
        assert set(fault.value.faults) == {field}
    assert programs.every(served.app.store) == []


def test_too_many_requests_are_told_when_to_come_again(served: Served) -> None:
    few = Limits(of_token=(RateLimitItemPerMinute(3),), of_wrong=(RateLimitItemPerMinute(2),))
    web = Router([Mount(AT, api.site(served.app, hosts(served.app), few))], redirect_slashes=False)
    program, other = Program(web, served.token()), Program(web, served.token())
    assert [program.get("/status").status_code for _ in range(4)] == [200, 200, 200, 429]
    told = program.get("/status")
    assert 1 <= int(told.headers["retry-after"]) <= 60
    assert told.json()["code"] == "too_many"
    # another program is not held up by it, and who guesses is
    assert other.get("/status").status_code == 200
    wrong = Program(web, "dg_" + "B" * 43)
    assert [wrong.get("/status").status_code for _ in range(3)] == [401, 401, 429]
    assert other.get("/status").status_code == 200


def test_what_takes_long_is_asked_for_more_seldom(served: Served) -> None:
    few = Limits(of_slow=(RateLimitItemPerMinute(2),))
    program = Program(Router([Mount(AT, api.site(served.app, hosts(served.app), few))]), served.token())
    slow = [
        ("DELETE", "/subscribers/x1"),
        ("POST", "/newsletters/news/sources/none/ask"),
        ("DELETE", "/subscribers/x1"),
    ]
    assert [program.ask(*one).status_code for one in slow] == [404, 404, 429]
    assert program.get("/status").status_code == 200


def test_what_is_no_json_and_what_nobody_knows_is_refused_by_its_field(served: Served) -> None:
    program = served.program()
    sent = {"Authorization": f"Bearer {program.token}"}
    form = program.client.post(f"{AT}/suppressions", data={"address": "a@example.org"}, headers=sent)
    assert (form.status_code, form.json()["code"]) == (415, "media_type")
    half = program.client.post(
        f"{AT}/suppressions", content=b'{"address"', headers=sent | {"Content-Type": "application/json"}
    )
    assert (half.status_code, half.json()["errors"]) == (422, [{"field": "body", "what": "This is no JSON."}])
    told = program.post("/suppressions", {"adress": "a@example.org", "reason": 3}).json()
    assert {one["field"] for one in told["errors"]} == {"address", "adress", "reason"}
    assert program.get("/editions?limt=3").json()["errors"][0]["field"] == "limt"
    deep = program.client.post(
        f"{AT}/suppressions", content=b"[" * 60_000, headers=sent | {"Content-Type": "application/json"}
    )
    assert deep.status_code == 422
    half_a_letter = program.client.post(
        f"{AT}/suppressions",
        content=b'{"address": "\\ud800@example.org"}',
        headers=sent | {"Content-Type": "application/json"},
    )
    assert half_a_letter.status_code == 422
    huge = program.post("/suppressions", {"address": "a" * 70_000})
    assert (huge.status_code, huge.json()["code"]) == (413, "too_large")


def test_a_fault_of_the_program_tells_nothing_of_itself(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    program = served.program()

    def broken(*_: object) -> None:
        raise RuntimeError("ada@example.org")

    monkeypatch.setattr(served.app, "upcoming", broken)
    told = program.get("/status")
    assert (told.status_code, told.headers["content-type"]) == (500, "application/problem+json")
    assert "ada" not in told.text
