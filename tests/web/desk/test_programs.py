from __future__ import annotations

import html
import re

from digest.app import webhooks as posting
from digest.domain.model import Matter, Role, Scope, WebhookEvent
from digest.jobs import programs, webhooks
from digest.web.desk.settings.programs import EVENTS, SCOPES
from tests.web.api.conftest import Program
from tests.web.desk.conftest import Browser, Office, token

PAGE = "/settings/api"


def _send(browser: Browser, path: str, **fields: object) -> object:
    csrf = token(browser.get(PAGE).text)
    return browser.client.post(f"{PAGE}{path}", data={"csrf": csrf, **fields}, headers={"Origin": browser.base})


def _once(page: str) -> str:
    found = re.search(r'class="fixed once">([^<]+)<', page)
    assert found, page
    return html.unescape(found[1])


def test_a_token_is_made_shown_once_used_and_withdrawn(office: Office) -> None:
    browser = office.hannah()
    made = _send(browser, "/tokens", name="CRM", scopes=["status:read"], days="30")
    shown = _once(made.text)
    assert made.status_code == 200
    assert "It is shown this once" in made.text
    assert Program(office.web, shown).get("/status").status_code == 200
    assert Program(office.web, shown).get("/suppressions").status_code == 403
    page = browser.get(PAGE).text
    assert shown not in page
    assert "See how things stand" in page
    assert "Hannah Cole answers for it, until Wed 23 Dec, 09:00" in page
    [kept] = programs.every(office.app.store)
    told = _send(browser, "/tokens/withdraw", token=kept.id)
    assert (told.status_code, told.headers["location"]) == (303, PAGE)
    assert "The token for CRM works no more." in browser.get(PAGE).text
    assert Program(office.web, shown).get("/status").status_code == 401


def test_what_somebody_calls_a_program_is_text(office: Office) -> None:
    browser = office.hannah()
    _send(browser, "/tokens", name="<script>CRM", scopes=["status:read"])
    page = browser.get(PAGE).text
    assert "&lt;script&gt;CRM" in page
    assert "<script>CRM" not in page


def test_a_webhook_is_made_its_secret_shown_once_and_ended(office: Office) -> None:
    browser = office.hannah()
    fields = {"address": "https://crm.example.org/told", "events": ["edition.sent", "subscriber.unsubscribed"]}
    secret = _once(_send(browser, "/webhooks", **fields).text)
    assert secret.startswith("whsec_")
    [(made, _)] = webhooks.every(office.app.store)
    assert (made.who, made.events, made.with_addresses) == ("Hannah Cole", tuple(fields["events"]), False)
    assert secret not in browser.get(PAGE).text
    assert _once(_send(browser, "/webhooks/renew", webhook=made.id).text) != secret
    assert _send(browser, "/webhooks/end", webhook=made.id).status_code == 303
    assert webhooks.every(office.app.store) == []
    assert _send(browser, "/webhooks/end", webhook=made.id).status_code == 404


def test_a_webhook_ends_with_the_account_of_who_answers_for_it_and_its_page_says_so_before(office: Office) -> None:
    browser, marcus = office.hannah(), office.enter(Role.ADMIN)
    for one, address in ((browser, "https://crm.example.org/a"), (marcus, "https://other.example.org/s3cret")):
        _send(one, "/webhooks", address=address, events=["edition.sent"])
    who = office.person("Marcus Webb").id
    with office.app.store.writing() as session:
        session.access.set_name(who, "Marcus Cole", "marcus@fernhill.example.org")
    assert "Marcus Cole answers for it." in browser.get(PAGE).text, "by their account, whatever they are called"
    page = browser.get(f"/settings/staff/{who}/remove").text
    assert "1 webhook will end: other.example.org. To keep it, somebody else adds it anew" in page
    assert "s3cret" not in page
    assert browser.send("/settings/staff", f"/settings/staff/{who}/remove").status_code == 303
    assert [one.who for one, _ in webhooks.every(office.app.store)] == ["Hannah Cole"]
    assert office.trail("Hannah Cole", Matter.STAFF)[0] == "removed Marcus Cole and 1 of their webhooks"
    with office.app.store.reading() as session:
        assert session.webhooks.due(office.clock(), 10) == []


def test_a_webhook_whose_owner_has_left_goes_on_and_its_row_says_what_to_do(office: Office) -> None:
    browser = office.hannah()
    event = {"address": "https://crm.example.org/told", "events": ["edition.drafted"]}
    posting.make(office.app, "Priya Nair", **event)
    posting.make(office.app, "Hannah Cole", **event)
    page = html.unescape(browser.get(PAGE).text)
    assert "Made by Priya Nair, who has left or never had an account. Nobody answers for it: add it anew" in page
    assert page.count("Hannah Cole answers for it.") == 1
    office.bench.approved()
    with office.app.store.reading() as session:
        assert len(session.webhooks.due(office.clock(), 10)) == 2


#: where it is sent, what, and what is said of it
_WRONG = (
    ("/tokens", {"name": "", "scopes": ["status:read"]}, "Say which program it is for"),
    ("/tokens", {"name": "<b>CRM", "scopes": []}, "Choose what it may do"),
    ("/tokens", {"name": "<b>CRM", "scopes": ["status:read"], "days": "soon"}, "Write a number of days"),
    ("/webhooks", {"address": "https://<b>CRM", "events": ["edition.sent"]}, "is no web address"),
    ("/webhooks", {"address": "http://<b>crm.example.org/", "events": ["edition.sent"]}, '<p class="wrong"'),
    ("/webhooks", {"address": "https://crm.example.org/<b>", "events": []}, "Choose what it is told"),
)


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(office: Office) -> None:
    browser = office.hannah()
    for path, fields, words in _WRONG:
        told = _send(browser, path, **fields)
        assert told.status_code == 422
        assert words in html.unescape(told.text)
        typed = str(fields.get("name") or fields.get("address") or "")
        assert f'value="{html.escape(typed)}"' in told.text.replace("&#34;", "&quot;")
        assert "<b>CRM" not in told.text
    assert (programs.every(office.app.store), webhooks.every(office.app.store)) == ([], [])


def test_every_scope_and_every_event_can_be_chosen(office: Office) -> None:
    page = office.hannah().get(PAGE).text
    assert set(SCOPES) == set(Scope)
    assert set(EVENTS) == set(WebhookEvent)
    for one in (*Scope, *WebhookEvent):
        assert f'value="{one}"' in page


def test_how_a_webhook_fares_is_said(office: Office) -> None:
    browser = office.hannah()
    _send(browser, "/webhooks", address="https://127.0.0.1/told", events=["edition.drafted"])
    office.bench.approved()
    posting.tell(office.app, lambda words: None)
    page = html.unescape(browser.get(PAGE).text)
    assert "It fails since Mon 23 Nov, 09:00: 127.0.0.1 is an address on this machine or on a private network." in page
    assert "1 waiting." in page


def test_whoever_lets_a_program_in_or_has_it_told_is_in_the_history_and_no_secret_is(office: Office) -> None:
    browser = office.hannah()
    token = _once(_send(browser, "/tokens", name="CRM", scopes=["subscribers:read"]).text)
    _send(browser, "/tokens/withdraw", token=programs.every(office.app.store)[0].id)
    fields = {"address": "https://crm.example.org/told/s3cret", "events": ["edition.sent"], "with_addresses": "yes"}
    secrets = [_once(_send(browser, "/webhooks", **fields).text)]
    [(made, _)] = webhooks.every(office.app.store)
    secrets.append(_once(_send(browser, "/webhooks/renew", webhook=made.id).text))
    _send(browser, "/webhooks/end", webhook=made.id)
    assert office.trail("Hannah Cole", Matter.SETTINGS) == [
        "had crm.example.org told nothing more",
        "made a new secret for the webhook to crm.example.org",
        "had crm.example.org told what happens, people’s addresses among it",
        "withdrew the API token for CRM",
        "made an API token for CRM, which Hannah Cole answers for",
    ]
    page = browser.get("/settings/history").text
    assert not [one for one in (token, *secrets, "s3cret") if one in page]
