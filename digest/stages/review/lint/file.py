"""Files: what some bytes are, by what they begin with, and the findings about them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

from digest.domain.model import Finding, Severity
from digest.stages.review.lint.remark import Kind

#: octets of a file that are looked at; servers refuse messages of half of it
MOST_OCTETS = 50_000_000
#: messages of one mailbox that are looked at
MOST_MESSAGES = 20

KINDS: Mapping[str, Kind] = {
    "file.unreadable": Kind(
        severity=Severity.MUST_MEND,
        looks_for="a file that cannot be opened",
        why="Nothing was looked at.",
        mend="Check its name and who may read it.",
    ),
    "file.unknown": Kind(
        severity=Severity.MUST_MEND,
        looks_for="a file that is neither a message nor HTML: pictures, archives, plain text",
        why="Nothing was looked at.",
        mend="Save the message as .eml (it begins with lines such as “From: …”), or its HTML (it begins with <).",
    ),
    "file.empty": Kind(
        severity=Severity.MUST_MEND,
        looks_for="a file in which there is nothing",
        why="Nothing was looked at.",
        mend="Save the email again.",
    ),
    "file.large": Kind(
        severity=Severity.MUST_MEND,
        looks_for="a file that is larger than any mail server takes (50 MB)",
        why="Nothing was looked at.",
        mend="Put what is attached on the web and link to it.",
    ),
}

# the names of header fields (RFC 5322 2.2)
_FIELD = re.compile(rb"[!-9;-~]{1,100}[ \t]?:")
_MAILBOX = re.compile(rb"^From [^\r\n]{1,200}\d{4}[^\r\n]{0,20}\r?\n", re.MULTILINE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def what(content: bytes) -> str:
    """Tell what bytes are: “html”, “message”, “mailbox”, “empty”, “large”, or “unknown”."""
    if len(content) > MOST_OCTETS:
        return "large"
    marked = content.startswith(tuple(mark for mark, _ in _MARKS))
    start = (decoded(content[:1_000]).encode() if marked else content).lstrip(b"\xef\xbb\xbf \t\r\n")[:1_000]
    if not content.strip():
        return "empty"
    if b"\x00" in start:
        return "unknown"
    if start.startswith(b"<"):
        return "html"
    if _MAILBOX.match(start):
        return "mailbox"
    return "message" if _FIELD.match(start) else "unknown"


def decoded(content: bytes) -> str:
    """Return the text of an HTML file: by its byte order mark, as UTF-8, or as its <meta> says."""
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), "")
    said = _CHARSET.search(content[:4_000])
    for charset in (marked or "utf-8", said.group(1).decode() if said else "", "cp1252"):
        try:
            return content.decode(charset)
        except (LookupError, ValueError):
            continue
    return content.decode("utf-8", "replace")


def messages(content: bytes) -> list[bytes]:
    """Part a mailbox (RFC 4155) into its first messages."""
    starts = [match.end() for match in _MAILBOX.finditer(content)]
    ends = [match.start() for match in _MAILBOX.finditer(content)][1:]
    return [content[start:end] for start, end in zip(starts, [*ends, len(content)], strict=True)][:MOST_MESSAGES]


def refusal(code: str, name: str, said: str) -> Finding:
    """Return the finding about a file that was not looked at."""
    kind = KINDS[code]
    return Finding(code=f"lint.{code}", severity=kind.severity, where=name, what=said, why=kind.why, mend=kind.mend)
