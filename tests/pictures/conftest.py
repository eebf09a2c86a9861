"""Pictures made for the tests."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def landscape(width: int = 1600, height: int = 900, mode: str = "RGB") -> Image.Image:
    """A picture that shows something: light in the middle, red to the left, blue to the right."""
    light = Image.radial_gradient("L").resize((width, height))
    right = Image.linear_gradient("L").rotate(90).resize((width, height))
    left = right.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return Image.merge("RGB", (left, light, right)).convert(mode)


def quarters(width: int = 640, height: int = 480) -> Image.Image:
    """A picture whose corners tell which way up it is: red, green, blue, black, clockwise from the upper left."""
    image = Image.new("RGB", (width, height))
    for at, colour in (((0, 0), "red"), ((width // 2, 0), "lime"), ((width // 2, height // 2), "blue")):
        image.paste(colour, (*at, at[0] + width // 2, at[1] + height // 2))
    return image


def file(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def seen(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image
