"""Records: the octets of a CSV file become records, a few at a time.

A file may be of any size and anything may be in it: no more of it is held than a record may be long.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

#: octets of one line, and characters of one record
MOST = 1_000_000
#: lines that one record may have: an address block is a few, a forgotten quotation mark is thousands
RECORD_LINES = 50
DELIMITERS = ",;\t"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LONG = f"The row is longer than {MOST:,} characters."
_UNPAIRED = "The row cannot be read: its quotation marks do not pair."
_CUT = "The file ends in the middle of this row: its quotation marks do not pair. It may not have been copied whole."


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What there is to know of a file before it is read."""

    #: SHA-256 (hex)
    content_hash: str
    #: utf-8, utf-16 or cp1252
    encoding: str
    lines: int


class Record(NamedTuple):
    """One record: where it begins, its cells, its text as it stood there; or what is wrong with it."""

    line: int
    cells: list[str]
    text: str
    fault: str = ""


def probe(chunks: Iterable[bytes]) -> Probe:
    """Look a file over that comes in pieces: is it the one read last time, and what is it written in?"""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding, lines, head = "utf-8", 0, b""
    for chunk in chunks:
        digest.update(chunk)
        lines += chunk.count(b"\n")
        head = head if len(head) > 1 else (head + chunk)[:2]
        if encoding == "utf-8":
            encoding = _still(decoder, chunk, final=False)
    if encoding == "utf-8":
        encoding = _still(decoder, b"", final=True)
    if head in _UTF_16:
        encoding = "utf-16"
    return Probe(content_hash=digest.hexdigest(), encoding=encoding, lines=lines)


def records(chunks: Iterable[bytes], encoding: str) -> Iterator[Record]:
    """Yield the records of a file that comes in pieces, the first one being its names.

    Parted by commas, semicolons or tabs, whichever the first row has most; lines end in LF, CRLF or CR. Where
    quotation marks never pair only the first line is given up: a parser that reads on would swallow everybody below.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MOST))
    lines = _decoded(_lines(_plain(chunks, encoding)), encoding)
    ahead: deque[str] = deque()
    delimiter, number = "", 0
    while True:
        line = ahead.popleft() if ahead else next(lines, "")
        if not line:
            return
        number += 1
        if not delimiter:
            if line.casefold().startswith("sep=") and line[4:5] in DELIMITERS:
                # Excel's own way to say it
                delimiter = line[4]
                continue
            delimiter = _delimiter(line) if line.strip() else ""
        if '"' not in line:
            if len(line) > MOST:
                yield Record(number, [], "", _LONG)
            else:
                yield Record(number, line.rstrip("\r\n").split(delimiter or ","), line)
            continue
        found, used = _quoted(number, line, lines, ahead, delimiter)
        yield found
        number += used - 1


def _quoted(number: int, line: str, lines: Iterator[str], ahead: deque[str], delimiter: str) -> tuple[Record, int]:
    """Return a record that has quotation marks, and how many lines it has; its later ones are taken from `ahead`."""
    if len(line) > MOST:
        return Record(number, [], "", _LONG), 1
    taken: list[str] = []
    reader = csv.reader(_fed(line, lines, ahead, taken), delimiter=delimiter, strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        ended = len(taken) == len(ahead) + 1 and len(taken) < RECORD_LINES
        whole = line.endswith(("\n", "\r"))
        return Record(number, [], "", _CUT if ended and not whole else _UNPAIRED), 1
    used = reader.line_num
    for _ in range(used - 1):
        ahead.popleft()
    return Record(number, cells, "".join(taken[:used])), used


def _fed(line: str, lines: Iterator[str], ahead: deque[str], taken: list[str]) -> Iterator[str]:
    """Yield the lines that a record may have; those that come after the first stay in `ahead`."""
    length = len(line)
    taken.append(line)
    yield line
    while len(taken) < RECORD_LINES:
        if len(ahead) < len(taken):
            more = next(lines, "")
            if not more:
                return
            ahead.append(more)
        following = ahead[len(taken) - 1]
        length += len(following)
        if length > MOST:
            return
        taken.append(following)
        yield following


def _delimiter(line: str) -> str:
    # what stands inside quotation marks parts nothing
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def _still(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool) -> str:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _plain(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a file's octets without a byte order mark, in an encoding in which ASCII stands for itself."""
    if encoding == "utf-16":
        decoder = codecs.getincrementaldecoder("utf-16")("replace")
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "replace")
        return
    head = b""
    begun = False
    for chunk in chunks:
        if begun:
            yield chunk
            continue
        head += chunk
        if len(head) >= len(codecs.BOM_UTF8):
            begun = True
            yield head.removeprefix(codecs.BOM_UTF8)
    if not begun:
        yield head


def _lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield lines with their ends, some at a time; of one that is too long more than is allowed, but never all."""
    rest = b""
    for chunk in chunks:
        found = (rest + chunk).splitlines(keepends=True)
        # a line is whole when something follows that end of it: a CR may have its LF in the next piece
        rest = found.pop() if found and not found[-1].endswith(b"\n") else b""
        if len(rest) > MOST:
            # all of a line that is too long is one fault: it is enough to know that it is
            rest = rest[: MOST + 1] + rest[-1:]
        if found:
            yield found
    if rest:
        yield rest.splitlines(keepends=True)


def _decoded(lines: Iterator[list[bytes]], encoding: str) -> Iterator[str]:
    name = "cp1252" if encoding == "cp1252" else "utf-8"
    for some in lines:
        if max(map(len, some)) <= MOST:
            yield from [line.decode(name, "replace") for line in some]
        else:
            # what is too long is never read: a character an octet, so that it stays too long
            yield from (line.decode(name if len(line) <= MOST else "latin-1", "replace") for line in some)
