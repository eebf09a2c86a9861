"""The press: what makes the bytes of an edition's variants. It reads people and writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from digest.domain import colour
from digest.domain.model import (
    Brand,
    Edition,
    FreeBlock,
    Layout,
    Newsletter,
    Placement,
    Recipient,
    Shape,
    ShownPicture,
    Variant,
)
from digest.stages import layout, pictured, render, segment, slotted, track, words

if TYPE_CHECKING:
    from digest.stages.group import Encoder, Tell

#: the slug of the web version; every other has a hyphen
WEB_VERSION = "web"
#: the end of the slug of a variant that holds stories of earlier editions
CATCH_UP = "-catch-up"
#: longer names of variants are cut: they are names of files, too
SLUG_CHARACTERS = 60

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
    #: gives what compares texts; it is asked only when something is grouped
    encoder: Callable[[], Encoder]
    #: gives what finds out languages, likewise
    languages: Callable[[], Tell]
    secret: bytes
    #: gives what made the bytes of an edition, with the files of its revision; None: today's files did
    as_drafted: Callable[[Edition], Press] | None = None
    #: gives the names of the pictures that were kept by some time, by their address and shape
    pictures: Callable[[Sequence[str], datetime], Mapping[str, Mapping[Shape, str]]] = lambda addresses, by: {}


def variants(
    press: Press, edition: Edition, offer: segment.Offer, people: Sequence[tuple[Recipient, int]], now: datetime
) -> tuple[list[Placement], list[Variant]]:
    """Make a variant for each distinct list of stories that these people are to get.

    people: somebody of each kind, and how many are like them. Returns the edition's stories, with those of the earlier
    ones that somebody is to get, and the variants.
    """
    newsletter = press.newsletter
    shares = segment.shares((one for one, _ in people), newsletter, offer, now)
    every = segment.counted(shares, (many for _, many in people))
    counts = segment.largest(every, newsletter.maximum_variants)
    everything = tuple(placement.story.id for placement in offer.placements if not placement.first_in)
    for one in newsletter.segments:
        # a segment with nobody in it still has something to look at
        if not any(key[0] == one.id for key in counts):
            counts[one.id, everything] = 0
    held = {story for key in every for story in key[1]}
    kept = [one for one in offer.placements if not one.first_in or one.story.id in held]
    slugs = _slugs(list(counts), kept)
    empty = [blank(slugs[key], key[0], number, key[1]) for key, number in counts.items()]
    empty.append(blank(WEB_VERSION, "", 0, everything))
    return kept, [rendered(press, edition, kept, one) for one in empty]


def rendered(press: Press, edition: Edition, placements: Sequence[Placement], variant: Variant) -> Variant:
    """Return a variant as the press makes it now of the same stories."""
    newsletter = press.newsletter
    values = brand_values(press.brand)
    say = words.speaking(press.brand.language, press.brand.words)
    mark = track.nonce(press.secret, edition.id)
    # the web version is nobody's own: where a name would stand, it says what is said to who has none
    slots = partial(_as_nobody if variant.is_web_version else slotted.marked, nonce=mark)
    stories = frozenset(variant.stories)
    mine = [placement for placement in placements if placement.story.id in stories]
    written = edition.written
    introduction = newsletter.introduction if written.introduction is None else written.introduction
    # what others get of earlier editions changes nothing here
    its_own = [placement for placement in placements if not placement.first_in]
    made = layout.lay_out(
        mine,
        newsletter,
        slot=edition.slot,
        number=edition.number,
        correction=slots(newsletter.correction),
        introduction=slots(introduction),
        free=[replace(one, text=slots(one.text)) for one in free_blocks(newsletter, edition)],
        first=first_themes(newsletter, variant.segment),
        written=written,
        elsewhere=sum(placement.story.id not in stories for placement in its_own),
        brand=values,
        say=say,
        links=_links(press, edition, variant, mark),
        pictures=shown_pictures(
            press, edition, [*its_own, *(one for one in mine if one.first_in)], embedded=not variant.is_web_version
        ),
    )
    if variant.is_web_version:
        made = replace(made, open_graph=_open_graph(press, edition, made))
    return _filled(press, variant, made, say)


def corrects_by_mail(press: Press, edition: Edition, other: Edition, variant: Variant) -> Variant:
    """Return a mail that corrects another edition, as the press makes it now.

    edition: the correction, whose introduction is what it says.
    """
    say = words.speaking(press.brand.language, press.brand.words)
    mark = track.nonce(press.secret, edition.id)
    text = edition.written.introduction or ""
    links = _links(press, edition, variant, mark)
    made = layout.lay_out_correction(
        press.newsletter,
        number=other.number,
        text=slotted.marked(text, mark),
        plain=_as_nobody(text, mark),
        written=edition.written,
        organisation=press.brand.organisation,
        links=replace(links, web_version=_web_address(press, other) if press.base_url else ""),
        say=say,
    )
    return _filled(press, variant, made, say)


def blank(slug: str, segment: str, people: int, stories: tuple[str, ...] = ()) -> Variant:
    """Return a variant that has no bytes yet."""
    return Variant(
        slug=slug,
        segment=segment,
        subject="",
        preheader="",
        html="",
        text="",
        sha256="",
        stories=stories,
        people=people,
    )


def sealed(newsletter: Newsletter, base_url: str, variant: Variant) -> str:
    """Return the SHA-256 (hex) over all that is signed of a variant."""
    envelope = _envelope(newsletter, base_url)
    return render.fingerprint(variant.subject, variant.preheader, variant.html, variant.text, envelope)


def counted_links(press: Press, edition: str, placements: Iterable[Placement]) -> dict[str, str]:
    """Return where the links lead that are counted: address in the email -> address in the end."""
    if not press.newsletter.tracking.clicks:
        return {}
    tags = link_tags(press.newsletter, edition)
    return {
        _counted(press, edition, insight.id): layout.destination(insight, press.newsletter, tags)
        for placement in placements
        for insight in (placement.story.lead, *placement.story.also)
    }


def free_blocks(newsletter: Newsletter, edition: Edition) -> list[FreeBlock]:
    """Return what staff put beside stories: in every edition, and in this one."""
    return [*newsletter.blocks, *(own.block for own in edition.written.blocks)]


def first_themes(newsletter: Newsletter, segment: str) -> tuple[str, ...]:
    """Return the ids of the themes that a segment wants before the others."""
    return next((one.themes for one in newsletter.segments if one.id == segment), ())


def shown_pictures(
    press: Press, edition: Edition, placements: Sequence[Placement], *, embedded: bool = True
) -> Mapping[str, Mapping[str, ShownPicture]]:
    """Return how the pictures of an edition's stories are shown, by their address and shape; it opens no network.

    embedded: a message may bring them along where the brand wants that; a page cannot, and has none where there are no
    public pages. Those count that were kept when
    it was drafted: one that came later must not change what somebody signed.
    """
    by = press.brand.pictures
    own = [block.picture for block in free_blocks(press.newsletter, edition) if block.picture]
    wanted = [*(one.story.lead.image for one in placements if one.story.lead.image), *own]
    nowhere = not press.base_url and not (by == "embedded" and embedded)
    if by == "none" or not wanted or nowhere:
        return {}
    names = pictured.telling(press.pictures(wanted, edition.drafted_at), wanted)
    return {
        address: {
            shape: ShownPicture(
                src=f"cid:{pictured.content_id(name)}"
                if by == "embedded" and embedded
                else pictured.linked(press.base_url, name),
                width=shape.size[0],
                height=shape.size[1],
            )
            for shape, name in shapes.items()
        }
        for address, shapes in names.items()
    }


def fingerprint(variants: Sequence[Variant]) -> str:
    """Return the SHA-256 (hex) over an edition's variants."""
    lines = sorted(f"{variant.slug} {variant.sha256}\n" for variant in variants)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def brand_values(brand: Brand) -> dict[str, str]:
    """Return what templates see of the brand."""
    told = {name: str(value) for name, value in asdict(brand).items() if name != "words"}
    return told | {
        "accent_ink": colour.ink_on(brand.accent),
        "accent_dark_ink": colour.ink_on(brand.accent_dark),
        "direction": "rtl" if brand.language.split("-")[0] in _RIGHT_TO_LEFT else "ltr",
    }


def _as_nobody(text: str, nonce: str) -> str:
    return slotted.filled(slotted.marked(text, nonce), nonce, {}, escape=False)


def _links(press: Press, edition: Edition, variant: Variant, mark: str) -> layout.Links:
    tags = link_tags(press.newsletter, edition.id)
    if not press.base_url:
        # without public pages a mail ends the subscription, and nothing else is anybody's own
        leave = "" if variant.is_web_version else slotted.marker("unsubscribe", mark)
        return layout.Links(subscribe="", unsubscribe=leave, tags=tags)
    subscribe = f"{press.base_url}/subscribe/{press.newsletter.id}"
    if variant.is_web_version:
        return layout.Links(subscribe=subscribe, tags=tags)
    return layout.Links(
        web_version=_web_address(press, edition),
        subscribe=subscribe,
        unsubscribe=slotted.marker("unsubscribe", mark),
        preferences=slotted.marker("preferences", mark),
        tags=tags,
        counted=partial(_counted, press, edition.id) if press.newsletter.tracking.clicks else None,
    )


def _counted(press: Press, edition: str, insight: str) -> str:
    return f"{press.base_url}/l/{edition}/{track.click_token(press.secret, edition, insight)}"


def _web_address(press: Press, edition: Edition) -> str:
    return f"{press.base_url}/e/{edition.id}"


def _open_graph(press: Press, edition: Edition, made: Layout) -> dict[str, str]:
    """Return what the web version says of itself (https://ogp.me), the picture of its top story with it."""
    hero = next(block.fields for block in made.blocks if block.kind == "hero")
    told = {
        "description": made.preheader,
        "og:type": "article",
        "og:site_name": press.brand.organisation,
        "og:title": f"{press.newsletter.name}: {hero['title']}",
        "og:description": made.preheader,
    }
    if press.base_url:
        told["og:url"] = _web_address(press, edition)
    picture = hero["picture"]
    if isinstance(picture, Mapping):
        told["og:image"] = str(picture["src"])
    return told | {"twitter:card": "summary_large_image" if picture else "summary"}


def link_tags(newsletter: Newsletter, edition: str) -> dict[str, str]:
    """Return what is added to the links to stories of an edition, by its id."""
    asked = newsletter.tracking
    if not asked.utm:
        return {}
    return {
        "utm_source": asked.utm_source or newsletter.id,
        "utm_medium": asked.utm_medium,
        "utm_campaign": asked.utm_campaign or edition,
    }


def _envelope(newsletter: Newsletter, base_url: str) -> str:
    """What is signed besides the parts: who it is from, where its links lead, and who gets it."""
    segments = [asdict(one) for one in newsletter.segments]
    return json.dumps([asdict(newsletter.sender), base_url, segments], sort_keys=True, default=str)


def _filled(press: Press, variant: Variant, made: Layout, say: words.Say) -> Variant:
    values = brand_values(press.brand)
    filled = replace(
        variant,
        subject=made.subject,
        preheader=made.preheader,
        html=render.html(made, values, say, press.templates),
        text=render.text(made, values, say, press.templates),
    )
    return replace(filled, sha256=sealed(press.newsletter, press.base_url, filled))


def _slugs(
    keys: Sequence[tuple[str, tuple[str, ...]]], chosen: Sequence[Placement]
) -> dict[tuple[str, tuple[str, ...]], str]:
    theme_of = {placement.story.id: placement.theme.lower() for placement in chosen}
    every = {placement.theme.lower() for placement in chosen if not placement.first_in}
    earlier = {placement.story.id for placement in chosen if placement.first_in}
    slugs: dict[tuple[str, tuple[str, ...]], str] = {}
    for name, stories in keys:
        themes = list(dict.fromkeys(theme_of[story] for story in stories))
        base = f"{name}-all" if every.issubset(themes) else f"{name}-{'-'.join(themes)}"
        also = "" if earlier.isdisjoint(stories) else CATCH_UP
        base = base[: SLUG_CHARACTERS - len(also)].rstrip("-") + also
        slug, count = base, 1
        while slug in slugs.values():
            count += 1
            slug = f"{base}-{count}"
        slugs[name, stories] = slug
    return slugs
