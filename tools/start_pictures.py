"""The pictures of docs/start.md: the desk of the sample organisation, as somebody sees it in their first week."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from digest.app import App
from digest.domain.model import EditionState

#: a page of the manual is 60 rem wide at most: larger pictures would only be shrunk
WIDTH = 1120
#: px around an element that is photographed alone
MARGIN = 12
#: colours of a picture: flat pages of a desk need no more, and a picture is at most 150 kB
COLOURS = 96
#: a page of the desk checks an edition behind itself: milliseconds that a picture waits for the verdict
PATIENCE = 120_000


class Album:
    """Photographs a page, and writes it small."""

    def __init__(self, page: Page, folder: Path) -> None:
        self._page = page
        self._folder = folder

    def take(self, name: str, height: int, at: str = "") -> None:
        """Write a picture of what is seen; height: px from the top; at: of this element alone."""
        self._page.wait_for_load_state("networkidle")
        # where all stands when nothing is scrolled: what stays at the top would cover it else
        self._page.evaluate("scrollTo(0, 0)")
        box = self._page.locator(at or "body").first.bounding_box()
        assert box is not None, f"{at} is not on the page"
        edge = MARGIN if at else 0
        part = {"x": box["x"] - edge, "y": box["y"] - edge, "width": box["width"] + 2 * edge, "height": height}
        seen = self._page.screenshot(full_page=True, clip=part)  # type: ignore[arg-type]
        picture = Image.open(io.BytesIO(seen)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(self._folder / f"start-{name}.png", optimize=True)


def photograph_week(page: Page, root: str, path: str, app: App, folder: Path, enter: Callable[[], None]) -> None:
    """Write the pictures of a week, from the log-in to the report.

    page: in which nobody is logged in; root, path: of the desk and of the draft on it; enter: logs in.
    """
    page.set_viewport_size({"width": WIDTH, "height": 760})
    album = Album(page, folder)
    page.goto(f"{root}/log-in")
    album.take("log-in", 460)
    enter()
    page.goto(root)
    # the sample's mail server is one of the demo's: nobody needs to be led to one
    page.get_by_role("button", name="Do not remind us").click()
    page.wait_for_load_state("networkidle")
    page.goto(root)
    album.take("home", 470, ".columns > .stack")
    page.goto(f"{root}{path}")
    album.take("edition", 760)
    page.get_by_role("link", name=re.compile("^Edit (?!subject)")).nth(1).click()
    page.locator(".story.open").wait_for()
    album.take("edit", 640, ".story.open")
    page.goto(f"{root}{path}")
    page.get_by_role("link", name=re.compile("^Move (?!.* (up|down)$)")).nth(1).click()
    page.locator(".where-to").wait_for()
    album.take("move", 440, ".story:has(.where-to)")
    page.goto(f"{root}{path}/wall")
    album.take("previews", 640)
    _review(page, root, path, album)
    _report(page, root, path, app, album)


def _review(page: Page, root: str, path: str, album: Album) -> None:
    review = f"{root}{path}/review"
    page.goto(review)
    page.locator("[data-checked=yes]").wait_for(timeout=PATIENCE)
    album.take("review", 640)
    page.fill("[name=name]", "Amira Said, trustee")
    page.get_by_role("button", name="Make a link").click()
    page.locator(".link-made").wait_for()
    # the link itself is a key: a made-up one stands in the picture
    page.locator(".link-made").evaluate("one => one.textContent = 'https://desk.example.org/read/vK3…'")
    album.take("reader", 400, ".card:has(.inviting)")
    page.goto(review)
    page.locator("[data-checked=yes]").wait_for(timeout=PATIENCE)
    page.get_by_role("button", name=re.compile("^Approve for")).click()
    page.locator(".edition-head .pill:has-text('Approved')").wait_for()
    album.take("approved", 250, "[data-region=approval]")


def _report(page: Page, root: str, path: str, app: App, album: Album) -> None:
    edition = path.rpartition("/")[2]
    # as its time has come: the clock does no more than this
    sent = app.send(edition, app.transport(), "the clock")
    assert sent.edition.state == EditionState.SENT, "the sample's mail server takes everything"
    page.goto(f"{root}{path}/sending")
    album.take("sent", 560)
    page.goto(f"{root}{path}/report")
    album.take("report", 620)
    page.fill("[name=text]", "The open evening is on Thursday 10 December, and not on Wednesday.")
    album.take("correct", 300, ".card:has([name=text])")
