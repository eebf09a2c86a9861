"""A good email, as the sample workspace makes it: its two parts with every slot filled, and a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from digest.config import load
from digest.domain.model import (
    DateFrom,
    Delivery,
    DeliveryState,
    Edition,
    EditionState,
    Insight,
    Letter,
    Placement,
    Story,
    Subscriber,
    Variant,
)
from digest.jobs.press import Press, rendered
from digest.stages import render
from digest.transports.mime import Composer
from tests.conftest import ROOT

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SECRET = b"a secret of the tests, long enough for everybody"
READER = Subscriber(id="0123456789abcdef", address="ada@example.org", first_name="Ada", last_name="Pascoe")
SUMMARY = "Heads of eleven small schools told us what a shared minibus changed for their pupils, and what it did not. "


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    html: str
    text: str
    message: bytes
    variant: Variant


@cache
def good(stories: int = 12) -> Good:
    loaded = load(ROOT)
    newsletter = loaded.workspace.newsletters[0]
    themes = [theme.id for theme in newsletter.themes]
    placements = [
        Placement(
            story=Story(
                lead=Insight(
                    id=f"story{n}",
                    source=newsletter.sources[n % len(newsletter.sources)].id,
                    title=f"What school number {n} learned on the ferry",
                    summary=SUMMARY * 2,
                    link=f"https://schools.example.org/story/{n}",
                    published=NOW,
                    date_from=DateFrom.STATED,
                    first_seen=NOW,
                )
            ),
            theme=themes[n * len(themes) // stories],
            reasons=("a test",),
        )
        for n in range(stories)
    ]
    edition = Edition(
        id="insights-2026-11-24-0800",
        newsletter=newsletter.id,
        slot=NOW,
        number=12,
        state=EditionState.DRAFT,
        revision=loaded.revision,
        drafted_at=NOW,
    )
    press = Press(
        newsletter=newsletter,
        brand=loaded.workspace.brand,
        base_url=loaded.workspace.base_url,
        revision=loaded.revision,
        files=loaded.files,
        templates=render.Templates(loaded.template),
        encoder=_nothing,
        languages=_nothing,
        secret=SECRET,
    )
    blank = Variant(
        slug="all",
        segment="everybody",
        subject="",
        preheader="",
        html="",
        text="",
        sha256="",
        stories=tuple(one.story.id for one in placements),
        people=3,
    )
    variant = rendered(press, edition, placements, blank)
    composer = Composer(
        newsletter=newsletter,
        edition=edition.id,
        variants={"all": variant},
        base_url=press.base_url,
        secret=SECRET,
    )
    delivery = Delivery(edition=edition.id, subscriber=READER.id, state=DeliveryState.CLAIMED, variant="all")
    html, text = composer.parts(variant, READER)
    content = composer.content(Letter(delivery=delivery, subscriber=READER), NOW)
    return Good(html=html, text=text, message=content, variant=variant)


def _nothing() -> object:  # type: ignore[misc]
    raise AssertionError("rendering compares nothing")
