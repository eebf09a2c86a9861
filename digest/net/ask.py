"""Ask: one request to one address and the bounded answer; pages in their host's turn. Redirects are not followed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress

import httpcore2

from digest.domain.errors import FetchError
from digest.domain.model import NO_VALIDATORS, Validators
from digest.net.address import Address
from digest.net.answer import Answer, headers
from digest.net.connect import Line, Lines
from digest.net.deadline import Deadline
from digest.net.pace import Pace
from digest.net.unpack import ENCODINGS, unpacked

#: who asks, where no organisation is named
AGENT = "Digest/0.1 (email digest)"
#: lines and bytes of headers that an answer may have
MOST_LINES = 200
MOST_HEADERS = 64 * 1024
#: bytes of a body nobody needs, and seconds for them, that are read so that the line can be used again
SPARE_BYTES = 64 * 1024
SPARE_SECONDS = 1.0

#: what goes wrong on the way; a ValueError is a header that h11 or ssl could not take for what it should be
_FAULTS = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError, ValueError)
_AGAIN = "It is asked again next time; what it gave before is kept."


class Asker:
    """Asks addresses once each. Any number of threads may use it.

    agent: the User-Agent header; pace: gives the turns.
    """

    def __init__(self, agent: str, pace: Pace) -> None:
        self._agent = agent
        self._pace = pace
        self._lines = Lines()

    def ask(
        self,
        address: Address,
        deadline: Deadline,
        most_bytes: int,
        *,
        allow_private: bool,
        validators: Validators = NO_VALIDATORS,
    ) -> Answer:
        """Ask an address in its turn; of a page, most_bytes are read (unpacked).

        Raises AddressRefused for a host that must not be asked, FetchError for everything else that fails.
        """
        request = self._request("GET", address, validators)
        with self._in_turn(address, deadline, allow_private) as line:
            return _answered(line, request, address, deadline, most_bytes)

    def head(self, method: str, address: Address, deadline: Deadline, *, allow_private: bool) -> Answer:
        """Ask an address in its turn, and read nothing beyond the head of the answer.

        method: HEAD, or GET for servers that know no other. Raises as `ask`.
        """
        request = self._request(method, address, NO_VALIDATORS)
        # the line is given up, since what may follow on it, even after HEAD, is not read
        with (
            self._in_turn(address, deadline, allow_private) as line,
            closing(line.ask(request, deadline)) as response,
        ):
            return _head(response, address)

    def close(self) -> None:
        """Close every line."""
        self._lines.close()

    @contextmanager
    def _in_turn(self, address: Address, deadline: Deadline, allow_private: bool) -> Iterator[Line]:
        try:
            with self._pace.turn(address.host, deadline), self._lines.line(address, allow_private) as line:
                yield line
        except _FAULTS as fault:
            raise FetchError(f"{address.shown} did not answer as it should: {_told(fault)}.", _advice(fault)) from fault

    def _request(self, method: str, address: Address, validators: Validators) -> httpcore2.Request:
        url = httpcore2.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)
        return httpcore2.Request(method, url, headers=self._headers(address, validators))

    def _headers(self, address: Address, validators: Validators) -> list[tuple[bytes, bytes]]:
        lines = {"Host": address.authority, "User-Agent": self._agent, "Accept-Encoding": ENCODINGS, "Accept": "*/*"}
        if validators.etag:
            lines["If-None-Match"] = validators.etag
        if validators.last_modified:
            lines["If-Modified-Since"] = validators.last_modified
        return [(name.encode(), value.encode("latin-1", "replace")) for name, value in lines.items()]


def post(address: Address, form: str, deadline: Deadline, most_bytes: int) -> Answer:
    """Send a form, once, over a line of its own; return the answer with its body (unpacked), whatever its status.

    Only for addresses that digest.toml itself names: private ones are asked, too. The form may hold secrets: it is
    sent nowhere else, and never a second time. Raises FetchError.
    """
    lines = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    return hand_over(address, form.encode(), lines, deadline, most_bytes, allow_private=True)


def hand_over(
    address: Address,
    content: bytes,
    lines: Mapping[str, str],
    deadline: Deadline,
    most_bytes: int,
    *,
    allow_private: bool,
) -> Answer:
    """Send octets, once, over a line of its own; return the answer with its body (unpacked), whatever its status.

    lines: further headers. A redirect is an answer like any other. Raises AddressRefused for a host that must not be
    asked, FetchError for everything else that fails.
    """
    every = {
        "Host": address.authority,
        "User-Agent": AGENT,
        "Accept-Encoding": ENCODINGS,
        **lines,
        "Content-Length": str(len(content)),
    }
    request = httpcore2.Request(
        "POST",
        httpcore2.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target),
        headers=[(name.encode(), value.encode("ascii")) for name, value in every.items()],
        content=content,
    )
    line = Line(address, allow_private, httpcore2.default_ssl_context)
    try:
        response = line.ask(request, deadline)
        with closing(response):
            return _read(response, _head(response, address), address, deadline, most_bytes)
    except (httpcore2.ProtocolError, ValueError) as fault:
        raise FetchError(f"{address.shown} gave an answer that cannot be read.") from fault
    except _FAULTS as fault:
        raise FetchError(f"{address.shown} did not answer as it should: {_told(fault)}.") from fault
    finally:
        line.close()


def _answered(line: Line, request: httpcore2.Request, address: Address, deadline: Deadline, most_bytes: int) -> Answer:
    response = line.ask(request, deadline)
    try:
        head = _head(response, address)
        if not head.is_page:
            _spend(line, head, response)
            return head
        return _read(response, head, address, deadline, most_bytes)
    finally:
        response.close()


def _head(response: httpcore2.Response, address: Address) -> Answer:
    size = sum(len(name) + len(value) for name, value in response.headers)
    if len(response.headers) > MOST_LINES or size > MOST_HEADERS:
        raise FetchError(
            f"{address.shown} answered with {len(response.headers)} lines of headers, {size} bytes.", _AGAIN
        )
    return Answer(status=response.status, headers=headers(response.headers))


def _read(response: httpcore2.Response, head: Answer, address: Address, deadline: Deadline, most_bytes: int) -> Answer:
    pieces = unpacked(response.iter_stream(), head.headers.get("content-encoding", ""), address.shown)
    content, is_whole = _bounded(pieces, most_bytes, address, deadline)
    return Answer(status=head.status, headers=head.headers, content=content, is_whole=is_whole)


def _bounded(pieces: Iterable[bytes], most_bytes: int, address: Address, deadline: Deadline) -> tuple[bytes, bool]:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > most_bytes:
            return bytes(body[:most_bytes]), False
        if deadline.left() <= 0:
            raise FetchError(f"{address.shown} took more than {deadline.seconds:.0f} seconds.", _AGAIN)
    return bytes(body), True


def _spend(line: Line, head: Answer, response: httpcore2.Response) -> None:
    """Read a body that nobody needs, if it is short: the line can carry the next request then."""
    if head.headers.get("connection", "").lower() == "close" or not _is_short(head):
        return
    line.hurry(SPARE_SECONDS)
    read = 0
    with suppress(*_FAULTS):
        for chunk in response.iter_stream():
            read += len(chunk)
            if read > SPARE_BYTES:
                return


def _is_short(head: Answer) -> bool:
    length = head.headers.get("content-length", "")
    if head.status in (204, 304) or "chunked" in head.headers.get("transfer-encoding", "").lower():
        return True
    return bool(re.fullmatch(r"[0-9]{1,9}", length)) and int(length) <= SPARE_BYTES


def _told(fault: Exception) -> str:
    """Return what happened, short: h11 repeats what it was sent, all of it."""
    text = " ".join(re.sub(r"[^\x20-\x7e]", " ", str(fault)).split())
    return text[:120].rstrip(". ") or type(fault).__name__


def _advice(fault: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(fault):
        return "Its certificate is not valid: tell whoever runs the site. What it gave before is kept."
    return _AGAIN
