"""Finding: anything of a workspace, by a few words of it as somebody types them. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from digest.domain import spoken
from digest.domain.model import Edition, EditionState, Newsletter
from digest.domain.ports import Session, Store
from digest.domain.states import NEVER_SENT
from digest.jobs.reviewing import theme_names

#: of each kind so many are shown; whoever is not among them is found by more letters
MOST = 12
#: characters and words that are looked for
MOST_CHARACTERS, MOST_WORDS = 100, 6


class Kind(StrEnum):
    """What is found."""

    EDITION = "edition"
    STORY = "story"
    SOURCE = "source"
    THEME = "theme"
    SEGMENT = "segment"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One that was found."""

    kind: Kind
    id: str
    title: str
    #: where it stands, or what it is
    about: str
    #: of a story: the edition in which it stood
    edition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All of a kind that were found."""

    kind: Kind
    hits: tuple[Hit, ...]
    #: there are more
    more: bool


def words_of(typed: str) -> list[str]:
    """Return the words that somebody looks for."""
    return typed[:MOST_CHARACTERS].split()[:MOST_WORDS]


def find(store: Store, newsletters: Sequence[Newsletter], typed: str, former: Sequence[Newsletter] = ()) -> list[Group]:
    """Return what the words fit, by kind; nothing for no words. former: newsletters of which only editions are left."""
    words = words_of(typed)
    if not words:
        return []
    with store.reading() as session:
        ever = [*newsletters, *former]
        found = [
            *_group(Kind.EDITION, _editions(session, ever, words)),
            *_group(Kind.STORY, _stories(session, ever, words)),
            *_group(Kind.SOURCE, _sources(newsletters, words)),
            *_group(Kind.THEME, _themes(newsletters, words)),
            *_group(Kind.SEGMENT, _segments(newsletters, words)),
            *_group(Kind.PERSON, _people(session, words)),
        ]
    return found


def fits(text: str, words: Iterable[str]) -> bool:
    """Tell whether each word is the beginning of one of a text's."""
    there = text.casefold().split()
    return all(any(one.startswith(word.casefold()) for one in there) for word in words)


def _group(kind: Kind, hits: Iterator[Hit]) -> Iterator[Group]:
    some = [hit for hit, _ in zip(hits, range(MOST + 1), strict=False)]
    if some:
        yield Group(kind=kind, hits=tuple(some[:MOST]), more=len(some) > MOST)


def _editions(session: Session, newsletters: Sequence[Newsletter], words: Sequence[str]) -> Iterator[Hit]:
    subjects = session.search.subjects(words)
    known = {one.id: one for one in newsletters}
    for edition in session.editions.every():
        newsletter = known.get(edition.newsletter)
        zone = newsletter.schedule.timezone if newsletter else "UTC"
        named = _names(edition, newsletter.name if newsletter else "", zone)
        if edition.id in subjects or _is_named(named, words):
            number = f"No. {edition.number}" if edition.state not in NEVER_SENT else "Not sent"
            subject = subjects.get(edition.id, "")
            about = " · ".join(part for part in (newsletter.name if newsletter else "", subject) if part)
            title = f"{number} · {spoken.when(edition.slot, zone)}"
            yield Hit(kind=Kind.EDITION, id=edition.id, title=title, about=about)


def _names(edition: Edition, newsletter: str, zone: str) -> str:
    """Return all that somebody may call an edition: its number, its day, its newsletter, its state."""
    at = edition.slot.astimezone(ZoneInfo(zone))
    number = (
        ""
        if edition.state in (EditionState.SKIPPED, EditionState.MISSED)
        else f"no. no {edition.number} #{edition.number}"
    )
    return f"{edition.id} {number} {at:%Y-%m-%d} {at:%A} {at.day} {at:%B} {at:%Y} {newsletter} {edition.state}"


def _is_named(names: str, words: Sequence[str]) -> bool:
    # 4 is no beginning of 42: somebody who types a number means it
    there = set(names.casefold().split())
    return all(word.casefold() in there if word.isdecimal() else fits(names, [word]) for word in words)


def _stories(session: Session, newsletters: Sequence[Newsletter], words: Sequence[str]) -> Iterator[Hit]:
    themes = {one.id: theme_names(one) for one in newsletters}
    zones = {one.id: one.schedule.timezone for one in newsletters}
    for one in session.search.stories(words, MOST + 1):
        theme = themes.get(one.newsletter, {}).get(one.theme, one.theme)
        at = spoken.when(one.slot, zones.get(one.newsletter, "UTC"))
        about = f"No. {one.number} · {at} · {theme}"
        yield Hit(kind=Kind.STORY, id=one.story, title=one.title, about=about, edition=one.edition)


def _sources(newsletters: Sequence[Newsletter], words: Sequence[str]) -> Iterator[Hit]:
    for newsletter in newsletters:
        for one in newsletter.sources:
            name = one.name or one.id
            if fits(f"{name} {one.id}", words) or _holds(one.address, words):
                yield Hit(kind=Kind.SOURCE, id=one.id, title=name, about=f"{one.address} · {newsletter.name}")


def _themes(newsletters: Sequence[Newsletter], words: Sequence[str]) -> Iterator[Hit]:
    for newsletter in newsletters:
        for one in newsletter.themes:
            if fits(f"{one.name} {one.id} {' '.join(one.keywords)}", words):
                yield Hit(kind=Kind.THEME, id=one.id, title=one.name, about=one.description or newsletter.name)


def _segments(newsletters: Sequence[Newsletter], words: Sequence[str]) -> Iterator[Hit]:
    for newsletter in newsletters:
        for one in newsletter.segments:
            if fits(f"{one.name} {one.id}", words):
                yield Hit(kind=Kind.SEGMENT, id=one.id, title=one.name or one.id, about=newsletter.name)


def _people(session: Session, words: Sequence[str]) -> Iterator[Hit]:
    for one in session.search.people(words, MOST + 1):
        yield Hit(kind=Kind.PERSON, id=one.id, title=one.address, about=one.name)


def _holds(text: str, words: Iterable[str]) -> bool:
    return all(word.casefold() in text.casefold() for word in words)
