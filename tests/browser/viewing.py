"""How Chromium shows an email: in one scheme, at one width, with pictures or without; and what is to be said of it.

Nothing is asked of any network: names are not found, and what a page asks for is answered here or refused.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.emails import SITE

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
SCHEMES = ("light", "dark")
#: px: a phone, and a mail client's pane that shows the whole 600 px
WIDTHS = (390, 700)
#: impacts of axe-core that no email may have
GRAVE = ("serious", "critical")

_TEXTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
    range.selectNodeContents(node);
    const box = range.getClientRects()[0];
    if (!box || box.width < 2 || box.height < 2) continue;
    const style = getComputedStyle(node.parentElement);
    found.push({words: node.data.trim(), x: box.x, y: box.y, width: box.width, height: box.height,
                size: parseFloat(style.fontSize), bold: parseInt(style.fontWeight) >= 700});
  }
  return found;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A run of text where it stands on the page, in px; its first line's box."""

    words: str
    x: float
    y: float
    width: float
    height: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that axe-core found."""

    rule: str
    impact: str
    help: str
    #: the elements, as they are written
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is to be said of a page as it was shown."""

    picture: bytes
    faults: tuple[Fault, ...]
    #: what axe-core could not decide, by rule
    undecided: Mapping[str, int]
    #: runs of text in the order of the source
    texts: tuple[Words, ...]
    #: px that the page is wider than the window
    overhang: int
    #: addresses that were asked for
    asked: tuple[str, ...]

    @property
    def grave(self) -> tuple[Fault, ...]:
        """The faults that no email may have."""
        return tuple(fault for fault in self.faults if fault.impact in GRAVE)

    def contrasts(self) -> dict[str, float]:
        """Return the contrast of each run of text as it was painted (1 to 21)."""
        return painted(self.picture, self.texts)


class Viewer:
    """A browser that shows emails. Its windows stay open, since opening one takes as long as showing a page."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._windows: dict[tuple[int, str, bool], Page] = {}
        self._asked: list[str] = []

    def picture(self, html: str, width: int, scheme: str, *, pictures: bool = True) -> bytes:
        """Photograph a whole page; return a PNG."""
        return self._showing(html, width, scheme, pictures).screenshot(full_page=True)

    def turned(self, html: str, width: int) -> bytes:
        """Photograph a page as clients show it that drop its dark styles and turn its colours themselves."""
        page = self._opened(width, "light", pictures=True)
        page.context.new_cdp_session(page).send("Emulation.setAutoDarkModeOverride", {"enabled": True})
        # a scheme of its own keeps Chromium from turning anything: these clients never see it
        page.set_content(html.replace("color-scheme", "no-scheme"))
        taken = page.screenshot(full_page=True)
        page.context.close()
        return taken

    def look(self, html: str, width: int, scheme: str, *, pictures: bool = True) -> Seen:
        """Show a page and say all there is to say of it."""
        page = self._showing(html, width, scheme, pictures)
        picture = page.screenshot(full_page=True)
        asked = tuple(self._asked)
        texts = tuple(Words(**one) for one in page.evaluate(_TEXTS))
        overhang = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
        told = Axe().run(page, options={"resultTypes": ["violations", "incomplete"]}).response
        return Seen(
            picture=picture,
            faults=tuple(_fault(one) for one in told["violations"]),
            undecided={one["id"]: len(one["nodes"]) for one in told["incomplete"]},
            texts=texts,
            overhang=overhang,
            asked=asked,
        )

    def _showing(self, html: str, width: int, scheme: str, pictures: bool) -> Page:
        window = width, scheme, pictures
        if window not in self._windows:
            self._windows[window] = self._opened(width, scheme, pictures=pictures)
        self._asked.clear()
        self._windows[window].set_content(html)
        return self._windows[window]

    def _opened(self, width: int, scheme: str, *, pictures: bool) -> Page:
        context = self._browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
        )

        def answer(route: Route) -> None:
            address = route.request.url
            self._asked.append(address)
            if pictures and address.startswith(f"{SITE}/pictures/"):
                route.fulfill(body=drawn(address), content_type="image/svg+xml")
            else:
                route.abort()

        context.route(re.compile("^(?!data:|about:)"), answer)
        return context.new_page()


@contextmanager
def viewer(chromium: str = "") -> Iterator[Viewer]:
    """Start a browser; `chromium` is its program, by default what is installed."""
    program = chromium or shutil.which("chromium") or "chromium"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield Viewer(browser)
        finally:
            browser.close()


def differing(one: bytes, other: bytes) -> int:
    """Return how many pixels of two PNG pictures differ; of two sizes, all of the larger."""
    if one == other:
        return 0
    left, right = _pixels(one), _pixels(other)
    if left.shape != right.shape:
        return int(max(left.shape[0] * left.shape[1], right.shape[0] * right.shape[1]))
    return int((left != right).any(axis=2).sum())


def painted(picture: bytes, texts: Sequence[Words]) -> dict[str, float]:
    """Return words -> contrast between the colour that most of their box has and the one farthest from it.

    Strokes thinner than a pixel are never painted in their full colour, so that small text measures less than its
    colours promise; it never measures more. A dot alone has no pixel of its full colour in some fonts and is left
    out: it has the colour of the words beside it.
    """
    pixels = _pixels(picture).astype(numpy.float64) / 255
    linear = numpy.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    light = linear @ numpy.array([0.2126, 0.7152, 0.0722])
    found: dict[str, float] = {}
    for one in texts:
        box = light[int(one.y) : int(one.y + one.height) + 1, int(one.x) : int(one.x + one.width) + 1]
        if not box.size or not any(map(str.isalnum, one.words)):
            continue
        values, counts = numpy.unique(box.round(4), return_counts=True)
        ground = values[counts.argmax()]
        ratios = (numpy.maximum(values, ground) + 0.05) / (numpy.minimum(values, ground) + 0.05)
        found[one.words] = min(found.get(one.words, 21.0), float(ratios.max()))
    return found


def out_of_order(texts: Sequence[Words], *, rtl: bool = False) -> list[str]:
    """Return texts that stand before what the source says before them: above it, or earlier on the same line."""
    wrong = []
    for before, after in pairwise(texts):
        below = after.y >= before.y + before.height / 2
        beside = abs(after.y - before.y) < max(before.height, after.height)
        along = after.x <= before.x if rtl else after.x >= before.x
        if not below and not (beside and along):
            wrong.append(f"“{after.words[:40]}” after “{before.words[:40]}”")
    return wrong


def drawn(address: str) -> str:
    """Return the picture at an address, as SVG: a landscape in two colours that its name chooses."""
    number = sum(address.encode())
    sky, land = f"hsl({190 + number % 40} 50% 80%)", f"hsl({90 + number * 7 % 80} 30% 40%)"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90" preserveAspectRatio="xMidYMid slice">'
        f'<rect width="160" height="90" fill="{sky}"/><circle cx="118" cy="26" r="12" fill="#fff8e1"/>'
        f'<path d="M0 62 L40 48 L78 64 L116 44 L160 60 V90 H0 Z" fill="{land}"/></svg>'
    )


def _pixels(picture: bytes) -> Any:
    return numpy.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))


def _fault(told: Mapping[str, Any]) -> Fault:
    return Fault(
        rule=told["id"],
        impact=told["impact"] or "minor",
        help=told["help"],
        where=tuple(node["html"] for node in told["nodes"]),
    )
