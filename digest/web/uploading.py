"""Uploading: a form with a file, whose fields are read before anything of the file is taken in (RFC 7578)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from fastapi import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from digest.web.bounds import MOST_FIELDS, NotWhole, Pieces, pieces_of

#: octets of all fields that stand before the file
MOST_BEFORE = 16_384
_FORM = "multipart/form-data"


class Unreadable(ValueError):
    """What was sent is no form with a file."""


class Upload:
    """A form with a file. Its fields stand before the file; what stands after it is not read."""

    def __init__(self, pieces: Pieces, parser: PushMultipartParser) -> None:
        self._pieces = pieces
        self._events = _events(pieces, parser)
        #: (name, text)
        self.fields: list[tuple[str, str]] = []
        #: what the browser calls the file; empty where none was chosen
        self.name = ""
        self._read_fields()

    def content(self) -> Iterator[bytes]:
        """Yield the file's octets, once. Raises NotWhole, Unreadable."""
        self._pieces.have_time()
        for event in self._events:
            if not isinstance(event, bytes | bytearray):
                break
            yield bytes(event)
        self.let_go()

    def let_go(self) -> None:
        """Read what is left and keep nothing of it: a browser waits for the answer until all that it sent was read."""
        with suppress(NotWhole, Unreadable):
            for _ in self._events:
                pass

    def _read_fields(self) -> None:
        segment: MultipartSegment | None = None
        text, octets = b"", 0
        for event in self._events:
            if isinstance(event, MultipartSegment):
                segment, text = event, b""
                if segment.filename is not None:
                    self.name = segment.filename
                    return
            elif event is None:
                assert segment is not None, "an end comes after a beginning"
                self.fields.append((segment.name, text.decode("utf-8", "replace")))
            else:
                text += event
                octets += len(event)
                if octets > MOST_BEFORE:
                    raise Unreadable("the fields before the file are too long")


def begun(request: Request) -> Upload:
    """Return the form that a request brings, read up to its file. Raises NotWhole, Unreadable."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    pieces = pieces_of(request)
    if kind != _FORM or pieces is None or not options.get("boundary"):
        raise Unreadable("this is no form with a file")
    try:
        parser = PushMultipartParser(options["boundary"], max_segment_count=MOST_FIELDS, strict=True)
    except MultipartError as fault:
        raise Unreadable(str(fault)) from fault
    return Upload(pieces, parser)


def _events(pieces: Pieces, parser: PushMultipartParser) -> Iterator[MultipartSegment | bytes | bytearray | None]:
    try:
        for piece in pieces:
            yield from parser.parse(piece)
        parser.close()
    except MultipartError as fault:
        raise Unreadable(str(fault)) from fault
