"""Samples: made-up readers of an edition, so many that somebody sees every branch of what it shows.

::

    variant ─ who would get it: segment, chosen themes, cadence, what they missed ─► somebody with a name
                                                                                   ├► without one
                                                                                   └► back from a pause, or monthly
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from digest.domain.model import (
    OTHER,
    Cadence,
    Newsletter,
    Placement,
    Recipient,
    Subscriber,
    Subscription,
    SubscriptionState,
    Variant,
)
from digest.stages import segment

#: sample readers of a variant
MOST = 4
#: first and last names: some are long, and some have more than letters
_NAMES = (
    ("Amina", "Yusuf"),
    ("Gareth", "Llewellyn"),
    ("Siân", "O’Connor-Featherstone"),
    ("Tomasz", "Kowalski"),
    ("Priya", "Nair"),
    ("Delroy", "Francis"),
    ("Moira", "MacAllister"),
    ("Wei", "Chen"),
    ("Grace", "Okafor"),
    ("Imran", "Malik"),
    ("Harriet", "Blackwood"),
    ("Anne-Marie", "Devlin"),
)
_AGREED = datetime(2020, 9, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A made-up reader of one variant."""

    recipient: Recipient
    #: slug of the variant that they would get
    variant: str
    #: who they are: “Heads, weekly”, “Chose 1 theme of 6”
    words: str
    #: why they were chosen
    why: str

    @property
    def subscriber(self) -> Subscriber:
        """Who a variant is filled in for."""
        return self.recipient.subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """What somebody who gets a variant wants, missed and had."""

    newsletter: Newsletter
    variant: Variant
    #: the segment's name
    segment: str
    #: chosen themes; empty: all
    themes: tuple[str, ...]
    #: what they do not get, of these themes or of others
    rest: tuple[Placement, ...]
    #: editions whose stories it tells again
    missed: frozenset[str]
    #: it tells stories of earlier editions
    is_catch_up: bool

    @property
    def lacks(self) -> bool:
        """Tell whether a story of the edition's own is missing that they want: they must have had it."""
        return any(not one.first_in and (not self.themes or one.theme in self.themes) for one in self.rest)


def samples(newsletter: Newsletter, variants: Sequence[Variant], placements: Sequence[Placement]) -> list[Sample]:
    """Return made-up readers of an edition, at most four a variant, the same at every call.

    placements: all its stories, those that other editions told first among them. Each reader would get their variant:
    they are in its segment, and want, missed and have had what makes them get its stories. Of a segment that only
    people with certain names or addresses are in, nobody is made up.
    """
    found: list[Sample] = []
    for place, variant in enumerate(variants):
        if variant.is_web_version:
            found.append(_anybody(newsletter, variant))
        else:
            found += list(_of_variant(_share(newsletter, variant, placements), place * MOST))[:MOST]
    return found


def _share(newsletter: Newsletter, variant: Variant, placements: Sequence[Placement]) -> _Share:
    here = frozenset(variant.stories)
    own = [one for one in placements if not one.first_in]
    themes = {one.theme for one in placements if one.story.id in here}
    # nobody chooses Other: who gets what stands there chose nothing
    all_of_it = OTHER in themes or {one.theme for one in own} <= themes
    return _Share(
        newsletter=newsletter,
        variant=variant,
        segment=next((one.name for one in newsletter.segments if one.id == variant.segment), variant.segment),
        themes=() if all_of_it else tuple(one.id for one in newsletter.themes if one.id in themes),
        rest=tuple(one for one in placements if one.story.id not in here),
        missed=frozenset(one.first_in for one in placements if one.story.id in here and one.first_in),
        is_catch_up=not here <= {one.story.id for one in own},
    )


def _of_variant(share: _Share, number: int) -> Iterator[Sample]:
    usual, other = Cadence.WEEKLY, Cadence.MONTHLY
    if share.is_catch_up:
        usual, other = other, usual
    told: set[str] = set()
    for cadence, named, describe in ((usual, True, _usual), (usual, False, _nameless), (other, True, _other)):
        number += 1
        reader = _reader(share, cadence, number, _NAMES[number % len(_NAMES)] if named else ("", ""))
        words, why = describe(share, reader) if reader is not None else ("", "")
        if reader is not None and words not in told:
            told.add(words)
            yield Sample(recipient=reader, variant=share.variant.slug, words=words, why=why)


def _reader(share: _Share, cadence: Cadence, number: int, name: tuple[str, str]) -> Recipient | None:
    """Return somebody who would get a variant; None where its segment holds nobody like them."""
    segments = share.newsletter.segments
    if not any(one.id == share.variant.segment for one in segments):
        # it is a segment of digest.toml no more, and nobody's rule is asked
        return _recipient(share, number, name, share.themes, cadence)
    every = tuple(one.id for one in share.newsletter.themes)
    for themes in (share.themes, every):
        for often in dict.fromkeys((cadence, *Cadence)):
            found = segment.made_up(segments, share.variant.segment, _recipient(share, number, name, themes, often))
            if found is not None:
                return found
    return None


def _recipient(
    share: _Share, number: int, name: tuple[str, str], themes: tuple[str, ...], cadence: Cadence
) -> Recipient:
    first, last = name
    return Recipient(
        subscriber=Subscriber(
            id=f"sample-{number}", address=f"reader{number}@example.org", first_name=first, last_name=last
        ),
        subscription=Subscription(
            newsletter=share.newsletter.id,
            state=SubscriptionState.ACTIVE,
            themes=themes,
            cadence=cadence,
            consent_source="sign-up form",
            consent_at=_AGREED,
        ),
        missed=share.missed,
        had=frozenset(one.story.id for one in share.rest if not themes or one.theme in themes),
    )


def _anybody(newsletter: Newsletter, variant: Variant) -> Sample:
    nobody = _recipient(_share(newsletter, variant, ()), 0, ("", ""), (), Cadence.WEEKLY)
    why = "The web version is the same for everybody, and knows no names."
    return Sample(recipient=nobody, variant=variant.slug, words="Anybody, on the web", why=why)


def _usual(share: _Share, reader: Recipient) -> tuple[str, str]:
    """Return who a reader is, and why they were chosen."""
    names = [one.name for one in share.newsletter.themes if one.id in share.themes]
    words = f"{share.segment}, {reader.subscription.cadence}"
    where = f"They are in “{share.segment}” and"
    if names:
        many = "theme" if len(names) == 1 else "themes"
        words = f"Chose {len(names)} {many} of {len(share.newsletter.themes)}"
        return words, f"{where} chose {', '.join(names)}."
    if share.is_catch_up:
        return words, f"{where} get it less often: it tells the best of what they missed."
    if share.lacks:
        return f"{words}, had some", f"{where} have had some of its stories."
    return words, f"{where} get all of it."


def _nameless(share: _Share, _: Recipient) -> tuple[str, str]:
    return f"{share.segment}, no first name", "Nothing is known of their name, so the words for that are seen."


def _other(share: _Share, reader: Recipient) -> tuple[str, str]:
    if not share.is_catch_up:
        words = f"{share.segment}, {reader.subscription.cadence}"
        return words, "They get it less often, and missed nothing that it could tell again."
    words = f"Back from a pause: {len(share.missed)} missed" if share.missed else "Back from a pause"
    return words, "They were away: it tells the best of what they missed."
