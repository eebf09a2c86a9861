"""The pages of the mail servers and of the signatures: secrets stay secret, and no signature goes unbelieved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from digest.app import passwords
from digest.domain.errors import FetchError
from digest.domain.model import Matter, Server
from digest.net.records import Records
from digest.web.desk.settings import trying
from tests.conftest import Clock, Sink
from tests.web.desk.setting import Setting, faults, words

FIRST, DKIM = "/settings/servers/-", "/settings/dkim"
SECRET = " correct horse "


@pytest.fixture
def setting(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    monkeypatch.setattr(trying, "PATIENCE", 30.0)
    made = Setting(tmp_path, clock)
    yield made
    made.office.app.store.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, ...]]:
    """The records of a made-up DNS, by their names; one without any is not there, and “silent” does not answer."""
    records: dict[str, tuple[str, ...]] = {}

    def texts(self: Records, name: str) -> Sequence[str]:
        if records.get(name) == ("silent",):
            raise FetchError(f"The DNS did not answer for {name}.", "Try again in a minute.")
        return records.get(name, ())

    monkeypatch.setattr(Records, "texts", texts)
    return records


def test_a_server_is_changed_and_its_password_is_kept_and_never_shown(setting: Setting) -> None:
    answer = setting.send(
        FIRST, FIRST, host="smtp.example.org", port="587", user="news@fernhill.org", password=SECRET, connections="3"
    )
    assert setting.said(answer) == "Saved, with the password. Nobody is shown it again."
    server = setting.workspace.server
    assert (server.url, server.connections) == ("smtp://news%40fernhill.org@smtp.example.org:587", 3)
    folder = setting.office.bench.folder
    assert passwords.kept(folder, "", server) == SECRET, "white space may be a part of it"
    file = folder / ".digest" / "passwords" / "server.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    for page in (FIRST, "/settings/servers"):
        shown = setting.browser.get(page).text
        assert SECRET.strip() not in shown
        assert "Kept for this server and user." in shown
    assert SECRET.strip() not in setting.text
    # nothing typed: as it is
    setting.send(FIRST, FIRST, connections="2")
    assert passwords.kept(folder, "", setting.workspace.server) == SECRET


def test_a_password_is_not_sent_to_another_server_or_user(setting: Setting) -> None:
    setting.send(FIRST, FIRST, host="smtp.example.org", user="news", password=SECRET)
    folder = setting.office.bench.folder
    for typed in ({"host": "evil.example.net"}, {"host": "smtp.example.org", "user": "other"}):
        setting.send(FIRST, FIRST, **typed)
        assert passwords.kept(folder, "", setting.workspace.server) == ""
        assert "None is kept." in setting.page(FIRST)
    setting.send(FIRST, FIRST, user="news")
    assert passwords.kept(folder, "", setting.workspace.server) == SECRET


def test_a_password_goes_with_its_server_and_who_kept_it_is_in_the_history(setting: Setting) -> None:
    every = "/settings/servers"
    made = setting.send(every, every, host="second.example.org", user="ada").headers["location"]
    setting.send(made, made, password=SECRET)
    lies = setting.office.bench.folder / ".digest" / "passwords" / f"{made.rpartition('/')[2]}.json"
    assert SECRET in lies.read_text()
    assert "kept a password for second.example.org" in setting.office.trail("Hannah Cole", Matter.SETTINGS)
    setting.send(made, f"{made}/remove")
    assert not lies.exists()


def test_a_password_of_the_environment_goes_before_it_and_is_not_shown(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_SMTP_PASSWORD", "of the environment")
    page = setting.page(FIRST)
    assert "Set where the program is started." in page
    assert "of the environment" not in page


@pytest.mark.parametrize("content", ["torn", "[]", '{"for": 1}', '{"for": "smtp://127.0.0.1:25"}'])
def test_what_is_no_password_any_more_is_none(content: str, tmp_path: Path) -> None:
    server = Server()
    passwords.keep(tmp_path, "", server, SECRET)
    (tmp_path / ".digest" / "passwords" / "server.json").write_text(content)
    assert passwords.kept(tmp_path, "", server) == ""
    passwords.forget(tmp_path, "")
    passwords.forget(tmp_path, "")


def test_what_is_wrong_with_a_server_stands_beside_its_field_and_its_password_is_not_shown(setting: Setting) -> None:
    before = setting.text
    for typed, wrong in (
        ({"host": ""}, {"host"}),
        ({"host": "two words"}, {"host"}),
        ({"port": "70000"}, {"host"}),
        ({"connections": "1000", "timeout": "x"}, {"connections", "timeout"}),
        ({"tls": "ssl"}, {"tls"}),
        ({"host": "[::1"}, {"host"}),
    ):
        answer = setting.send(FIRST, FIRST, password=SECRET, **typed)
        assert answer.status_code == 422, typed
        assert faults(answer).keys() == wrong
        assert SECRET.strip() not in answer.text
    assert setting.text == before
    assert not (setting.office.bench.folder / ".digest" / "passwords").exists()


def test_further_servers_come_and_go(setting: Setting) -> None:
    setting.send("/settings/servers", "/settings/servers", host="smtp.example.net", port="465", user="")
    assert [(one.id, one.url) for one in setting.workspace.servers] == [
        ("smtp-example-net", "smtp://smtp.example.net:465")
    ]
    path = "/settings/servers/smtp-example-net"
    setting.send(path, path, tls="tls", messages_a_day="200", password=SECRET)
    assert (setting.workspace.servers[0].tls, setting.workspace.servers[0].messages_a_day) == ("tls", 200)
    assert faults(setting.send("/settings/servers", "/settings/servers", host="")).keys() == {"host"}
    setting.send(path, f"{path}/remove")
    assert not setting.workspace.servers
    assert "not in digest.toml any more" in setting.page(path, 404)
    assert setting.browser.post(f"{FIRST}/remove", **setting.fields(FIRST)).status_code == 404


def test_a_test_mail_goes_out_by_that_server_alone_and_its_answer_is_shown(setting: Setting, tmp_path: Path) -> None:
    sink = Sink(tmp_path / "mail")
    try:
        setting.send(FIRST, FIRST, host="127.0.0.1", port=str(sink.port), tls="none")
        begun = setting.browser.send(FIRST, f"{FIRST}/test", to="hannah@example.org")
        page = setting.page(begun.headers["location"])
        assert "The server took it: “250" in page
        assert [one["to"] for one in sink.log()] == ["hannah@example.org"]
    finally:
        sink.close()
    begun = setting.browser.send(FIRST, f"{FIRST}/test", to="hannah@example.org")
    assert "127.0.0.1" in setting.page(begun.headers["location"]), "the server is gone, and that is told"
    for address in ("", "no address\r\nBcc: all@example.org"):
        answer = setting.browser.send(FIRST, f"{FIRST}/test", to=address)
        assert faults(answer).keys() == {"to"}


def test_nobody_who_is_kept_off_gets_a_test_mail(setting: Setting) -> None:
    setting.office.app.import_people(setting.office.app.newsletter())
    setting.office.app.leave("ada@example.org")
    begun = setting.browser.send(FIRST, f"{FIRST}/test", to="ada@example.org")
    assert "is kept off" in setting.page(begun.headers["location"])


def _key(setting: Setting, number: int = 0) -> str:
    files = sorted((setting.office.bench.folder / ".digest" / "dkim").glob("*.pem"))
    return files[number].name.removesuffix(".pem")


def test_keys_are_made_shown_and_used_only_when_the_dns_shows_them(
    setting: Setting, names: dict[str, tuple[str, ...]]
) -> None:
    before = setting.text
    made = setting.browser.send(DKIM, DKIM, domain="fernhill.example.org")
    assert "Made two keys" in setting.said(made)
    assert setting.text == before, "nothing is signed with them yet"
    page = setting.page(DKIM)
    assert "v=DKIM1; k=rsa; p=" in page
    assert "PRIVATE KEY" not in page
    again = setting.browser.send(DKIM, DKIM, domain="fernhill.example.org")
    assert again.status_code == 409
    assert "There is a key of that name" in words(again)
    name = _key(setting)
    refused = setting.browser.post(f"{DKIM}/use", **{**setting.fields(DKIM), "key": name})
    assert refused.status_code == 409
    assert f"The DNS does not show {name} yet" in words(refused)
    record = page[page.index("v=DKIM1; k=ed25519") :].split(" Sign with it")[0]
    # a record may be broken by white space, and stand beside others
    names[name] = ("google-site-verification=x", record.replace("p=", "p= "))
    used = setting.browser.post(f"{DKIM}/use", **{**setting.fields(DKIM), "key": name})
    assert setting.said(used) == f"Mail is signed with {name} from now on."
    assert [f"{one.selector}._domainkey.{one.domain}" for one in setting.workspace.dkim] == [name]
    left = setting.browser.post(f"{DKIM}/leave", **{**setting.fields(DKIM), "key": name})
    assert setting.said(left) == f"Nothing is signed with {name} any more."
    assert not setting.workspace.dkim
    assert setting.browser.post(f"{DKIM}/leave", **{**setting.fields(DKIM), "key": name}).status_code == 404


def test_what_is_no_domain_gets_no_key(setting: Setting) -> None:
    for domain in ("", "fernhill", "../../etc", "a b.org"):
        answer = setting.browser.send(DKIM, DKIM, domain=domain)
        assert faults(answer).keys() == {"domain"}
    assert not (setting.office.bench.folder / ".digest" / "dkim").exists()


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ((), "Nothing says which servers may send for it (SPF)."),
        (("v=spf1 include:mail.example.net -all",), "It says which servers may send for it: v=spf1 include"),
        (("v=spf1 -all", "v=spf1 mx"), "Two records say which servers may send for it"),
        (("v=spf10 -all",), "Nothing says which servers may send for it (SPF)."),
        (("silent",), "The DNS did not answer for fernhill.example.org."),
    ],
)
def test_what_the_dns_says_is_told_in_plain_words(
    records: tuple[str, ...], told: str, setting: Setting, names: dict[str, tuple[str, ...]]
) -> None:
    names["fernhill.example.org"] = records
    page = setting.page(setting.browser.send(DKIM, f"{DKIM}/look").headers["location"])
    assert told in page
    assert "(DMARC)" in page
    names["_dmarc.fernhill.example.org"] = ("v=DMARC1; p=none",)
    page = setting.page(setting.browser.send(DKIM, f"{DKIM}/look").headers["location"])
    assert "claims to be yours: v=DMARC1; p=none" in page


def test_a_key_in_use_that_the_dns_does_not_show_must_be_mended(
    setting: Setting, names: dict[str, tuple[str, ...]]
) -> None:
    setting.browser.send(DKIM, DKIM, domain="fernhill.example.org")
    selector = _key(setting).partition(".")[0]
    setting.by_hand("[brand]", f'[[dkim]]\ndomain = "fernhill.example.org"\nselector = "{selector}"\n[brand]')
    setting.page(DKIM)
    names[_key(setting)] = ("v=DKIM1; k=rsa; p=AAAA",)
    page = setting.page(setting.browser.send(DKIM, f"{DKIM}/look").headers["location"])
    assert "Another key stands there. Mail is signed with it, and receivers cannot tell that it is yours." in page
    assert "The key cannot be seen yet." in page


def test_what_is_kept_of_a_password_names_whom_it_is_for(tmp_path: Path) -> None:
    passwords.keep(tmp_path, "second", Server(id="second", url="smtp://u@h:1"), SECRET)
    found = json.loads((tmp_path / ".digest" / "passwords" / "second.json").read_text())
    assert found == {"for": "smtp://u@h:1", "password": SECRET}
