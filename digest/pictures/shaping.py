"""Shaping: a picture becomes JPEG files in the shapes that emails show, each of at most so many bytes."""

from __future__ import annotations

import hashlib
import io

from PIL import Image

from digest.domain.errors import PictureError
from digest.domain.model import Picture, Shape, Shaped
from digest.pictures.opening import opened

#: bytes of a file at most
MOST_BYTES = 60_000
#: octets of a name's hash (SHA-256); its bytes are this program's own, so that nobody chooses them
NAME_OCTETS = 16

#: JPEG's qualities that are tried in turn; below the last a smaller picture looks better
_QUALITIES = (84, 78, 72, 66, 60, 54, 48)
_SMALLER = 0.85
#: between the darkest and the lightest of each colour there is more in a picture that shows something
_LEAST_CONTRAST = 8


def shaped(content: bytes) -> Shaped:
    """Make all shapes of a picture. The same bytes give the same ones, with the same version of Pillow.

    Raises PictureError where it cannot be opened, shows one colour only, or is too small for every shape.
    """
    image = opened(content, max(max(shape.file_size) for shape in Shape))
    pictures: dict[Shape, Picture] = {}
    missing: dict[Shape, str] = {}
    for shape in Shape:
        width, height = shape.size
        box = _middle(image.size, width / height)
        if box[2] - box[0] < width or box[3] - box[1] < height:
            missing[shape] = f"it is too small ({image.width} × {image.height})"
        else:
            pictures[shape] = _picture(image, box, shape)
    if not pictures:
        raise PictureError(missing[Shape.HERO])
    return Shaped(pictures=pictures, missing=missing)


def _middle(size: tuple[int, int], ratio: float) -> tuple[float, float, float, float]:
    """Return the largest box of a ratio in the middle of a picture: left, upper, right, lower."""
    width, height = size
    wide, high = min(width, height * ratio), min(height, width / ratio)
    left, upper = (width - wide) / 2, (height - high) / 2
    return left, upper, left + wide, upper + high


def _picture(image: Image.Image, box: tuple[float, float, float, float], shape: Shape) -> Picture:
    width, height = shape.file_size
    if box[2] - box[0] < width:
        # never made larger than it is: that adds bytes and nothing to see
        width, height = round(box[2] - box[0]), round(box[3] - box[1])
    cut = image.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
    if all(high - low < _LEAST_CONTRAST for low, high in _ranges(cut)):
        raise PictureError("it shows nothing but one colour")
    while True:
        for quality in _QUALITIES:
            content = _jpeg(cut, quality)
            if len(content) <= MOST_BYTES:
                name = f"{hashlib.sha256(content).digest()[:NAME_OCTETS].hex()}.jpg"
                return Picture(name=name, width=cut.width, height=cut.height, content=content)
        smaller = (round(cut.width * _SMALLER), round(cut.height * _SMALLER))
        cut = cut.resize(smaller, Image.Resampling.LANCZOS)


def _ranges(image: Image.Image) -> tuple[tuple[int, int], ...]:
    found: tuple[tuple[int, int], ...] = image.getextrema()  # type: ignore[assignment]  # of a picture in colour
    return found


def _jpeg(image: Image.Image, quality: int) -> bytes:
    # what a copy keeps of the file that came (comments, a profile) would be written, too
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    made = io.BytesIO()
    bare.save(made, "JPEG", quality=quality, progressive=True, optimize=True, subsampling="4:2:0")
    return made.getvalue()
