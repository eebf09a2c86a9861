"""`digest mail`: a person signs in once, with a browser here or elsewhere, and mail goes out with what that gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

import pytest

from tests.authority import SECRET, Authority
from tests.cli.conftest import Digest
from tests.contract.piping import Piping

MAILBOX = "news@example.org"


@pytest.fixture
def server(authority: Authority) -> Iterator[Piping]:
    made = Piping(admits=lambda token: token in authority.tokens)
    yield made
    made.close()


def configure(folder: Path, authority: Authority, port: int = 1) -> None:
    """Name the mail server and its sign-in in digest.toml."""
    file = folder / "digest.toml"
    text = file.read_text()
    for before, after in (
        ("smtp://user@mail.example.org:587", f"smtp://news%40example.org@127.0.0.1:{port}"),
        ('tls = "starttls"', 'tls = "none"'),
    ):
        assert before in text
        text = text.replace(before, after)
    file.write_text(f"{text}\n[server.oauth]\n{authority.table}")


class Login:
    """`digest mail login` at work."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.said = ""
        #: where a browser is to go
        self.address = ""

    def read_address(self) -> None:
        assert self._process.stdout is not None
        while not self.address:
            line = self._process.stdout.readline()
            assert line, "it ended before it named an address"
            self.said += line
            self.address = line.strip() if line.startswith("http") else ""

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def end(self) -> int:
        """Wait for its end; return its exit code."""
        out, err = self._process.communicate(timeout=60)
        self.said += out + err
        assert "Traceback" not in self.said
        return self._process.returncode


@contextmanager
def login(folder: Path, *words: str) -> Iterator[Login]:
    with subprocess.Popen(
        [sys.executable, "-m", "digest", "mail", "login", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        made = Login(process)
        try:
            made.read_address()
            yield made
        finally:
            process.kill()


def ended_on(address: str) -> str:
    """Return where a browser would end on that cannot reach this machine."""

    class Stays(HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None: ...

    try:
        with build_opener(Stays()).open(address):
            raise AssertionError("it leads on")
    except URLError as redirect:
        return str(redirect.headers["Location"])  # type: ignore[attr-defined]


def test_a_person_signs_in_and_mail_goes_out_with_it(
    drafted: tuple[Path, str], digest: Digest, authority: Authority, server: Piping
) -> None:
    folder, edition = drafted
    configure(folder, authority, server.port)
    with login(folder) as one:
        with urlopen(one.address) as page:
            assert "Thank you" in page.read().decode()
        assert one.end() == 0, one.said
    assert f"Mail goes out through 127.0.0.1 as {MAILBOX}" in one.said
    file = folder / ".digest" / "tokens" / "server.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert authority.signed_in[0]["login_hint"] == MAILBOX
    assert authority.signed_in[0]["redirect_uri"].startswith("http://127.0.0.1:")
    digest("approve", edition, "--as", "Ada", folder=folder)
    sent = digest("send", edition, folder=folder)
    assert sent.returncode == 0, sent.stderr
    assert sorted(to for to, _ in server.received) == ["ada@example.org", "bo@example.org"]
    shown = one.said + sent.stdout + sent.stderr + digest("status", edition, folder=folder).stdout
    assert not [secret for secret in authority.secrets() if secret in shown]
    assert SECRET not in shown


def test_where_the_browser_ended_elsewhere_can_be_pasted(workspace: Path, authority: Authority) -> None:
    configure(workspace, authority)
    with login(workspace) as one:
        ended = ended_on(one.address)
        one.type("hello?")
        one.type("http://[")
        one.type(f"  {ended} ")
        assert one.end() == 0, one.said
    assert one.said.count("Still waiting") == 2
    assert json.loads((workspace / ".digest" / "tokens" / "server.json").read_text())["refresh_token"]
    assert not [secret for secret in authority.secrets() if secret in one.said]


def test_who_has_no_keyboard_can_sign_in_as_well(workspace: Path, authority: Authority) -> None:
    configure(workspace, authority)
    with login(workspace) as one:
        assert one._process.stdin is not None
        one._process.stdin.close()
        one._process.stdin = None
        with urlopen(one.address):
            assert one.end() == 0, one.said


def test_a_refusal_is_said_kindly_and_keeps_what_was_kept(workspace: Path, authority: Authority) -> None:
    configure(workspace, authority)
    with login(workspace) as one, urlopen(one.address):
        assert one.end() == 0, one.said
    before = (workspace / ".digest" / "tokens" / "server.json").read_text()
    authority.refuses = "access_denied"
    with login(workspace) as one, urlopen(one.address):
        assert one.end() == 1
    assert "The sign-in was refused" in one.said
    assert "choose “Allow”" in one.said
    assert (workspace / ".digest" / "tokens" / "server.json").read_text() == before


def test_an_answer_to_another_sign_in_is_not_taken(workspace: Path, authority: Authority) -> None:
    configure(workspace, authority)
    with login(workspace) as one:
        one.type(ended_on(one.address).replace("state=", "state=x"))
        assert one.end() == 1
    assert "belongs to another sign-in" in one.said
    assert authority.asked == []
    assert not (workspace / ".digest" / "tokens").exists()


def test_who_does_not_come_is_not_waited_for_for_ever(workspace: Path, authority: Authority) -> None:
    configure(workspace, authority)
    with login(workspace, "--minutes", "0.01") as one:
        assert one.end() == 1
    assert "Nobody signed in within 0.01 minutes" in one.said
    assert "`digest mail login`" in one.said


def test_a_wrong_client_secret_is_said(workspace: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(workspace, authority)
    monkeypatch.setenv("DIGEST_SMTP_CLIENT_SECRET", "another-secret")
    with login(workspace) as one, urlopen(one.address):
        assert one.end() == 1
    assert "invalid_client" in one.said
    assert "DIGEST_SMTP_CLIENT_SECRET" in one.said
    assert "another-secret" not in one.said


def test_a_further_server_has_a_sign_in_and_a_secret_of_its_own(
    workspace: Path, digest: Digest, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGEST_SMTP_CLIENT_SECRET")
    monkeypatch.setenv("DIGEST_SMTP_CLIENT_SECRET_SECOND_ONE", SECRET)
    with (workspace / "digest.toml").open("a") as out:
        out.write(f'\n[[servers]]\nid = "second-one"\nurl = "smtp://b@127.0.0.1:2"\n[servers.oauth]\n{authority.table}')
    assert "`digest mail login --server second-one`" in digest("check", folder=workspace).stdout
    with login(workspace, "--server", "second-one") as one, urlopen(one.address):
        assert one.end() == 0, one.said
    assert (workspace / ".digest" / "tokens" / "second-one.json").exists()
    assert "sign-in" not in digest("check", folder=workspace).stdout
    unknown = digest("mail", "login", "--server", "third", folder=workspace)
    assert unknown.returncode == 1
    assert "second-one" in unknown.stderr


def test_who_signs_out_must_sign_in_again(
    drafted: tuple[Path, str], digest: Digest, authority: Authority, server: Piping
) -> None:
    folder, edition = drafted
    configure(folder, authority, server.port)
    with login(folder) as one, urlopen(one.address):
        assert one.end() == 0, one.said
    assert "Signed out" in digest("mail", "logout", folder=folder).stdout
    assert not (folder / ".digest" / "tokens" / "server.json").exists()
    assert "Nobody was signed in" in digest("mail", "logout", folder=folder).stdout
    digest("approve", edition, "--as", "Ada", folder=folder)
    sent = digest("send", edition, folder=folder)
    assert sent.returncode == 3
    assert "Nobody is signed in for 127.0.0.1" in sent.stderr
    assert "`digest mail login`" in sent.stderr
    assert server.commands == []


def test_a_sign_in_that_is_over_pauses_the_edition_until_somebody_signs_in_again(
    drafted: tuple[Path, str], digest: Digest, authority: Authority, server: Piping
) -> None:
    folder, edition = drafted
    configure(folder, authority, server.port)
    with login(folder) as one, urlopen(one.address):
        assert one.end() == 0, one.said
    authority.lasts.clear()
    digest("approve", edition, "--as", "Ada", folder=folder)
    sent = digest("send", edition, folder=folder)
    assert sent.returncode == 3
    assert "invalid_grant" in sent.stderr
    assert "`digest mail login`" in sent.stderr
    with login(folder) as one, urlopen(one.address):
        assert one.end() == 0, one.said
    assert digest("send", edition, folder=folder).returncode == 0
    assert len(server.received) == 2


def test_a_token_of_another_program_goes_before_the_sign_in(
    drafted: tuple[Path, str], digest: Digest, authority: Authority, server: Piping, tmp_path: Path
) -> None:
    folder, edition = drafted
    configure(folder, authority, server.port)
    authority.tokens.add("by-another-program")
    (tmp_path / "token").write_text("by-another-program\n")
    given = {"DIGEST_SMTP_TOKEN_FILE": str(tmp_path / "token")}
    assert "Nobody is signed in" in digest("check", folder=folder).stdout
    assert "Nobody is signed in" not in digest("check", folder=folder, **given).stdout
    digest("approve", edition, "--as", "Ada", folder=folder)
    assert digest("send", edition, folder=folder, **given).returncode == 0
    assert len(server.received) == 2


def test_the_sign_in_is_for_no_other_server(
    drafted: tuple[Path, str], digest: Digest, authority: Authority, server: Piping
) -> None:
    folder, edition = drafted
    configure(folder, authority)
    with login(folder) as one, urlopen(one.address):
        assert one.end() == 0, one.said
    digest("approve", edition, "--as", "Ada", folder=folder)
    elsewhere = f"smtp://news@127.0.0.1:{server.port}"
    assert digest("send", edition, "--server", elsewhere, "--tls", "none", folder=folder).returncode == 3
    assert not [command for command in server.commands if "XOAUTH2" in command]


def test_check_says_who_must_sign_in_and_what_others_may_read(
    workspace: Path, digest: Digest, authority: Authority
) -> None:
    configure(workspace, authority)
    before = digest("check", folder=workspace)
    assert before.returncode == 1
    assert "Nobody is signed in for 127.0.0.1" in before.stdout
    with login(workspace) as one, urlopen(one.address):
        assert one.end() == 0, one.said
    assert "signed in" not in digest("check", folder=workspace).stdout
    file = workspace / ".digest" / "tokens" / "server.json"
    file.chmod(0o644)
    assert f"Others on this machine may read {file.relative_to(workspace)}" in digest("check", folder=workspace).stdout


def test_without_a_sign_in_in_digest_toml_the_commands_say_where_to_write_one(workspace: Path, digest: Digest) -> None:
    for command in ("login", "logout"):
        done = digest("mail", command, folder=workspace)
        assert done.returncode == 1
        assert "docs/oauth.md" in done.stderr
