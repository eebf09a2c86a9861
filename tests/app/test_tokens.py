"""The sign-in for a mail server: what lasts is kept, what is valid now is got with it, and nobody sees either."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import pytest

from digest.app.tokens import Mailbox, Tokens
from digest.domain.errors import ServerTrouble, SignInFailed
from digest.domain.model import Accepted, Server
from digest.transports.smtp import Account, Passing, Secrets, Smtp
from digest.web.landing import Landing
from tests.authority import SECRET, Authority
from tests.conftest import ROOT, Clock
from tests.contract.conftest import parcel
from tests.contract.piping import Piping

USER = "news@example.org"


@pytest.fixture
def mailbox(tmp_path: Path, authority: Authority) -> Mailbox:
    return _mailbox(tmp_path, authority)


def _mailbox(folder: Path, authority: Authority, port: int = 25) -> Mailbox:
    server = Server(url=f"smtp://news%40example.org@127.0.0.1:{port}", tls="none", oauth=authority.oauth)
    return Mailbox(folder, "", server, authority.oauth)


def sign_in(mailbox: Mailbox) -> None:
    """Play a person and their browser."""
    with Landing() as landing:
        attempt = mailbox.sign_in(landing.port)
        mailbox.keep(attempt.finish(_allowed(landing, attempt.address)))


def _allowed(landing: Landing, address: str) -> str:
    with urlopen(address) as page:
        assert b"Thank you" in page.read()
    assert select.select([landing], [], [], 20)[0]
    return landing.answer()


def test_what_lasts_is_kept_for_nobody_else_to_read(mailbox: Mailbox, authority: Authority) -> None:
    sign_in(mailbox)
    file = mailbox.drawer.file
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert json.loads(file.read_text())["refresh_token"] in authority.lasts
    assert [one.name for one in file.parent.iterdir() if one.suffix == ".part"] == []
    assert authority.signed_in[0]["login_hint"] == USER


def test_a_token_is_good_until_a_minute_before_its_end(mailbox: Mailbox, authority: Authority, clock: Clock) -> None:
    sign_in(mailbox)
    tokens = Tokens(mailbox, clock)
    first = tokens("")
    clock.forward(seconds=3539)
    assert tokens("") == first
    clock.forward(seconds=1)
    assert tokens("") not in ("", first)


@pytest.mark.parametrize("rotates", [True, False])
def test_the_next_one_that_lasts_is_kept(mailbox: Mailbox, authority: Authority, clock: Clock, rotates: bool) -> None:
    authority.rotates = rotates
    sign_in(mailbox)
    tokens = Tokens(mailbox, clock)
    before = mailbox.kept().refresh
    found = {tokens("")}
    for _ in range(3):
        clock.forward(hours=1)
        found.add(tokens(""))
    assert len(found) == 4
    assert found <= authority.tokens
    assert (mailbox.kept().refresh != before) is rotates
    assert mailbox.kept().refresh in authority.lasts


def test_a_refused_token_is_got_anew_once_whoever_asks(mailbox: Mailbox, authority: Authority, clock: Clock) -> None:
    sign_in(mailbox)
    tokens = Tokens(mailbox, clock)
    first = tokens("")
    authority.delay = 0.1
    with ThreadPoolExecutor(8) as pool:
        others = set(pool.map(lambda _: tokens(first), range(8)))
    assert len(others) == 1
    assert first not in others
    assert len(authority.asked) == 3, "the code, the first token, the next"


def test_a_token_whose_end_is_not_told_is_used_for_a_few_minutes(
    mailbox: Mailbox, authority: Authority, clock: Clock
) -> None:
    authority.lifetime = None
    sign_in(mailbox)
    tokens = Tokens(mailbox, clock)
    first = tokens("")
    clock.forward(minutes=3)
    assert tokens("") == first
    clock.forward(minutes=3)
    assert tokens("") != first


def test_processes_that_ask_at_once_all_get_tokens_and_lose_none(
    mailbox: Mailbox, authority: Authority, tmp_path: Path
) -> None:
    sign_in(mailbox)
    authority.delay = 0.2
    program = (
        "import sys\nfrom pathlib import Path\nfrom digest.app.tokens import Mailbox\n"
        "from digest.domain.model import OAuth, Server\n"
        "oauth = OAuth(client_id=sys.argv[2], authorize_url='x', token_url=sys.argv[3], scopes=('mail',))\n"
        "box = Mailbox(Path(sys.argv[1]), '', Server(), oauth)\n"
        "print(*[box.renewed().access for _ in range(4)])\n"
    )
    told = [str(tmp_path), authority.oauth.client_id, authority.oauth.token_url]
    started = [
        subprocess.Popen([sys.executable, "-c", program, *told], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(3)
    ]
    given = [word for one in started for word in one.communicate(timeout=60)[0].split()]
    assert [one.returncode for one in started] == [0, 0, 0]
    assert len(set(given)) == 12
    assert set(given) <= authority.tokens
    assert mailbox.kept().refresh in authority.lasts


def test_a_process_that_ends_amid_asking_keeps_what_it_is_given(
    mailbox: Mailbox, authority: Authority, tmp_path: Path
) -> None:
    sign_in(mailbox)
    before = mailbox.kept().refresh
    authority.delay = 0.5
    # as in a delivery whose other lines have done the work
    program = (
        "import sys, threading, time\nfrom datetime import UTC, datetime\nfrom pathlib import Path\n"
        "from digest.app.tokens import Mailbox, Tokens\nfrom digest.domain.model import OAuth, Server\n"
        "oauth = OAuth(client_id=sys.argv[2], authorize_url='x', token_url=sys.argv[3], scopes=('mail',))\n"
        "tokens = Tokens(Mailbox(Path(sys.argv[1]), '', Server(), oauth), lambda: datetime.now(UTC))\n"
        "threading.Thread(target=tokens, args=('',), daemon=True).start()\n"
        "time.sleep(0.2)\n"
    )
    told = [str(tmp_path), authority.oauth.client_id, authority.oauth.token_url]
    subprocess.run([sys.executable, "-c", program, *told], check=True, cwd=ROOT, timeout=60)
    assert mailbox.kept().refresh != before
    assert mailbox.kept().refresh in authority.lasts


# ---------------------------------------------------------------------------------------------
# What goes wrong


def test_nobody_is_signed_in(mailbox: Mailbox, clock: Clock) -> None:
    with pytest.raises(ServerTrouble, match="Nobody is signed in") as trouble:
        Tokens(mailbox, clock)("")
    assert "`digest mail login`" in trouble.value.mend
    assert not isinstance(trouble.value, Passing)


@pytest.mark.parametrize(
    ("status", "body", "words", "advice", "passing"),
    [
        (400, b'{"error": "invalid_grant"}', "invalid_grant", "Sign in again with `digest mail login`.", False),
        (400, b'{"error": "interaction_required"}', "interaction_required", "Sign in again", False),
        (401, b'{"error": "invalid_client"}', "invalid_client", "DIGEST_SMTP_CLIENT_SECRET", False),
        (400, b'{"error": "unheard_of", "error_description": 7}', "unheard_of: 7", "whoever set up", False),
        (400, b'{"error": ""}', "it gives no reason", "whoever set up", False),
        (400, b'{"error": "temporarily_unavailable"}', "temporarily_unavailable", "try again", True),
        (503, b"<html>", "answered 503", "try again", True),
        (500, b'{"error": "invalid_grant"}', "answered 500", "try again", True),
        (429, b"", "answered 429", "try again", True),
        (404, b"<html>", "answered 404, and nothing that this program can read", "token_url", False),
        (200, b"[]", "nothing that this program can read", "token_url", False),
        (200, b"7", "nothing that this program can read", "token_url", False),
        (200, b'{"access_token": null}', "nothing that this program can read", "token_url", False),
        (200, b'{"access_token": "a b\\u0001"}', "nothing that this program can read", "token_url", False),
        (200, b'{"access_token": "a", "token_type": "mac"}', "nothing that this program can read", "token_url", False),
        (200, b'{"access_token": "a", "refresh_token": 7}', "nothing that this program can read", "token_url", False),
        (200, b'{"access_token": "a", "expires_in": "soon"}', "nothing that this program can read", "token_url", False),
        (302, b'{"access_token": "a"}', "nothing that this program can read", "token_url", False),
        (200, b"[" * 60_000, "nothing that this program can read", "token_url", False),
    ],
)
def test_each_refusal_says_what_to_do(
    mailbox: Mailbox,
    authority: Authority,
    clock: Clock,
    status: int,
    body: bytes,
    words: str,
    advice: str,
    passing: bool,
) -> None:
    sign_in(mailbox)
    kept = mailbox.kept()
    authority.instead = [(status, body)]
    tokens = Tokens(mailbox, clock)
    with pytest.raises(ServerTrouble) as trouble:
        tokens("")
    assert words in trouble.value.what
    assert advice in trouble.value.mend
    assert isinstance(trouble.value, Passing) is passing
    assert mailbox.kept() == kept
    assert tokens("") in authority.tokens, "the next time it is right again"


def test_a_provider_that_cannot_be_reached_may_be_reached_later(
    mailbox: Mailbox, authority: Authority, clock: Clock
) -> None:
    sign_in(mailbox)
    authority.close()
    with pytest.raises(Passing, match="did not answer as it should"):
        Tokens(mailbox, clock)("")


def test_what_a_provider_repeats_of_our_secrets_is_not_told(
    mailbox: Mailbox, authority: Authority, clock: Clock
) -> None:
    sign_in(mailbox)
    said = f"no {mailbox.kept().refresh} of {SECRET}"
    authority.instead = [(400, json.dumps({"error": "invalid_grant", "error_description": said}).encode())]
    with pytest.raises(ServerTrouble, match="no … of …"):
        Tokens(mailbox, clock)("")


def test_a_sign_in_of_other_settings_is_shown_to_nobody(mailbox: Mailbox, tmp_path: Path, authority: Authority) -> None:
    sign_in(mailbox)
    other = Authority()
    try:
        with pytest.raises(SignInFailed, match="of other settings"):
            _mailbox(tmp_path, other).renewed()
        assert other.asked == []
    finally:
        other.close()


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", '{"refresh_token"'])
def test_a_file_that_is_no_sign_in_is_said(mailbox: Mailbox, authority: Authority, clock: Clock, text: str) -> None:
    sign_in(mailbox)
    mailbox.drawer.file.write_text(text)
    with pytest.raises(ServerTrouble, match="cannot be read"):
        Tokens(mailbox, clock)("")
    sign_in(mailbox)
    assert Tokens(mailbox, clock)("") in authority.tokens


def test_what_cannot_be_kept_is_trouble_with_its_reason(
    mailbox: Mailbox, authority: Authority, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(mailbox)
    # in its place stands what no file can take
    mailbox.drawer.file.with_suffix(".part").mkdir()
    with pytest.raises(ServerTrouble, match="could not be kept"):
        Tokens(mailbox, clock)("")


def test_nothing_shows_a_secret(mailbox: Mailbox, authority: Authority, clock: Clock) -> None:
    with Landing() as landing:
        attempt = mailbox.sign_in(landing.port)
        granted = attempt.finish(_allowed(landing, attempt.address))
    mailbox.keep(granted)
    tokens = Tokens(mailbox, clock)
    tokens("")
    shown = repr([granted, mailbox.kept(), mailbox.client, tokens, attempt, Secrets(token=tokens)])
    assert not [one for one in authority.secrets() if one in shown]


# ---------------------------------------------------------------------------------------------
# The answer of a browser


@pytest.mark.parametrize(
    ("answer", "words", "advice"),
    [
        ("/?error=access_denied&state={state}", "nobody allowed", "choose “Allow”"),
        ("/?error=server_error&state={state}", "server_error", "try again in a while"),
        ("/?error=invalid_scope&error_description=what&state={state}", "invalid_scope: what", "whoever set up"),
        ("/?error=access_denied&state=another", "another sign-in", "the address that it prints then"),
        ("/?error=access_denied", "another sign-in", "the address that it prints then"),
        ("/?code=secret-code-1&state=another", "another sign-in", "the address that it prints then"),
        ("/?code=secret-code-1", "another sign-in", "the address that it prints then"),
        ("/?code=&state={state}", "no code", "`digest mail login`"),
        ("http://127.0.0.1:1/?code=invented&state={state}", "invalid_grant: As you asked", "`digest mail login`"),
    ],
)
def test_an_answer_that_signs_nobody_in_says_why(
    mailbox: Mailbox, authority: Authority, answer: str, words: str, advice: str
) -> None:
    attempt = mailbox.sign_in(1)
    state = attempt.address.partition("&state=")[2].partition("&")[0]
    with pytest.raises(SignInFailed) as failed:
        attempt.finish(answer.format(state=state))
    assert words in failed.value.what
    assert advice in failed.value.mend
    assert mailbox.drawer.kept() is None


def test_a_provider_that_gives_nothing_that_lasts_is_said(mailbox: Mailbox, authority: Authority) -> None:
    authority.lasting = False
    with pytest.raises(SignInFailed, match="none that lasts"):
        sign_in(mailbox)
    assert mailbox.drawer.kept() is None


def test_a_code_is_worth_nothing_to_who_did_not_begin_the_sign_in(mailbox: Mailbox, authority: Authority) -> None:
    with Landing() as landing:
        attempt, stranger = mailbox.sign_in(landing.port), mailbox.sign_in(landing.port)
        assert "code=secret-code-1" in _allowed(landing, attempt.address)
    state = stranger.address.partition("&state=")[2].partition("&")[0]
    with pytest.raises(SignInFailed, match="invalid_grant"):
        stranger.finish(f"/?code=secret-code-1&state={state}")


def test_the_landing_answers_other_questions_with_nothing_and_waits_on() -> None:
    with Landing() as landing:
        for path in ("/favicon.ico", "/", "/?state=x", "/else?code=x"):
            with socket.create_connection(("127.0.0.1", landing.port)) as browser:
                browser.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                assert b" 404 " in browser.makefile("rb").readline()
        assert landing.answer() == ""
        for code in ("first", "second"):
            assert _allowed(landing, f"http://127.0.0.1:{landing.port}/?code={code}") == "/?code=first"


# ---------------------------------------------------------------------------------------------
# A delivery


def _delivered(server: Piping, mailbox: Mailbox, clock: Clock, people: int, **settings: int) -> list[type]:
    usual = {"timeout": 5, "connections": 4, "messages_a_connection": 5}
    chosen = Server(url=f"smtp://news%40example.org@127.0.0.1:{server.port}", tls="none", **{**usual, **settings})
    secrets = Secrets(token=Tokens(mailbox, clock), mend=f"Sign in again with {mailbox.again}")
    transport = Smtp([Account(server=chosen, secrets=secrets)], "tests.example.org", delays=(0.05, 0.1, 0.2, 0.4))
    parcels = (parcel(f"person{number}@example.org") for number in range(people))
    return [type(outcome) for _, outcome in transport.deliver(parcels, lambda one: None)]


def test_a_token_that_ends_amid_a_delivery_on_many_lines_holds_nobody_up(
    mailbox: Mailbox, authority: Authority, clock: Clock
) -> None:
    sign_in(mailbox)
    shown: list[str] = []

    def admits(token: str) -> bool:
        shown.append(token)
        if len(shown) == 6:
            # as a provider does who takes all of them back
            authority.tokens.clear()
        return token in authority.tokens

    server = Piping(admits=admits)
    try:
        assert _delivered(server, mailbox, clock, 60) == [Accepted] * 60
    finally:
        server.close()
    assert len(server.received) == len({to for to, _ in server.received}) == 60
    assert len(set(shown)) == 2
    assert sum(form["grant_type"] == "refresh_token" for form in authority.asked) == 2


def test_a_provider_that_is_away_for_a_moment_amid_a_delivery_ends_nothing(
    mailbox: Mailbox, authority: Authority, clock: Clock
) -> None:
    sign_in(mailbox)
    authority.lifetime = 1
    authority.instead = []
    admitted: list[str] = []

    def admits(token: str) -> bool:
        admitted.append(token)
        if len(admitted) == 2:
            authority.instead = [(503, b""), (503, b"")]
        return token in authority.tokens

    server = Piping(admits=admits)
    try:
        assert _delivered(server, mailbox, clock, 20, connections=1) == [Accepted] * 20
    finally:
        server.close()
    assert authority.instead == []


def test_a_sign_in_that_is_over_amid_a_delivery_is_trouble_that_says_so(
    mailbox: Mailbox, authority: Authority, clock: Clock
) -> None:
    sign_in(mailbox)

    def admits(token: str) -> bool:
        # the password was changed: nothing that was given is worth anything any more
        good = token in authority.tokens
        authority.tokens.clear()
        authority.lasts.clear()
        return good

    server = Piping(admits=admits)
    try:
        with pytest.raises(ServerTrouble, match="invalid_grant") as trouble:
            _delivered(server, mailbox, clock, 20, connections=1)
    finally:
        server.close()
    assert "`digest mail login`" in trouble.value.mend
    assert len(server.received) == 5


def test_a_server_that_takes_no_token_of_the_mailbox_says_who_must_sign_in(
    mailbox: Mailbox, authority: Authority, clock: Clock
) -> None:
    sign_in(mailbox)
    server = Piping(admits=lambda token: False)
    try:
        with pytest.raises(ServerTrouble, match="535") as trouble:
            _delivered(server, mailbox, clock, 1, connections=1)
    finally:
        server.close()
    assert trouble.value.mend == "Sign in again with `digest mail login`; nothing was sent."
    assert server.connections == 2
