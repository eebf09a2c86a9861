"""The sign-in of a mail server in digest.toml."""

from __future__ import annotations

import pytest

from digest.bundle import SAMPLE_CONFIGURATION
from digest.config import client_secret, parse
from digest.config.oauth import endpoints
from digest.domain.errors import ConfigurationError
from digest.domain.model import Finding, OAuth, Workspace

SAMPLE = SAMPLE_CONFIGURATION.read_text(encoding="utf8").replace("smtp://127.0.0.1:25", "smtp://news%40a.org@a.org:587")
OWN = 'authorize_url = "https://a.org/in"\ntoken_url = "https://a.org/tokens"\nscopes = ["mail", "offline_access"]\n'


def _parsed(table: str) -> Workspace:
    return parse(f"{SAMPLE}\n[server.oauth]\n{table}")


def _faults(text: str) -> tuple[Finding, ...]:
    with pytest.raises(ConfigurationError) as told:
        parse(text)
    return told.value.findings


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        ('provider = "google"', "[server.oauth]", "“client_id” is missing"),
        ('client_id = " "\nprovider = "google"', "client_id =", "“client_id” is empty"),
        ('client_id = "x"\nprovider = "gogle"', "provider =", "“provider” cannot be 'gogle'"),
        ('client_id = "x"\nprovidr = "google"', "providr =", "“providr” is no setting"),
        ('client_id = "x"\nprovider = "google"\nscopes = ["a"]', "scopes =", "is known for google"),
        ('client_id = "x"\nprovider = "google"\ntenant = "a.org"', "tenant =", "Only Microsoft"),
        ('client_id = "x"\nprovider = "microsoft"\ntenant = "a/b"', "tenant =", "no tenant"),
        ('client_id = "x"\nprovider = "microsoft"\ntenant = ""', "tenant =", "no tenant"),
        (f'client_id = "x"\n{OWN}'.replace('token_url = "https://a.org/tokens"', ""), "[server.oauth]", "“token_url”"),
        (f'client_id = "x"\n{OWN}'.replace("https://a.org/in", "http://a.org/in"), "authorize_url =", "no https"),
        (f'client_id = "x"\n{OWN}'.replace("https://a.org/tok", "http://10.0.0.1/tok"), "token_url =", "no https"),
        (f'client_id = "x"\n{OWN}'.replace("https://a.org/tok", "http://127.0.0.1.a.org/"), "token_url =", "no https"),
        (f'client_id = "x"\n{OWN}'.replace("https://a.org/tok", "https://me:x@a.org/"), "token_url =", "no https"),
        (f'client_id = "x"\n{OWN}'.replace("/tokens", "/tokens#here"), "token_url =", "no https"),
        (f'client_id = "x"\n{OWN}'.replace("https://a.org/tok", "https://[x"), "token_url =", "no https"),
        (f'client_id = "x"\n{OWN}'.replace("https://a.org/tok", "file:///etc/"), "token_url =", "no https"),
        (f'client_id = "x"\n{OWN}'.replace('"mail"', '"mail offline"'), "scopes =", "no scope"),
    ],
)
def test_each_fault_has_its_line_and_its_mend(table: str, line: str, words: str) -> None:
    text = f"{SAMPLE}\n[server.oauth]\n{table}"
    (finding,) = _faults(text)
    assert words in finding.what
    number = next(number for number, one in enumerate(text.splitlines(), start=1) if one.startswith(line))
    assert finding.where == f"digest.toml:{number}"
    assert finding.mend


def test_a_client_secret_in_the_file_is_sent_to_its_place() -> None:
    (finding,) = _faults(f'{SAMPLE}\n[server.oauth]\nclient_id = "x"\nprovider = "google"\nclient_secret = "y"\n')
    assert "DIGEST_SMTP_CLIENT_SECRET and remove it here" in finding.mend


def test_a_sign_in_needs_a_mailbox() -> None:
    text = f'{SAMPLE.replace("news%40a.org@", "")}\n[server.oauth]\nclient_id = "x"\nprovider = "google"\n'
    (finding,) = _faults(text)
    assert "nobody who could sign in" in finding.what


def test_a_further_server_with_a_sign_in_is_not_called_like_the_first() -> None:
    further = '[[servers]]\nid = "ID"\nurl = "smtp://a@a.org"\n[servers.oauth]\nclient_id = "x"\nprovider = "google"\n'
    assert parse(f"{SAMPLE}\n{further.replace('ID', 'second')}").servers[0].oauth is not None
    (finding,) = _faults(f"{SAMPLE}\n{further.replace('ID', 'server')}")
    assert "“server” is what [server] itself is called" in finding.what


@pytest.mark.parametrize("host", ["https://a.org:8443", "http://127.0.0.1:8080", "http://[::1]", "http://localhost"])
def test_own_addresses_are_encrypted_or_on_this_machine(host: str) -> None:
    oauth = _parsed(f'client_id = "x"\n{OWN}'.replace("https://a.org", host)).server.oauth
    assert oauth is not None
    assert endpoints(oauth).token_url == f"{host}/tokens"
    assert endpoints(oauth).scopes == ("mail", "offline_access")


def test_google_is_asked_for_something_that_lasts_each_time() -> None:
    found = endpoints(OAuth(client_id="x", provider="google"))
    assert found.scopes == ("https://mail.google.com/",)
    assert found.extra == {"access_type": "offline", "prompt": "consent"}


def test_microsoft_is_asked_in_the_organisations_own_place() -> None:
    found = endpoints(OAuth(client_id="x", provider="microsoft", tenant="a.org"))
    assert found.token_url == "https://login.microsoftonline.com/a.org/oauth2/v2.0/token"
    assert found.authorize_url == "https://login.microsoftonline.com/a.org/oauth2/v2.0/authorize"
    assert "offline_access" in found.scopes
    # no other name of this machine can be registered in its forms
    assert found.loopback == "localhost"


def test_a_client_secret_comes_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SMTP_CLIENT_SECRET", "first")
    monkeypatch.setenv("DIGEST_SMTP_CLIENT_SECRET_SECOND_ONE", "second")
    assert (client_secret(), client_secret("second-one"), client_secret("third")) == ("first", "second", "")
    monkeypatch.setenv("DIGEST_SMTP_CLIENT_SECRET_FILE", "/nowhere/at/all")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        client_secret()
