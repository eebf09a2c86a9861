"""What stands on the wire: raw octets first, then what a mail program makes of them."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.domain.model import (
    Delivery,
    DeliveryState,
    Letter,
    Newsletter,
    Parcel,
    Picture,
    Sender,
    Subscriber,
    Variant,
)
from digest.stages.slotted import marker
from digest.stages.track import nonce
from digest.transports.mime import Composer

SECRET = b"a secret of the tests, long enough for everybody"
EDITION = "insights-2026-11-24"
NOW = datetime(2026, 11, 24, 8, 0, 7, tzinfo=UTC)
_MARK = nonce(SECRET, EDITION)
_TEXT = (
    f"Hello {marker('first_name', _MARK, 'there')},\n\nreading on the ferry\n.\n..\nFrom here on\n\n"
    f"Leave: {marker('unsubscribe', _MARK)}\nChoose: {marker('preferences', _MARK)}\n"
)
_HTML = (
    f"<!DOCTYPE html><html><body><p>Hello {marker('first_name', _MARK, 'there')} {marker('last_name', _MARK)}</p>"
    f"<p>{'a paragraph without any line end, as renderers write them; ' * 60}</p>"
    f'<a href="{marker("unsubscribe", _MARK)}">leave</a> <a href="{marker("preferences", _MARK)}">choose</a>'
    "</body></html>"
)
_VARIANT = Variant(
    slug="everybody-all",
    segment="everybody",
    subject="Reading on the ferry, and 5 more",
    preheader="",
    html=_HTML,
    text=_TEXT,
    sha256="",
    stories=(),
)
_NEWSLETTER = Newsletter(
    id="insights",
    name="Kestrel insights",
    sender=Sender(
        name="Kestrel Trust",
        address="news@kestrel.example.org",
        reply_to="noreen@kestrel.example.org",
        unsubscribe_mailto="leave@kestrel.example.org",
    ),
)


def composer(**changes: object) -> Composer:
    made = Composer(
        newsletter=_NEWSLETTER,
        edition=EDITION,
        variants={_VARIANT.slug: _VARIANT},
        base_url="https://digest.kestrel.example.org",
        secret=SECRET,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def parcel_of(composer: Composer, letter: Letter) -> Parcel:
    """Return the one parcel that comes of a letter."""
    [made] = composer.parcels([letter], lambda: NOW)
    assert isinstance(made, Parcel)
    return made


def letter(address: str = "ada@example.org", first: str = "Ada", last: str = "Pascoe", person: str = "") -> Letter:
    subscriber = Subscriber(id=person or "0123456789abcdef", address=address, first_name=first, last_name=last)
    delivery = Delivery(edition=EDITION, subscriber=subscriber.id, state=DeliveryState.CLAIMED, variant=_VARIANT.slug)
    return Letter(delivery=delivery, subscriber=subscriber)


def head(content: bytes) -> dict[str, list[bytes]]:
    """Return the header fields as they stand on the wire, folds kept, by their names in lower case."""
    fields: dict[str, list[bytes]] = {}
    for field in re.split(rb"\r\n(?![ \t])", content.partition(b"\r\n\r\n")[0]):
        name, colon, value = field.partition(b":")
        assert colon
        assert re.fullmatch(rb"[!-9;-~]+", name), f"{name!r} is no name of a field"
        fields.setdefault(name.decode().lower(), []).append(value.strip())
    return fields


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def recipients(content: bytes) -> tuple[Address, ...]:
    found: tuple[Address, ...] = read(content)["To"].addresses
    return found


def _parts(content: bytes) -> list[str]:
    """Return text and HTML with plain line ends."""
    return [part.get_content().replace("\r\n", "\n") for part in read(content).iter_parts()]


_USUAL = composer().content(letter(), NOW)

# ---------------------------------------------------------------------------------------------
# Header


def test_each_field_stands_once_and_there_are_no_others() -> None:
    assert {name: len(values) for name, values in head(_USUAL).items()} == dict.fromkeys(
        [
            *("from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type"),
            *("list-id", "list-unsubscribe", "list-unsubscribe-post", "feedback-id"),
        ],
        1,
    )


def test_the_simple_fields_read_as_they_should() -> None:
    fields = head(_USUAL)
    assert fields["from"] == [b"Kestrel Trust <news@kestrel.example.org>"]
    assert fields["to"] == [b"Ada Pascoe <ada@example.org>"]
    assert fields["reply-to"] == [b"noreen@kestrel.example.org"]
    assert fields["subject"] == [b"Reading on the ferry, and 5 more"]
    assert fields["date"] == [b"Tue, 24 Nov 2026 08:00:07 +0000"]
    assert fields["list-id"] == [b"<insights.kestrel.example.org>"]
    assert fields["list-unsubscribe-post"] == [b"List-Unsubscribe=One-Click"]
    assert fields["feedback-id"] == [b"insights-2026-11-24:insights:digest:kestrel.example.org"]


def test_the_message_id_is_the_same_at_every_attempt_and_another_for_another_person() -> None:
    later = composer().content(letter(), NOW.replace(hour=20))
    bo = composer().content(letter("bo@example.org", person="fedcba9876543210"), NOW)
    next_week = composer(edition="insights-2026-12-01").content(letter(), NOW)
    ids = [head(one)["message-id"][0] for one in (_USUAL, later, bo, next_week)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(rb"<[0-9a-f]{32}@kestrel\.example\.org>", one) for one in ids)


def test_only_the_date_is_another_at_another_attempt() -> None:
    later = composer().content(letter(), NOW.replace(hour=20))
    assert later == _USUAL.replace(b"08:00:07", b"20:00:07")


@pytest.mark.parametrize("path", ["", "/a-long-path" * 8], ids=["usual", "long"])
def test_one_click_unsubscribing_stands_raw_and_whole_on_one_line(path: str) -> None:
    base = f"https://digest.kestrel.example.org{path}"
    content = composer(base_url=base).content(letter(), NOW)
    [raw] = head(content)["list-unsubscribe"]
    url = composer(base_url=base).links("0123456789abcdef")["unsubscribe"]
    assert len(url) > 75
    assert raw.split(b",\r\n ") == [f"<{url}>".encode(), b"<mailto:leave@kestrel.example.org?subject=unsubscribe>"]
    assert b"=?" not in raw
    assert re.sub(r"\s", "", read(content)["List-Unsubscribe"]).startswith(f"<{url}>")


def test_without_an_address_to_unsubscribe_at_only_the_link_stands() -> None:
    quiet = replace(_NEWSLETTER, sender=Sender(name="Kestrel", address="news@kestrel.example.org"))
    fields = head(composer(newsletter=quiet).content(letter(), NOW))
    assert re.fullmatch(rb"<https://[!-~]+>", fields["list-unsubscribe"][0])
    assert "reply-to" not in fields


def test_long_names_of_newsletter_and_domain_leave_the_list_fields_raw() -> None:
    domain = f"{'newsletters' * 5}.{'kestrel' * 8}.example.org"
    long = replace(
        _NEWSLETTER,
        id="insights-" * 9 + "weekly",
        sender=replace(_NEWSLETTER.sender, address=f"news@{domain}", unsubscribe_mailto=f"leave@{domain}"),
    )
    content = composer(newsletter=long).content(letter(), NOW)
    fields = head(content)
    for name in ("list-id", "list-unsubscribe", "feedback-id", "message-id"):
        assert b"=?" not in fields[name][0], name
    assert fields["list-id"] == [f"<{long.id}.{domain}>".encode()]
    assert fields["message-id"][0].endswith(f"@{domain}>".encode())
    assert read(content)["From"].addresses[0].addr_spec == f"news@{domain}"


@pytest.mark.parametrize(
    "subject",
    [
        "Schulen am Meer: Übergänge, Plätze – und “mehr”",
        "🦊 " * 40,
        "a" * 900,
        "مرحبا بكم",
    ],
)
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    content = composer(variants={_VARIANT.slug: replace(_VARIANT, subject=subject)}).content(letter(), NOW)
    _sound(content)
    assert " ".join(str(read(content)["Subject"]).split()) == " ".join(subject.split())


@pytest.mark.parametrize(
    "title",
    [
        "=?utf-8?q?Reading=0D=0ABcc=3A_victim=40y.z?=",
        "=?utf-8?b?UmVhZGluZw0KQmNjOiB2aWN0aW1AeS56?=",
        "Reading\r\nBcc: victim@y.z",
        "Reading =?utf-8?q?=0D=0A=0D=0Abody?= and more",
        "\u202eevil\u202c",
    ],
)
def test_a_hostile_title_adds_no_field(title: str) -> None:
    content = composer(variants={_VARIANT.slug: replace(_VARIANT, subject=title)}).content(letter(), NOW)
    _sound(content)
    assert set(head(content)) == set(head(_USUAL))
    assert len(list(read(content).iter_parts())) == 2


# ---------------------------------------------------------------------------------------------
# Parts


def _sound(content: bytes) -> None:
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content), "a bare line end"
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.isascii()
    assert content.endswith(b"\r\n")
    head(content)


def test_text_comes_first_and_html_last_both_quoted_printable() -> None:
    message = read(_USUAL)
    assert message.get_content_type() == "multipart/alternative"
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part in parts:
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part.get_content_charset() == "utf-8"
    _sound(_USUAL)


def test_no_slot_remains_and_the_links_of_all_parts_are_the_headers() -> None:
    text, page = _parts(_USUAL)
    links = composer().links("0123456789abcdef")
    assert "[[digest:" not in text + page
    assert _MARK not in text + page
    assert f"Hello Ada,\n\nreading on the ferry\n.\n..\nFrom here on\n\nLeave: {links['unsubscribe']}\n" in text
    assert [html.unescape(link) for link in re.findall(r'href="([^"]*)"', page)] == list(links.values())
    assert head(_USUAL)["list-unsubscribe"][0].startswith(f"<{links['unsubscribe']}>".encode())


def test_the_links_are_one_persons_alone() -> None:
    mine, yours = composer().links("a"), composer().links("b")
    assert not set(mine.values()) & set(yours.values())
    assert mine["unsubscribe"].split(".")[-1] != mine["preferences"].split(".")[-1], "one purpose, one token"


def test_who_has_no_name_is_greeted_by_the_words_for_it() -> None:
    text, page = _parts(composer().content(letter(first="", last=""), NOW))
    assert text.startswith("Hello there,")
    assert "<p>Hello there </p>" in page
    assert recipients(composer().content(letter(first="", last=""), NOW))[0].display_name == ""


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "Tom & Jerry", "'quoted'", "&lt;b&gt;"]
)
def test_a_hostile_name_is_inert_in_html_and_as_typed_in_text(name: str) -> None:
    text, page = _parts(composer().content(letter(first=name), NOW))
    assert f"Hello {html.escape(name)} Pascoe" in page
    assert text.startswith(f"Hello {name},")


@pytest.mark.parametrize(
    "name",
    [f"[[digest:unsubscribe.:{_MARK}]]", "{{ unsubscribe }}", "{% raw %}", "\\1 \\g<0>", "[[digest:last_name.:0]]"],
)
def test_a_name_that_looks_like_a_slot_asks_for_nothing(name: str) -> None:
    text, page = _parts(composer().content(letter(first=name), NOW))
    assert text.startswith(f"Hello {name},")
    assert f"Hello {name} Pascoe" in page.replace("&lt;", "<").replace("&gt;", ">")


# ---------------------------------------------------------------------------------------------
# Pictures that are parts of the message

_PICTURES = {
    name: Picture(name=name, width=320, height=180, content=content)
    for name, content in ((f"{'a' * 32}.jpg", bytes(range(256)) * 40), (f"{'b' * 32}.jpg", b"\r\n.\r\n--=-\r\n" * 9))
}


def illustrated(*names: str, **changes: object) -> Composer:
    images = "".join(f'<img alt="" src="cid:{name}@pictures">' for name in names)
    page = _HTML.replace("</body>", f"{images}</body>")
    return composer(variants={_VARIANT.slug: replace(_VARIANT, html=page)}, pictures=_PICTURES, **changes)


def test_pictures_stand_beside_the_html_that_shows_them_and_the_text_comes_first() -> None:
    content = illustrated(*_PICTURES).content(letter(), NOW)
    _sound(content)
    message = read(content)
    assert message.get_content_type() == "multipart/alternative"
    text, related = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert related.get_content_type() == "multipart/related"
    assert related.get_param("type") == "text/html"
    page, *pictures = related.iter_parts()
    assert page.get_content_type() == "text/html"
    assert page.get_content().replace("\r\n", "\n").count("<img") == 2
    assert [part.get_content() for part in pictures] == [one.content for one in _PICTURES.values()]
    for name, part in zip(_PICTURES, pictures, strict=True):
        assert part.defects == []
        assert part.get_content_type() == "image/jpeg"
        assert part["Content-ID"] == f"<{name}@pictures>"
        assert (part.get_content_disposition(), part.get_filename()) == ("inline", name)
        assert part["Content-Transfer-Encoding"] == "base64"


def test_the_lines_of_a_picture_are_short() -> None:
    body = illustrated(*_PICTURES).content(letter(), NOW).split(b"image/jpeg")[1]
    assert max(map(len, body.split(b"\r\n"))) <= 76


def test_only_the_pictures_that_the_email_shows_are_in_it() -> None:
    [_, used] = _PICTURES
    content = illustrated(used).content(letter(), NOW)
    assert [part.get_filename() for part in read(content).walk() if part.get_filename()] == [used]
    assert b"image/jpeg" not in composer(pictures=_PICTURES).content(letter(), NOW)


def test_with_pictures_only_the_date_is_another_at_another_attempt() -> None:
    made = illustrated(*_PICTURES)
    assert made.content(letter(), NOW.replace(hour=20)) == made.content(letter(), NOW).replace(b"08:00:07", b"20:00:07")


def test_no_boundary_is_another_persons_or_another_parts() -> None:
    marks = [
        re.findall(rb'boundary="([^"]+)"', illustrated(*_PICTURES).content(letter(person=one), NOW)) for one in "ab"
    ]
    assert len({mark for pair in marks for mark in pair}) == 4


def test_a_picture_is_where_a_reader_of_html_looks_for_it() -> None:
    content = illustrated(*_PICTURES).content(letter(), NOW)
    body = read(content).get_body(("html",))
    assert isinstance(body, EmailMessage)
    wanted = re.findall(r'src="cid:([^"]+)"', body.get_content())
    assert [f"<{one}>" for one in wanted] == [part["Content-ID"] for part in read(content).walk() if part["Content-ID"]]


# ---------------------------------------------------------------------------------------------
# Names that people typed into a form

_HOSTILE = [
    "a@b.c, victim@y.z",
    "Ada <victim@y.z>",
    'quo"te',
    'back\\slash"',
    "comma, Ada",
    "semi; colon: group",
    "(comment)",
    "Ada\r\nBcc: victim@y.z",
    "Ada\r\n\r\nbody",
    "Ada\nX-Header: 1",
    "Ada\x00\x0b\x0c\x1b\x85\u2028\u2029",
    "🦊🦊 O’Fox 👩‍👩‍👧",
    "\u202eadA\u202c \u200f\u061c",
    "=?utf-8?q?victim=40y=2Ez=2C?=",
    "=?utf-8?b?dmljdGltQHkueiw=?= <x@y.z>,",
    "Ünï, victim@y.z <x@y.z>; ünï",
    "Müller, " * 30 + "victim@y.z",
    "ü" * 300,
    "x" * 1_500,
    "word " * 400,
    ", " * 300,
    '"ü", ' * 60,
    "  ",
    ".",
    "@",
    "<>",
]

_NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=120),
    st.text(st.sampled_from(list('ab ü,;:<>@()[]"\\.\r\n\t=?_🦊')), max_size=200),
    st.sampled_from(_HOSTILE),
)
_LOCALS = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,30}(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,30})?", fullmatch=True)
_DOMAINS = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,12}){1,3}", fullmatch=True)


def _printable(name: str) -> str:
    return " ".join("".join(one for one in name if one.isprintable()).split())


@pytest.mark.parametrize("name", _HOSTILE, ids=lambda name: ascii(name[:24]))
def test_a_name_never_adds_a_recipient_or_a_field(name: str) -> None:
    content = composer().content(letter(first=name, last=""), NOW)
    _sound(content)
    assert set(head(content)) == set(head(_USUAL))
    assert [one.addr_spec for one in recipients(content)] == ["ada@example.org"]
    assert b"victim" not in head(content).get("bcc", [b""])[0]


@pytest.mark.parametrize(
    "name", ["Siân O’Dowd", "Müller, Jürgen", "김 영희", 'Ada "Bo" Cy', "a@b.c, victim@y.z", "🦊 Fox", "Ada, <Bo>"]
)
def test_a_name_arrives_as_it_was_typed(name: str) -> None:
    [found] = recipients(composer().content(letter(first=name, last=""), NOW))
    assert found.display_name == name


@settings(deadline=None)
@given(first=_NAMES, last=_NAMES, local=_LOCALS, domain=_DOMAINS)
@example(first="Müller, " * 12, last="victim@y.z <x@y.z>", local="a", domain="b.cd")
@example(first="a" * 70 + ", victim@y.z", last="", local="a" * 60, domain="b" * 60 + ".org")
def test_whatever_the_name_the_message_goes_to_exactly_one_address(
    first: str, last: str, local: str, domain: str
) -> None:
    content = composer().content(letter(f"{local}@{domain}", first, last), NOW)
    _sound(content)
    assert set(head(content)) == set(head(_USUAL))
    assert [one.addr_spec for one in recipients(content)] == [f"{local}@{domain}"]
    assert [part.get_content_type() for part in read(content).iter_parts()] == ["text/plain", "text/html"]
    assert f"Hello {html.escape(first)}" in _parts(content)[1] or "\r" in first or not first


@settings(deadline=None)
@given(name=_NAMES)
def test_a_senders_name_gives_one_from(name: str) -> None:
    clean = _printable(name)
    sender = replace(_NEWSLETTER.sender, name=clean)
    content = composer(newsletter=replace(_NEWSLETTER, sender=sender)).content(letter(), NOW)
    _sound(content)
    assert [one.addr_spec for one in read(content)["From"].addresses] == ["news@kestrel.example.org"]


def test_an_international_domain_is_written_in_ascii() -> None:
    content = composer().content(letter("ada@xn--bcher-kva.example"), NOW)
    assert head(content)["to"] == [b"Ada Pascoe <ada@xn--bcher-kva.example>"]
    assert parcel_of(composer(), letter("ada@xn--bcher-kva.example")).envelope_to == "ada@xn--bcher-kva.example"


def test_the_envelope_is_the_senders_and_the_persons_address() -> None:
    parcel = parcel_of(composer(), letter())
    assert (parcel.envelope_from, parcel.envelope_to) == ("news@kestrel.example.org", "ada@example.org")
    assert parcel.content == _USUAL


# ---------------------------------------------------------------------------------------------
# Where answers go


def _answered_by(name: str) -> bytes:
    sender = replace(_NEWSLETTER.sender, reply_to_name=name)
    return composer(newsletter=replace(_NEWSLETTER, sender=sender)).content(letter(), NOW)


@pytest.mark.parametrize("name", ["Mo Price", "Mo Price, Kestrel", "Siân Œuvré", 'Mo "the" Price'])
def test_answers_go_to_a_person_by_name(name: str) -> None:
    [answered] = read(_answered_by(name))["Reply-To"].addresses
    assert (answered.display_name, answered.addr_spec) == (name, "noreen@kestrel.example.org")


@example("Mo\r\nBcc: victim@y.z")
@example("Mo <victim@y.z>, ")
@example("=?utf-8?q?=0D=0ABcc=3A_victim=40y.z?=")
@example("ü" * 300)
@given(st.text(max_size=200) | st.text(alphabet='\r\n\t "\\<>@,;:()=?u8qé', max_size=60))
def test_whatever_the_persons_name_answers_go_to_the_one_address(name: str) -> None:
    content = _answered_by(name)
    _sound(content)
    assert set(head(content)) == set(head(_USUAL))
    assert len(head(content)["reply-to"]) == 1
    assert [one.addr_spec for one in read(content)["Reply-To"].addresses] == ["noreen@kestrel.example.org"]
