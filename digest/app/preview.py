"""Preview: an edition's emails as files, filled in for a reader that the program makes up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from digest.app import App, pages, pictures
from digest.app.showing import Preview
from digest.domain.model import Delivery, DeliveryState, Letter, Subscriber, Variant
from digest.jobs import edition as editions
from digest.stages import pictured
from digest.stages.review.leading import led
from digest.transports.mime import Composer

SAMPLE = Subscriber(id="sample-reader", address="sam.reader@example.org", first_name="Sam", last_name="Reader")


def write(app: App, shown: Preview, folder: Path) -> list[Path]:
    """Write {variant}.html, .txt and .eml of an edition; return the files in that order. The web version is no mail.

    The pictures lie in a folder beside them, and the .html shows those; links that readers' clicks are counted by lead
    straight to the stories. The .eml is what is sent. Files of variants that are no more are removed, so that nobody
    looks at what is not sent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    composer = app.composer(shown.edition.id)
    names: list[str] = []
    there = leads(app, shown.edition.id)
    for variant in shown.variants:
        page, text = composer.parts(variant, SAMPLE)
        names += pictured.named(page, composer.base_url)
        straight = led(pictured.at_hand(page, composer.base_url), there, escape=True)
        parts = [("html", straight.encode()), ("txt", led(text, there, escape=False).encode())]
        if not variant.is_web_version:
            parts.append(("eml", message(composer, variant, app.clock())))
        for ending, data in parts:
            file = folder / f"{variant.slug}.{ending}"
            file.write_bytes(data)
            files.append(file)
    drawn = pictures.write(pictures.held(app.store, names), folder / pictured.FOLDER)
    for stray in (*folder.glob("*.*"), *(folder / pictured.FOLDER).glob("*.jpg")):
        if stray.suffix in (".html", ".txt", ".eml", ".jpg") and stray not in (*files, *drawn):
            stray.unlink()
    return files


def filled(app: App, edition_id: str, variant: Variant) -> tuple[str, str]:
    """Return a variant's HTML and text, filled in for a reader that the program makes up; links lead straight."""
    page, text = app.composer(edition_id).parts(variant, SAMPLE)
    there = leads(app, edition_id)
    return led(page, there, escape=True), led(text, there, escape=False)


def leads(app: App, edition_id: str) -> dict[str, str]:
    """Return where the counted links of an edition lead: they work for readers alone, and only once it is sent."""
    with app.store.reading() as session:
        placements = session.editions.placements(edition_id)
    return pages.counted(app, editions.find(app.store, edition_id), placements)


def message(composer: Composer, variant: Variant, now: datetime) -> bytes:
    """Return the message of a variant, filled in for a reader that the program makes up."""
    delivery = Delivery(
        edition=composer.edition, subscriber=SAMPLE.id, state=DeliveryState.PENDING, variant=variant.slug
    )
    return composer.content(Letter(delivery=delivery, subscriber=SAMPLE), now)
