"""Bad input, composed and delivered: every recipient has an outcome, nobody gets another one's mail or a second one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from digest.domain.model import Accepted, Outcome, Parcel, Rejected
from digest.transports.mime import Composer
from tests.contract.conftest import parcel, smtp
from tests.contract.piping import OFFERS, Piping
from tests.transports.test_mime import _NEWSLETTER, _VARIANT, NOW, composer, head, letter, read, recipients

Pipe = Callable[..., Piping]

#: what each of them would send, if a line of mail were what it says
VICTIM = "victim@example.org"
SMUGGLED = (
    f"\r\nBcc: {VICTIM}",
    f"\nBcc: {VICTIM}\n",
    f"\rBcc: {VICTIM}\r",
    f"\r\n\r\nTo: {VICTIM}\r\n",
    *(
        f"{end}MAIL FROM:<a@example.org>\r\nRCPT TO:<{VICTIM}>\r\nDATA\r\nSubject: smuggled\r\n\r\nsmuggled{end}"
        for end in (
            "\r\n.\r\n",
            "\n.\n",
            "\n.\r\n",
            "\r\n.\n",
            "\r.\r",
            "\r\n.\r",
            "\r.\r\n",
            "\n\n.\r\n",
            "\r\n\x00.\r\n",
        )
    ),
    f"\u2028Bcc: {VICTIM}\u2029",
    f"\x0bBcc: {VICTIM}\x0c\x85",
    f"=?utf-8?q?=0D=0ABcc:_{VICTIM}?=",
    "\r",
    "\n",
    "\r\n",
    ".",
    "..",
    ".\r\n.\r\n..",
)

#: of a message that nobody tampered with
FIELDS = list(head(composer().content(letter(), NOW)))


def outcomes_of(made: Composer, people: list[tuple[str, str]], server: Piping) -> dict[str, Outcome | None]:
    """Compose for (address, first name) and deliver; None for those whose message cannot be composed."""
    parcels, found = [], {}
    for number, (address, name) in enumerate(people):
        try:
            content = made.content(letter(address, name, name[::-1], f"person{number}"), NOW)
        except ValueError:
            found[address] = None
        else:
            parcels.append(replace(parcel(address, content), dotless=True))
    delivered(parcels, server, found)
    assert len(found) == len(people)
    return found


def delivered(parcels: list[Parcel], server: Piping, found: dict[str, Outcome | None]) -> None:
    """Deliver over several lines; hold what was said against what the server got."""
    sent = list(smtp(server.port, connections=3).deliver(parcels, lambda one: None))
    assert len(sent) == len(parcels)
    found |= {one.envelope_to: outcome for one, outcome in sent}
    got = Counter(to for to, _ in server.received)
    assert got == {to: 1 for to, outcome in found.items() if isinstance(outcome, Accepted)}
    contents = {one.envelope_to: one.content for one in parcels}
    assert all(content == contents[to] for to, content in server.received)
    assert {type(outcome) for outcome in found.values()} <= {Accepted, Rejected, type(None)}
    asked = [command for command in server.commands if command.startswith("RCPT")]
    assert sorted(asked) == sorted(f"RCPT TO:<{to}>" for to in got), "whoever cannot be written to was not asked for"


def is_one_email(content: bytes, address: str = "") -> None:
    """Hold that a message has its own fields alone, line ends that are line ends everywhere, and one recipient."""
    assert list(head(content)) == FIELDS
    assert re.search(rb"(?<!\r)\n|\r(?!\n)|(?m:^\.)", content) is None
    assert not address or [one.addr_spec for one in recipients(content)] == [address]


def strings(shared: Path) -> list[str]:
    found: list[str] = json.loads((shared / "corpora/xss/blns/blns.json").read_text(encoding="utf8"))
    owasp = json.loads((shared / "corpora/xss/owasp-xss/payloads.json").read_text(encoding="utf8"))
    return [*found, *map(str, owasp)]


def addresses(shared: Path) -> list[str]:
    tests = etree.parse(shared / "corpora/addresses/isemail/test/tests.xml").findall("test")
    spelled = str.maketrans({chr(0x2400 + code): chr(code) for code in range(32)})
    return [(test.findtext("address") or "").translate(spelled) for test in tests]


def test_every_naughty_name_is_delivered_to_its_person_alone(shared: Path, piping: Pipe) -> None:
    server = piping()
    people = [(f"person{number}@example.org", name) for number, name in enumerate(strings(shared))]
    assert len(people) > 500
    found = outcomes_of(composer(), people, server)
    assert {type(outcome) for outcome in found.values()} == {Accepted}
    for to, content in server.received:
        is_one_email(content, to)


@pytest.mark.parametrize("offers", [OFFERS, (*OFFERS, "SMTPUTF8"), ()], ids=["usual", "SMTPUTF8", "old"])
def test_every_naughty_address_has_an_outcome_composed_or_not(
    shared: Path, piping: Pipe, offers: tuple[str, ...]
) -> None:
    odd = list(dict.fromkeys([*addresses(shared), *strings(shared)]))
    plain = [f"person{number}@example.org" for number in range(20)]
    composed = outcomes_of(composer(), [(to, "Ada") for to in [*odd, *plain]], piping(offers=offers))
    assert all(isinstance(composed[to], Accepted) for to in plain)
    assert sum(isinstance(outcome, Accepted) for outcome in composed.values()) >= 20 + len(plain)
    # the transport does not count on whoever composes
    raw: dict[str, Outcome | None] = {}
    delivered([parcel(to) for to in [*odd, *plain]], piping(offers=offers), raw)
    assert all(isinstance(raw[to], Accepted) for to in plain)
    assert len(raw) == len(odd) + len(plain)


@pytest.mark.parametrize("place", ["{smuggled}{name}", "{name}{smuggled}{name}", "{name}{smuggled}"])
def test_line_ends_anywhere_in_a_name_or_an_address_end_no_line(piping: Pipe, place: str) -> None:
    server = piping(offers=(*OFFERS, "SMTPUTF8"))
    words = [place.format(smuggled=one, name="Ada") for one in SMUGGLED]
    people = [(f"person{number}@example.org", name) for number, name in enumerate(words)]
    people += [(f"{word}@example.org", "Bo") for word in words]
    people += [(f"ada@{word}", "Bo") for word in words]
    found = outcomes_of(composer(), people, server)
    assert [type(found[f"person{number}@example.org"]) for number in range(len(words))] == [Accepted] * len(words)
    for to, content in server.received:
        # what is left of an odd address may be none that a mail program reads
        is_one_email(content, to if to.startswith("person") else "")
    assert not any(VICTIM in to for to, _ in server.received)
    raw: dict[str, Outcome | None] = {}
    delivered([parcel(to) for to, _ in people], piping(offers=(*OFFERS, "SMTPUTF8")), raw)


@pytest.mark.parametrize("smuggled", SMUGGLED, ids=lambda one: repr(one[:16]))
def test_line_ends_anywhere_in_an_edition_end_no_line_and_its_text_is_the_same(piping: Pipe, smuggled: str) -> None:
    server = piping()
    text = f"{smuggled}one{smuggled}\n{smuggled}two {smuggled} three{smuggled}"
    page = f"<p>{text}</p>{_VARIANT.html}"
    changed = replace(_VARIANT, subject=f"{smuggled}News{smuggled}", html=page, text=text)
    made = composer(variants={_VARIANT.slug: changed})
    found = outcomes_of(made, [(f"person{number}@example.org", "Ada") for number in range(3)], server)
    assert {type(outcome) for outcome in found.values()} == {Accepted}
    for to, content in server.received:
        is_one_email(content, to)
        parts = [str(part.get_content()) for part in read(content).iter_parts()]
        assert one_end(parts[0]) == one_end(text)
        assert one_end(parts[1]).startswith(one_end(f"<p>{text}</p>"))


def one_end(text: str) -> str:
    """Return a text with LF alone for line ends, and none at its end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")


@pytest.mark.parametrize(
    "smuggled", [one for one in SMUGGLED if set("\r\n") & set(one)], ids=lambda one: repr(one[:16])
)
def test_a_sender_with_line_ends_adds_no_field(piping: Pipe, smuggled: str) -> None:
    sender = replace(_NEWSLETTER.sender, name=f"Kestrel{smuggled}Trust", reply_to_name=f"{smuggled}Noreen")
    made = composer(newsletter=replace(_NEWSLETTER, sender=sender))
    server = piping()
    outcomes_of(made, [("ada@example.org", "Ada")], server)
    [(to, content)] = server.received
    is_one_email(content, to)
    assert [one.addr_spec for one in read(content)["From"].addresses] == ["news@kestrel.example.org"]
    assert [one.addr_spec for one in read(content)["Reply-To"].addresses] == ["noreen@kestrel.example.org"]


def test_an_edition_of_ten_megabytes_is_delivered_whole(piping: Pipe) -> None:
    large = "<p>Grüße an alle, die sehr viel lesen.</p>\n" * 240_000
    assert len(large.encode()) > 10_000_000
    made = composer(variants={_VARIANT.slug: replace(_VARIANT, html=large + _VARIANT.html)})
    server = piping()
    people = [(f"person{number}@example.org", name) for number, name in enumerate(("Ada", "Bo", SMUGGLED[4]))]
    found = outcomes_of(made, people, server)
    assert {type(outcome) for outcome in found.values()} == {Accepted}
    assert all(len(content) > 10_000_000 for _, content in server.received)
