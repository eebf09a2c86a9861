"""A message as it travels: headers, parts, encodings (RFC 5322, 2045, 2369, 2919, 8058, 6376)."""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from digest.domain.model import Severity
from digest.stages.review.lint import leaving
from digest.stages.review.lint.file import decoded
from digest.stages.review.lint.remark import Kind, Remark, shortened

MUST, LOOK, NOTE = Severity.MUST_MEND, Severity.LOOK_AT, Severity.NOTE

#: octets of a line, without its end (RFC 5322 2.1.1)
LONGEST_LINE = 998
#: parts in parts that are followed
MOST_PARTS = 100

KINDS: Mapping[str, Kind] = {
    "message.date": Kind(
        severity=MUST,
        looks_for="exactly one `Date` that can be read",
        why="Mail programs sort it to the wrong place, and filters count it against you.",
        mend="Write a Date such as “Tue, 24 Nov 2026 08:00:00 +0000”.",
    ),
    "message.from": Kind(
        severity=MUST,
        looks_for="exactly one `From` with one address",
        why="Gmail refuses messages without it or with two; DMARC cannot be checked.",
        mend="Write one From with one address.",
    ),
    "message.id": Kind(
        severity=MUST,
        looks_for="exactly one `Message-ID` of the form `<something@domain>`",
        why="Gmail refuses bulk mail without one; replies cannot be put beside it.",
        mend="Give each message a Message-ID of its own on your domain.",
    ),
    "message.id-domain": Kind(
        severity=LOOK,
        looks_for="a `Message-ID` on the domain of `From`",
        why="Another domain looks like a message that somebody passed on.",
        mend="Use the domain of the sender's address.",
    ),
    "message.subject": Kind(
        severity=MUST,
        looks_for="exactly one `Subject` that says something",
        why="Nobody opens a message without one.",
        mend="Write a subject.",
    ),
    "message.duplicate": Kind(
        severity=MUST,
        looks_for="headers that may stand only once and stand twice",
        why="Each server takes another of the two, and Gmail refuses the message.",
        mend="Keep one.",
    ),
    "message.list-id": Kind(
        severity=LOOK,
        looks_for="`List-Id` of the form `<list.domain>`",
        why="Mail programs know by it which messages belong together and what may be left.",
        mend="Write List-Id: <name-of-the-list.your-domain>.",
    ),
    "message.unsubscribe": Kind(
        severity=MUST,
        looks_for="`List-Unsubscribe` with one https address (a mailto may follow), not as an encoded word",
        why="Gmail and Yahoo ask it of every list, and show the button that keeps people from pressing “spam”.",
        mend="Write List-Unsubscribe: <https://…>, folded between addresses and never encoded.",
    ),
    "message.by-mail-alone": Kind(
        severity=LOOK,
        looks_for="`List-Unsubscribe` with no https address and a mailto whose subject says whose subscription it ends",
        why="Gmail and Yahoo want one click from who sends more than 5,000 messages a day (RFC 8058).",
        mend="Give it an https address too, unless you send few and read that mailbox.",
    ),
    "message.one-click": Kind(
        severity=MUST,
        looks_for="`List-Unsubscribe-Post: List-Unsubscribe=One-Click`, letter by letter",
        why="Without it the button of Gmail and Yahoo is not shown (RFC 8058).",
        mend="Write List-Unsubscribe-Post: List-Unsubscribe=One-Click.",
    ),
    "message.feedback-id": Kind(
        severity=LOOK,
        looks_for="`Feedback-ID`",
        why="Gmail tells complaints apart by it (Postmaster Tools).",
        mend="Write Feedback-ID: edition:list:kind:sender.",
    ),
    "message.precedence": Kind(
        severity=LOOK,
        looks_for="`Precedence`",
        why="It is no standard; some servers then hold the message back, and Gmail says not to use it.",
        mend="Take it out; List-Id says what it is.",
    ),
    "message.structure": Kind(
        severity=LOOK,
        looks_for="`multipart/alternative` with the text first and the HTML last",
        why="Programs show the last part they understand; without a text filters count it against you.",
        mend="Send both parts as multipart/alternative, text first.",
    ),
    "message.charset": Kind(
        severity=LOOK,
        looks_for="parts that are not declared as UTF-8",
        why="Names and quotation marks outside the declared letters are lost.",
        mend="Send both parts as UTF-8.",
    ),
    "message.charset-unknown": Kind(
        severity=MUST,
        looks_for="parts in an encoding that nobody knows, or that hold what their encoding does not allow",
        why="Every mail program guesses.",
        mend="Declare charset=utf-8, and send the part as UTF-8.",
    ),
    "message.long-line": Kind(
        severity=MUST,
        looks_for=f"lines of more than {LONGEST_LINE} octets",
        why="Servers break them wherever they like: links and signatures end there.",
        mend="Send parts as quoted-printable or base64, and fold long headers.",
    ),
    "message.line-ends": Kind(
        severity=MUST,
        looks_for="a line feed without carriage return or the other way round, among lines that end in both",
        why="Servers disagree where a line ends: one message can hide in another, and signatures break.",
        mend="End every line with CR LF. A file in which all lines end in LF is only saved that way, and is no fault.",
    ),
    "message.eight-bit": Kind(
        severity=LOOK,
        looks_for="headers with octets that are not ASCII",
        why="Without SMTPUTF8 servers refuse or garble them.",
        mend="Encode the words (RFC 2047).",
    ),
    "message.control": Kind(
        severity=MUST,
        looks_for="control signs in headers, also inside encoded words",
        why="What stands behind a hidden line end can become another header.",
        mend="Take control signs out of names and subjects.",
    ),
    "message.signature": Kind(
        severity=LOOK,
        looks_for="a DKIM signature that leaves out one of the headers above",
        why="Anybody may change that header on the way; one-click needs List-Unsubscribe to be signed.",
        mend="Name them all in h= of your mail server's DKIM settings.",
    ),
    "message.broken": Kind(
        severity=MUST,
        looks_for="a message whose parts cannot be read",
        why="Mail programs show nothing, or all of it as text.",
        mend="Look at what made it; boundaries and encodings must be as declared.",
    ),
}

_ONCE: tuple[str, ...] = (
    "to",
    "cc",
    "reply-to",
    "sender",
    "mime-version",
    "content-type",
    "list-id",
    "list-unsubscribe",
)
_ONCE += ("list-unsubscribe-post", "content-transfer-encoding", "in-reply-to", "references")
_SIGNED = ("from", "to", "subject", "date", "message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post")
_READ = ("from", "to", "cc", "reply-to", "subject", "sender")
_ID = re.compile(r"<[^<>@\s]{1,300}@([^<>@\s]{1,255})>")
_LIST_ID = re.compile(r"[^<>]*<[A-Za-z0-9._-]{1,200}\.[A-Za-z0-9._-]{1,200}>")
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a message holds to be read. encoded: octets of the HTML as it travels; None where a part is missing."""

    html: str | None
    text: str | None
    encoded: int | None
    remarks: tuple[Remark, ...]
    #: addresses that its List-Unsubscribe says lead out of the list, in whatever language links to them are
    leaving: frozenset[str] = frozenset()


def read(content: bytes) -> Parts:
    """Take a message apart; whatever is wrong with it becomes a remark."""
    found = [*_lines(content)]
    try:
        # the lenient policy: it raises nothing, and leaves headers as they are written
        message = email.message_from_bytes(content, policy=email.policy.compat32)
        every = _every(message)
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError) as fault:
        found.append(Remark(code="message.broken", what=f"Its parts cannot be read ({type(fault).__name__})."))
        return Parts(html=None, text=None, encoded=None, remarks=tuple(found))
    # as written: items() would give letters that are not ASCII as lost ones
    headers = [(name, str(value)) for name, value in message.raw_items()]
    found += [*_headers(headers), *_structure(every)]
    texts: dict[str, str] = {}
    encoded = None
    for part in every:
        kind = part.get_content_type()
        if kind in ("text/html", "text/plain") and kind not in texts and not part.get_filename():
            texts[kind] = _decoded(part, kind, found)
            encoded = len(str(_payload(part, decode=False))) if kind == "text/html" else encoded
    return Parts(
        html=texts.get("text/html"),
        text=texts.get("text/plain"),
        encoded=encoded,
        remarks=tuple(found),
        leaving=frozenset(
            address
            for name, value in headers
            if name.lower() == "list-unsubscribe"
            for address in re.findall(r"<([^<>]{1,2000})>", _unfolded(value))
        ),
    )


def _every(message: Message) -> list[Message]:
    """Return the message and its parts in order; what is in an attached message is that one's business."""
    found: list[Message] = []
    waiting = [message]
    while waiting:
        part = waiting.pop()
        found.append(part)
        if len(found) > MOST_PARTS:
            raise ValueError("too many parts")
        if part.is_multipart() and part.get_content_maintype() != "message":
            waiting += reversed([one for one in part.get_payload() if isinstance(one, Message)])
    return found


def _lines(content: bytes) -> Iterator[Remark]:
    if b"\r\n" in content:
        bare = _BARE.search(content)
        if bare:
            line = content.count(b"\n", 0, bare.start()) + 1
            yield Remark(code="message.line-ends", what="A line end is only half of one.", where=f"line {line}")
    elif b"\r" in content:
        yield Remark(code="message.line-ends", what="A carriage return stands alone.")
    for number, octets in enumerate(content.split(b"\n"), 1):
        if len(octets.rstrip(b"\r")) > LONGEST_LINE:
            yield Remark(code="message.long-line", what=f"A line has {len(octets):,} octets.", where=f"line {number}")


def _headers(headers: list[tuple[str, str]]) -> Iterator[Remark]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value)
    for name, count in Counter(name.lower() for name, _ in headers).items():
        if count > 1 and name in _ONCE:
            yield Remark(code="message.duplicate", what=f"{name.title()} stands {count} times.", about=name)
    for name, value in headers:
        yield from _letters(name, value)
    yield from _date(values.get("date", []))
    yield from _sender(values)
    subject = [_unfolded(_words(one)) for one in values.get("subject", [])]
    if len(subject) != 1 or not subject[0]:
        what = f"There are {len(subject)} subjects." if len(subject) > 1 else "There is no subject."
        yield Remark(code="message.subject", what=what)
    yield from _list(values)
    if "precedence" in values:
        yield Remark(code="message.precedence", what=f"Precedence is “{shortened(values['precedence'][0])}”.")
    for signature in values.get("dkim-signature", []):
        yield from _signature(signature, values)


def _letters(name: str, value: str) -> Iterator[Remark]:
    raw = re.sub(r"\r?\n[ \t]", " ", value)
    decoded = _words(raw) if name.lower() in _READ else raw
    if any("\udc80" <= character <= "\udcff" for character in raw):
        yield Remark(code="message.eight-bit", what=f"{name} holds letters that are not ASCII.", about=name)
    if _CONTROL.search(raw) or _CONTROL.search(decoded):
        yield Remark(code="message.control", what=f"{name} holds a control sign.", about=name)


def _date(dates: list[str]) -> Iterator[Remark]:
    if len(dates) != 1:
        yield Remark(code="message.date", what=f"There are {len(dates)} dates." if dates else "There is no Date.")
        return
    try:
        parsedate_to_datetime(dates[0])
    except (ValueError, TypeError, IndexError, OverflowError):
        yield Remark(code="message.date", what=f"The Date “{shortened(dates[0])}” cannot be read.")


def _sender(values: Mapping[str, list[str]]) -> Iterator[Remark]:
    senders = values.get("from", [])
    addresses = [address for _, address in getaddresses([_unfolded(one) for one in senders]) if "@" in address]
    if len(senders) != 1 or len(addresses) != 1:
        what = (
            f"There are {len(senders)} From headers with {len(addresses)} addresses."
            if senders
            else "There is no From."
        )
        yield Remark(code="message.from", what=what)
    ids = values.get("message-id", [])
    match = _ID.fullmatch(_unfolded(ids[0])) if len(ids) == 1 else None
    if not match:
        what = f"The Message-ID is “{shortened(ids[0])}”." if len(ids) == 1 else f"There are {len(ids)} Message-IDs."
        yield Remark(code="message.id", what=what if ids else "There is no Message-ID.")
    elif len(addresses) == 1:
        own, of_id = addresses[0].rpartition("@")[2].lower(), match.group(1).lower()
        if not (f".{own}".endswith(f".{of_id}") or f".{of_id}".endswith(f".{own}")):
            what = f"The Message-ID is on {shortened(of_id)}, the sender on {shortened(own)}."
            yield Remark(code="message.id-domain", what=what)


def _list(values: Mapping[str, list[str]]) -> Iterator[Remark]:
    ids = [_unfolded(one) for one in values.get("list-id", [])]
    if not ids or not _LIST_ID.fullmatch(ids[0][:500]):
        said = f"List-Id is “{shortened(ids[0])}”." if ids else "There is no List-Id."
        yield Remark(code="message.list-id", what=said)
    ways = values.get("list-unsubscribe", [])
    if leaving.by_mail_alone(ways):
        yield Remark(
            code="message.by-mail-alone", what="List-Unsubscribe has only a mailto address, with a mark in its subject."
        )
    else:
        yield from _by_page(values, ways)
    if "feedback-id" not in values:
        yield Remark(code="message.feedback-id", what="There is no Feedback-ID.")


def _by_page(values: Mapping[str, list[str]], ways: list[str]) -> Iterator[Remark]:
    fault = leaving.fault(ways)
    if fault:
        yield Remark(code="message.unsubscribe", what=fault)
    posts = [_unfolded(one) for one in values.get("list-unsubscribe-post", [])]
    if not posts or posts[0] != "List-Unsubscribe=One-Click":
        said = f"List-Unsubscribe-Post is “{shortened(posts[0])}”." if posts else "There is no List-Unsubscribe-Post."
        yield Remark(code="message.one-click", what=said)


def _signature(signature: str, values: Mapping[str, list[str]]) -> Iterator[Remark]:
    tags = dict(part.strip().split("=", 1) for part in _unfolded(signature).split(";") if "=" in part)
    signed = {name.strip().lower() for name in tags.get("h", "").split(":")}
    missing = [name for name in _SIGNED if name in values and name not in signed]
    if missing:
        yield Remark(code="message.signature", what=f"The DKIM signature leaves out {', '.join(missing)}.")


def _structure(every: list[Message]) -> Iterator[Remark]:
    kinds = [part.get_content_type() for part in every if not part.get_filename()]
    read = [kind for kind in kinds if kind in ("text/plain", "text/html")]
    if read != ["text/plain", "text/html"]:
        yield Remark(code="message.structure", what=f"Its parts are {', '.join(read) or 'none that is text'}.")
    elif "multipart/alternative" not in kinds:
        yield Remark(code="message.structure", what=f"Text and HTML are parts of {kinds[0]}.")
    for defect in {type(one).__name__ for part in every for one in part.defects}:
        if "Boundary" in defect or "Multipart" in defect or "Base64" in defect:
            yield Remark(code="message.broken", what=f"It is not as its headers say ({defect}).", about=defect)


def _decoded(part: Message, kind: str, found: list[Remark]) -> str:
    try:
        charset = str(part.get_content_charset() or "us-ascii")
    except (LookupError, ValueError, TypeError):
        charset = "unknown"
    payload = _payload(part, decode=True)
    content = payload if isinstance(payload, bytes) else b""
    if charset.lower() not in ("utf-8", "utf8") and not (
        charset.lower() in ("us-ascii", "ascii") and content.isascii()
    ):
        found.append(Remark(code="message.charset", what=f"{kind} is in {shortened(charset, 30)}.", about=kind))
    try:
        return content.decode(charset)
    except (LookupError, ValueError):
        what = f"{kind} cannot be read as {shortened(charset, 30)}."
        found.append(Remark(code="message.charset-unknown", what=what, about=kind))
        # HTML may say in a <meta> what the header does not
        return decoded(content)


def _payload(part: Message, *, decode: bool) -> object:
    """Return a part's content; octets that are not ASCII make the package ask for the charset, known or not."""
    try:
        return part.get_payload(decode=True) if decode else part.get_payload()
    except (LookupError, ValueError):
        part.set_param("charset", "utf-8")
        return part.get_payload(decode=True) if decode else part.get_payload()


def _words(value: str) -> str:
    """Return a header with its encoded words decoded (RFC 2047), as far as they can be."""
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError, TypeError):
        return value


def _unfolded(value: str) -> str:
    return " ".join(value.split())
