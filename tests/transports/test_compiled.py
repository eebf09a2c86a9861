"""What is joined from a compiled variant reads as if EmailMessage had written it for each person, whatever fills it."""

from __future__ import annotations

import hashlib
import hmac
import json
import quopri
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from digest.domain.model import Parcel, Subscriber, Unwritable
from digest.stages import pictured, slotted, track
from digest.transports.mime import Composer, unsigned
from digest.transports.mime.fields import date_of, words
from digest.transports.mime.quoted import quoted
from digest.transports.mime.written import written
from digest.transports.smtp.mailing import wired
from tests.emails import FEW, LANGUAGES, LOOKS, READER, USUAL, email
from tests.transports.test_mime import (
    _HTML,
    _MARK,
    _PICTURES,
    _TEXT,
    _VARIANT,
    EDITION,
    NOW,
    SECRET,
    composer,
    illustrated,
    letter,
    parcel_of,
    read,
)

_SLUG = _VARIANT.slug


def reference(made: Composer, person: Subscriber, slug: str = _SLUG) -> EmailMessage:
    """Return what EmailMessage makes of a person's filled parts and of pictures, read again."""
    variant = made.variants[slug]
    page, text = made.parts(
        replace(variant, html=_lines(variant.html) + "\n", text=_lines(variant.text) + "\n"), person
    )
    fields = made.values(person, NOW) | made.links(person.id)
    message = read(written(made.newsletter, made.edition, variant.subject, fields, text, page))
    names = pictured.embedded(variant.html)
    for name in names:
        part = list(message.iter_parts())[-1]
        assert isinstance(part, EmailMessage)
        content = made.pictures[name].content
        part.add_related(content, "image", "jpeg", cid=f"<{name}@pictures>", filename=name, disposition="inline")
    return message


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")


def shown(message: EmailMessage) -> list[object]:
    """Return all that a mail program can know of a message."""
    fields = [(name, str(value)) for name, value in message.items()]
    parts = [
        (part.get_content_type(), str(part["Content-ID"]), str(part["Content-Disposition"]), part.get_content())
        for part in message.walk()
        if not part.is_multipart()
    ]
    return [fields, [part.get_content_type() for part in message.walk()], _plain(parts)]


def _plain(parts: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [(*most, last.replace("\r\n", "\n") if isinstance(last, str) else last) for *most, last in parts]


def sound(content: bytes, octets: bytes = b"") -> None:
    """Assert what holds for every message, byte for byte; octets: an address, which may have other letters."""
    assert content.replace(octets or b"\0", b"").isascii()
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r"), "a bare line end"
    head, _, body = content.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert not re.search(rb"(?m)^(\.|From )", content), "a line that would be changed on the way"


_LETTERS = st.one_of(
    st.text(max_size=200),
    st.text(st.sampled_from(list(" \t.=\r\n-_<>&\"'?,;aé🦊م\u0301\u200f\u202e")), max_size=200),
    st.text(st.characters(min_codepoint=0x590, max_codepoint=0x8FF), max_size=80),
    st.text(st.characters(min_codepoint=0x1F000, max_codepoint=0x1FFFF), max_size=80),
    st.text(st.characters(categories=["Mn", "Me", "Cf", "Zs", "Cc"]), max_size=80),
    st.sampled_from(
        [".", "..", "From me", "=", "=\r\n.", "a" * 76, "." * 300, "ü" * 75, " " * 90, "\ud83d", "\r", "\n"]
    ),
)
_ADDRESSES = st.from_regex(r"\A[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,40}@[a-z0-9-]{1,20}(\.[a-z]{2,9}){1,3}\Z")
_URLS = st.from_regex(r"\Ahttps://[a-z0-9.-]{1,90}(/[A-Za-z0-9%=&.?_~'-]{0,90}){0,2}\Z")
_WHOLE = _LETTERS.filter(lambda text: not re.search("[\ud800-\udfff]", text))


@st.composite
def _slotted(draw: st.DrawFn) -> str:
    """Draw a text with slots anywhere, beside each other and at its ends too."""
    names = st.sampled_from(["first_name", "last_name", "unsubscribe", "preferences"])
    places = st.builds(slotted.marker, names, st.just(_MARK), _WHOLE)
    return "".join(draw(st.lists(st.one_of(places, _WHOLE), max_size=9)))


# ---------------------------------------------------------------------------------------------
# The same as EmailMessage


@given(first=_LETTERS, last=_LETTERS, address=_ADDRESSES, base=_URLS, person=st.from_regex(r"\A[0-9a-z-]{1,100}\Z"))
@example(first="Siân", last="O’Dowd", address="a@b.cd", base="https://a.example", person="." * 80)
@example(first="\r", last="\n", address="a@b.cd", base="https://a.example", person="1")
def test_whatever_fills_the_slots_it_reads_as_emailmessage_would_have_written_it(
    first: str, last: str, address: str, base: str, person: str
) -> None:
    made = illustrated(*_PICTURES, base_url=base)
    one = letter(address, first, last, person)
    content = made.content(one, NOW)
    sound(content)
    assert shown(read(content)) == shown(reference(made, one.subscriber))


@given(subject=_WHOLE, page=_slotted(), text=_slotted(), first=_LETTERS)
@example(subject="", page="", text="", first="")
@example(subject=".", page=_HTML, text=slotted.marker("first_name", _MARK), first="A\n")
@example(subject="a", page="a\r", text=_TEXT + "\r", first="\nB\r")
@example(subject="", page="", text=slotted.marker("first_name", _MARK, "\r"), first="")
def test_whatever_a_variant_says_it_reads_as_emailmessage_would_have_written_it(
    subject: str, page: str, text: str, first: str
) -> None:
    made = composer(variants={_SLUG: replace(_VARIANT, subject=subject, html=page, text=text)})
    one = letter(first=first)
    content = made.content(one, NOW)
    sound(content)
    assert shown(read(content)) == shown(reference(made, one.subscriber))


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_real_editions_read_as_emailmessage_would_have_written_them(language: str, look: str) -> None:
    for stories, everything in ((FEW, True), (USUAL, False)):
        made, variant = email(language, stories, look=look, everything=everything)._composer()  # type: ignore[arg-type]
        delivery = replace(letter().delivery, variant=variant.slug)
        content = made.content(replace(letter(), delivery=delivery, subscriber=READER), NOW)
        sound(content)
        assert shown(read(content)) == shown(reference(made, READER, variant.slug))


def test_every_naughty_string_is_a_name_like_any_other(shared: Path) -> None:
    page = f"<p title='{slotted.marker('first_name', _MARK)}'>{slotted.marker('last_name', _MARK)}</p>"
    made = composer(variants={_SLUG: replace(_VARIANT, html=page)})
    for name in json.loads((shared / "corpora/xss/blns/blns.json").read_text(encoding="utf8")):
        one = letter(first=name, last=name[::-1])
        content = made.content(one, NOW)
        sound(content)
        assert shown(read(content)) == shown(reference(made, one.subscriber))
        assert [found.addr_spec for found in read(content)["To"].addresses] == ["ada@example.org"]


def test_an_address_gives_exactly_one_recipient_or_is_refused(shared: Path) -> None:
    tests = etree.parse(shared / "corpora/addresses/isemail/test/tests.xml").findall("test")
    spelled = str.maketrans({chr(0x2400 + code): chr(code) for code in range(32)})
    sent = 0
    for address in ((test.findtext("address") or "").translate(spelled) for test in tests):
        try:
            content = composer().content(letter(address), NOW)
        except ValueError:
            continue
        sent += 1
        sound(content, address.encode())
        assert content.count(b"\r\nTo: Ada Pascoe <" + address.encode() + b">\r\n") == 1
    assert sent >= 21, "plain addresses are not refused"


@pytest.mark.parametrize(
    "address",
    [
        "a@b.cd\r\nBcc: x@y.z",
        "a@b.cd>, <x@y.z",
        "a@b.cd, x@y.z",
        '"a b"@c.de',
        "\ud800@b.cd",
        "a\u2028@b.cd",
        "é" * 130 + "@b.cd",
        "a@é.de",
        "",
        "a",
        "a@b.cd\n",
    ],
)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no plain address"):
        composer().content(letter(address), NOW)


@pytest.mark.parametrize("address", ["jürgen@b.cd", "δοκιμή@b.cd", "用户@b.cd", "ünï.cødé@b.cd"])
def test_an_address_with_letters_beyond_ascii_goes_in_utf_8(address: str) -> None:
    content = composer().content(letter(address), NOW)
    sound(content, address.encode())
    assert content.count(b"\r\nTo: Ada Pascoe <" + address.encode() + b">\r\n") == 1
    assert content.replace(address.encode(), b"").isascii()


@pytest.mark.parametrize("base", ["https://a.example/\r\nBcc: x@y.z", "https://a.example/\u2028"])
def test_an_address_of_the_pages_that_would_end_its_field_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match="header field"):
        composer(base_url=base).content(letter(), NOW)


def test_half_of_a_surrogate_pair_is_left_out_of_a_name_and_refused_in_a_variant() -> None:
    content = composer().content(letter(first="A\ud83dda"), NOW)
    assert content == composer().content(letter(first="Ada"), NOW)
    with pytest.raises(UnicodeEncodeError):
        composer(variants={_SLUG: replace(_VARIANT, text="\ud83d")}).content(letter(), NOW)


def test_a_variant_of_ten_megabytes_is_written_like_any_other() -> None:
    text = "a" * 8_000_000 + "\n" + ".\nFrom \n" * 100_000 + "ü. 🦊" * 150_000
    made = composer(variants={_SLUG: replace(_VARIANT, text=text)})
    content = made.content(letter(), NOW)
    assert len(content) > 10_000_000
    sound(content)
    part = next(read(content).iter_parts())
    assert isinstance(part, EmailMessage)
    assert part.get_content().replace("\r\n", "\n") == text + "\n"


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.timezones()))
def test_a_date_is_written_in_utc_as_the_library_writes_it(now: datetime) -> None:
    assert date_of(now) == format_datetime(now.astimezone(UTC))


@given(_WHOLE)
def test_words_are_encoded_as_the_library_encodes_them(text: str) -> None:
    clean = "".join(filter(str.isprintable, text))
    plain = clean.isascii() and "=?" not in clean and len(clean) <= 200
    assert words(text) == (clean if plain else Header(clean, "utf-8", maxlinelen=66).encode(linesep=""))


@given(_WHOLE)
def test_quoted_text_is_read_back_and_its_rows_are_short(text: str) -> None:
    plain = text.replace("\r", "")
    rows = quoted(plain)
    assert quopri.decodestring(rows).replace(b"\r\n", b"\n") == plain.encode()
    assert max(map(len, rows.split(b"\r\n"))) <= 76


@given(page=_slotted(), text=_slotted(), first=_LETTERS)
def test_on_the_wire_it_is_the_same_whether_dots_are_looked_for_or_not(page: str, text: str, first: str) -> None:
    made = composer(variants={_SLUG: replace(_VARIANT, html=page, text=text)})
    parcel = parcel_of(made, letter(first=first))
    assert parcel.dotless
    assert wired(parcel) == wired(replace(parcel, dotless=False)) == parcel.content + b".\r\n"


# ---------------------------------------------------------------------------------------------
# For who signs


def test_who_signs_gets_head_and_body_and_its_field_stands_first() -> None:
    asked: list[tuple[bytes, Sequence[bytes]]] = []

    def sign(messages: Iterable[tuple[bytes, Sequence[bytes]]]) -> Iterator[bytes]:
        for message in messages:
            asked.append(message)
            yield b"DKIM-Signature: v=1\r\n"

    content = illustrated(*_PICTURES, sign=sign).content(letter(), NOW)
    [(head, body)] = asked
    assert content == b"DKIM-Signature: v=1\r\n" + head + b"\r\n" + b"".join(body)
    assert content == b"DKIM-Signature: v=1\r\n" + illustrated(*_PICTURES).content(letter(), NOW)
    assert head.endswith(b"\r\n")
    assert b"\r\n\r\n" not in head


def test_the_constant_pieces_are_the_same_objects_for_everybody_and_only_those() -> None:
    bodies: list[Sequence[bytes]] = []

    def sign(messages: Iterable[tuple[bytes, Sequence[bytes]]]) -> Iterator[bytes]:
        for _, body in messages:
            bodies.append(body)
            yield b""

    made = illustrated(*_PICTURES, sign=sign)
    for person in ("ada", "bo"):
        made.content(letter(f"{person}@example.org", person, person, person), NOW)
    pieces = made.compiled(_SLUG).body_pieces
    assert made.compiled(_SLUG) is made.compiled(_SLUG)
    for piece, mine, yours in zip(pieces, *bodies, strict=True):
        if isinstance(piece, bytes):
            assert piece is mine is yours
        elif piece.name == "mark":
            assert mine != yours


def test_who_signs_some_ahead_gets_each_person_the_right_signature_and_who_cannot_be_written_is_told() -> None:
    def sign(messages: Iterable[tuple[bytes, Sequence[bytes]]]) -> Iterator[bytes]:
        # all at once, as a signer may
        for head, _ in list(messages):
            to = re.search(rb"\r\nTo: .*?([a-z0-9]+)@", head)
            assert to is not None
            yield b"X-Signed: " + to[1] + b"\r\n"

    names = ["bad one", "ada", "bad two", "bo", "cy", "bad three"]
    letters = [letter(f"{name}@example.org", person=name) for name in names]
    made = list(composer(sign=sign).parcels(letters, lambda: NOW))
    assert [one.letter.subscriber.id for one in made] == names
    for one in made:
        name = one.letter.subscriber.id
        assert isinstance(one, Unwritable) is name.startswith("bad")
        if isinstance(one, Parcel):
            assert one.content.startswith(f"X-Signed: {name}\r\n".encode())
            assert one.content.endswith(composer().content(one.letter, NOW)[-200:])


def test_a_long_piece_that_everybody_gets_is_the_same_object_after_another_signs() -> None:
    first = illustrated(*_PICTURES)
    constants = {id(piece) for piece in first.constants()}
    body = first.signed_by(unsigned).compiled(_SLUG).body_pieces
    assert constants == {id(piece) for piece in body if isinstance(piece, bytes) and len(piece) > 256}
    assert constants


@given(page=_slotted(), text=_slotted(), first=_LETTERS, last=_LETTERS)
def test_each_piece_of_a_body_may_be_canonicalised_by_itself(page: str, text: str, first: str, last: str) -> None:
    made = composer(variants={_SLUG: replace(_VARIANT, html=page, text=text)})
    body = made.compiled(_SLUG).body(made.values(letter(first=first, last=last).subscriber, NOW))
    assert b"".join(map(_relaxed, body)) == _relaxed(b"".join(body))
    assert b"".join(body).endswith(b"--\r\n"), "no empty lines at the end"


def _relaxed(data: bytes) -> bytes:
    """RFC 6376 3.4.4, but for empty lines at the end."""
    return re.sub(rb"[ \t]+", b" ", re.sub(rb"[ \t]+(?=\r\n)", b"", data))


def test_a_mark_is_an_hmac_as_the_library_makes_it() -> None:
    key = hmac.digest(SECRET, b"message-id", hashlib.sha256)
    parts = b"".join(len(part).to_bytes(4, "big") + part.encode() for part in (EDITION, "ada"))
    assert track.letter_mark(SECRET, EDITION, "ada") == hmac.digest(key, parts, hashlib.sha256).hex()[:32]
