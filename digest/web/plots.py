"""Plots as SVG: text that any browser shows and any screen reader reads, with no script in it."""

from __future__ import annotations

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


def _short(name: str) -> str:
    return name if len(name) <= NAME_CHARACTERS else name[: NAME_CHARACTERS - 1].rstrip() + "…"
