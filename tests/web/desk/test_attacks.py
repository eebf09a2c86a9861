"""What hit others, tried here: words that would be SQL, paths that lead out, methods in disguise, secrets in logs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from itertools import chain
from urllib.parse import quote

import pytest

from digest.config import FILE
from digest.domain.model import Role
from digest.web.desk.guard import OPEN
from digest.web.desk.rendering import FILES
from digest.web.desk.roles import LEAST
from tests.jobs.conftest import HEADER
from tests.web.desk.conftest import HANNAH, PHRASE, Office, token
from tests.web.desk.test_roles import every, filled

SQL = (
    "x' OR '1'='1",
    "x' OR 1=1 --",
    'x" OR ""="',
    "%' OR 1 LIKE '%",
    "1; DROP TABLE subscribers",
    "x') UNION SELECT address FROM subscribers --",
    "x\\' OR 1=1 #",
    "%",
    "_",
)
UP = ("../" * 6 + "etc/passwd", f"../../{FILE}", f"..\\..\\{FILE}", "/etc/passwd", "....//....//etc/passwd", "\0")


@pytest.fixture
def peopled(office: Office) -> Office:
    rows = "ada@example.org,Ada,head,,weekly,form,2026-01-01\nbo@example.org,Bo,teacher,,weekly,form,2026-01-01\n"
    office.bench.people(HEADER + rows)
    office.app.import_people(office.bench.newsletter)
    return office


def held(office: Office, *rules: Mapping[str, object]) -> list[int]:
    """Return how many people each of these rules holds."""
    newsletter = office.bench.newsletter.id
    with office.app.store.reading() as session:
        return [session.segments.shared(newsletter, one, (), office.clock()).people for one in rules]


def test_what_is_asked_of_a_segment_is_a_value_and_never_sql(peopled: Office) -> None:
    everybody = held(peopled, {})
    assert everybody == [2]
    for words in SQL:
        assert (
            held(
                peopled,
                {"field": "tags", "contains": words},
                {"field": "first_name", "equals": words},
                {"field": "first_name", "in": [words]},
                {"field": words, "equals": words},
                {"all": [{"field": "first_name", "equals": "Ada"}, {"field": words, "set": True}]},
            )
            == [0] * 5
        ), words
    assert held(peopled, {}) == everybody, "nobody is gone"


def test_what_is_looked_for_is_a_value_and_orders_nothing(peopled: Office) -> None:
    browser = peopled.inside()
    for words in SQL:
        for name in ("newsletter", "state", "after"):
            assert browser.get("/subscribers", params={name: words}).status_code == 200, (name, words)
        assert "ada@example.org" not in browser.get("/subscribers", params={"q": words}).text, words
        assert "ada@example.org" in browser.get("/subscribers", params={"sort": words, "order": words}).text
        assert browser.get("/find", params={"q": words}).status_code == 200


def test_no_path_leads_out_of_what_is_served(office: Office) -> None:
    browser = office.inside()
    mark = FILES["desk.js"].mark
    every_way = [(quote(one, safe=""), quote(one), quote(quote(one, safe=""))) for one in UP]
    for written in chain.from_iterable(every_way):
        for path in (
            f"/static/{mark}/{written}",
            f"/editions/x/mail/pictures/{written}",
            f"/editions/x/mail/{written}.html",
            f"/editions/x/rehearsal/{written}.eml",
            f"/subscribers/import/{written}",
            f"/subscribers/import/{written}/refused.csv",
            f"/settings/servers/{written}",
            f"/sources/news/{written}",
            f"/sources/-/tries/{written}",
            f"/settings/begin/{written}",
        ):
            said = browser.get(path)
            assert said.status_code in (303, 400, 404, 405, 422), path
            assert b"root:" not in said.content
            assert b"[brand]" not in said.content


def test_head_options_and_methods_in_disguise_lead_around_no_role(office: Office) -> None:
    editor, wrong = office.enter(Role.EDITOR), []
    disguised = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST", "X-Method-Override": "POST"}
    every_route = every(office)
    reads = {path for method, path in every_route if method == "GET"}
    for method, path in every_route:
        if path in OPEN:
            continue
        asked = filled(path)
        options = editor.client.request("OPTIONS", asked, headers={"Origin": office.base}).status_code
        if options not in (404, 405):
            wrong.append(("OPTIONS", path, options))
        if method == "GET" and LEAST[f"GET {path}"] != Role.EDITOR:
            head, got = editor.client.head(asked), editor.client.get(asked, headers=disguised).status_code
            if (head.status_code, head.content, got) != (403, b"", 403):
                wrong.append(("HEAD", path, head.status_code, got))
        if method == "POST" and path not in reads:
            # a word for another method counts as little in the address
            named = editor.client.get(asked, params={"_method": "POST"}, headers=disguised).status_code
            if named != editor.client.get(asked).status_code or named in (200, 303):
                wrong.append(("disguised", path, named))
    assert wrong == []


def test_logs_hold_no_pass_phrase_no_password_and_no_token(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    first = office.first_link()
    browser = office.browser()
    with caplog.at_level(logging.DEBUG):
        page = token(browser.get(first).text)
        made = browser.post(first, csrf=page, name="Hannah Cole", address=HANNAH, phrase=PHRASE)
        assert made.status_code == 303
        office.browser().log_in("another four words typed")
        again = office.browser()
        again.log_in()
        password = "a mail server's own secret"
        browser.send(
            "/settings/servers/-", "/settings/servers/-", host="127.0.0.1", port="1", tls="none", password=password
        )
        browser.send("/settings/servers/-", "/settings/servers/-/test", to="somebody@example.net")
        browser.get("/nowhere/eve@example.net")
    ours = [one for one in caplog.records if not one.name.startswith(("httpx", "asyncio"))]
    logged = "\n".join(f"{one.getMessage()} {one.exc_text or ''}" for one in ours)
    sitting = browser.client.cookies["__Host-desk"]
    for secret in (PHRASE, "another four words", password, first.rpartition("/")[2], sitting, page):
        assert secret not in logged
    assert "@example" not in logged, "no address of a person either"
