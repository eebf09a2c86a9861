"""Edition: draft, look, approve. All is computed outside; each step is one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from digest.domain.errors import ApprovalTakenBack, NotFound, Refused
from digest.domain.model import (
    Brand,
    Edition,
    EditionState,
    Newsletter,
    Placement,
    Recipient,
    Variant,
)
from digest.domain.ports import Clock, Encoder, Event, Store
from digest.stages import colour, dedupe, group, layout, render, segment, slots, slotted, track

#: people of a page, read at once
PAGE = 1_000
#: how far back what was mailed is held against what is new
REMEMBERED = timedelta(days=60)

_CHANGED = "digest.toml or a template changed, and with it the email"
_RIGHT_TO_LEFT = frozenset(("ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """All that makes the bytes of a newsletter's editions."""

    newsletter: Newsletter
    brand: Brand
    base_url: str
    #: hash of digest.toml and the templates, and their texts
    revision: str
    files: Mapping[str, str]
    templates: render.Templates
    encoder: Encoder
    secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What drafting came to. `edition` is None where there was too little news and nothing was recorded."""

    edition: Edition | None
    #: False where the slot had its edition already
    created: bool
    #: new stories that were there to choose from
    stories: int
    note: str = ""


def draft(
    store: Store, clock: Clock, press: Press, slot: datetime, *, again: bool = False, record: bool = False
) -> Drafted:
    """Make the edition of a slot from what is new.

    again: make an existing draft anew; record: keep an edition that is skipped for too little news,
    as the clock does. Raises Refused where `again` is wanted of what is no draft any more.
    """
    newsletter = press.newsletter
    now = clock()
    with store.reading() as session:
        existing = session.editions.at_slot(newsletter.id, slot)
        number = existing.number if existing else session.editions.next_number(newsletter.id)
        pool = session.insights.unused(newsletter.id, [source.id for source in newsletter.sources])
        if existing and again:
            pool += [one for place in session.editions.placements(existing.id) for one in place.story.insights]
        told = session.insights.used(newsletter.id, now - REMEMBERED)
    if existing and not again:
        return Drafted(edition=existing, created=False, stories=0)
    if existing and existing.state != EditionState.DRAFT:
        raise Refused(f"{existing.id} is {existing.state} and cannot be drafted again.", "Draft the next one.")
    edition = Edition(
        id=existing.id if existing else slots.edition_id(newsletter, slot),
        newsletter=newsletter.id,
        slot=slot,
        number=number,
        state=EditionState.DRAFT,
        revision=press.revision,
        drafted_at=now,
    )
    pooled = {one.id for one in pool}
    stories = dedupe.untold([one for one in told if one.id not in pooled], dedupe.stories(pool))
    chosen = layout.choose(group.place(stories, newsletter.themes, press.encoder), newsletter)
    if len(chosen) < newsletter.minimum_stories:
        return _skipped(store, press, edition, len(chosen), record and not existing)
    variants = _variants(press, edition, chosen, list(_people(store, newsletter.id)), now)
    with store.writing() as session:
        session.editions.keep_revision(press.revision, now, press.files)
        if existing:
            session.editions.redraft(edition, chosen, variants)
            created = True
        else:
            created = session.editions.add(edition, chosen, variants)
        kept = session.editions.at_slot(newsletter.id, slot)
    return Drafted(edition=kept, created=created, stories=len(chosen))


def approve(store: Store, clock: Clock, press: Press, edition_id: str, who: str, seen: str = "") -> Edition:
    """Sign the bytes of a draft.

    who: the name that is recorded; seen: the first characters of the fingerprint that was looked at.
    Raises NotFound, Refused where it is no draft, ApprovalTakenBack where the bytes are other than
    those that were seen.
    """
    edition, variants = current(store, clock, press, edition_id)
    if seen and not fingerprint(variants).startswith(seen.lower()):
        raise ApprovalTakenBack(
            f"{edition.id} is no longer what you saw: its fingerprint is {fingerprint(variants)[:12]}.",
            "Look at the preview again, then approve what it shows.",
        )
    if not who.strip():
        raise Refused("An approval needs a name.", "Say who approves: --as NAME.")
    now = clock()
    with store.writing() as session:
        moved = session.editions.move(
            edition, EditionState.APPROVED, Event(at=now, who=who.strip(), what="approved", why="")
        )
        if not moved:
            raise Refused(f"Somebody else changed {edition.id} at the same moment.", "Look again, then approve.")
        session.editions.sign(
            edition.id, who.strip(), now, [(variant.slug, variant.sha256, variant.people) for variant in variants]
        )
    return find(store, edition_id)


def take_back(store: Store, clock: Clock, edition: Edition, who: str, why: str) -> None:
    """Make an approved edition a draft again.

    Raises Refused where it is not approved.
    """
    with store.writing() as session:
        session.editions.move(
            edition, EditionState.DRAFT, Event(at=clock(), who=who, what="approval taken back", why=why)
        )


def discard(store: Store, clock: Clock, edition: Edition, who: str) -> None:
    """Throw a draft away; its stories are new again.

    Raises Refused where it is no draft.
    """
    with store.writing() as session:
        session.editions.move(edition, EditionState.DISCARDED, Event(at=clock(), who=who, what="discarded"))


def current(store: Store, clock: Clock, press: Press, edition_id: str) -> tuple[Edition, list[Variant]]:
    """Return an edition and its variants as the present configuration and templates make them.

    Where they make other bytes than are stored, a draft is kept with the new ones, and an approved
    edition loses its approval: ApprovalTakenBack says so. What is being sent or was sent stays as it is.
    """
    edition = find(store, edition_id)
    with store.reading() as session:
        variants = session.editions.variants(edition.id)
        placements = session.editions.placements(edition.id)
    if edition.state not in (EditionState.DRAFT, EditionState.APPROVED) or edition.revision == press.revision:
        return edition, variants
    made = [_rendered(press, edition, placements, variant) for variant in variants]
    same = [one.sha256 for one in made] == [one.sha256 for one in variants]
    now = clock()
    with store.writing() as session:
        session.editions.keep_revision(press.revision, now, press.files)
        if edition.state == EditionState.APPROVED and not same:
            session.editions.move(
                edition, EditionState.DRAFT, Event(at=now, who="digest", what="approval taken back", why=_CHANGED)
            )
        renewed = replace(edition, revision=press.revision, drafted_at=now)
        if not same:
            session.editions.redraft(renewed, placements, made)
    if not same and edition.state == EditionState.APPROVED:
        raise ApprovalTakenBack(
            f"{edition.id} is a draft again: {_CHANGED}.",
            f"Look at it (`digest preview {edition.id}`), then approve it again.",
        )
    return find(store, edition_id), made


def find(store: Store, edition_id: str) -> Edition:
    """Return an edition by its id.

    Raises NotFound, naming the latest ones.
    """
    with store.reading() as session:
        edition = session.editions.get(edition_id)
        latest = [one.id for one in session.editions.every()[:5]]
    if edition is None:
        known = f"The latest are: {', '.join(latest)}." if latest else "There is none yet: run `digest draft`."
        raise NotFound(f"There is no edition “{edition_id}”.", known)
    return edition


def fingerprint(variants: Sequence[Variant]) -> str:
    """Return the SHA-256 (hex) over an edition's variants."""
    lines = sorted(f"{variant.slug} {variant.sha256}\n" for variant in variants)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def brand_values(brand: Brand) -> dict[str, str]:
    """Return what templates see of the brand."""
    return asdict(brand) | {
        "accent_ink": colour.ink_on(brand.accent),
        "accent_dark_ink": colour.ink_on(brand.accent_dark),
        "direction": "rtl" if brand.language.split("-")[0] in _RIGHT_TO_LEFT else "ltr",
    }


def _skipped(store: Store, press: Press, edition: Edition, stories: int, record: bool) -> Drafted:
    newsletter = press.newsletter
    word = "story" if stories == 1 else "stories"
    note = f"Skipped: {stories} new {word}, {newsletter.minimum_stories} needed. They wait for the next edition."
    if not record:
        return Drafted(edition=None, created=False, stories=stories, note=note)
    skipped = replace(edition, state=EditionState.SKIPPED, note=note)
    with store.writing() as session:
        session.editions.keep_revision(press.revision, edition.drafted_at, press.files)
        created = session.editions.add(skipped, (), ())
    return Drafted(edition=skipped, created=created, stories=stories, note=note)


def _people(store: Store, newsletter: str) -> Iterator[Recipient]:
    after = ""
    while True:
        with store.reading() as session:
            page = session.people.page(newsletter, after, PAGE)
        if not page:
            return
        yield from page
        after = page[-1].subscriber.id


def _variants(
    press: Press, edition: Edition, chosen: Sequence[Placement], people: Sequence[Recipient], now: datetime
) -> list[Variant]:
    newsletter = press.newsletter
    counts = segment.lists(segment.shares(people, newsletter, chosen, edition.slot, now), newsletter.maximum_variants)
    everything = tuple(placement.story.id for placement in chosen)
    for one in newsletter.segments:
        # a segment with nobody in it still has something to look at
        if not any(key[0] == one.id for key in counts):
            counts[one.id, everything] = 0
    slugs = _slugs(list(counts), chosen)
    return [
        _rendered(
            press,
            edition,
            chosen,
            Variant(
                slug=slugs[key],
                segment=key[0],
                subject="",
                preheader="",
                html="",
                text="",
                sha256="",
                stories=key[1],
                people=people_of,
            ),
        )
        for key, people_of in counts.items()
    ]


def _slugs(
    keys: Sequence[tuple[str, tuple[str, ...]]], chosen: Sequence[Placement]
) -> dict[tuple[str, tuple[str, ...]], str]:
    theme_of = {placement.story.id: placement.theme.lower() for placement in chosen}
    every = set(theme_of.values())
    slugs: dict[tuple[str, tuple[str, ...]], str] = {}
    for name, stories in keys:
        themes = list(dict.fromkeys(theme_of[story] for story in stories))
        base = f"{name}-all" if set(themes) == every else f"{name}-{'-'.join(themes)}"
        slug, count = base, 1
        while slug in slugs.values():
            count += 1
            slug = f"{base}-{count}"
        slugs[name, stories] = slug
    return slugs


def _rendered(press: Press, edition: Edition, placements: Sequence[Placement], variant: Variant) -> Variant:
    newsletter = press.newsletter
    mark = track.nonce(press.secret, edition.id)
    wanted = [placement for placement in placements if placement.story.id in set(variant.stories)]
    made = layout.lay_out(
        wanted,
        newsletter,
        slot=edition.slot,
        number=edition.number,
        introduction=slotted.marked(newsletter.introduction, mark),
        brand=brand_values(press.brand),
        links=layout.Links(
            web_version=f"{press.base_url}/e/{edition.id}/{variant.slug}",
            unsubscribe=slotted.marker("unsubscribe", mark),
            preferences=slotted.marker("preferences", mark),
        ),
    )
    values = brand_values(press.brand)
    html_part = render.html(made, values, press.templates)
    text_part = render.text(made, values, press.templates)
    return replace(
        variant,
        subject=made.subject,
        preheader=made.preheader,
        html=html_part,
        text=text_part,
        sha256=render.fingerprint(made.subject, made.preheader, html_part, text_part),
    )
