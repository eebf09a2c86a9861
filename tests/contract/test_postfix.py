"""Postfix as a peer: what a real mail server delivers is what was composed, and whom it refuses is told.

It is set as strictly as it can be: bare line ends, and commands that come before they may, end the connection there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from digest.domain.errors import ServerTrouble
from digest.domain.model import Accepted, Outcome, Parcel, Rejected
from digest.transports.smtp import Smtp
from tests.contract.conftest import Certificates, parcel, smtp
from tests.contract.postfix import Postfix, postfix
from tests.transports.test_mime import NOW, composer, letter

#: each a first and a last name
NAMES = (
    ("Ada", "Pascoe"),
    ("Siân", "Ô Ŵyn"),
    ("Zoë", "O’Neill"),
    ("Jürgen", "Groß"),
    ("Łukasz", "Żółć"),
    ("Ελένη", "Παπαδοπούλου"),
    ("Олександр", "Шевченко"),
    ("مريم", "الحسيني"),
    ("שרה", "כהן"),
    ("स्नेहा", "कुलकर्णी"),
    ("தமிழ்", "செல்வி"),
    ("สมชาย", "ใจดี"),
    ("明美", "田中"),
    ("小龍", "李"),
    ("지우", "김"),
    ("ნინო", "ბერიძე"),
    ("🦊", "👩‍👩‍👧"),
    (".", ".."),
    ("From", "here on"),
    ('"Quote', "back\\slash"),
    ("a@example.org,", "<b@example.org>"),
    ("", ""),
)
HEAD = (
    b"From: Kestrel <news@kestrel.example.org>\r\nTo: ada@example.org\r\nSubject: as it stands\r\n"
    b"Date: Tue, 24 Nov 2026 08:00:07 +0000\r\nMessage-ID: <one@kestrel.example.org>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
)
#: what is not composed here, but must go through all the same
BODIES = (
    b".\r\n",
    b"..\r\n.\r\n...three\r\n",
    b".a line that begins with a dot\r\nand one\r\n.\r\nalone\r\n",
    b"a line\r\n.\r\nMAIL FROM:<smuggler@example.org>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n",
    "Grüße, мир, 世界, 🦊\r\n".encode() * 20,
    b"x" * 998 + b"\r\n",
    b"\r\n" * 5,
    b"RSET\r\nQUIT\r\n",
)
STRICT = {"smtpd_forbid_unauth_pipelining": "yes", "smtpd_forbid_bare_newline": "yes"}
_ADDED = re.compile(rb"(?:(?:Return-Path|X-Original-To|Delivered-To|Received):.*\n(?:[ \t].*\n)*)+")


def people(count: int) -> list[str]:
    return [f"person{number}@example.org" for number in range(count)]


@pytest.fixture(scope="module")
def server() -> Iterator[Postfix]:
    """One for all: each test writes to people of its own."""
    with postfix([*people(60), "odd@example.org", "jürgen@example.org"], **STRICT) as running:
        yield running


def results(transport: Smtp, parcels: list[Parcel]) -> dict[str, Outcome]:
    """Return what became of each, whoever it was to."""
    found = [(one.envelope_to, outcome) for one, outcome in transport.deliver(parcels, lambda one: None)]
    assert len(found) == len(parcels), "one outcome each"
    return dict(found)


def composed(addresses: list[str]) -> list[Parcel]:
    """Compose a message for each address, with names of every script in turn."""
    writer = composer()
    made = []
    for number, address in enumerate(addresses):
        first, last = NAMES[number % len(NAMES)]
        content = writer.content(letter(address, first, last, address.partition("@")[0]), NOW)
        made.append(replace(parcel(address, content), dotless=True))
    return made


def is_delivered(server: Postfix, parcels: list[Parcel]) -> None:
    """Hold what lies in the mailboxes against what was sent, byte for byte; each once."""
    for one in parcels:
        [mail] = server.mails(one.envelope_to, 1)
        added = _ADDED.match(mail)
        assert added is not None
        assert mail[added.end() :].replace(b"\n", b"\r\n") == one.content


def test_what_postfix_delivers_is_what_was_composed_byte_for_byte(server: Postfix) -> None:
    before = server.log.count(" connect from ")
    parcels = composed(people(44))
    nobody = [*composed(["nobody@example.org"]), *composed(["nobody.else@example.org"])]
    amid = [*parcels[:7], nobody[0], *parcels[7:30], nobody[1], *parcels[30:]]
    found = results(smtp(server.port, connections=4), amid)
    refused = {to: outcome for to, outcome in found.items() if not isinstance(outcome, Accepted)}
    assert list(refused) == ["nobody@example.org", "nobody.else@example.org"]
    for outcome in refused.values():
        assert isinstance(outcome, Rejected)
        assert outcome.reply.startswith("550 5.1.1 ")
    is_delivered(server, parcels)
    # Postfix was asked for nothing that it refuses but those two
    assert server.log.count("improper command pipelining") == 0
    assert server.log.count("reject:") == 2
    # and somebody looked whether it listens
    assert 1 <= server.log.count(" connect from ") - before <= 4 + 1


def test_octets_that_nobody_composed_are_carried_as_they_stand(server: Postfix) -> None:
    parcels = [parcel(to, HEAD + body) for to, body in zip(people(60)[44:], BODIES, strict=False)]
    assert {type(outcome) for outcome in results(smtp(server.port), parcels).values()} == {Accepted}
    is_delivered(server, parcels)


def test_an_address_with_letters_beyond_ascii_is_delivered_to(server: Postfix) -> None:
    [one] = composed(["jürgen@example.org"])
    assert {type(outcome) for outcome in results(smtp(server.port), [one]).values()} == {Accepted}
    is_delivered(server, [one])


def test_a_message_that_postfix_finds_too_large_is_everybodys_trouble(server: Postfix) -> None:
    # Postfix's own limit, unless somebody sets another
    large = parcel("odd@example.org", HEAD + (b"y" * 70 + b"\r\n") * 150_000)
    with pytest.raises(ServerTrouble, match=r"takes at most 10,240,000"):
        results(smtp(server.port), [large])


@pytest.fixture
def encrypted(certificates: Certificates) -> Iterator[Postfix]:
    """Postfix that takes mail over STARTTLS alone."""
    key = {"smtpd_tls_key_file": str(certificates.folder / "key.pem")}
    mine = {"smtpd_tls_cert_file": str(certificates.folder / "good.pem"), "smtpd_tls_security_level": "encrypt"}
    with postfix(people(6), **STRICT, **key, **mine) as running:
        yield running


def test_mail_goes_to_postfix_over_starttls(
    encrypted: Postfix, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    parcels = composed(people(6))
    found = results(smtp(encrypted.port, tls="starttls", connections=2), parcels)
    assert {type(outcome) for outcome in found.values()} == {Accepted}
    is_delivered(encrypted, parcels)
    for one in parcels:
        [mail] = encrypted.mails(one.envelope_to, 1)
        assert b"with ESMTPS" in mail.partition(b"\nFrom:")[0]


def test_postfix_that_wants_starttls_gets_nothing_in_clear(encrypted: Postfix) -> None:
    with pytest.raises(ServerTrouble, match="530"):
        results(smtp(encrypted.port), composed(people(2)))
