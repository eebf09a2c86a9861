"""Group: every story gets a theme and the reasons why it stands there.

score = likeness of the story to the theme's words (the encoder's cosine)
      + up to 0.20 for the theme's keywords in it (title counts double)
      + 0.15 where the source's own category is the theme's

Below a threshold nothing fits and the story stands under Other; where the runner-up is close it is
marked "check this". Deterministic: ties go to the theme that is configured first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from digest.domain.model import OTHER, Placement, Story, Theme
from digest.domain.ports import Encoder

#: most that keywords add, and what a category adds (measured together, DESIGN.md "Themes")
KEYWORD_WEIGHT = 0.20
CATEGORY_WEIGHT = 0.15
#: hits of keywords that count at most in a summary; a title's hits count double
SUMMARY_HITS = 2
TITLE_FACTOR = 2
PHRASE_FACTOR = 1.5
#: a best theme below this fits no better than chance: catches half to all of what belongs nowhere, for
#: one in eight that does (measured on three sets of labelled news, DESIGN.md "Themes")
OTHER_BELOW = 0.08
#: a best theme below this has little that speaks for it
WEAK_BELOW = 0.15
#: a runner-up this close wants a person's eye
CHECK_WITHIN = 0.05
#: a likeness from which the description is worth naming as a reason
LIKENESS_NAMED = 0.05

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Match:
    theme: Theme
    rank: int
    likeness: float
    keywords: tuple[str, ...]
    hits: float
    category: str

    @property
    def score(self) -> float:
        keyword = KEYWORD_WEIGHT * (1 - math.exp(-self.hits / 2))
        return self.likeness + keyword + (CATEGORY_WEIGHT if self.category else 0.0)


def place(stories: Sequence[Story], themes: Sequence[Theme], encoder: Encoder) -> tuple[Placement, ...]:
    """Place each story under a theme, in the order of `stories`."""
    texts = [_text(story) for story in stories]
    vectors = encoder.vectors([*texts, *(_description(theme) for theme in themes)])
    of_stories, of_themes = vectors[: len(texts)], vectors[len(texts) :]
    return tuple(
        _placed(story, _matches(story, vector, themes, of_themes))
        for story, vector in zip(stories, of_stories, strict=True)
    )


def _text(story: Story) -> str:
    return f"{story.lead.title}. {story.lead.summary}"


def _description(theme: Theme) -> str:
    return f"{theme.name}. {theme.description} {' '.join(theme.keywords)}"


def _matches(
    story: Story,
    vector: Mapping[int, float],
    themes: Sequence[Theme],
    of_themes: Sequence[Mapping[int, float]],
) -> list[_Match]:
    categories = {one.casefold(): one for insight in story.insights for one in insight.categories}
    made = []
    for rank, (theme, prototype) in enumerate(zip(themes, of_themes, strict=True)):
        keywords, hits = _hits(theme, story)
        named = next(
            (categories[c.casefold()] for c in (theme.name, *theme.categories) if c.casefold() in categories), ""
        )
        made.append(_Match(theme, rank, _dot(vector, prototype), keywords, hits, named))
    return sorted(made, key=lambda match: (-round(match.score, 9), match.rank))


def _placed(story: Story, matches: Sequence[_Match]) -> Placement:
    if not matches:
        return Placement(story=story, theme=OTHER, reasons=("no themes are set up",))
    best = matches[0]
    second = matches[1] if len(matches) > 1 else None
    if best.score < OTHER_BELOW:
        reason = f"nothing in it speaks of any theme; the nearest is {best.theme.name}"
        return Placement(story=story, theme=OTHER, reasons=(reason,), score=best.score, runner_up=best.theme.id)
    close = second is not None and best.score - second.score < CHECK_WITHIN
    weak = best.score < WEAK_BELOW
    reasons = _reasons(best)
    if weak:
        reasons = (*reasons, "little speaks for it")
    if close and second is not None:
        reasons = (*reasons, f"{second.theme.name} is nearly as likely")
    return Placement(
        story=story,
        theme=best.theme.id,
        reasons=reasons,
        score=best.score,
        check=close or weak,
        runner_up=second.theme.id if second is not None else "",
    )


def _reasons(match: _Match) -> tuple[str, ...]:
    reasons = []
    if match.category:
        reasons.append(f"its source files it under “{match.category}”")
    if match.keywords:
        words = ", ".join(f"“{keyword}”" for keyword in match.keywords)
        reasons.append(f"keyword{'s' if len(match.keywords) > 1 else ''} {words}")
    if match.likeness >= LIKENESS_NAMED:
        reasons.append(f"its words are like the description of {match.theme.name}")
    return tuple(reasons) or (f"{match.theme.name} is the nearest, if not by much",)


def _hits(theme: Theme, story: Story) -> tuple[tuple[str, ...], float]:
    title, summary = _stems(story.lead.title), _stems(story.lead.summary)
    found = []
    total = 0.0
    for keyword in theme.keywords:
        wanted = _stems(keyword)
        hits = TITLE_FACTOR * _count(wanted, title) + min(SUMMARY_HITS, _count(wanted, summary))
        if hits:
            found.append(keyword)
            total += hits * (PHRASE_FACTOR if len(wanted) > 1 else 1.0)
    return tuple(found), total


def _count(wanted: Sequence[str], words: Sequence[str]) -> int:
    if not wanted:
        return 0
    width = len(wanted)
    return sum(words[at : at + width] == wanted for at in range(len(words) - width + 1))


def _stems(text: str) -> tuple[str, ...]:
    return tuple(_stem(word.casefold()) for word in _WORD.findall(text))


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return str(_STEMMER.stemWord(word))


_STEMMER = snowballstemmer.stemmer("english")


def _dot(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    small, large = (one, other) if len(one) < len(other) else (other, one)
    return sum(weight * large.get(key, 0.0) for key, weight in small.items())
