"""What SMTP promises besides: each reply and each silence becomes the right outcome."""

from __future__ import annotations

import base64
import gc
import socket
import time
import warnings
from collections.abc import Callable
from contextlib import suppress

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Deferred, InDoubt, Outcome, Parcel, Rejected
from tests.contract.conftest import (
    CONTENT,
    Answer,
    Certificates,
    Close,
    Cut,
    Drip,
    Marked,
    Scripted,
    Silence,
    at,
    outcomes,
    parcel,
    smtp,
)

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

Serve = Callable[..., Marked]
Script = Callable[..., Scripted]

ADA, BO = "ada@example.org", "bo@example.org"
LARGE = b"Subject: large\r\n\r\n" + b"a line of a large message\r\n" * 500_000


def _faulty(stage: str, code: int) -> Parcel:
    marked = f"{stage}.{code}@example.org"
    return parcel("cy@example.org", sender=marked) if stage == "mail" else parcel(marked)


def _kinds(found: list[Outcome]) -> list[type]:
    return [type(one) for one in found]


# ---------------------------------------------------------------------------------------------
# Refusals


@pytest.mark.parametrize("stage", ["rcpt", "data", "dot"])
@pytest.mark.parametrize("code", [500, 550, 552, 554])
def test_a_refusal_for_good_is_rejected_and_leaves_its_neighbours_alone(serve: Serve, stage: str, code: int) -> None:
    server = serve()
    found = outcomes(smtp(server.port), [parcel(ADA), _faulty(stage, code), parcel(BO)])
    assert found[1] == Rejected(reply=f"{code} 5.7.1 as you asked")
    assert _kinds(found) == [Accepted, Rejected, Accepted]
    assert server.received == [(ADA, CONTENT), (BO, CONTENT)]
    assert server.connections == 1


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize("code", [450, 451, 452])
def test_a_refusal_for_now_is_charged_and_leaves_its_neighbours_alone(serve: Serve, stage: str, code: int) -> None:
    server = serve()
    found = outcomes(smtp(server.port), [parcel(ADA), _faulty(stage, code), parcel(BO)])
    assert found[1] == Deferred(reply=f"{code} 4.7.1 as you asked", charged=True)
    assert server.received == [(ADA, CONTENT), (BO, CONTENT)]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_a_421_is_charged_to_nobody_and_the_next_goes_out_on_a_new_connection(serve: Serve, stage: str) -> None:
    server = serve()
    found = outcomes(smtp(server.port), [parcel(ADA), _faulty(stage, 421), parcel(BO)])
    assert found[1] == Deferred(reply="421 4.7.1 as you asked", charged=False)
    assert server.received == [(ADA, CONTENT), (BO, CONTENT)]
    assert server.connections == 2


def test_a_refusal_before_the_body_begins_nothing(serve: Serve) -> None:
    begun: list[Parcel] = []
    outcomes(smtp(serve().port), [_faulty("rcpt", 550)], begun.append)
    assert begun == []


@pytest.mark.parametrize("code", [550, 552, 553, 554])
def test_a_refused_sender_is_the_servers_trouble_and_charges_nobody(serve: Serve, code: int) -> None:
    server = serve()
    begun: list[Parcel] = []
    with pytest.raises(ServerTrouble, match="refuses the sender"):
        outcomes(smtp(server.port), [_faulty("mail", code), parcel(BO)], begun.append)
    assert begun == []
    assert server.received == []


def test_many_refusals_in_a_row_leave_the_rest_alone(serve: Serve) -> None:
    server = serve()
    mixed = [_faulty(stage, code) for stage in ("rcpt", "data", "dot") for code in (550, 421, 450)]
    found = outcomes(smtp(server.port), [*mixed, parcel(ADA)])
    assert len(found) == len(mixed) + 1
    assert server.received == [(ADA, CONTENT)]


def test_an_address_that_the_wire_cannot_carry_is_rejected_alone(serve: Serve) -> None:
    server = serve()
    for odd in ("jürgen@example.org", "two\r\nlines@example.org"):
        found = outcomes(smtp(server.port), [parcel(ADA), parcel(odd), parcel(BO)])
        assert _kinds(found) == [Accepted, Rejected, Accepted]
    assert {to for to, _ in server.received} == {ADA, BO}


@pytest.mark.parametrize("stage", ["data", "dot"])
def test_a_log_in_wanted_once_it_has_begun_is_charged_to_nobody(serve: Serve, stage: str) -> None:
    server = serve()
    found = outcomes(smtp(server.port), [parcel(ADA), _faulty(stage, 530), parcel(BO)])
    assert _kinds(found) == [Accepted, Deferred, Accepted]
    assert isinstance(found[1], Deferred)
    assert not found[1].charged
    assert server.received == [(ADA, CONTENT), (BO, CONTENT)]


# ---------------------------------------------------------------------------------------------
# Doubt


@pytest.mark.parametrize("answer", [Close, Silence, b"", b"nonsense\r\n", b"999 what\r\n", b"354 more\r\n", b"25"])
def test_no_clear_answer_after_the_dot_is_doubt_and_is_not_tried_again(scripted: Script, answer: Answer) -> None:
    # b"" counts as no answer given, too
    server = scripted(at("dot", answer or Silence, connections=[1]))
    found = outcomes(smtp(server.port, timeout=1), [parcel(ADA), parcel(BO)])
    assert _kinds(found) == [InDoubt, Accepted]
    assert len(server.bodies) == 2, "one each"


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_nonsense_before_the_body_blames_nobody(scripted: Script, stage: str) -> None:
    server = scripted(at(stage, b"nonsense\r\n"))
    assert all(
        isinstance(one, Deferred) and not one.charged for one in outcomes(smtp(server.port), [parcel(ADA), parcel(BO)])
    )
    assert server.bodies == []


@pytest.mark.parametrize("octets", [1, 100_000, 500_000])
def test_a_connection_cut_amid_the_body_is_mended_and_delivers_once(scripted: Script, octets: int) -> None:
    server = scripted(at("body", Cut(octets), connections=[1]))
    asked: list[Parcel] = []
    found = outcomes(smtp(server.port, timeout=30), [parcel(ADA, LARGE), parcel(BO)], asked.append)
    assert _kinds(found) == [Accepted, Accepted]
    assert server.bodies == [LARGE, CONTENT]
    assert server.connections == 2
    assert [one.envelope_to for one in asked] == [ADA, BO]


def test_a_connection_cut_amid_every_body_is_deferred_and_charged_to_nobody(scripted: Script) -> None:
    server = scripted(at("body", Cut(100_000)))
    found = outcomes(smtp(server.port, timeout=30), [parcel(ADA, LARGE)])
    assert isinstance(found[0], Deferred)
    assert not found[0].charged
    assert server.bodies == []


def test_a_small_body_cut_with_its_dot_is_never_sent_twice(scripted: Script) -> None:
    server = scripted(at("body", Cut(len(CONTENT)), connections=[1]))
    found = outcomes(smtp(server.port), [parcel(ADA)])
    # whether the loss was seen before or after the dot was written is for the network to say
    assert (_kinds(found), len(server.bodies)) in [([InDoubt], 0), ([Accepted], 1)]


def test_a_server_that_goes_away_amid_a_body_leaves_no_doubt(scripted: Script) -> None:
    def script(number: int, stage: str) -> Answer | None:
        return (
            Cut(100_000) if stage == "body" else b"554 5.3.2 closed\r\n" if number > 1 and stage == "connect" else None
        )

    server = scripted(script)
    begun: list[Parcel] = []
    sending = smtp(server.port, timeout=30).deliver([parcel(ADA, LARGE), parcel(BO)], begun.append)
    # it was begun, so its row would be in doubt if no outcome came
    one, outcome = next(sending)
    assert (one.envelope_to, outcome.__class__) == (ADA, Deferred)
    with pytest.raises(ServerTrouble):
        next(sending)
    assert len(begun) == 1
    assert server.bodies == []


# ---------------------------------------------------------------------------------------------
# A server that will not serve


def test_a_refused_connection_is_the_servers_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ServerTrouble):
        outcomes(smtp(port), [parcel(ADA)])


@pytest.mark.parametrize(
    "script",
    [
        at("connect", b"554 5.7.1 your address is blocked\r\n"),
        at("connect", b"421 4.3.2 too busy\r\n"),
        at("connect", b"nonsense\r\n"),
        at("connect", Close),
        at("ehlo", Close),
        lambda number, stage: b"554 5.7.1 blocked\r\n" if stage in ("ehlo", "helo") else None,
        lambda number, stage: b"421 4.7.0 later\r\n" if stage in ("ehlo", "helo") else None,
    ],
    ids=["554", "421", "nonsense", "closed", "closed at EHLO", "EHLO 554", "EHLO 421"],
)
def test_a_server_that_will_not_greet_is_the_servers_trouble_and_nothing_is_begun(
    scripted: Script, script: Callable[[int, str], Answer | None]
) -> None:
    server = scripted(script)
    begun: list[Parcel] = []
    with pytest.raises(ServerTrouble) as trouble:
        outcomes(smtp(server.port), [parcel(ADA), parcel(BO)], begun.append)
    assert begun == []
    assert server.bodies == []
    assert not any(command.startswith(b"MAIL") for command in server.commands)
    assert "b'" not in trouble.value.what, "words for a person, not for Python"


def test_what_a_blocking_server_says_is_told(scripted: Script) -> None:
    server = scripted(at("connect", b"554 5.7.1 192.0.2.7 is blocked\r\n"))
    with pytest.raises(ServerTrouble, match=r"554 5\.7\.1 192\.0\.2\.7 is blocked"):
        outcomes(smtp(server.port), [parcel(ADA)])


def _only(user: bytes, password: bytes) -> Callable[..., AuthResult]:
    def check(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (user, password)
        return AuthResult(success=good, handled=False)

    return check


def test_the_right_password_logs_in(serve: Serve) -> None:
    server = serve(authenticator=_only(b"digest", b"right"), auth_require_tls=False, auth_required=True)
    found = outcomes(smtp(server.port, user="digest", password="right"), [parcel(ADA)])
    assert _kinds(found) == [Accepted]


def test_a_server_that_knows_only_login_gets_user_and_password_one_after_the_other(serve: Serve) -> None:
    server = serve(
        authenticator=_only(b"digest", "rïght".encode()),
        auth_require_tls=False,
        auth_required=True,
        auth_exclude_mechanism=["PLAIN"],
    )
    assert _kinds(outcomes(smtp(server.port, user="digest", password="rïght"), [parcel(ADA)])) == [Accepted]


def _wants_token(answer: bytes) -> Callable[[int, str], Answer | None]:
    def script(number: int, stage: str) -> Answer | None:
        if stage == "ehlo":
            return b"250-raw.example.org\r\n250 AUTH PLAIN XOAUTH2\r\n"
        return {"auth": answer, "": b"535 5.7.8 token expired\r\n"}.get(stage)

    return script


def test_a_token_is_shown_as_google_and_microsoft_want_it(scripted: Script) -> None:
    server = scripted(_wants_token(b"235 2.7.0 welcome\r\n"))
    [outcome] = outcomes(smtp(server.port, user="digest", token="a.token"), [parcel(ADA)])
    assert isinstance(outcome, Accepted)
    [shown] = [command for command in server.commands if command.startswith(b"AUTH")]
    assert shown.startswith(b"AUTH XOAUTH2 ")
    assert base64.b64decode(shown.split()[2]) == b"user=digest\x01auth=Bearer a.token\x01\x01"


def test_a_refused_token_is_the_servers_trouble_with_its_reason(scripted: Script) -> None:
    server = scripted(_wants_token(b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"))
    with pytest.raises(ServerTrouble, match="token expired") as trouble:
        outcomes(smtp(server.port, user="digest", token="a.token"), [parcel(ADA)])
    assert "a.token" not in trouble.value.what + trouble.value.mend
    assert server.bodies == []


class Giver:
    """Gives tokens in their order: the next one where the last was refused."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = tokens
        self.refused: list[str] = []

    def __call__(self, refused: str) -> str:
        self.refused += [refused] if refused else []
        later = self.tokens.index(refused) + 1 if refused else 0
        return self.tokens[min(later, len(self.tokens) - 1)]


def _tokens_shown(server: Scripted) -> list[str]:
    proofs = [base64.b64decode(one.split()[2]).decode() for one in server.commands if one.startswith(b"AUTH XOAUTH2")]
    return [proof.partition("Bearer ")[2].rstrip("\x01") for proof in proofs]


@pytest.mark.parametrize("answer", [b"535 5.7.3 unsuccessful\r\n", b"334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"])
def test_a_refused_token_is_asked_for_anew_once_and_over_a_new_line(scripted: Script, answer: bytes) -> None:
    server = scripted(lambda number, stage: _wants_token(answer if number == 1 else b"235 in\r\n")(number, stage))
    giver = Giver("old", "new")
    assert _kinds(outcomes(smtp(server.port, user="digest", token=giver), [parcel(ADA), parcel(BO)])) == [Accepted] * 2
    assert (giver.refused, _tokens_shown(server), server.connections) == (["old"], ["old", "new"], 2)


def test_a_token_that_is_refused_twice_is_trouble_that_says_what_to_do(scripted: Script) -> None:
    server = scripted(_wants_token(b"535 5.7.3 unsuccessful\r\n"))
    giver = Giver("old", "new", "newest")
    with pytest.raises(ServerTrouble, match="unsuccessful") as trouble:
        outcomes(smtp(server.port, user="digest", token=giver, mend="Sign in again"), [parcel(ADA)])
    assert trouble.value.mend == "Sign in again; nothing was sent."
    assert _tokens_shown(server) == ["old", "new"]


def test_where_there_is_no_other_token_the_server_is_asked_once(scripted: Script) -> None:
    server = scripted(_wants_token(b"535 5.7.3 unsuccessful\r\n"))
    with pytest.raises(ServerTrouble):
        outcomes(smtp(server.port, user="digest", token=Giver("only")), [parcel(ADA)])
    assert server.connections == 1


def test_what_a_server_repeats_of_a_proof_is_not_told(scripted: Script) -> None:
    proof = base64.b64encode(b"user=digest\x01auth=Bearer a.token\x01\x01")
    server = scripted(_wants_token(b"500 5.5.2 not known: AUTH XOAUTH2 " + proof + b"\r\n"))
    with pytest.raises(ServerTrouble, match="not known") as trouble:
        outcomes(smtp(server.port, user="digest", token="a.token"), [parcel(ADA)])
    assert proof.decode()[:12] not in trouble.value.what


def test_a_token_is_not_shown_to_a_server_that_wants_a_password(scripted: Script) -> None:
    server = scripted(at("ehlo", b"250-raw.example.org\r\n250 AUTH PLAIN\r\n"))
    with pytest.raises(ServerTrouble, match=r"no log-in that this program knows \(it offers PLAIN\)"):
        outcomes(smtp(server.port, user="digest", token="a.token"), [parcel(ADA)])
    assert not [one for one in server.commands if one.startswith(b"AUTH")]


def test_a_server_from_before_extensions_is_greeted_the_old_way(scripted: Script) -> None:
    server = scripted(at("ehlo", b"502 5.5.1 what?\r\n"))
    assert _kinds(outcomes(smtp(server.port), [parcel(ADA), parcel(BO)])) == [Accepted, Accepted]
    assert b"HELO tests.example.org" in server.commands


def test_a_refused_log_in_is_the_servers_trouble(serve: Serve) -> None:
    server = serve(authenticator=_only(b"digest", b"right"), auth_require_tls=False, auth_required=True)
    with pytest.raises(ServerTrouble, match="535") as trouble:
        outcomes(smtp(server.port, user="digest", password="wrong-secret"), [parcel(ADA)])
    assert "wrong-secret" not in trouble.value.what + trouble.value.mend
    assert server.received == []


def test_a_log_in_that_is_not_offered_is_the_servers_trouble(serve: Serve) -> None:
    server = serve()
    with pytest.raises(ServerTrouble):
        outcomes(smtp(server.port, user="digest", password="right"), [parcel(ADA)])
    assert server.received == []


def test_a_server_that_wants_a_log_in_and_gets_none_burns_no_rows(serve: Serve) -> None:
    server = serve(authenticator=_only(b"digest", b"right"), auth_require_tls=False, auth_required=True)
    with pytest.raises(ServerTrouble, match="530"):
        outcomes(smtp(server.port), [parcel(ADA), parcel(BO)])


# ---------------------------------------------------------------------------------------------
# Encryption


@pytest.mark.parametrize(("tls", "at_once"), [("starttls", False), ("tls", True)])
def test_mail_goes_out_encrypted_to_a_server_that_proves_who_it_is(
    serve: Serve, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tls: str, at_once: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    server = serve(certificates.context("good"), at_once=at_once)
    assert _kinds(outcomes(smtp(server.port, tls=tls), [parcel(ADA), parcel(BO)])) == [Accepted, Accepted]
    assert server.over_tls == [True, True]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_each_bad_certificate_is_refused_with_its_own_reason(
    serve: Serve, certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    said = []
    for name in ("expired", "stranger", "alone"):
        server = serve(certificates.context(name), at_once=tls == "tls")
        with pytest.raises(ServerTrouble) as trouble:
            outcomes(smtp(server.port, tls=tls), [parcel(ADA)])
        said.append(trouble.value.what)
        assert server.received == []
    assert "expired" in said[0]
    assert "127.0.0.1" in said[1]
    assert "self-signed" in said[2].replace("self signed", "self-signed")
    assert len({one.replace("127.0.0.1", "") for one in said}) == 3


def test_nothing_goes_out_in_clear_where_encryption_is_wanted_and_not_offered(scripted: Script) -> None:
    server = scripted()
    with pytest.raises(ServerTrouble):
        outcomes(smtp(server.port, tls="starttls", user="digest", password="right"), [parcel(ADA)])
    assert server.bodies == []
    assert {command[:4].upper() for command in server.commands} <= {b"EHLO", b"QUIT"}


@pytest.mark.parametrize("reply", [b"454 4.7.0 not now\r\n", b"501 5.5.1 no\r\n", b"220 go\r\n250 injected\r\n", Close])
def test_nothing_goes_out_in_clear_where_starttls_fails(scripted: Script, reply: Answer) -> None:
    def script(number: int, stage: str) -> Answer | None:
        if stage == "ehlo":
            return b"250-raw.example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"
        if stage == "star":
            return reply
        return None

    server = scripted(script)
    with pytest.raises(ServerTrouble):
        outcomes(smtp(server.port, tls="starttls", timeout=1, user="digest", password="right"), [parcel(ADA)])
    assert server.bodies == []
    assert not any(command[:4].upper() in (b"AUTH", b"MAIL") for command in server.commands)


def test_a_plain_server_gets_nothing_in_clear_where_tls_at_once_is_wanted(scripted: Script) -> None:
    server = scripted()
    with pytest.raises(ServerTrouble):
        outcomes(smtp(server.port, tls="tls", timeout=1), [parcel(ADA)])
    assert server.bodies == []


# ---------------------------------------------------------------------------------------------
# Hostile words and slow servers


@pytest.mark.parametrize("code", [250, 450, 550])
@pytest.mark.parametrize("stage", ["rcpt", "dot"])
@pytest.mark.parametrize(
    "words",
    [
        b"\x1b[2J\x1b]0;owned\x07 \x00\x08\x7f \xe2\x80\xae\xff\xfe",
        b"y" * 7_000,
        b"two lines\r\n%d-and more" % 250,
        b"[red]markup[/red] <script>",
    ],
    ids=["controls", "long", "lines", "markup"],
)
def test_a_servers_words_are_harmless(scripted: Script, stage: str, code: int, words: bytes) -> None:
    server = scripted(at(stage, b"%d %s\r\n" % (code, words), connections=[1]))
    [outcome] = outcomes(smtp(server.port, timeout=1), [parcel(ADA)])
    words_kept = getattr(outcome, "reply", None) or getattr(outcome, "reason", "")
    assert words_kept.isprintable()
    assert len(words_kept) <= 400


@pytest.mark.parametrize("stage", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    "answer",
    [
        b"250 " + b"z" * 10_000 + b"\r\n",
        b"z" * 10_000,
        bytes(range(256)) * 40,
        b"\xff\xfe\x00\x1b[2J\r\n",
        b"\x16\x03\x01\r\n",
    ],
    ids=["long", "endless", "every octet", "binary", "TLS"],
)
def test_replies_of_ten_thousand_octets_or_of_any_octets_are_harmless(
    scripted: Script, stage: str, answer: bytes
) -> None:
    server = scripted(at(stage, answer))
    if stage in ("connect", "ehlo"):
        with pytest.raises(ServerTrouble) as trouble:
            outcomes(smtp(server.port, timeout=1), [parcel(ADA)])
        assert len(trouble.value.what) < 600
        assert trouble.value.what.isprintable()
    else:
        [outcome] = outcomes(smtp(server.port, timeout=1), [parcel(ADA)])
        assert isinstance(outcome, InDoubt if stage == "dot" else Deferred)
    assert len(server.bodies) == (stage == "dot")


@pytest.mark.parametrize("stage", ["connect", "ehlo"])
def test_silence_at_the_greeting_is_the_servers_trouble(scripted: Script, stage: str) -> None:
    server = scripted(at(stage, Silence))
    with pytest.raises(ServerTrouble):
        outcomes(smtp(server.port, timeout=1), [parcel(ADA)])
    assert server.bodies == []


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("answer", [Silence, Close])
def test_silence_before_the_body_is_deferred_and_charged_to_nobody(
    scripted: Script, stage: str, answer: Answer
) -> None:
    server = scripted(at(stage, answer))
    [outcome] = outcomes(smtp(server.port, timeout=1), [parcel(ADA)])
    assert isinstance(outcome, Deferred)
    assert not outcome.charged
    assert server.bodies == []


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_connection_that_was_closed_while_idle_costs_nobody_anything(scripted: Script, stage: str) -> None:
    server = scripted(at(stage, Close, connections=[1]))
    assert _kinds(outcomes(smtp(server.port), [parcel(ADA), parcel(BO)])) == [Accepted, Accepted]
    assert server.bodies == [CONTENT, CONTENT]


@pytest.mark.parametrize("answer", [Silence, Close, b"421 4.3.2 bye\r\n", b"nonsense\r\n"])
@pytest.mark.parametrize("stage", ["rset", "quit"])
def test_a_goodbye_that_goes_wrong_spoils_nothing(scripted: Script, stage: str, answer: Answer) -> None:
    def script(number: int, now: str) -> Answer | None:
        return answer if now == stage else b"550 5.1.1 nobody\r\n" if now == "rcpt" and number == 1 else None

    server = scripted(script)
    transport = smtp(server.port, timeout=1)
    assert _kinds(outcomes(transport, [parcel(ADA)])) == [Rejected]
    assert _kinds(outcomes(transport, [parcel(BO)])) == [Accepted]
    assert len(server.bodies) == 1


def test_no_connection_is_left_open(serve: Serve, scripted: Script) -> None:
    blocked, plain = scripted(at("connect", b"554 no\r\n")), scripted()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", ResourceWarning)
        for port, tls in ((blocked.port, "none"), (plain.port, "starttls"), (serve().port, "none")):
            with suppress(ServerTrouble):
                outcomes(smtp(port, tls=tls), [parcel(ADA), parcel("rcpt.421@example.org")])
        gc.collect()
    assert [str(one.message) for one in seen if "socket" in str(one.message)] == []


def test_a_server_that_drips_its_reply_is_given_up_in_time(scripted: Script) -> None:
    server = scripted(at("rcpt", Drip(b"250 2.1.5 a long way", seconds=0.3), connections=[1]))
    began = time.monotonic()
    [outcome] = outcomes(smtp(server.port, timeout=1), [parcel(ADA)])
    assert isinstance(outcome, Accepted), "on the second connection"
    assert time.monotonic() - began < 4
