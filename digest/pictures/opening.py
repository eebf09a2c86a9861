"""Opening: bytes become a picture in plain sRGB, upright, without transparency, or they are refused.

What a server says of a file's type is not asked; its first octets decide. Of formats only those that mail programs and
browsers know are tried, so that the decoders of all others are never reached.
"""

from __future__ import annotations

import io
import warnings

from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError, features

from digest.domain.errors import PictureError

#: what is opened; SVG is a program, and not among them
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", *(("AVIF",) if features.check("avif") else ()))
#: pixels that are unpacked at most: 160 MB with four octets each, within the gigabyte of a child
MOST_PIXELS = 40_000_000
#: a side that is so many times the other makes a banner or a logo, of which a cut in 16:9 shows anything
MOST_RATIO = 3.0
#: octets of a colour profile that is heeded; those of printers have less
MOST_PROFILE = 2 * 1024 * 1024

_OPAQUE_MODES = ("1", "L", "RGB", "CMYK", "YCbCr", "HSV", "LAB", "P")
_WHITE = (255, 255, 255, 255)
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def opened(content: bytes, enough: int) -> Image.Image:
    """Return a picture in mode RGB as people see it; of several frames the first.

    enough: pixels that each side needs at most; of a larger JPEG no more is unpacked than that takes.
    Raises PictureError for what is empty, no picture of these formats, broken, too large or too long, and for nothing
    else: decoders raise whatever they like.
    """
    if not content:
        raise PictureError("it is empty")
    try:
        with warnings.catch_warnings():
            # decoders grumble at what is odd, and a child speaks to the terminal
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _opened(content, enough)
    except PictureError:
        raise
    except UnidentifiedImageError as fault:
        raise PictureError("it is no JPEG, PNG, GIF, WebP or AVIF picture") from fault
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise PictureError(f"it has more than {MOST_PIXELS // 1_000_000} million pixels") from fault
    except Exception as fault:
        raise PictureError("it is damaged") from fault


def _opened(content: bytes, enough: int) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise PictureError(f"it has more than {MOST_PIXELS // 1_000_000} million pixels")
        if max(width, height) > MOST_RATIO * min(width, height):
            raise PictureError(f"it is too long and narrow ({width} × {height})")
        # a square: it may lie on its side
        image.draft(None, (enough, enough))
        image.load()
        return _on_white(_in_srgb(_upright(image)))


def _upright(image: Image.Image) -> Image.Image:
    """Turn a picture as its camera says that it was held (Exif 4.6.5.1.6, Orientation)."""
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        # what a broken note on a good picture raises is anybody's guess
        turn = None
    return image if turn is None else image.transpose(turn)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Heed a picture's colour profile, where it has one that can be read."""
    profile = image.info.get("icc_profile")
    if not profile or len(profile) > MOST_PROFILE or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        made = ImageCms.profileToProfile(
            image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode=target, inPlace=False
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        # a profile that is broken or for other colours says nothing
        return image
    return made or image


def _on_white(image: Image.Image) -> Image.Image:
    """Return a picture in mode RGB; what is transparent is white, in dark surroundings, too: most such are drawn so."""
    if image.mode.startswith("I"):
        # sixteen bits of grey; Pillow would cut off what is above 255
        image = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in _OPAQUE_MODES and "transparency" not in image.info:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    ground = Image.new("RGBA", seen.size, _WHITE)
    ground.alpha_composite(seen)
    return ground.convert("RGB")
