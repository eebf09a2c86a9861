"""Plots as SVG: text that any browser shows and any screen reader reads, with no script in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from digest.stages.group.balance import Balance

_PLOTS = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "plots"), autoescape=True, undefined=jinja2.StrictUndefined
)
#: characters of a theme's name that fit beside its bars
NAME_CHARACTERS = 26


def balance(found: Balance, title: str, accent: str) -> str:
    """Draw how many stories stood under each theme month by month, as an SVG document.

    accent: the colour of the bars as #rrggbb.
    """
    return _PLOTS.get_template("balance.svg.j2").render(
        title=title,
        accent=accent,
        months=[f"{date(year, month, 1):%b}" for year, month in found.months],
        shares=found.shares,
        most=max((count for share in found.shares for count in share.counts), default=0),
        short=_short,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A number and what it is of."""

    label: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """What a plot amid a page is painted with: as CSS has it, so that a page's own colours for light and dark hold."""

    #: texts
    ink: str = "currentColor"
    #: what counts most; the last column
    strong: str = "var(--acc)"
    #: the others, and lines: 3:1 against the ground
    quiet: str = "var(--edge)"


#: a page's own
OF_THE_PAGE = Colours()
#: characters of a label that fit beside its bar
LABEL_CHARACTERS = 24
#: px: a column at least, a digit of the number above it, and what is between two of them
_COLUMN, _DIGIT, _BETWEEN = 36, 7.5, 8


def columns(key: str, title: str, points: Sequence[Point], colours: Colours = OF_THE_PAGE) -> str:
    """Draw numbers over time as columns, the last one stressed, as SVG to stand amid a page.

    key: names it in the page. No text is under 12 px, since it is never drawn smaller than it is.
    """
    digits = max((len(f"{point.value:,}") for point in points), default=0)
    step = max(_COLUMN, round(digits * _DIGIT) + _BETWEEN)
    return _drawn("columns.svg.j2", key, title, points, colours, step=step)


def bars(key: str, title: str, points: Sequence[Point], colours: Colours = OF_THE_PAGE) -> str:
    """Draw numbers of several things as bars, in their order, as SVG to stand amid a page; key: names it there."""
    return _drawn("bars.svg.j2", key, title, points, colours, short=_label)


def numbers(title: str, head: str, unit: str, points: Sequence[Point]) -> str:
    """Write the numbers of a plot as a table to open, in HTML; head, unit: what its two columns are called."""
    return _PLOTS.get_template("numbers.html.j2").render(title=title, head=head, unit=unit, points=points)


def _drawn(template: str, key: str, title: str, points: Sequence[Point], colours: Colours, **more: object) -> str:
    most = max((point.value for point in points), default=0)
    return _PLOTS.get_template(template).render(key=key, title=title, points=points, colours=colours, most=most, **more)


def _label(name: str) -> str:
    return name if len(name) <= LABEL_CHARACTERS else name[: LABEL_CHARACTERS - 1].rstrip() + "…"


def _short(name: str) -> str:
    return name if len(name) <= NAME_CHARACTERS else name[: NAME_CHARACTERS - 1].rstrip() + "…"
