"""The page of an edition in Chromium: by mouse, by keys, without a script, by two people at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from digest.domain.model import EditionState
from digest.jobs import editing
from digest.jobs import edition as editions
from tests.browser.desks import Shown, chromium, office, until


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


class Draft:
    """A draft that Hannah has open."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown
        self.edition = shown.draft()
        self.path = f"/editions/{self.edition}"

    def open(self, more: str = "", **how: object) -> Page:
        return self.shown.open(self.path + more, **how)  # type: ignore[arg-type]

    @property
    def found(self) -> editions.Edition:
        return self.shown.found(self.edition)

    def order(self, theme: str) -> list[str]:
        """Return the titles under a theme, in their order."""
        themes = self.shown.themes(self.edition)
        return [title for title in self.shown.titles(self.edition) if themes[title] == theme]

    def title(self, was: str) -> str:
        """Return what the story is called now whose source calls it so."""
        with self.shown.app.store.reading() as session:
            placements = session.editions.placements(self.edition)
        return next(one.shown.title for one in placements if one.story.lead.title == was)


@pytest.fixture
def draft(tmp_path: Path, browser: Browser) -> Iterator[Draft]:
    shown = Shown(office(tmp_path), browser)
    shown.account()
    yield Draft(shown)
    for context in browser.contexts:
        context.close()
    shown.close()


def row(page: Page, title: str) -> Locator:
    return page.locator(f'.story[data-title="{title}"]')


def edit(page: Page, title: str) -> Locator:
    """Open the form of a story; return its title's field."""
    row(page, title).get_by_role("link", name="Edit").click()
    field = row(page, title).get_by_label("Title")
    field.wait_for()
    return field


def head(page: Page) -> Locator:
    return page.locator(".edition-head .saved")


def shown_order(page: Page) -> list[str]:
    return [str(one.get_attribute("data-title")) for one in page.locator(".story[data-title]").all()]


# By mouse -----------------------------------------------------------------------------------------------------------


def test_a_story_is_dragged_to_another_place(draft: Draft) -> None:
    page = draft.open(bypass=False)
    first, last = draft.order("maths")
    row(page, last).drag_to(row(page, first), target_position={"x": 200, "y": 3})
    until(lambda: draft.order("maths") == [last, first], "the other order")
    until(lambda: shown_order(page)[-2:] == [last, first], "the other order on the page")
    row(page, last).drag_to(row(page, first), target_position={"x": 200, "y": 55})
    until(lambda: draft.order("maths") == [first, last], "the order from before")
    assert draft.shown.said == []


def test_a_story_that_is_dropped_where_it_is_stays_there(draft: Draft) -> None:
    page = draft.open()
    before = draft.shown.titles(draft.edition)
    first, second = shown_order(page)[1:3]
    row(page, second).drag_to(row(page, first), target_position={"x": 200, "y": 55})
    row(page, first).drag_to(row(page, second), target_position={"x": 200, "y": 3})
    until(lambda: "Saved" in head(page).inner_text(), "an answer")
    assert draft.shown.titles(draft.edition) == before


def test_a_story_is_dragged_under_another_theme_to_the_very_place(draft: Draft) -> None:
    page = draft.open()
    first = draft.order("maths")[0]
    row(page, "Nursery meals").drag_to(row(page, first), target_position={"x": 200, "y": 3})
    until(lambda: draft.order("maths")[0] == "Nursery meals", "the story under the other theme")
    steps = editing.history(draft.shown.app.store, draft.edition).steps
    assert [one.what for one in steps[1:]] == ["moved “Nursery meals” from Nursery to Maths"], "one step to undo"


def test_what_is_pressed_while_something_is_saved_is_not_lost(draft: Draft) -> None:
    page = draft.open()
    edit(page, "Nursery meals").fill("Meals for all")
    row(page, "Nursery play").get_by_role("link", name="Edit").click()
    row(page, "Nursery play").get_by_label("Title").wait_for()
    until(lambda: draft.title("Nursery meals") == "Meals for all", "the title is saved")
    assert row(page, "Meals for all").count() == 1
    row(page, "Nursery play").get_by_label("Title").fill("Play for all")
    page.locator(".edition-head").get_by_role("button", name="Undo").click()
    until(lambda: draft.title("Nursery play") == "Nursery play", "what was typed last is undone")
    assert draft.title("Nursery meals") == "Meals for all"


def test_undo_is_there_as_long_as_there_is_something_to_undo(draft: Draft) -> None:
    page = draft.open()
    undo = page.locator(".edition-head").get_by_role("button", name="Undo")
    assert undo.get_attribute("aria-disabled") == "true"
    row(page, "Nursery meals").get_by_role("button", name="Leave out").click()
    page.wait_for_selector(".story.out")
    undo.click()
    row(page, "Nursery meals").wait_for()
    until(lambda: undo.get_attribute("aria-disabled") == "true", "nothing is left to undo")
    undo.click(force=True)
    assert page.locator("[role=alert]").count() == 0
    assert draft.found.step == 2


def test_the_segments_are_switched_in_place(draft: Draft) -> None:
    page = draft.open()
    page.keyboard.press("2")
    page.wait_for_selector(".switch [aria-current]:has-text('Everybody else')")
    assert "segment=rest" in page.url
    page.keyboard.press("1")
    page.wait_for_selector(".switch [aria-current]:has-text('Heads')")


# By keys ------------------------------------------------------------------------------------------------------------


def test_stories_are_walked_opened_and_closed_by_keys(draft: Draft) -> None:
    page = draft.open(bypass=False)
    order = shown_order(page)
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert row(page, order[at]).evaluate("one => one === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_selector(".in-place")
    until(lambda: _focused(page).endswith("/title"), "the first field has the focus")
    page.keyboard.press("Escape")
    page.wait_for_selector(".in-place", state="detached")
    assert row(page, order[1]).evaluate("one => one === document.activeElement")
    page.keyboard.press("m")
    page.wait_for_selector(".where-to button:focus")
    page.keyboard.press("Escape")
    page.wait_for_selector(".where-to", state="detached")
    assert draft.found.step == 0
    assert draft.shown.said == []


def test_a_story_is_moved_pinned_left_out_undone_and_done_again_by_keys(draft: Draft) -> None:
    page = draft.open()
    first, last = draft.order("maths")
    row(page, first).focus()
    page.keyboard.press("Alt+ArrowDown")
    until(lambda: draft.order("maths") == [last, first], "one further down")
    until(lambda: head(page).inner_text() == f"{first}, 2 of 2 in Maths.", "it is spoken")
    page.keyboard.press("Alt+ArrowUp")
    until(lambda: draft.order("maths") == [first, last], "one further up")
    until(lambda: head(page).inner_text() == f"{first}, 1 of 2 in Maths.", "it is spoken")
    page.keyboard.press("x")
    until(lambda: first not in draft.shown.titles(draft.edition), "left out")
    page.keyboard.press("z")
    until(lambda: first in draft.shown.titles(draft.edition), "undone")
    page.keyboard.press("Shift+Z")
    until(lambda: first not in draft.shown.titles(draft.edition), "done again")
    row(page, last).focus()
    page.keyboard.press("p")
    page.wait_for_selector(f'section:has(#theme-top) .story[data-title="{last}"]')


@pytest.mark.parametrize(("key", "to"), [("v", "wall"), ("r", "review")])
def test_the_wall_and_the_review_are_a_key_away(draft: Draft, key: str, to: str) -> None:
    page = draft.open()
    with page.expect_navigation():
        page.keyboard.press(key)
    assert page.url.split("?")[0].endswith(f"{draft.path}/{to}")


def test_all_keys_are_listed_and_none_of_them_approves_or_sends(draft: Draft) -> None:
    page = draft.open()
    page.keyboard.press("?")
    listed = page.locator(".shortcuts").inner_text()
    for words in ("Next, previous story", "Edit a story", "Move it to a theme", "Top story", "Leave out", "Redo"):
        assert words in listed
    page.keyboard.press("Escape")
    for key in "abcdefhilnoqstuwy":
        page.keyboard.press(key)
    assert draft.found.state == EditionState.DRAFT
    assert draft.found.step == 0


def test_ctrl_enter_saves_and_gives_the_focus_back(draft: Draft) -> None:
    page = draft.open()
    edit(page, "Nursery meals").fill("Meals for all")
    page.keyboard.press("Control+Enter")
    row(page, "Meals for all").wait_for()
    assert draft.title("Nursery meals") == "Meals for all"
    assert re.fullmatch(r"Saved \d\d:\d\d", head(page).inner_text())
    until(lambda: row(page, "Meals for all").evaluate("one => one.contains(document.activeElement)"), "the focus")


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name || ''"))


# Saving -------------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_saved_when_the_focus_leaves_the_form_which_stays_open(draft: Draft) -> None:
    page = draft.open()
    title = edit(page, "Nursery meals")
    title.fill("Meals for all")
    row(page, "Nursery meals").get_by_label("Summary").focus()
    assert draft.title("Nursery meals") == "Nursery meals", "from one field to the next is not away"
    page.locator("#as").focus()
    until(lambda: draft.title("Nursery meals") == "Meals for all", "it is saved")
    until(lambda: "Saved" in head(page).inner_text(), "and said")
    assert row(page, "Meals for all").get_by_label("Title").input_value() == "Meals for all"
    page.frame_locator(".paper iframe").get_by_role("link", name="Meals for all").wait_for()


@pytest.mark.parametrize("how", ["answers 503", "cannot be reached"])
def test_what_is_typed_survives_a_failed_save_and_a_reload(draft: Draft, how: str) -> None:
    page = draft.open()
    page.route("**/write", lambda one: one.fulfill(status=503, body="no") if how == "answers 503" else one.abort())
    title = edit(page, "Nursery meals")
    title.fill("Meals for all")
    page.keyboard.press("Control+Enter")
    row(page, "Nursery meals").locator(".note.stop").wait_for()
    assert head(page).inner_text() == "Not saved"
    assert "Your text is still here" in row(page, "Nursery meals").locator(".note.stop").inner_text()
    assert title.input_value() == "Meals for all"
    page.reload()
    assert row(page, "Nursery meals").get_by_label("Title").input_value() == "Meals for all"
    assert "Not saved yet" in head(page).inner_text()
    page.unroute("**/write")
    row(page, "Nursery meals").get_by_role("button", name="Save").click()
    row(page, "Meals for all").wait_for()
    assert draft.title("Nursery meals") == "Meals for all"
    page.reload()
    assert page.locator(".saved.not").count() == 0


def test_esc_keeps_what_was_typed_for_who_opens_the_form_again(draft: Draft) -> None:
    page = draft.open()
    edit(page, "Nursery meals").fill("Half a title")
    page.keyboard.press("Escape")
    page.wait_for_selector(".in-place", state="detached")
    until(lambda: "your text is still there" in head(page).inner_text(), "it is said")
    assert edit(page, "Nursery meals").input_value() == "Half a title"
    assert draft.title("Nursery meals") == "Nursery meals"


def test_who_is_logged_out_meanwhile_logs_in_in_place_and_it_is_saved(draft: Draft) -> None:
    page = draft.open()
    title = edit(page, "Nursery meals")
    page.context.clear_cookies()
    title.fill("Meals for all")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("h1:has-text('Log in')")
    page.fill("[name=address]", "hannah@fernhill.example.org")
    page.fill("[name=phrase]", "four words that fit")
    page.locator("main button[type=submit]").click()
    page.get_by_role("button", name="Send it once more").click()
    row(page, "Meals for all").wait_for()
    assert draft.title("Nursery meals") == "Meals for all"


@pytest.mark.parametrize("script", [True, False])
def test_what_cannot_be_kept_is_said_beside_its_field_which_keeps_it(draft: Draft, script: bool) -> None:
    page = draft.open("?edit=inbox", script=script)
    page.fill("[name=subject]", "x" * 151)
    page.fill("[name=preheader]", "Kept as I typed it")
    page.locator("#inbox").get_by_role("button", name="Save").click()
    page.wait_for_selector("#subject-wrong")
    assert page.locator("#subject-wrong").inner_text() == "151 characters. It may have 150."
    subject = page.locator("[name=subject]")
    assert subject.get_attribute("aria-invalid") == "true"
    assert "subject-wrong" in str(subject.get_attribute("aria-describedby"))
    assert subject.input_value() == "x" * 151
    assert page.input_value("[name=preheader]") == "Kept as I typed it"
    assert draft.found.step == 0


# Two people ---------------------------------------------------------------------------------------------------------


def test_each_sees_who_is_here_and_what_the_other_did_in_place(draft: Draft) -> None:
    page = draft.open()
    other = draft.open(token=draft.shown.another())
    other.wait_for_selector(".here .person:has-text('HC')", timeout=12_000)
    page.wait_for_selector(".here .person:has-text('MW')", timeout=12_000)
    mine = edit(page, "Nursery meals")
    mine.press("End")
    page.keyboard.type("!")
    edit(other, "Nursery play").fill("Play for all")
    other.keyboard.press("Control+Enter")
    row(page, "Play for all").wait_for(timeout=12_000)
    assert mine.evaluate("one => one === document.activeElement")
    page.keyboard.type("?")
    assert mine.input_value() == "Nursery meals!?"
    page.wait_for_selector(".here .person[title*='Marcus Webb']")
    page.keyboard.press("Control+Enter")
    until(lambda: draft.title("Nursery meals") == "Nursery meals!?", "mine is saved as well")
    assert draft.title("Nursery play") == "Play for all"


def test_two_fields_of_a_story_that_two_people_type_in_are_both_kept(draft: Draft) -> None:
    page, other = draft.open(), draft.open(token=draft.shown.another())
    mine = edit(page, "Nursery meals")
    edit(other, "Nursery meals")
    row(other, "Nursery meals").get_by_label("Summary").fill("What is eaten.")
    other.keyboard.press("Control+Enter")
    until(lambda: draft.found.step == 1, "theirs is saved")
    mine.fill("Meals for all")
    page.keyboard.press("Control+Enter")
    until(lambda: draft.found.step == 2, "mine is saved")
    assert draft.title("Nursery meals") == "Meals for all"
    assert edit(page, "Meals for all").count() == 1
    assert row(page, "Meals for all").get_by_label("Summary").input_value() == "What is eaten."


@pytest.mark.parametrize(
    ("choose", "kept", "seen"),
    [("Keep yours", "Mine", False), ("Take theirs", "Theirs", False), ("Keep yours", "Mine", True)],
)
def test_who_types_in_the_same_field_sees_both_texts_and_chooses(
    draft: Draft, choose: str, kept: str, seen: bool
) -> None:
    page, other = draft.open(), draft.open(token=draft.shown.another())
    mine = edit(page, "Nursery meals")
    edit(other, "Nursery meals").fill("Theirs")
    other.keyboard.press("Control+Enter")
    until(lambda: draft.title("Nursery meals") == "Theirs", "theirs is saved")
    if seen:
        # the page has looked meanwhile what is new; the form with the focus stays as it was
        page.wait_for_function("document.querySelector('.edition').dataset.step === '1'", timeout=12_000)
    mine.fill("Mine")
    page.keyboard.press("Control+Enter")
    note = page.locator(".in-place .note.warn")
    note.wait_for()
    assert note.inner_text() == "Marcus Webb changed this while you wrote. It says now: Theirs"
    assert page.locator(".in-place [name$='/title']").input_value() == "Mine"
    assert draft.title("Nursery meals") == "Theirs"
    page.locator(".in-place").locator(f"text={choose}").click()
    page.wait_for_selector(".in-place", state="detached")
    until(lambda: draft.title("Nursery meals") == kept, f"{kept} is kept")
    assert edit(page, kept).input_value() == kept


def test_what_is_half_written_stays_when_others_change_something(draft: Draft) -> None:
    page, other = draft.open("?edit=new/event"), draft.open(token=draft.shown.another())
    page.get_by_label("Name").fill("Open evening")
    page.locator("h1").click()
    row(other, "Nursery play").get_by_role("button", name="Leave out").click()
    page.wait_for_selector(".story.out", timeout=12_000)
    row(page, "Nursery meals").get_by_role("button", name="Pin").click()
    page.wait_for_selector('section:has(#theme-top) .story[data-title="Nursery meals"]')
    assert page.get_by_label("Name").input_value() == "Open evening"
    page.get_by_label("When", exact=True).fill("3 December")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_selector("section:has(#own-blocks) .story")
    [own] = draft.found.written.blocks
    assert (own.block.title, own.block.when) == ("Open evening", "3 December")


# Without a script ---------------------------------------------------------------------------------------------------


def test_all_of_it_works_without_a_script(draft: Draft) -> None:
    page = draft.open(script=False)
    row(page, "Nursery meals").get_by_role("link", name="Edit").click()
    row(page, "Nursery meals").get_by_label("Title").fill("Meals for all")
    row(page, "Nursery meals").get_by_role("button", name="Save").click()
    assert row(page, "Meals for all").count() == 1
    row(page, "Meals for all").get_by_role("link", name="Move").click()
    page.locator(".where-to").get_by_role("button", name="Maths").click()
    assert draft.shown.themes(draft.edition)["Meals for all"] == "maths"
    row(page, "Meals for all").get_by_role("link", name="Move").click()
    page.locator(".where-to").get_by_role("button", name="Up").click()
    row(page, "Meals for all").get_by_role("button", name="Pin").click()
    assert page.locator("section:has(#theme-top) .story").get_attribute("data-title") == "Meals for all"
    row(page, "Nursery play").get_by_role("button", name="Leave out").click()
    page.locator(".story.out").get_by_role("button", name="Put back").click()
    assert row(page, "Nursery play").count() == 1
    step = draft.found.step
    page.locator(".edition-head").get_by_role("button", name="Undo").click()
    assert row(page, "Nursery play").count() == 0
    page.locator(".toast").get_by_role("button", name="Redo").click()
    assert draft.found.step == step + 2
    page.get_by_role("link", name="Quote").click()
    page.get_by_label("What was said").fill("Well done")
    page.get_by_label("Who said it").fill("A parent")
    page.get_by_label("Above the top story").check()
    page.get_by_role("button", name="Add it").click()
    assert [(one.block.text, one.block.place) for one in draft.found.written.blocks] == [("Well done", "top")]
    page.get_by_role("link", name="Review & approve").click()
    page.get_by_role("button", name="Approve for").click()
    assert draft.found.state == EditionState.APPROVED


def test_two_without_a_script_see_both_texts_as_well(draft: Draft) -> None:
    page, other = (draft.open("?edit=inbox", script=False, token=one) for one in ("", draft.shown.another()))
    other.fill("[name=subject]", "Theirs")
    other.locator("#inbox").get_by_role("button", name="Save").click()
    page.fill("[name=subject]", "Mine")
    page.locator("#inbox").get_by_role("button", name="Save").click()
    assert "Marcus Webb changed this while you wrote. It says now: Theirs" in page.locator("#inbox .note").inner_text()
    assert page.input_value("[name=subject]") == "Mine"
    page.get_by_role("button", name="Keep yours").click()
    assert draft.found.written.subject == "Mine"


def test_what_is_wrong_comes_onto_the_page_when_it_is_known(tmp_path: Path, browser: Browser) -> None:
    shown = Shown(office(tmp_path, patience=0.0), browser)
    shown.account()
    draft = Draft(shown)
    try:
        page = draft.open("/review")
        expect(page.get_by_role("button", name="Approve for")).to_have_attribute("aria-disabled", "true")
        expect(page.get_by_role("heading", name="Must mend")).to_be_visible()
        expect(page.get_by_role("button", name="Approve for")).not_to_have_attribute("aria-disabled", "true")
        with_words = draft.open("?edit=inbox")
        field = with_words.get_by_label("Subject")
        field.fill("Another subject")
        field.press("Control+Enter")
        expect(with_words.locator(".edition-head")).to_contain_text(re.compile("No findings|to look at|must mend"))
    finally:
        shown.close()
