"""Balance: how much each theme holds month by month, how sure it was, what staff corrected, and what fits nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.domain.model import OTHER, Theme
from digest.stages.group.telling import telling

#: words shown of each theme, and titles of what stands under Other
WORDS = 5
TITLES = 12
#: a word keeps turning up from so many stories
KEEPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A story as it stood in an edition, and where the program had put it before anybody looked."""

    slot: datetime
    title: str
    summary: str
    #: a theme's id, or OTHER
    theme: str
    #: of what stands under Other, the theme that was nearest; empty where nobody knows
    nearest: str
    placed: str
    checked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one theme holds; the last of all is Other."""

    theme: str
    name: str
    #: stories of each month
    counts: tuple[int, ...]
    #: how many the program put there, and how many of them it marked "check this"
    placed: int
    checked: int
    #: what staff moved
    moved_here: int
    moved_away: int
    #: how many of what stands under Other were nearest to it
    missed: int
    #: what keeps turning up there and not elsewhere
    words: tuple[str, ...]

    @property
    def stories(self) -> int:
        """How many stand there now."""
        return sum(self.counts)

    @property
    def checked_share(self) -> float:
        """The share that was marked, 0 to 1."""
        return self.checked / self.placed if self.placed else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How a newsletter's themes are used."""

    #: (year, month), the earliest first
    months: tuple[tuple[int, int], ...]
    shares: tuple[Share, ...]
    #: titles of what stands under Other, the latest first
    other: tuple[str, ...]


def months_until(moment: datetime, count: int, timezone: str) -> tuple[tuple[int, int], ...]:
    """Return so many months as (year, month), that of a moment last."""
    local = moment.astimezone(ZoneInfo(timezone))
    ordinals = range(local.year * 12 + local.month - count, local.year * 12 + local.month)
    return tuple((ordinal // 12, ordinal % 12 + 1) for ordinal in ordinals)


def balance(
    standings: Sequence[Standing], themes: Sequence[Theme], months: Sequence[tuple[int, int]], timezone: str
) -> Balance:
    """Count what stands where. What stands under a theme that is gone is left out, as is what is of another month."""
    zone = ZoneInfo(timezone)
    names = {theme.id: theme.name for theme in themes} | {OTHER: "Other"}
    month_of = [(local.year, local.month) for local in (one.slot.astimezone(zone) for one in standings)]
    known = [
        (one, month) for one, month in zip(standings, month_of, strict=True) if one.theme in names and month in months
    ]
    stories = [one for one, _ in known]
    words = _words(stories, list(names))
    missed = Counter(one.nearest for one in stories if one.theme == OTHER)
    shares = []
    for place, (theme, name) in enumerate(names.items()):
        here = Counter(month for one, month in known if one.theme == theme)
        placed = [one for one in stories if one.placed == theme]
        shares.append(
            Share(
                theme=theme,
                name=name,
                counts=tuple(here[month] for month in months),
                placed=len(placed),
                checked=sum(one.checked for one in placed),
                moved_here=sum(one.theme == theme != one.placed for one in stories),
                moved_away=sum(one.theme != theme for one in placed),
                missed=missed[theme],
                words=words[place],
            )
        )
    latest = sorted((one for one in stories if one.theme == OTHER), key=lambda one: (one.slot, one.title), reverse=True)
    return Balance(months=tuple(months), shares=tuple(shares), other=tuple(one.title for one in latest[:TITLES]))


def _words(stories: Sequence[Standing], themes: Sequence[str]) -> list[tuple[str, ...]]:
    texts = [f"{one.title}. {one.summary}" for one in stories]
    found = telling(texts, [themes.index(one.theme) for one in stories])
    # a theme that holds nothing has no phrases, and the last ones may have no list at all
    found += [[] for _ in range(len(themes) - len(found))]
    return [tuple(phrase.words for phrase in phrases if phrase.texts >= KEEPS)[:WORDS] for phrases in found]
