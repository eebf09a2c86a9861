"""Colour: contrast as WCAG 2.2 defines it."""

from __future__ import annotations

#: least contrast of text (WCAG 2.2, success criterion 1.4.3)
READABLE = 4.5
# white, the house's dark ink, and black for grounds in the middle that neither is readable on
_INKS = ("#ffffff", "#0e1a26", "#000000")


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio (1 to 21) of two colours written #rrggbb."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(ground: str) -> str:
    """Return the first ink that is readable on a ground; black is where no other is."""
    return next(ink for ink in _INKS if contrast(ink, ground) >= READABLE or ink == _INKS[-1])


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
