"""Somebody signs in at a mail provider from the desk: with a browser on this machine, or by what it ended on."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

import pytest

from digest.app import passwords
from digest.app.tokens import Drawer
from digest.domain.model import Role
from digest.web.desk.settings import signing_in
from tests.authority import Authority
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION
from tests.web.desk.setting import Setting, faults, words

SERVERS = "/settings/servers"
SERVER = f"{SERVERS}/-"
SIGN_IN = f"{SERVER}/sign-in"


class _Staying(HTTPRedirectHandler):
    """A browser on another machine: it never gets to the address that it is sent to."""

    def redirect_request(self, *args: object) -> None:
        return None


@pytest.fixture
def setting(tmp_path: Path, clock: Clock, authority: Authority) -> Iterator[Setting]:
    table = f'\n[server]\nurl = "smtp://news%40example.org@smtp.example.org:587"\n[server.oauth]\n{authority.table}'
    made = Setting(tmp_path, clock, CONFIGURATION + table)
    yield made
    made.office.app.store.close()


@pytest.fixture
def drawer(setting: Setting) -> Drawer:
    return Drawer(setting.file.parent, "")


def _begun(setting: Setting) -> str:
    """Begin to sign in; return the address of the provider's page."""
    assert setting.browser.send(SIGN_IN, f"{SIGN_IN}/begin").status_code == 303
    found = re.search(r'<a class="button primary" href="([^"]+)" target="_blank" rel="noopener noreferrer">',
                      setting.browser.get(SIGN_IN).text)  # fmt: skip
    assert found
    return html.unescape(found[1])


def _ended(address: str) -> str:
    """Return where a browser is sent that cannot get there."""
    try:
        build_opener(_Staying).open(address)
    except OSError as fault:
        return str(fault.headers["Location"])  # type: ignore[attr-defined]
    raise AssertionError("it is sent nowhere")


def test_a_browser_on_this_machine_comes_back_by_itself(setting: Setting, drawer: Drawer, authority: Authority) -> None:
    assert "Nobody is signed in" in setting.page(SIGN_IN)
    with urlopen(_begun(setting)) as page:
        assert b"Thank you" in page.read()
    assert "Somebody is signed in: mail leaves through smtp.example.org as news@example.org" in _until(setting)
    kept = drawer.kept()
    assert kept is not None
    assert kept.refresh in authority.lasts
    assert authority.signed_in[0]["login_hint"] == "news@example.org"
    assert "signed in for the mail server smtp.example.org" in setting.office.trail()
    page = setting.browser.get(SIGN_IN).text + "".join(setting.office.trail())
    assert not [one for one in authority.secrets() if one in page], "nobody is shown what was given"


def _until(setting: Setting) -> str:
    """Return the page once nothing is under way."""
    for _ in range(200):
        answer = setting.browser.get(SIGN_IN)
        if "data-moves" not in answer.text:
            return words(answer)
    raise AssertionError("it is still under way")


def test_what_a_browser_elsewhere_ended_on_is_pasted(setting: Setting, drawer: Drawer) -> None:
    address = _ended(_begun(setting))
    wrong = setting.send(SIGN_IN, f"{SIGN_IN}/paste", address="https://www.example.org/")
    assert wrong.status_code == 422
    assert "Copy all of the address" in faults(wrong)["address"]
    assert drawer.kept() is None
    assert setting.send(SIGN_IN, f"{SIGN_IN}/paste", address=address).status_code == 303
    assert "Somebody is signed in" in _until(setting)
    assert drawer.kept() is not None
    again = setting.send(SIGN_IN, f"{SIGN_IN}/paste", address=address)
    assert again.status_code == 409
    assert "No sign-in is under way" in words(again)


def test_an_answer_of_another_sign_in_counts_for_nothing(setting: Setting, drawer: Drawer) -> None:
    old = _ended(_begun(setting))
    assert parse_qs(urlsplit(_begun(setting)).query)["state"] != parse_qs(urlsplit(old).query)["state"]
    setting.send(SIGN_IN, f"{SIGN_IN}/paste", address=old)
    page = _until(setting)
    assert "That answer belongs to another sign-in" in page
    assert "Nobody is signed in" in page
    assert drawer.kept() is None


def test_who_refuses_is_told_what_to_do_on_this_page(setting: Setting, authority: Authority) -> None:
    authority.refuses = "access_denied"
    setting.send(SIGN_IN, f"{SIGN_IN}/paste", address=_ended(_begun(setting)))
    page = _until(setting)
    assert "nobody allowed this program to send mail" in page
    assert "digest mail login" not in page


def test_nobody_is_waited_for_for_ever(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_in, "PATIENCE", 0.01)
    setting.browser.send(SIGN_IN, f"{SIGN_IN}/begin")
    assert "Nobody signed in within" in _until(setting)


def test_what_was_signed_in_for_is_shown_to_no_other_server(setting: Setting, drawer: Drawer) -> None:
    setting.send(SIGN_IN, f"{SIGN_IN}/paste", address=_ended(_begun(setting)))
    _until(setting)
    setting.send(SERVER, SERVER, connections="3")
    assert drawer.kept() is not None
    setting.send(SERVER, SERVER, host="smtp.evil.example.net")
    assert drawer.kept() is None
    assert "Nobody is signed in for smtp.evil.example.net" in setting.page(SIGN_IN)


def test_an_answer_that_comes_when_the_server_is_another_is_not_kept(setting: Setting, drawer: Drawer) -> None:
    address = _ended(_begun(setting))
    setting.send(SERVER, SERVER, host="smtp.evil.example.net")
    setting.send(SIGN_IN, f"{SIGN_IN}/paste", address=address)
    assert "The server is another since this sign-in was begun" in _until(setting)
    assert drawer.kept() is None
    assert "signed in for the mail server smtp.example.org" not in setting.office.trail()


def test_putting_back_where_a_server_is_shows_no_sign_in_to_the_one_before(setting: Setting, drawer: Drawer) -> None:
    setting.said(setting.send(SERVER, SERVER, host="smtp.example.net"))
    moved = setting.last
    _signed_in(setting)
    assert drawer.kept() is not None
    setting.said(setting.send(SERVER, SERVER, connections="3"))
    setting.put_back()
    assert drawer.kept() is not None, "it is where it was"
    setting.last = moved
    assert setting.put_back().status_code == 303
    assert drawer.kept() is None
    assert "Nobody is signed in for smtp.example.org" in setting.page(SIGN_IN)


def test_a_further_server_that_is_taken_back_leaves_no_password(setting: Setting) -> None:
    made = setting.send(SERVERS, SERVERS, host="smtp.example.net", port="465", user="")
    setting.said(made)
    added, path = setting.last, made.headers["location"]
    passwords.keep(setting.file.parent, path.rpartition("/")[2], setting.workspace.servers[0], "a password of theirs")
    lies = setting.file.parent / ".digest" / "passwords"
    assert len(list(lies.iterdir())) == 1
    setting.last = added
    assert setting.put_back().status_code == 303
    assert setting.workspace.servers == ()
    assert list(lies.iterdir()) == []


def _signed_in(setting: Setting) -> None:
    setting.send(SIGN_IN, f"{SIGN_IN}/paste", address=_ended(_begun(setting)))
    assert "Somebody is signed in" in _until(setting)


def test_the_provider_is_said_on_the_page_and_its_addresses_are_never_typed(setting: Setting) -> None:
    wrong = setting.send(SIGN_IN, SIGN_IN, oauth__provider="microsoft", oauth__client_id="", oauth__tenant="a b")
    assert faults(wrong).keys() == {"oauth.client_id", "oauth.tenant"}
    typed = {"oauth.client_id": "digest-1", "oauth.provider": "google", "oauth.token_url": "https://evil.example.net"}
    setting.send(SIGN_IN, SIGN_IN, **typed)
    oauth = setting.workspace.server.oauth
    assert oauth is not None
    assert (oauth.provider, oauth.client_id, oauth.token_url, oauth.scopes) == ("google", "digest-1", "", ())
    answer = setting.send(SIGN_IN, f"{SIGN_IN}/leave")
    assert "wants a password again" in setting.said(answer)
    assert setting.workspace.server.oauth is None
    assert "Sign in instead" in setting.page(SERVER)


def test_only_an_admin_signs_in(setting: Setting) -> None:
    browser = setting.office.enter(Role.APPROVER)
    assert browser.get(SIGN_IN).status_code == 403
    assert browser.send("/", f"{SIGN_IN}/begin").status_code == 403
