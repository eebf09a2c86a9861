"""Group: every story gets a theme and the reasons why it stands there.

::

    score = likeness of the story to the theme's prototype (the encoder's cosine)
          + up to 0.185 for the theme's keywords in it (title counts double)
          + 0.15 where the source's own category is the theme's
          + up to 0.175 where staff put something like it there
    confidence = best score - likeness to the nearest topic outside the themes

What staff placed by hand, and its near-copies, keep staff's theme; then the newsletter's rules are asked; then the
score. With too little confidence a story stands under Other; where the runner-up is close, or little speaks for the
best, it is marked "check this", and so is a story in another language than the newsletter's. Of a language that the
encoder does not know only keywords, categories, rules and what staff did count. Deterministic: a story's place does not
depend on its neighbours; ties go to the theme that is configured first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from digest.domain.model import OTHER, Newsletter, Placement, Review, Reviewed, Rule, Story, Theme
from digest.stages.group import reasons
from digest.stages.group.abbreviations import SECTOR
from digest.stages.group.encoder import Encoder, Limits
from digest.stages.group.keywords import Hits, hits, holds
from digest.stages.group.languages import primary
from digest.stages.group.prototypes import Prototypes, Vectors, encoded, prototypes, text_of
from digest.stages.group.words import stems

__all__ = ["Encoder", "Judgement", "Limits", "Subject", "Tell", "Ways", "judge", "place", "ways"]

#: says which language a text is in, as a primary subtag, or nothing where it is not sure; the second text is the
#: language that its source is said to be in, or nothing
Tell = Callable[[str, str], str]

#: most that keywords add, what a category adds, and how much of the likeness above NEAR_FROM to the nearest insight
#: that staff put there (measured together, DESIGN.md "Themes")
KEYWORD_WEIGHT = 0.185
CATEGORY_WEIGHT = 0.15
NEAR_WEIGHT = 0.25
NEAR_FROM = 0.3
#: decimals of a score that count; beyond them machines differ
DECIMALS = 5

#: a text without two letters beside each other says nothing
_WORD = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is to be placed."""

    title: str
    summary: str = ""
    source: str = ""
    #: as its sources file it
    categories: tuple[str, ...] = ()
    #: primary subtag; empty where it is not known or the newsletter's own
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a newsletter groups: its themes, its rules, what staff did, and abbreviations."""

    themes: tuple[Theme, ...]
    rules: tuple[Rule, ...] = ()
    #: oldest first
    reviewed: tuple[Reviewed, ...] = ()
    meanings: Mapping[str, str]
    #: the newsletter's own language, as a primary subtag
    language: str = "en"
    #: id of a source -> the language that its configuration states
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Where something belongs, and why."""

    #: a theme's id, or OTHER
    theme: str
    #: the best theme, also where `theme` is OTHER; empty where there are no themes
    best: str
    runner_up: str
    score: float
    confidence: float
    check: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A subject, and what the encoder sees in it."""

    subject: Subject
    language: str
    #: its language where that is not the newsletter's
    foreign: str
    vector: Vectors
    #: likeness to each reviewed insight
    near: Vectors
    #: the encoder knows its language; where it does not, `vector` is zeros
    is_read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    theme: Theme
    rank: int
    likeness: float
    hits: Hits
    category: str
    #: likeness to the nearest insight that staff put there, and how many are akin
    nearest: float
    akin: int

    @property
    def score(self) -> float:
        keywords = KEYWORD_WEIGHT * self.hits.weight
        category = CATEGORY_WEIGHT if self.category else 0.0
        near = NEAR_WEIGHT * max(0.0, self.nearest - NEAR_FROM)
        return round(self.likeness + keywords + category + near, DECIMALS)


def ways(newsletter: Newsletter, reviewed: Sequence[Reviewed] = (), language: str = "en") -> Ways:
    """Return how a newsletter groups, with what its staff did so far, oldest first.

    language: the newsletter's, a BCP 47 tag. What was put under a theme that there is no longer tells nothing.
    """
    known = {theme.id for theme in newsletter.themes} | {OTHER}
    spoken = {source.id: primary(source.language) for source in newsletter.sources}
    return Ways(
        themes=newsletter.themes,
        rules=newsletter.rules,
        reviewed=tuple(one for one in reviewed if one.theme in known),
        meanings={**SECTOR, **newsletter.abbreviations},
        language=primary(language) or "en",
        # English is what a source has that nobody said anything of
        sources={source: stated for source, stated in spoken.items() if stated != "en"},
    )


def place(
    stories: Sequence[Story], grouping: Ways, encoder: Encoder, tell: Tell | None = None
) -> tuple[Placement, ...]:
    """Place each story under a theme, in the order of `stories`.

    tell: finds out languages; without it every story is taken to be in the newsletter's.
    """
    subjects = [_subject(story, grouping, tell) for story in stories]
    return tuple(
        Placement(
            story=story,
            theme=found.theme,
            reasons=found.reasons,
            score=found.score,
            check=found.check,
            runner_up=found.best if found.theme == OTHER else found.runner_up,
        )
        for story, found in zip(stories, judge(subjects, grouping, encoder), strict=True)
    )


def _subject(story: Story, grouping: Ways, tell: Tell | None) -> Subject:
    lead = story.lead
    spoken = grouping.sources.get(lead.source, "")
    return Subject(
        title=lead.title,
        summary=lead.summary,
        source=lead.source,
        categories=tuple(one for insight in story.insights for one in insight.categories),
        language=tell(text_of(lead.title, lead.summary), spoken) if tell else "",
    )


def judge(subjects: Sequence[Subject], grouping: Ways, encoder: Encoder) -> list[Judgement]:
    """Say of each subject where it belongs, in their order.

    Raises EncoderError where the encoder cannot be loaded.
    """
    made = prototypes(grouping.themes, grouping.reviewed, encoder, grouping.meanings)
    vectors = encoded(encoder, [text_of(one.title, one.summary) for one in subjects], grouping.meanings)
    rules = encoded(encoder, [rule.like for rule in grouping.rules], grouping.meanings)
    found = []
    for subject, vector in zip(subjects, vectors, strict=True):
        case = _case(subject, vector, grouping, made, encoder.limits)
        staffs = _decided(case, grouping, encoder.limits)
        rule = _applied(case, grouping, rules, encoder.limits)
        judged = _judged(case, grouping, made, staffs, rule, encoder.limits)
        found.append(_marked(judged, case.foreign, grouping.language, looked_at=staffs is not None))
    return found


def _case(subject: Subject, vector: Vectors, grouping: Ways, made: Prototypes, limits: Limits) -> _Case:
    language = primary(subject.language) or grouping.language
    foreign = language if language != grouping.language else ""
    if not foreign or limits.reads(language):
        return _Case(subject=subject, language=language, foreign=foreign, vector=vector, near=made.reviewed @ vector)
    # Two texts of a language that it does not know are alike whatever they tell: of Thai it sees no letter. What staff
    # did holds for the very same words.
    words = stems(text_of(subject.title, subject.summary), language)
    same = [stems(text_of(one.title, one.summary), language) == words for one in grouping.reviewed]
    return _Case(
        subject=subject,
        language=language,
        foreign=foreign,
        vector=np.zeros_like(vector),
        near=np.array(same, dtype=np.float32),
        is_read=False,
    )


def _decided(case: _Case, grouping: Ways, limits: Limits) -> Reviewed | None:
    """Return what staff last did with a subject or with its near-copy."""
    # what merely stood in an approved edition pulls its theme; it binds nobody
    alike = [grouping.reviewed[at] for at in np.flatnonzero(case.near >= limits.alike)]
    return next((one for one in reversed(alike) if one.review != Review.LEFT), None)


def _marked(found: Judgement, foreign: str, own: str, *, looked_at: bool) -> Judgement:
    """Say that a subject is in another language; a person wants to see it, unless one has."""
    if not foreign:
        return found
    return replace(found, check=not looked_at, reasons=(*found.reasons, reasons.foreign(foreign, own)))


def _judged(
    case: _Case, grouping: Ways, made: Prototypes, staffs: Reviewed | None, rule: Rule | None, limits: Limits
) -> Judgement:
    if not grouping.themes:
        return _nowhere(("no themes are set up",))
    matches = _matches(case, grouping, made, limits)
    best, second = matches[0], matches[1] if len(matches) > 1 else None
    rival, rival_name = _rival(made, case.vector)
    confidence = round(best.score - rival, DECIMALS) if limits.competes else best.score
    placed = Judgement(
        theme=best.theme.id,
        best=best.theme.id,
        runner_up=second.theme.id if second else "",
        score=best.score,
        confidence=confidence,
        check=False,
        reasons=(),
    )
    if staffs is not None:
        return _settled(placed, staffs.theme, reasons.staff(staffs, case.subject.title))
    if rule is not None:
        return _settled(placed, rule.theme, reasons.rule(rule))
    if not _WORD.search(f"{case.subject.title} {case.subject.summary}"):
        return _settled(placed, OTHER, ("there are no words in it to go by",))
    if not case.is_read and not best.score:
        return _settled(placed, OTHER, (reasons.unread(case.language, limits.languages),))
    if confidence < limits.other_below:
        return _settled(placed, OTHER, (reasons.other(best.theme, rival_name),))
    close = second is not None and best.score - second.score < limits.check_within
    said = reasons.match(best.theme, best.category, best.hits.keywords, best.akin, best.likeness >= limits.named)
    weak = confidence < limits.weak_below or not said
    said = said or (reasons.nearest(best.theme),)
    said += ("little speaks for it",) if weak else ()
    said += (f"{second.theme.name} is nearly as likely",) if close and second else ()
    return replace(placed, check=close or weak, reasons=said)


def _nowhere(why: tuple[str, ...]) -> Judgement:
    return Judgement(theme=OTHER, best="", runner_up="", score=0.0, confidence=0.0, check=False, reasons=why)


def _settled(found: Judgement, theme: str, why: tuple[str, ...]) -> Judgement:
    """Return a judgement that is not the score's."""
    # the best of those that it was not is what a person would be offered instead
    runner_up = found.best if theme not in (found.best, OTHER) else found.runner_up
    return replace(found, theme=theme, best=found.best if theme == OTHER else theme, runner_up=runner_up, reasons=why)


def _matches(case: _Case, grouping: Ways, made: Prototypes, limits: Limits) -> list[_Match]:
    likenesses = made.themes @ case.vector
    categories = {one.casefold(): one for one in case.subject.categories}
    title, summary = stems(case.subject.title, case.language), stems(case.subject.summary, case.language)
    found = []
    for rank, theme in enumerate(grouping.themes):
        names = [name.casefold() for name in (theme.name, *theme.categories)]
        staffs = case.near[made.placed[rank]]
        found.append(
            _Match(
                theme=theme,
                rank=rank,
                likeness=float(likenesses[rank]),
                hits=hits(theme.keywords, title, summary, case.language),
                category=next((categories[name] for name in names if name in categories), ""),
                nearest=float(staffs.max(initial=0.0)),
                akin=int((staffs >= limits.akin).sum()),
            )
        )
    return sorted(found, key=lambda match: (-match.score, match.rank))


def _rival(made: Prototypes, vector: Vectors) -> tuple[float, str]:
    """Return the likeness to the nearest topic outside the themes, and its name."""
    if not len(made.rivals):
        return 0.0, ""
    likenesses = made.rivals @ vector
    first = int(np.argmax(likenesses))
    return float(likenesses[first]), made.rival_names[first]


def _applied(case: _Case, grouping: Ways, likes: Vectors, limits: Limits) -> Rule | None:
    """Return the first rule that holds for a subject."""
    subject = case.subject
    # most newsletters have no rules: then nothing is read for them
    words = stems(f"{subject.title} {subject.summary}", case.language) if grouping.rules else ()
    for rule, like in zip(grouping.rules, likes, strict=True):
        if rule.source and rule.source != subject.source:
            continue
        if not all(holds(words, word, case.language) for word in rule.words):
            continue
        if rule.like and float(like @ case.vector) < limits.ruled:
            continue
        return rule
    return None
