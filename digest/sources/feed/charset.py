"""What encoding a feed is in. Servers and feeds say so, and are often wrong; the bytes themselves are better evidence.

feedparser believes the server first, then the feed, and gives a whole feed up to Windows-1252 for one bad byte. Here
a byte order mark counts first, and then whether the bytes are UTF-8, which text in another encoding hardly ever is by
chance.
"""

from __future__ import annotations

import codecs
import re

from digest.domain.model import Document

#: longest first: UTF-32's begins with UTF-16's
BYTE_ORDER_MARKS = (
    codecs.BOM_UTF32_LE,
    codecs.BOM_UTF32_BE,
    codecs.BOM_UTF8,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
)
_MARKED = dict(zip(BYTE_ORDER_MARKS, ("utf-32le", "utf-32be", "utf-8", "utf-16le", "utf-16be"), strict=True))

_DECLARED = re.compile(rb"""\A\s*<\?xml[^<>]{0,200}?encoding\s*=\s*["']([\w.:-]+)""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
#: more of its bytes than this are no ASCII: not English
_MOST_ACCENTS = 0.05


def in_one_encoding(document: Document) -> tuple[bytes, str]:
    """Return the bytes of a feed in XML, and the Content-Type that tells feedparser how to read them."""
    content = document.content
    encoding = marked(content)
    if not encoding:
        utf8 = mended(content)
        if utf8 is not None:
            content, encoding = utf8, "utf-8"
        elif _is_western(document):
            encoding = "windows-1252"
    if encoding:
        return content, f"application/xml; charset={encoding}"
    # without a type feedparser takes what names no encoding for Latin-1, which XML never is by default
    return content, document.content_type or "application/xml"


def _is_western(document: Document) -> bool:
    """Say whether English bytes, known not to be UTF-8, name no other encoding: chardet's guess is often wrong then."""
    content = document.content
    if b"\0" in content or content.isascii() or not document.language.lower().startswith("en"):
        return False
    in_xml, in_header = _DECLARED.search(content), _CHARSET.search(document.content_type)
    said = {in_xml.group(1).decode().lower() if in_xml else "", in_header.group(1).lower() if in_header else ""}
    accents = len(content) - len(content.translate(None, bytes(range(128, 256))))
    return said <= {"", "utf-8", "utf8"} and accents < len(content) * _MOST_ACCENTS


def marked(content: bytes) -> str:
    """Return the encoding that the byte order mark says; empty where there is none."""
    return next((name for mark, name in _MARKED.items() if content.startswith(mark)), "")


def mended(content: bytes) -> bytes | None:
    """Return bytes that are UTF-8 but for a few mistakes with those replaced; None where they are something else.

    Bytes that are all ASCII are something else: they may be UTF-7, ISO-2022 or, with noughts between, UTF-16.
    """
    if content.isascii() or b"\0" in content:
        return None
    try:
        content.decode()
        return content
    except UnicodeDecodeError:
        text = content.decode("utf8", "replace")
    # a summary cut inside a character is one mistake among many right ones; Latin-1 is nothing but mistakes
    right = sum(map((127).__lt__, map(ord, text))) - text.count("\ufffd")
    return text.encode() if right > 4 * text.count("\ufffd") else None
