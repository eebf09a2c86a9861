"""Draw the pictures of the sample organisation's stories: calm shapes, this project's own work.

python tools/illustrations.py
"""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image, ImageDraw

SITE = Path(__file__).parent.parent / "digest" / "demo" / "site" / "pictures"
WIDTH, HEIGHT = 1104, 622
#: drawn so many times larger, then made smaller: edges are smooth
FINE = 2
COLOURS = 96

Colour = tuple[int, int, int]


def blend(one: Colour, other: Colour, part: float) -> Colour:
    """Mix two colours."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


class Sheet:
    """A sheet with a sky in bands from one colour to another."""

    def __init__(self, above: Colour, below: Colour, bands: int = 12) -> None:
        self.image = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), above)
        self.draw = ImageDraw.Draw(self.image)
        for band in range(bands):
            top = HEIGHT * band / bands
            self.box(0, top, WIDTH, HEIGHT, blend(above, below, band / (bands - 1)))

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, radius: float = 0) -> None:
        """Draw a box, with round corners where wanted."""
        corners = [FINE * value for value in (left, top, right, bottom)]
        self.draw.rounded_rectangle(corners, FINE * radius, fill=colour)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Draw a disc."""
        self.draw.ellipse([FINE * value for value in (x - radius, y - radius, x + radius, y + radius)], fill=colour)

    def shape(self, colour: Colour, *points: tuple[float, float]) -> None:
        """Draw a polygon."""
        self.draw.polygon([(FINE * x, FINE * y) for x, y in points], fill=colour)

    def wave(self, level: float, height: float, length: float, shift: float, colour: Colour) -> None:
        """Fill everything below a wavy line."""
        line = [(x, level + height * math.sin((x / length + shift) * math.tau)) for x in range(0, WIDTH + 8, 8)]
        self.shape(colour, *line, (WIDTH, HEIGHT), (0, HEIGHT))

    def save(self, name: str) -> None:
        """Write it, in few colours: such drawings need no more."""
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        SITE.mkdir(parents=True, exist_ok=True)
        small.quantize(COLOURS, dither=Image.Dither.NONE).save(SITE / f"{name}.png", optimize=True)


def house(sheet: Sheet, left: float, ground: float, wide: float, high: float, wall: Colour, roof: Colour) -> None:
    """Draw a house with a door and a lit window."""
    sheet.box(left, ground - high, left + wide, ground, wall)
    peak = (left + wide / 2, ground - high - wide * 0.42)
    sheet.shape(roof, (left - wide * 0.08, ground - high), peak, (left + wide * 1.08, ground - high))
    sheet.box(left + wide * 0.16, ground - high * 0.5, left + wide * 0.42, ground, roof, 6)
    sheet.box(left + wide * 0.56, ground - high * 0.72, left + wide * 0.84, ground - high * 0.38, (255, 226, 150), 4)


def doors() -> None:
    """A row of houses above the harbour in the morning."""
    sheet = Sheet((250, 214, 180), (253, 240, 222))
    sheet.disc(800, 250, 96, (255, 250, 236))
    sheet.wave(360, 26, 900, 0.1, (164, 190, 190))
    for number, (wide, high) in enumerate(((150, 170), (128, 136), (166, 196), (134, 150), (150, 176), (128, 140))):
        wall = ((246, 236, 220), (214, 120, 92), (236, 202, 150), (108, 150, 160), (250, 244, 232), (196, 148, 132))[
            number
        ]
        house(sheet, 70 + number * 165, 470, wide, high, wall, ((74, 92, 108), (92, 58, 58))[number % 2])
    sheet.wave(472, 6, 420, 0.0, (44, 110, 122))
    sheet.wave(520, 8, 360, 0.4, (32, 92, 106))
    sheet.wave(572, 8, 420, 0.7, (22, 74, 90))
    sheet.save("forty-doors")


def table() -> None:
    """A round table with fruit, seen from above."""
    sheet = Sheet((236, 240, 228), (220, 230, 218))
    sheet.disc(552, 330, 262, (198, 164, 122))
    sheet.disc(552, 322, 262, (222, 190, 148))
    for number in range(5):
        angle = math.tau * number / 5 - 0.9
        x, y = 552 + 178 * math.cos(angle), 322 + 178 * math.sin(angle)
        sheet.disc(x, y, 56, (250, 250, 246))
        sheet.disc(x, y, 40, ((206, 226, 226), (248, 220, 196))[number % 2])
        for piece, colour in enumerate(((214, 92, 78), (244, 178, 66), (122, 168, 88))):
            turn = math.tau * piece / 3 + number
            sheet.disc(x + 17 * math.cos(turn), y + 17 * math.sin(turn), 13, colour)
    sheet.disc(552, 322, 66, (108, 150, 160))
    for x, y, colour in ((530, 310, (214, 92, 78)), (574, 312, (244, 178, 66)), (552, 346, (122, 168, 88))):
        sheet.disc(x, y, 24, colour)
    sheet.save("snack-table")


def yard() -> None:
    """A boatyard at low tide."""
    sheet = Sheet((190, 214, 226), (232, 238, 234))
    sheet.wave(330, 30, 1_300, 0.3, (150, 178, 176))
    house(sheet, 90, 452, 250, 190, (196, 96, 78), (66, 80, 96))
    house(sheet, 380, 452, 180, 140, (240, 226, 200), (92, 58, 58))
    sheet.wave(450, 5, 600, 0.2, (206, 184, 146))
    for left, colour in ((610, (44, 110, 122)), (840, (214, 120, 92))):
        sheet.box(left + 86, 250, left + 92, 450, (74, 62, 56))
        sheet.shape((250, 246, 236), (left + 98, 262), (left + 98, 408), (left + 178, 408))
        sheet.shape(colour, (left, 428), (left + 200, 428), (left + 164, 488), (left + 36, 488))
    sheet.wave(540, 10, 500, 0.5, (104, 156, 164))
    sheet.wave(584, 8, 420, 0.1, (72, 130, 144))
    sheet.save("chandlers-yard")


def words() -> None:
    """Bubbles of talk that rise from the sea."""
    sheet = Sheet((38, 70, 98), (86, 134, 150))
    for x, y, wide, high, colour in (
        (170, 120, 330, 150, (250, 240, 220)),
        (560, 70, 250, 120, (244, 178, 66)),
        (690, 240, 300, 140, (214, 120, 92)),
        (300, 310, 260, 116, (164, 202, 200)),
    ):
        sheet.box(x, y, x + wide, y + high, colour, 44)
        sheet.shape(colour, (x + 60, y + high - 6), (x + 120, y + high - 6), (x + 52, y + high + 44))
        for number in range(3):
            sheet.disc(x + wide / 2 + (number - 1) * 44, y + high / 2, 11, (38, 70, 98))
    sheet.wave(500, 14, 420, 0.2, (44, 110, 122))
    sheet.wave(548, 12, 360, 0.6, (32, 92, 106))
    sheet.save("speak-first")


if __name__ == "__main__":
    for draw in (doors, table, yard, words):
        draw()
