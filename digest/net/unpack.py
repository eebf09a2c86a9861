"""Unpack: bodies that servers pack with gzip or Brotli, never more than a piece at once."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import brotli  # type: ignore[import-untyped]

from digest.domain.errors import FetchError

#: what is asked for (RFC 9110 12.5.3)
ENCODINGS = "gzip, br"
#: bytes that are unpacked at once, however small the bomb (Brotli gives up to twice as many)
PIECE = 256 * 1024
#: packed bytes that are read: some unpack to nothing, for ever
MOST_PACKED = 10 * 1024 * 1024
#: parts of one gzip stream (RFC 1952 2.2); the smallest block-wise packer makes about 160 of 10 MB
MOST_MEMBERS = 1_000

_GZIP = b"\x1f\x8b"


def unpacked(chunks: Iterable[bytes], encoding: str, address: str) -> Iterator[bytes]:
    """Yield a body's content in pieces of about PIECE bytes at most, or as it came where it is not packed.

    encoding: the Content-Encoding header; address: for messages. Raises FetchError where it is packed wrongly,
    in another way than was asked for, or ends before its end.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return iter(chunks)
    if name in ("gzip", "x-gzip"):
        return _gzip(_bounded(chunks, address), address)
    if name == "br":
        return _brotli(_bounded(chunks, address), address)
    raise FetchError(
        f"{address} came in an encoding that was not asked for ({encoding[:40]}).", "Tell whoever runs the site."
    )


def _bounded(chunks: Iterable[bytes], address: str) -> Iterator[bytes]:
    read = 0
    for chunk in chunks:
        read += len(chunk)
        if read > MOST_PACKED:
            raise FetchError(
                f"{address} is larger than {MOST_PACKED // 1024 // 1024} MB, packed.",
                "Give the address of a smaller page.",
            )
        yield chunk


def _gzip(chunks: Iterable[bytes], address: str) -> Iterator[bytes]:
    inflate, members = _inflate(), 0
    packed, begun = b"", False
    for chunk in chunks:
        packed += chunk
        while packed:
            if inflate.eof:
                if len(packed) < len(_GZIP):
                    break
                if packed[: len(_GZIP)] != _GZIP:
                    # padding behind the end, which gzip itself passes over, too
                    return
                inflate, members = _inflate(), members + 1
                if members >= MOST_MEMBERS:
                    raise _wrong(address, "it has too many parts")
            begun = True
            try:
                piece = inflate.decompress(packed, PIECE)
            except zlib.error as fault:
                raise _wrong(address, str(fault)) from fault
            packed = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            if piece:
                yield piece
    if begun and not inflate.eof:
        yield from _rest(inflate, address)


def _rest(inflate: zlib._Decompress, address: str) -> Iterator[bytes]:
    """Yield what zlib still holds when everything was put in: a full last piece leaves some behind."""
    while not inflate.eof:
        try:
            piece = inflate.decompress(b"", PIECE)
        except zlib.error as fault:
            raise _wrong(address, str(fault)) from fault
        if not piece and not inflate.eof:
            raise _cut(address)
        if piece:
            yield piece


def _inflate() -> zlib._Decompress:
    # 16 + MAX_WBITS: gzip, with its checksum
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _brotli(chunks: Iterable[bytes], address: str) -> Iterator[bytes]:
    decoder, begun = brotli.Decompressor(), False
    for chunk in chunks:
        begun = True
        packed = chunk
        while not decoder.is_finished():
            if piece := _piece(decoder, packed, address):
                yield piece
            packed = b""
            if decoder.can_accept_more_data():
                break
    # that it takes more does not mean that it has given everything
    while begun and not decoder.is_finished():
        piece = _piece(decoder, b"", address)
        if not piece and not decoder.is_finished():
            raise _cut(address)
        yield piece


def _piece(decoder: brotli.Decompressor, packed: bytes, address: str) -> bytes:
    try:
        return bytes(decoder.process(packed, output_buffer_limit=PIECE))
    except brotli.error as fault:
        raise _wrong(address, "Brotli cannot read it") from fault


def _wrong(address: str, why: str) -> FetchError:
    return FetchError(f"{address} is packed wrongly: {why}.", "It is asked again next time.")


def _cut(address: str) -> FetchError:
    return FetchError(f"{address} was cut short: its packed body has no end.", "It is asked again next time.")
