"""What is made of a picture: its shapes, its bytes, and what of the file that came does not get through."""

from __future__ import annotations

import io
import os
import struct

import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin, features

from digest.domain.errors import PictureError
from digest.domain.model import Picture, Shape
from digest.pictures.shaping import MOST_BYTES, shaped
from tests.pictures.conftest import file, landscape, quarters, seen


def hero(content: bytes) -> Picture:
    return shaped(content).pictures[Shape.HERO]


def thumbnail(content: bytes) -> Image.Image:
    return seen(shaped(content).pictures[Shape.THUMBNAIL].content)


def colour(image: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place, given as parts of width and height."""
    found = image.getpixel((round(x * (image.width - 1)), round(y * (image.height - 1))))
    assert isinstance(found, tuple)
    return found


def near(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 12) -> bool:
    return all(abs(one - other) <= by for one, other in zip(found, wanted, strict=True))


def test_a_picture_is_served_at_twice_the_size_at_which_it_is_shown() -> None:
    made = shaped(file(landscape()))
    assert {shape: (one.width, one.height) for shape, one in made.pictures.items()} == {
        Shape.HERO: (1104, 622),
        Shape.THUMBNAIL: (480, 270),
    }
    for one in made.pictures.values():
        assert seen(one.content).size == (one.width, one.height)
        assert one.content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("size", "served"), [((800, 600), (800, 451)), ((1104, 622), (1104, 622)), ((552, 311), (552, 311))]
)
def test_a_smaller_one_is_served_at_its_own_size_and_never_made_larger(
    size: tuple[int, int], served: tuple[int, int]
) -> None:
    made = hero(file(landscape(*size)))
    assert (made.width, made.height) == served


def test_what_is_smaller_than_it_would_be_shown_is_left_out_in_that_shape_alone() -> None:
    made = shaped(file(landscape(500, 400)))
    assert list(made.pictures) == [Shape.THUMBNAIL]
    assert made.missing == {Shape.HERO: "it is too small (500 × 400)"}


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (64, 64), (159, 90), (160, 89)])
def test_icons_and_tracking_pixels_are_no_pictures(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match="too small"):
        shaped(file(landscape(*size)))


@pytest.mark.parametrize("size", [(10_000, 1), (1, 10_000), (1_600, 500), (400, 1_300)])
def test_banners_are_no_pictures(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match="too long and narrow"):
        shaped(file(landscape(*size)))


def test_of_a_picture_in_another_ratio_the_middle_is_shown() -> None:
    tall = Image.new("RGB", (800, 1_200), "white")
    tall.paste("black", (0, 400, 800, 800))
    cut = seen(hero(file(tall)).content)
    assert near(colour(cut, 0.5, 0.5), (0, 0, 0))
    assert near(colour(cut, 0.5, 0.0), (255, 255, 255)), "a strip of what is above is in it"
    wide = landscape(1_600, 620)
    assert colour(seen(hero(file(wide)).content), 0, 0.5)[0] < colour(seen(file(wide)), 0, 0.5)[0], "the edge is cut"


@pytest.mark.parametrize("shade", ["white", "black", "#0b5cad"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_one_colour_is_no_picture(shade: str, kind: str) -> None:
    with pytest.raises(PictureError, match="one colour"):
        shaped(file(Image.new("RGB", (1200, 800), shade), kind))


def test_nothing_at_all_on_a_transparent_ground_is_no_picture() -> None:
    with pytest.raises(PictureError, match="one colour"):
        shaped(file(Image.new("RGBA", (1200, 800), (200, 0, 0, 0))))


def test_the_same_picture_gives_the_same_bytes_and_the_same_name() -> None:
    content = file(landscape())
    assert hero(content) == hero(content)
    assert hero(content).name != hero(file(landscape(1500, 900))).name
    assert len(hero(content).name) == len("0" * 32 + ".jpg")


def test_noise_is_written_in_no_more_than_sixty_kilobytes() -> None:
    noise = Image.frombytes("RGB", (1_600, 900), os.urandom(1_600 * 900 * 3))
    for one in shaped(file(noise)).pictures.values():
        assert len(one.content) <= MOST_BYTES
        assert one.width >= 480


def test_it_comes_as_a_progressive_jpeg() -> None:
    assert seen(hero(file(landscape())).content).info["progressive"]


# ---------------------------------------------------------------------------------------------
# Formats and modes


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_every_format_of_the_web_is_opened(kind: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow knows no AVIF")
    cut = seen(hero(file(landscape(), kind)).content)
    left, right = colour(cut, 0.02, 0.5), colour(cut, 0.98, 0.5)
    assert left[0] > left[2] + 100
    assert right[2] > right[0] + 100


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"),
        ("L", "PNG"),
        ("L", "JPEG"),
        ("LA", "PNG"),
        ("P", "PNG"),
        ("P", "GIF"),
        ("RGB", "WEBP"),
        ("RGBA", "PNG"),
        ("RGBA", "WEBP"),
        ("CMYK", "JPEG"),
        ("YCbCr", "JPEG"),
    ],
)
def test_every_mode_looks_as_it_did(mode: str, kind: str) -> None:
    before = landscape(mode=mode)
    cut = seen(hero(file(before, kind)).content)
    plain = before.convert("RGB").resize(cut.size, Image.Resampling.LANCZOS)
    for place in ((0.05, 0.05), (0.5, 0.5), (0.95, 0.5)):
        # a dithered picture is looked at over a field, as an eye does
        found, wanted = (
            image.resize((11, 11), Image.Resampling.BOX).getpixel((round(place[0] * 10), round(place[1] * 10)))
            for image in (cut, plain)
        )
        assert isinstance(found, tuple)
        assert isinstance(wanted, tuple)
        assert near(found, wanted, by=16), (mode, kind, place)


def test_sixteen_bits_of_grey_keep_their_shades() -> None:
    line = b"".join(struct.pack("<H", column // 300 * 20_000) for column in range(1_200))
    image = Image.frombytes("I;16", (1_200, 800), line * 800)
    cut = seen(hero(file(image)).content)
    shades = [colour(cut, (column + 0.5) / 4, 0.5)[0] for column in range(4)]
    assert [abs(shade - column * 20_000 / 257) <= 4 for column, shade in enumerate(shades)] == [True] * 4


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_is_white(kind: str) -> None:
    image = Image.new("RGBA", (1_200, 800), (0, 0, 0, 0))
    image.paste((200, 30, 30, 255), (400, 200, 800, 600))
    cut = seen(hero(file(image, kind)).content)
    assert near(colour(cut, 0.02, 0.5), (255, 255, 255))
    assert near(colour(cut, 0.5, 0.5), (200, 30, 30))


def test_a_palette_with_a_transparent_colour_and_a_keyed_one_are_white_there() -> None:
    picture = quarters(1_200, 800)
    keyed = file(picture, transparency=(255, 0, 0))
    palette = picture.convert("P", palette=Image.Palette.ADAPTIVE)
    indexed = file(palette, transparency=palette.getpixel((10, 10)))
    for content in (keyed, indexed):
        cut = seen(hero(content).content)
        assert near(colour(cut, 0.1, 0.1), (255, 255, 255))
        assert near(colour(cut, 0.9, 0.9), (0, 0, 255))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_several_frames_the_first_is_shown(kind: str) -> None:
    frames = [landscape(), *(Image.new("RGB", (1_600, 900), shade) for shade in ("black", "white"))]
    content = file(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, loop=0)
    cut = seen(hero(content).content)
    assert getattr(cut, "n_frames", 1) == 1
    assert colour(cut, 0.02, 0.5)[0] > 150


# ---------------------------------------------------------------------------------------------
# What a file brings along


def with_exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Camera of the head"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (51.0, 30.0, 12.0)
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    picture = quarters()
    return file(picture.transpose(back) if back is not None else picture, "JPEG", exif=exif, quality=95)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_however_the_camera_was_held(orientation: int) -> None:
    cut = thumbnail(with_exif(orientation))
    corners = [colour(cut, *place) for place in ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))]
    wanted = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)]
    assert [near(*pair, by=30) for pair in zip(corners, wanted, strict=True)] == [True] * 4, corners


def segments(content: bytes) -> set[int]:
    """The markers of a JPEG's segments before its picture (ITU-T T.81 B.1.1.3)."""
    found, at = set(), 2
    while content[at + 1] != 0xDA:
        found.add(content[at + 1])
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return found


def test_no_metadata_gets_through() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.open(io.BytesIO(with_exif(6))).getexif()
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "a person’s name", zip=True)
    contents = [
        file(landscape(), "JPEG", exif=exif, icc_profile=profile, comment=b"taken at home", dpi=(72, 72), xmp=b"<x/>"),
        file(landscape(), "PNG", exif=exif, icc_profile=profile, pnginfo=notes),
        file(landscape(), "WEBP", exif=exif, icc_profile=profile, xmp=b"<x:xmpmeta/>"),
        file(landscape(), "GIF", comment=b"taken at home"),
    ]
    for content in contents:
        made = hero(content).content
        # APP0 (JFIF), tables, frame: neither APP1 (Exif, XMP), APP2 (profile), APP13 (IPTC) nor a comment
        assert segments(made) <= {0xE0, 0xDB, 0xC2, 0xC4}
        assert set(seen(made).info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }


def test_a_broken_note_of_the_camera_spoils_no_picture() -> None:
    content = file(quarters(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 40)
    assert near(colour(thumbnail(content), 0.1, 0.1), (255, 0, 0), by=30)


def test_a_colour_profile_is_heeded() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # in these colours red is blue and blue is red
    swapped = profile.replace(b"rXYZ", b"tmp ", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tmp ", b"bXYZ", 1)
    cut = seen(hero(file(landscape(), "PNG", icc_profile=swapped)).content)
    assert colour(cut, 0.02, 0.5)[2] > colour(cut, 0.02, 0.5)[0] + 100


@pytest.mark.parametrize(
    "profile", [b"no profile", b"\0" * 3_000_000, os.urandom(4_000)], ids=["text", "huge", "noise"]
)
def test_a_profile_that_says_nothing_is_passed_over(profile: bytes) -> None:
    content = file(landscape(), "WEBP", lossless=True, icc_profile=profile)
    assert hero(content) == hero(file(landscape()))
