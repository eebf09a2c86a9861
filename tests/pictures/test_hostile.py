"""Hostile files: each is left out, or becomes a picture that is this program's own. Nothing else ever comes of them."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from digest.children.limited import Unfinished
from digest.domain.errors import PictureError
from digest.domain.model import Shape
from digest.pictures.resizer import Resizer
from digest.pictures.shaping import shaped
from tests.pictures.conftest import file, landscape, seen

_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="900" onload="alert(1)">'
    b"<script>alert(1)</script><rect width='800' height='900'/></svg>"
)


@pytest.fixture(scope="module")
def resizer() -> Iterator[Resizer]:
    with Resizer(workers=1) as made:
        yield made


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG of one bit a pixel that says what it likes of its size (ISO/IEC 15948)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def noted(megabytes: int) -> bytes:
    """A picture with a packed note that unpacks to so much."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "a" * megabytes * 1024 * 1024, zip=True)
    return file(landscape(400, 300), pnginfo=notes)


def zeros(width: int, height: int) -> bytes:
    return png(width, height, zlib.compress(b"\0" * ((width + 7) // 8 + 1) * height, 9))


_REFUSED = {
    "nothing": (b"", "it is empty"),
    "svg with script": (_SVG, "it is no JPEG"),
    "svg in a prologue": (b'<?xml version="1.0"?><!DOCTYPE svg>' + _SVG, "it is no JPEG"),
    "a page": (b"<!DOCTYPE html><html><body><h1>404</h1></body></html>", "it is no JPEG"),
    "a text": (b"Not found\n", "it is no JPEG"),
    "a TIFF": (file(landscape(), "TIFF"), "it is no JPEG"),
    "a BMP": (file(landscape(), "BMP"), "it is no JPEG"),
    "an icon": (file(landscape(256, 256), "ICO"), "it is no JPEG"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1600 900\n(rm) show\n", "it is no JPEG"),
    "half a JPEG": (file(landscape(), "JPEG")[:4_000], "it is damaged"),
    "half a PNG": (file(landscape(), "PNG")[:2_000], "it is damaged"),
    "half a WebP": (file(landscape(), "WEBP")[:2_000], "it is"),
    "a head alone": (b"GIF89a", "it is"),
    "100 megapixels": (zeros(10_000, 10_000), "more than 40 million pixels"),
    "a billion pixels": (zeros(32_000, 32_000), "more than 40 million pixels"),
    "a note of 100 MB": (noted(100), "it is damaged"),
    "a size that nobody has": (png(2**31 - 1, 2**31 - 1), "it "),
    "a script in a GIF": (b"GIF89a/*" + b"\0" * 40 + b"*/=alert(1);//", "it is"),
}


@pytest.mark.parametrize("name", _REFUSED)
def test_it_is_refused_at_once_and_says_why(name: str, resizer: Resizer) -> None:
    content, why = _REFUSED[name]
    began = time.monotonic()
    with pytest.raises(PictureError, match=why):
        resizer.shaped(content)
    assert time.monotonic() - began < 9, "not because it took too long"


def test_a_tiny_file_of_many_pixels_is_what_the_test_says() -> None:
    assert len(zeros(10_000, 10_000)) < 20_000


def test_a_picture_that_is_a_script_too_becomes_a_picture_alone() -> None:
    gif = file(landscape(), "GIF")
    both = gif[:6] + b"/*" + gif[8:] + b"*/=1;alert(document.domain)//<script>alert(1)</script>"
    try:
        made = shaped(both)
    except PictureError:
        return
    assert all(b"alert" not in one.content and seen(one.content).format == "JPEG" for one in made.pictures.values())


def test_what_stands_behind_a_picture_is_gone() -> None:
    content = file(landscape(), "JPEG") + b"<script>alert(1)</script>PK\x03\x04"
    assert all(b"alert" not in one.content for one in shaped(content).pictures.values())


def test_a_picture_that_fills_the_memory_ends_its_child_and_nobody_else(resizer: Resizer) -> None:
    with pytest.raises(Unfinished, match="it took too much memory"):
        resizer._children.done(_hoard, b"")
    assert set(resizer.shaped(file(landscape())).pictures) == set(Shape)


def test_a_picture_that_takes_for_ever_is_left_out() -> None:
    # one that takes most of a second: whoever looks at the clock does so some times a second
    large = file(landscape(6_000, 4_000), "PNG")
    with Resizer(workers=1, seconds=0.001) as hurried, pytest.raises(PictureError, match="cannot be opened: it took"):
        hurried.shaped(large)


def _hoard(content: bytes) -> None:
    bytearray(8 * 1024 * 1024 * 1024)


@given(st.binary(max_size=400))
@example(file(Image.new("RGB", (200, 200)))[:60])
def test_no_octets_raise_anything_but_the_one_error(content: bytes) -> None:
    with pytest.raises(PictureError):
        shaped(content)


_WHOLE = {kind: file(landscape(200, 120), kind) for kind in ("PNG", "JPEG", "GIF", "WEBP")}


@given(st.sampled_from(sorted(_WHOLE)), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=12))
def test_a_damaged_picture_is_shown_or_left_out(kind: str, damage: list[tuple[float, int]]) -> None:
    content = bytearray(_WHOLE[kind])
    for place, value in damage:
        content[int(place * len(content))] = value
    try:
        made = shaped(bytes(content))
    except PictureError:
        return
    assert all(seen(one.content).format == "JPEG" for one in made.pictures.values())
    assert io.BytesIO(content).read(1)
