"""Make the report on the emails: one page with every look in Chromium, what judges say, and each bar.

python tools/email_report.py [--chromium PROGRAM] [--vnu JAR] [--folder build/email-report]

The matrix is looks × light and dark × 390 and 700 px × with pictures and without × left to right and right to left;
each cell is looked at by axe-core and by the pixel. SpamAssassin and vnu (the Nu HTML checker) judge where they are
installed; vnu is a jar that npm has as well (vnu-jar). What is not installed is said and is no fault. Nothing is asked
of the network. The exit code is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import jinja2

from digest.domain.colour import READABLE
from tests.browser.viewing import SCHEMES, WIDTHS, Seen, Viewer, differing, out_of_order, viewer
from tests.emails import LOOKS, MOST, USUAL, Email, email
from tests.emails.judges import HARMLESS_BARRIERS, SPAM_BAR, Error, Spam, errors, spam

ROOT = Path(__file__).parents[1]
LANGUAGES = ("english", "arabic")
#: octets of HTML that an edition of so many stories may have; Gmail cuts a message off near 102 kB
SIZES = {USUAL: 40_000, MOST: 80_000}
COLUMNS = 72
#: what the page can hide, and what it is called there
KINDS = {
    "english": "left to right",
    "arabic": "right to left",
    "on": "with pictures",
    "off": "pictures blocked",
    "390": "phone",
    "700": "wide",
    "light": "light",
    "dark": "dark",
    "turned": "turned by force",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """An email as it was shown once, and what is wrong with it."""

    look: str
    language: str
    pictures: bool
    width: int
    scheme: str
    rtl: bool
    seen: Seen
    #: pixels that differ from the page before its styles were written into it
    moved: int

    @property
    def name(self) -> str:
        """What names its anchor and its picture."""
        return f"{self.look}-{self.language}-{'on' if self.pictures else 'off'}-{self.width}-{self.scheme}"

    @property
    def contrast(self) -> float:
        """The lowest that was painted."""
        return min(self.seen.contrasts().values())

    @property
    def disorder(self) -> list[str]:
        """Where the eye reads in another order than a screen reader."""
        return out_of_order(self.seen.texts, rtl=self.rtl)

    @property
    def faults(self) -> list[str]:
        """What is wrong, in words."""
        found = [f"{one.impact}: {one.help} ({len(one.where)} × {one.rule})" for one in self.seen.grave]
        found += [
            f"contrast {ratio:.1f}: “{words[:60]}”"
            for words, ratio in self.seen.contrasts().items()
            if ratio < READABLE
        ]
        if self.moved:
            found.append(f"{self.moved:,} pixels differ from the page before inlining")
        if self.seen.overhang > 0:
            found.append(f"{self.seen.overhang} px wider than the window: it scrolls sideways")
        return found + [f"out of order: {one}" for one in self.disorder]

    @property
    def remarks(self) -> list[str]:
        """What axe-core says besides, but for what is right in an email."""
        told = [
            f"{one.impact}: {one.help} ({one.rule})"
            for one in self.seen.faults
            if one not in self.seen.grave and one.rule not in HARMLESS_BARRIERS
        ]
        undecided = self.seen.undecided.get("color-contrast", 0)
        if undecided:
            told.append(f"axe-core could not tell {undecided} grounds; what was painted has {self.contrast:.1f} : 1")
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One thing that must hold."""

    name: str
    measured: str
    wanted: str
    #: None where nobody was there to look
    met: bool | None

    @property
    def word(self) -> str:
        """How it fares."""
        return {True: "met", False: "missed", None: "not looked at"}[self.met]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An email and what was said of it outside the browser."""

    email: Email
    html: str
    text: str
    spam: Spam | None
    errors: Sequence[Error] | None

    @property
    def name(self) -> str:
        """What it is called in the report."""
        return f"{self.email.look}, {self.email.name.replace('-pictures', '').replace('-', ' ')}"

    @property
    def octets(self) -> int:
        """Octets of the HTML."""
        return len(self.html.encode())

    @property
    def wide(self) -> list[str]:
        """Lines of the text that are too long and hold no address."""
        return [line for line in self.text.splitlines() if len(line) > COLUMNS and "://" not in line]

    @property
    def left_over(self) -> list[str]:
        """What a template left behind in the text, and links out of their order."""
        numbers = [int(one) for one in re.findall(r"^\[(\d+)\] ", self.text, re.MULTILINE)]
        astray = [] if numbers == list(range(1, len(numbers) + 1)) else ["links are not numbered in their order"]
        return re.findall(r"\{[{%#]|[}%#]\}|</?[a-z]+|mso-|\[\[digest:", self.text) + astray


def cells(browser: Viewer, folder: Path) -> Iterator[Cell]:
    """Show every cell of the matrix; write its picture."""
    for look, language in product(LOOKS, LANGUAGES):
        one = email(language, USUAL, look=look, pictures=True)
        page, styled = one.parts()[0], one.styled()
        for width in WIDTHS:
            turned = browser.turned(page, width)
            (folder / f"{look}-{language}-turned-{width}.png").write_bytes(turned)
        for pictures, width, scheme in product((True, False), WIDTHS, SCHEMES):
            seen = browser.look(page, width, scheme, pictures=pictures)
            cell = Cell(
                look=look,
                language=language,
                pictures=pictures,
                width=width,
                scheme=scheme,
                rtl=one.direction == "rtl",
                seen=seen,
                moved=differing(seen.picture, browser.picture(styled, width, scheme, pictures=pictures)),
            )
            (folder / f"{cell.name}.png").write_bytes(seen.picture)
            print(f"  {cell.name:<36}{'; '.join(cell.faults) or 'nothing wrong'}", flush=True)
            yield cell


def judged() -> list[Judged]:
    """Have every email judged outside the browser."""
    kinds = [(look, language, USUAL) for look, language in product(LOOKS, LANGUAGES)]
    kinds += [(look, LANGUAGES[0], MOST) for look in LOOKS]
    made = [email(language, stories, look=look, pictures=True) for look, language, stories in kinds]
    parts = {f"{one.look}-{one.name}": one.parts() for one in made}
    told = errors({name: html for name, (html, _) in parts.items()})
    return [
        Judged(
            email=one,
            html=parts[f"{one.look}-{one.name}"][0],
            text=parts[f"{one.look}-{one.name}"][1],
            spam=spam(one.message()),
            errors=None if told is None else told[f"{one.look}-{one.name}"],
        )
        for one in made
    ]


def bars(shown: Sequence[Cell], verdicts: Sequence[Judged]) -> list[Bar]:
    """Hold everything against its bar."""
    every = f"{len(shown)} cells"
    grave = sum(len(cell.seen.grave) for cell in shown)
    moved = sum(1 for cell in shown if cell.moved)
    wide = sum(1 for cell in shown if cell.seen.overhang > 0)
    astray = sum(1 for cell in shown if cell.disorder)
    low = min(cell.contrast for cell in shown)
    found = [
        Bar(name="axe-core", measured=f"{grave} grave in {every}", wanted="none serious or critical", met=not grave),
        Bar(
            name="contrast as painted",
            measured=f"{low:.1f} : 1 at least",
            wanted=f"{READABLE} : 1",
            met=low >= READABLE,
        ),
        Bar(
            name="same to the pixel",
            measured=f"{moved} of {every} differ",
            wanted="before and after inlining",
            met=not moved,
        ),
        Bar(name="sideways scrolling", measured=f"{wide} of {every}", wanted="none", met=not wide),
        Bar(name="reading order", measured=f"{astray} of {every} differ", wanted="as the source says", met=not astray),
    ]
    for stories, most in SIZES.items():
        size = max(one.octets for one in verdicts if len(one.email.layout.stories) == stories)
        found.append(
            Bar(
                name=f"HTML of {stories} stories",
                measured=f"{size / 1000:.1f} kB",
                wanted=f"{most // 1000} kB",
                met=size <= most,
            )
        )
    faults = sum(len(one.wide) + len(one.left_over) for one in verdicts)
    found.append(
        Bar(name="text part", measured=f"{faults} faults", wanted=f"{COLUMNS} columns, links in order", met=not faults)
    )
    points = [one.spam for one in verdicts if one.spam]
    found.append(
        Bar(
            name="SpamAssassin",
            measured=f"{max(one.points for one in points):.1f} points at most" if points else "not installed",
            wanted=f"{SPAM_BAR:.1f}, no rule of ours",
            met=all(one.passed for one in points) if points else None,
        )
    )
    complaints = [error for one in verdicts for error in one.errors or () if not error.reason]
    known = verdicts[0].errors is not None
    found.append(
        Bar(
            name="vnu",
            measured=f"{len(complaints)} errors" if known else "not installed",
            wanted="none that an email does not need",
            met=not complaints if known else None,
        )
    )
    return found


def written(folder: Path, shown: Sequence[Cell], verdicts: Sequence[Judged], met: Sequence[Bar]) -> Path:
    """Write the page; return where."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("email_report.html.j2").render(
        cells=shown,
        judged=verdicts,
        bars=met,
        looks=LOOKS,
        languages=LANGUAGES,
        widths=WIDTHS,
        schemes=SCHEMES,
        sizes=SIZES,
        columns=COLUMNS,
        kinds={look: look for look in LOOKS} | KINDS,
        allowed={
            rule: reason
            for rule, reason in HARMLESS_BARRIERS.items()
            if any(one.rule == rule for cell in shown for one in cell.seen.faults)
        },
    )
    file = folder / "index.html"
    file.write_text(page, encoding="utf8")
    return file


def main() -> int:
    """Make the report; return the exit code."""
    parser = argparse.ArgumentParser(
        description="Show every email in Chromium, have it judged, and write a page about it."
    )
    parser.add_argument("--chromium", default="", help="the browser's program; without it, `chromium` on the path")
    parser.add_argument("--vnu", default="", help="vnu.jar; without it, VNU_JAR or `vnu` on the path")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "email-report")
    given = parser.parse_args()
    program = given.chromium or "chromium"
    if shutil.which(program) is None:
        print(f"{program} cannot be found: install Chromium, or say where it is (make email-report CHROMIUM=…).")
        return 1
    if given.vnu:
        if not Path(given.vnu).is_file():
            print(f"There is no file {given.vnu}: VNU is the address of vnu.jar on this machine.")
            return 1
        os.environ["VNU_JAR"] = given.vnu
    shutil.rmtree(given.folder, ignore_errors=True)
    given.folder.mkdir(parents=True)
    with viewer(str(shutil.which(program))) as browser:
        shown = list(cells(browser, given.folder))
    verdicts = judged()
    met = bars(shown, verdicts)
    file = written(given.folder, shown, verdicts, met)
    print()
    for bar in met:
        print(f"{bar.name:<22}{bar.measured:<28}{bar.wanted:<34}{bar.word if bar.met else bar.word.upper()}")
    print(f"\nThe report is {file}.")
    return 0 if all(bar.met is not False for bar in met) else 1


if __name__ == "__main__":
    sys.exit(main())
