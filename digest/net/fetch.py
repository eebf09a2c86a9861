"""Fetch: one bounded GET. Redirects are followed by hand, so that every hop is judged by net/resolve.py."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import httpcore2
from w3lib.url import safe_url_string

from digest.domain.errors import AddressRefused, FetchError
from digest.domain.model import NO_VALIDATORS, Validators
from digest.net.resolve import resolve

#: bounds of one fetch: decompressed bytes, seconds for all of it, seconds of silence, hops
MOST_BYTES = 10 * 1024 * 1024
MOST_SECONDS = 30.0
SILENCE_SECONDS = 10.0
MOST_HOPS = 5
AGENT = "Digest/0.1 (email digest; reads public pages once a week)"

_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address gave. `content` is None where the server says that nothing changed (304)."""

    content: bytes | None
    #: where it was found in the end, after redirects
    address: str
    content_type: str = ""
    validators: Validators = NO_VALIDATORS


def fetch(address: str, validators: Validators | None = None, allow_private: bool = False) -> Fetched:
    """Get an address.

    validators: what the server gave last time; allow_private: ask private addresses, too.
    Raises AddressRefused for an address that must not be asked, FetchError for everything else that fails.
    """
    deadline = time.monotonic() + MOST_SECONDS
    for _ in range(MOST_HOPS + 1):
        answer = _once(address, validators or NO_VALIDATORS, allow_private, deadline)
        if isinstance(answer, Fetched):
            return answer
        address = _joined(address, answer)
    raise FetchError(f"{address} leads on and on to other addresses.", "Give the address it ends at.")


def _once(address: str, validators: Validators, allow_private: bool, deadline: float) -> Fetched | str:
    address = _judged(address)
    pool = httpcore2.ConnectionPool(network_backend=_Guarded(allow_private, deadline), max_connections=1)
    timeout = {"connect": SILENCE_SECONDS, "read": SILENCE_SECONDS, "write": SILENCE_SECONDS}
    try:
        with (
            pool,
            pool.stream(
                "GET", address, headers=_headers(address, validators), extensions={"timeout": timeout}
            ) as answer,
        ):
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            if answer.status in _REDIRECTS and "location" in headers:
                # header lines are bytes: servers write UTF-8 in them
                return headers["location"].encode("latin-1").decode("utf8", "replace")
            if answer.status == 304:
                return Fetched(content=None, address=address, validators=validators)
            if answer.status != 200:
                raise FetchError(f"{address} answered {answer.status}.", _advice(answer.status))
            content = _bounded(answer.iter_stream(), headers.get("content-encoding", ""), address, deadline)
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as fault:
        raise FetchError(f"{address} did not answer as it should: {fault or type(fault).__name__}.",
                         "It is asked again next time; what it gave before is kept.") from fault  # fmt: skip
    return Fetched(
        content=content,
        address=address,
        content_type=headers.get("content-type", ""),
        validators=Validators(etag=headers.get("etag", ""), last_modified=headers.get("last-modified", "")),
    )


class _Timed(httpcore2.NetworkStream):
    """A stream whose every read ends at the deadline: a server that dribbles its headers holds nobody up."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes before the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout(f"it took more than {MOST_SECONDS:.0f} seconds")
        return self._inner.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write as the stream below does."""
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close the stream below."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Go on in TLS, with the same deadline."""
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Tell what the stream below knows."""
        return self._inner.get_extra_info(info)


class _Guarded(httpcore2.NetworkBackend):
    """Connects to the address that was judged; the name stays for TLS and the Host header."""

    def __init__(self, allow_private: bool, deadline: float) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve, judge, connect."""
        judged = resolve(host, port, self._allow_private)
        return _Timed(self._inner.connect_tcp(judged, port, timeout, local_address, socket_options), self._deadline)


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        return _refused(location)


def _judged(address: str) -> str:
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        # HTTP knows ASCII only: names in other scripts by RFC 5891, paths percent-encoded
        return safe_url_string(address) if known else _refused(address)
    except ValueError:
        return _refused(address)


def _refused(address: str) -> NoReturn:
    raise AddressRefused(f"{address[:200]} is no web address.", "Web addresses begin with https:// or http://.")


def _headers(address: str, validators: Validators) -> list[tuple[str, str]]:
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    headers = [("Host", host), ("User-Agent", AGENT), ("Accept-Encoding", "gzip"), ("Accept", "*/*")]
    if validators.etag:
        headers.append(("If-None-Match", validators.etag))
    if validators.last_modified:
        headers.append(("If-Modified-Since", validators.last_modified))
    return headers


def _bounded(chunks: Iterable[bytes], encoding: str, address: str, deadline: float) -> bytes:
    body = bytearray()
    for piece in _decompressed(chunks, encoding, address):
        body += piece
        if len(body) > MOST_BYTES:
            raise FetchError(
                f"{address} is larger than {MOST_BYTES // 1024 // 1024} MB.", "Give the address of a smaller page."
            )
        if time.monotonic() > deadline:
            raise FetchError(f"{address} took more than {MOST_SECONDS:.0f} seconds.", "It is asked again next time.")
    return bytes(body)


def _decompressed(chunks: Iterable[bytes], encoding: str, address: str) -> Iterator[bytes]:
    if encoding.strip().lower() in ("", "identity"):
        yield from chunks
        return
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise FetchError(f"{address} came in an encoding that was not asked for ({encoding[:40]}).")
    # 16 + MAX_WBITS: gzip; never more than the bound at once, however small the bomb
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for chunk in chunks:
            packed = chunk
            while packed:
                yield inflate.decompress(packed, MOST_BYTES + 1)
                packed = inflate.unconsumed_tail
    except zlib.error as fault:
        raise FetchError(f"{address} is packed wrongly ({fault}).") from fault


def _advice(status: int) -> str:
    if status in (404, 410):
        return "The page is gone: find its new address and write it under this source in digest.toml."
    if status in (401, 403):
        return "The page does not let this program in: ask whoever runs it, or use another source."
    return "It is asked again next time; what it gave before is kept."
