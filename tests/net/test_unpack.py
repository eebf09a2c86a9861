from __future__ import annotations

import gzip
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain.errors import FetchError
from digest.net import unpack
from digest.net.fetch import Web
from digest.net.unpack import PIECE, unpacked
from tests.conftest import Site
from tests.net.conftest import Raw

MEGABYTE = 1024 * 1024
PACKERS = {"gzip": gzip.compress, "br": brotli.compress}


def _unpacked(chunks: Iterable[bytes], encoding: str) -> bytes:
    return b"".join(unpacked(chunks, encoding, "http://a.example/"))


def _cut(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("encoding", ["gzip", "br", " GZip ", "BR", "x-gzip"])
@pytest.mark.parametrize("size", [1, 7, 65536])
@pytest.mark.parametrize("body", [b"", b"hello" * 999, bytes(3 * PIECE), bytes(PIECE), bytes(PIECE - 1)])
def test_packed_pages_are_unpacked_however_they_come(encoding: str, size: int, body: bytes) -> None:
    packed = PACKERS[encoding.strip().lower().removeprefix("x-")](body)
    assert _unpacked(_cut(packed, size), encoding) == body


@given(st.lists(st.binary(max_size=50)), st.sampled_from(["gzip", "br"]), st.integers(1, 40))
def test_whatever_is_packed_comes_out_as_it_was(parts: list[bytes], encoding: str, size: int) -> None:
    body = b"".join(parts)
    assert _unpacked(_cut(PACKERS[encoding](body), size), encoding) == body


@given(st.binary(max_size=200), st.sampled_from(["gzip", "br"]), st.integers(0, 80))
def test_what_is_altered_is_told_or_read_but_ends(junk: bytes, encoding: str, at: int) -> None:
    packed = bytearray(PACKERS[encoding](b"hello hello hello" * 40))
    packed[at : at + len(junk)] = junk
    with suppress(FetchError):
        _unpacked(_cut(bytes(packed), 16), encoding)


@pytest.mark.parametrize("encoding", ["gzip", "br"])
@pytest.mark.parametrize("lost", [1, 4, 8, 40])
def test_a_packed_body_without_its_end_was_cut_short(encoding: str, lost: int) -> None:
    packed = PACKERS[encoding](bytes(range(256)) * 20)
    with pytest.raises(FetchError, match="cut short"):
        _unpacked([packed[:-lost]], encoding)


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_nothing_at_all_is_an_empty_page(encoding: str) -> None:
    assert _unpacked([], encoding) == b""


@pytest.mark.parametrize("size", [1, 5, 65536])
def test_every_part_of_a_gzip_stream_is_read(size: int) -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two")
    assert _unpacked(_cut(packed, size), "gzip") == b"one two"
    with pytest.raises(FetchError, match="cut short"):
        _unpacked(_cut(packed[:-3], size), "gzip")


@pytest.mark.parametrize("behind", [b"\0" * 512, b"\n", b"\x1f", b"<!-- cached -->"])
def test_padding_behind_a_gzip_stream_is_passed_over(behind: bytes) -> None:
    assert _unpacked(_cut(gzip.compress(b"page") + behind, 3), "gzip") == b"page"


def test_a_wrong_checksum_is_told() -> None:
    packed = bytearray(gzip.compress(b"page"))
    packed[-8] ^= 1
    with pytest.raises(FetchError, match="packed wrongly"):
        _unpacked([bytes(packed)], "gzip")


@pytest.mark.parametrize("encoding", ["gzip, gzip", "deflate", "zstd", "compress", "\xff"])
def test_other_encodings_were_not_asked_for(encoding: str) -> None:
    with pytest.raises(FetchError, match="not asked for"):
        _unpacked([b"x"], encoding)


def _empty_blocks() -> Iterator[bytes]:
    """A gzip stream of empty blocks: it never ends and never holds anything."""
    yield gzip.compress(b"")[:10]
    while True:
        yield b"\x00\x00\x00\xff\xff" * 1000


def _empty_parts() -> Iterator[bytes]:
    while True:
        yield gzip.compress(b"") * 1000


def _metadata() -> Iterator[bytes]:
    """A Brotli stream of metadata blocks, which are skipped (RFC 7932 9.2), a byte in each."""
    # bits, the lowest first: window 0; then not last 0, metadata 11, reserved 0, length of the length 10, length 0
    yield b"\x2c\x00x"
    while True:
        yield b"\x16\x00x" * 20_000


@pytest.mark.parametrize(
    ("encoding", "chunks", "why"),
    [
        ("gzip", _empty_blocks, "larger than 10 MB, packed"),
        ("gzip", _empty_parts, "too many parts"),
        ("br", _metadata, "larger than 10 MB, packed"),
    ],
)
def test_what_unpacks_to_nothing_for_ever_ends(encoding: str, chunks: Callable[[], Iterator[bytes]], why: str) -> None:
    began = time.monotonic()
    with pytest.raises(FetchError, match=why):
        _unpacked(chunks(), encoding)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_no_piece_is_large_however_small_the_bomb(encoding: str) -> None:
    packed = PACKERS[encoding](bytes(32 * MEGABYTE))
    assert max(len(piece) for piece in unpacked([packed], encoding, "a")) <= 2 * PIECE


_BOMB = """
import sys
from pathlib import Path
from digest.net.fetch import Web
address, web = sys.argv[1], Web()
web.fetch(address + "warm", allow_private=True)
def peak():
    # getrusage would count what the process held that started this one
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024
before = peak()
try:
    web.fetch(address + "bomb", allow_private=True)
except Exception as fault:
    print(peak() - before, type(fault).__name__, fault)
"""


def _bomb(encoding: str) -> bytes:
    if encoding == "br":
        packer = brotli.Compressor(quality=5)
        return b"".join(packer.process(bytes(MEGABYTE)) for _ in range(1000)) + packer.finish()
    gzipper = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(gzipper.compress(bytes(MEGABYTE)) for _ in range(300)) + gzipper.flush()


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity"])
def test_a_bomb_takes_less_than_64_megabytes(site: Site, encoding: str) -> None:
    site.page("/warm", PACKERS.get(encoding, bytes)(b"small"), Content_Encoding=encoding)
    if encoding == "identity":

        def endless(asked: BaseHTTPRequestHandler) -> None:
            asked.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
            for _ in range(10_000):
                asked.wfile.write(bytes(MEGABYTE))

        site.pages["/bomb"] = endless
    else:
        site.page("/bomb", _bomb(encoding), Content_Encoding=encoding)
    done = subprocess.run(
        [sys.executable, "-c", _BOMB, site.address()], capture_output=True, text=True, timeout=60, check=True
    )
    grown, kind, *words = done.stdout.split()
    assert (kind, " ".join(words[1:])) == ("FetchError", "is larger than 10 MB.")
    assert int(grown) < 64


def test_a_bomb_without_end_that_dribbles_ends_at_the_deadline(
    raw: Callable[..., Raw], web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.net.fetch.MOST_SECONDS", 0.5)

    def play(one: socket.socket) -> None:
        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10])
        for _ in range(200):
            one.sendall(b"\x00\x00\x00\xff\xff")
            time.sleep(0.02)

    began = time.monotonic()
    with pytest.raises(FetchError, match="took more than"):
        web.fetch(raw(play).address, allow_private=True)
    assert time.monotonic() - began < 2


def test_a_packed_page_is_fetched(site: Site, web: Web) -> None:
    for encoding, packer in PACKERS.items():
        address = site.page(f"/{encoding}", packer(b"hello" * 999), Content_Encoding=encoding)
        assert web.fetch(address, allow_private=True).content == b"hello" * 999
    assert unpack.ENCODINGS == "gzip, br"
