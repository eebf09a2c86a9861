"""The week of an edition as a person lives it: from the first link to everybody's mailbox."""

from __future__ import annotations

import email
import email.policy
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from digest.domain.model import EditionState
from tests.browser.desks import Shown, Ticking, chromium, numbers, office, until
from tests.conftest import Sink
from tests.web.desk.conftest import ACCOUNT

#: how many are mailed, and seconds that the mail server takes for each: long enough to press Pause meanwhile
MANY, SLOW = 120, 0.08
_SLOT = re.compile(r"\[\[digest:[^\]]+\]\]")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def shown(tmp_path: Path, browser: Browser) -> Iterator[Shown]:
    made = Shown(office(tmp_path, Ticking()), browser)
    yield made
    for context in browser.contexts:
        context.close()
    made.close()


class Ringing:
    """The clock: whenever the edition may leave, it is sent, as the program does it beside the desk."""

    def __init__(self, shown: Shown, edition: str, sink: Sink) -> None:
        self._shown, self._edition, self._sink = shown, edition, sink
        self._over = threading.Event()
        self.quiet = threading.Event()
        self._thread = threading.Thread(target=self._ring, daemon=True)
        self._thread.start()

    def _ring(self) -> None:
        app = self._shown.app
        while not self._over.wait(0.05):
            if self._shown.found(self._edition).state in (EditionState.APPROVED, EditionState.SENDING):
                self.quiet.clear()
                app.send(self._edition, app.transport(self._sink.url, "none"), "the clock")
            self.quiet.set()

    def close(self) -> None:
        self._over.set()
        self._shown.app.stopping.set()
        self._thread.join(20)


class Clicks:
    """Counts what is pressed."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, one: Locator) -> None:
        one.click()
        self.count += 1


def _stays(page: Page) -> Callable[[], bool]:
    """Mark a page; what is returned tells whether it is still the one that was loaded then."""
    page.evaluate("window.marked = true")
    return lambda: bool(page.evaluate("window.marked === true"))


def _story(page: Page, title: str) -> Locator:
    return page.locator(f'.story[data-title="{title}"]')


def _review(page: Page) -> None:
    page.get_by_role("link", name="Review & approve").click()
    page.wait_for_selector("h1:has-text('Review')")


def _approve(page: Page) -> None:
    page.get_by_role("button", name="Approve for").click()
    page.wait_for_selector(".edition-head .pill:has-text('Approved')")


def test_the_first_link_makes_an_account_and_home_leads_to_what_needs_a_person(shown: Shown) -> None:
    edition = shown.draft()
    page = shown.blank(inside=False)
    page.goto(shown.base + shown.office.first_link())
    for name, text in ACCOUNT.items():
        page.fill(f"[name={name}]", text)
    page.locator("main button[type=submit]").click()
    assert page.url == f"{shown.base}/"
    assert "One edition goes out tomorrow. One thing needs a person." in page.locator("main").inner_text()
    assert page.locator(".row:has-text('No. 1 waits for approval')").get_by_role("link").inner_text() == "Review"
    page.get_by_role("link", name="Open edition").click()
    assert page.url == f"{shown.base}/editions/{edition}"
    assert shown.said == []


def test_a_story_is_put_right_and_words_are_mended_in_place_undone_and_done_again(shown: Shown) -> None:
    edition = shown.draft()
    shown.account()
    page = shown.open(f"/editions/{edition}", bypass=False)
    is_same = _stays(page)
    _story(page, "Nursery meals").get_by_role("link", name="Move").click()
    page.locator(".where-to").get_by_role("button", name="Maths").click()
    page.wait_for_selector('[data-theme=maths] .story[data-title="Nursery meals"]')
    assert shown.themes(edition)["Nursery meals"] == "maths"
    assert page.locator(".toast").get_by_role("button").all_inner_texts() == [
        "Undo",
        "Always put insights like this there",
    ]
    _story(page, "Maths of fractions").get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Fractions for all")
    page.get_by_role("button", name="Save").click()
    _story(page, "Fractions for all").wait_for()
    page.get_by_role("link", name="Edit subject, preview text and introduction").click()
    page.locator("[name=introduction]").fill("Good morning")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".saved:has-text('Saved')")
    page.frame_locator(".paper iframe").get_by_text("Good morning").wait_for()
    for left in ("Fractions for all", "Maths of fractions"):
        page.locator(".edition-head").get_by_role("button", name="Undo").click()
        _story(page, left).wait_for()
        page.wait_for_selector(".toast:has-text('Undone')")
        page.locator(".toast").evaluate("one => one.remove()")
    page.keyboard.press("Shift+Z")
    _story(page, "Fractions for all").wait_for()
    assert shown.found(edition).written.introduction is None
    assert is_same()
    assert shown.said == []


def test_the_wall_shows_the_very_bytes_and_nothing_on_it_runs_or_asks_elsewhere(shown: Shown) -> None:
    edition = shown.draft()
    shown.account()
    page = shown.blank(bypass=False)
    bodies: dict[str, str] = {}
    page.on("response", lambda one: bodies.update({one.url: one.text()}) if "/mail/" in one.url else None)
    page.goto(f"{shown.base}/editions/{edition}/wall", wait_until="networkidle")
    frames = page.locator("iframe")
    assert frames.count() == 8
    assert {frames.nth(at).get_attribute("sandbox") for at in range(8)} == {""}
    assert page.locator(".pane h3").all_inner_texts() == [
        "Desktop", "Dark", "Dark", "No pictures", "Mobile", "Plain text", "Reading order", "Print",
    ]  # fmt: skip
    source = shown.base + str(frames.first.get_attribute("src"))
    slug = source.split("/mail/")[1].split(".")[0]
    stored = next(one for one in shown.app.stored(edition).variants if one.slug == slug)
    assert _is_of(stored.html, bodies[source])
    who = page.locator(".choices a[aria-current] strong").nth(1).inner_text()
    assert f"Hello {who.split()[0]}" in bodies[source]
    assert all("<script" not in body for body in bodies.values())
    assert all(one.startswith((shown.base, "data:")) for one in shown.asked)
    assert shown.said == []


def _is_of(variant: str, page: str) -> bool:
    """Tell whether a page is a variant with its slots filled: all between them stands in it, in its order."""
    at = 0
    for part in _SLOT.split(variant):
        # where links lead is each reader's own
        for piece in re.split(r'href="[^"]*"?|^[^"<>]*"', part):
            at = page.find(piece, at)
            if at < 0:
                return False
    return True


def test_an_edit_takes_the_approval_back_with_a_word_diff_and_a_late_article_does_not(shown: Shown) -> None:
    edition = shown.draft()
    shown.account()
    page = shown.open(f"/editions/{edition}")
    _review(page)
    _approve(page)
    page.get_by_role("link", name="Back to edition").click()
    _story(page, "Nursery play").get_by_role("link", name="Edit").click()
    page.get_by_label("Title").fill("Nursery games")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".note:has-text('Approval taken back')")
    _review(page)
    assert page.locator(".edition-head .pill").inner_text() == "Approval taken back"
    assert page.locator("del").all_inner_texts() == ["play"]
    assert page.locator("ins").all_inner_texts() == ["games"]
    shown.office.clock.forward(minutes=5)
    shown.office.bench.insights("Reading aloud")
    _approve(page)
    page.get_by_role("link", name="Back to edition").click()
    assert "Reading aloud" in page.locator("[data-region=notes]").inner_text()
    # and what the clock finds when it looks
    shown.app.current(edition)
    assert shown.found(edition).state == EditionState.APPROVED
    assert "Reading aloud" not in shown.titles(edition)
    page.get_by_role("button", name="Add it").click()
    page.wait_for_selector('.story[data-title="Reading aloud"]')
    assert shown.found(edition).state == EditionState.DRAFT


def test_when_nothing_is_wrong_it_is_approved_in_twelve_clicks_with_no_typing(shown: Shown) -> None:
    edition = shown.draft()
    shown.account()
    page, press = shown.open("/"), Clicks()
    press(page.get_by_role("link", name="Open edition"))
    press(page.get_by_role("link", name="All previews"))
    page.wait_for_selector(".panes")
    press(page.get_by_role("link", name="All segments"))
    press(page.get_by_role("link", name="Review & approve"))
    press(page.get_by_role("button", name="Approve for"))
    assert "Approved by Hannah Cole" in page.locator("main").inner_text()
    assert shown.found(edition).state == EditionState.APPROVED
    assert press.count <= 12


def test_it_is_sent_paused_and_resumed_while_its_page_tells_how_far_it_is(shown: Shown, tmp_path: Path) -> None:
    people = [
        f"reader{n}@example.org,R{n},{'head' if n % 3 else 'teacher'},,weekly,form,2026-01-01" for n in range(MANY)
    ]
    edition = shown.draft(people="\n".join(people))
    shown.app.approve(edition, "Ada")
    shown.account()
    sink = Sink(tmp_path / "mail", SLOW)
    page = shown.open(f"/editions/{edition}/sending", bypass=False)
    is_same = _stays(page)
    ringing = Ringing(shown, edition, sink)
    try:
        until(lambda: _answered(page)[0] >= 5, "progress")
        assert is_same(), "what moved came by itself"
        page.get_by_role("button", name="Pause").click()
        page.wait_for_selector(".edition-head .pill:has-text('Paused')")
        until(ringing.quiet.is_set, "the last message on its way is answered")
        mailed = len(sink.log())
        assert 5 <= mailed < MANY
        page.reload()
        assert numbers(page)["sent"] == mailed
        assert sum(numbers(page).values()) == MANY
        assert "Paused" in page.locator(".note").first.inner_text()
        assert len(sink.log()) == mailed
        page.get_by_role("button", name="Resume").click()
        is_same = _stays(page)
        page.wait_for_selector(".edition-head .pill:has-text('Sent')", timeout=30_000)
        assert is_same()
        _adds_up(shown, edition, sink, page)
        assert shown.said == []
    finally:
        ringing.close()
        sink.close()


def _answered(page: Page) -> tuple[int, int]:
    done, of = page.locator(".answered").inner_text().split(" of ")
    return int(done), int(of)


def _adds_up(shown: Shown, edition: str, sink: Sink, page: Page) -> None:
    until(lambda: _answered(page) == (MANY, MANY), "the last count")
    assert numbers(page) == {
        "sent": MANY, "waiting": 0, "refused for now": 0, "refused": 0, "unknown": 0, "skipped": 0,
    }  # fmt: skip
    assert shown.office.bench.states(edition) == {"sent": MANY}
    log = sink.log()
    assert Counter(one["to"] for one in log) == Counter({f"reader{n}@example.org": 1 for n in range(MANY)})
    assert len({one["message_id"] for one in log}) == MANY
    # what they have is what was approved
    message = email.message_from_bytes((sink.folder / log[0]["file"]).read_bytes(), policy=email.policy.default)
    body = message.get_body(("html",))
    assert body is not None
    page_of_theirs = body.get_content().replace("\r\n", "\n")
    assert any(_is_of(one.html, page_of_theirs) for one in shown.app.stored(edition).variants)
    assert "Hello R" in unescape(page_of_theirs)
