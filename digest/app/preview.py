"""Preview: an edition's emails as files, filled in for a reader that the program makes up."""

from __future__ import annotations

from pathlib import Path

from digest.app import App, Preview
from digest.domain.model import Delivery, DeliveryState, Letter, Subscriber

SAMPLE = Subscriber(id="sample-reader", address="sam.reader@example.org", first_name="Sam", last_name="Reader")


def write(app: App, shown: Preview, folder: Path) -> list[Path]:
    """Write {variant}.html, .txt and .eml of an edition; return the files in that order.

    Files of variants that are no more are removed, so that nobody looks at what is not sent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    composer = app.composer(shown.edition.id)
    for variant in shown.variants:
        delivery = Delivery(
            edition=shown.edition.id, subscriber=SAMPLE.id, state=DeliveryState.PENDING, variant=variant.slug
        )
        content = composer.content(Letter(delivery=delivery, subscriber=SAMPLE), app.clock())
        page, text = composer.parts(variant, SAMPLE)
        for ending, data in (("html", page.encode()), ("txt", text.encode()), ("eml", content)):
            file = folder / f"{variant.slug}.{ending}"
            file.write_bytes(data)
            files.append(file)
    for stray in folder.glob("*.*"):
        if stray.suffix in (".html", ".txt", ".eml") and stray not in files:
            stray.unlink()
    return files
