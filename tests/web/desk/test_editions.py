"""The page of an edition as a browser without a script uses it: seen, mended, typed over by nobody, and undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from digest.domain.model import EditionState, FreeBlock, Matter
from digest.jobs import editing
from digest.jobs import edition as editions
from digest.web.desk.editions.looking import read_only
from tests.conftest import Clock
from tests.jobs.conftest import Wire
from tests.web.desk.conftest import Browser, Office

TITLES = ("Nursery play", "Nursery meals", "Maths of fractions")


class Desk:
    """Hannah at the page of a draft."""

    def __init__(self, office: Office, *titles: str) -> None:
        self.office = office
        self.app = office.app
        office.bench.insights(*(titles or TITLES))
        office.app.import_people(office.bench.newsletter)
        drafted = office.app.draft(office.bench.newsletter).edition
        assert drafted is not None
        self.edition = drafted.id
        self.browser: Browser = office.hannah()
        self.path = f"/editions/{self.edition}"

    def page(self, more: str = "") -> str:
        answer = self.browser.get(self.path + more)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def send(self, act: str, **fields: str) -> tuple[int, str]:
        answer = self.browser.send(self.path, f"{self.path}/{act}", **fields)
        return answer.status_code, unescape(answer.text)

    def of_story(self, title: str, act: str, **fields: str) -> tuple[int, str]:
        return self.send(f"stories/{self.story(title)}/{act}", **fields)

    def story(self, title: str) -> str:
        with self.app.store.reading() as session:
            content = session.editions.content(self.found)
        return next(one.story.id for one in (*content.placements, *content.left_out) if one.shown.title == title)

    @property
    def found(self) -> editions.Edition:
        return editions.find(self.app.store, self.edition)

    @property
    def titles(self) -> list[str]:
        with self.app.store.reading() as session:
            return [one.shown.title for one in session.editions.placements(self.edition)]


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    office = Office(tmp_path, clock)
    yield Desk(office)
    office.app.store.close()


def test_the_page_shows_the_slot_the_people_the_stories_and_the_very_bytes(desk: Desk) -> None:
    page = desk.page()
    assert "No. 1 · Tue 24 Nov, 08:00" in page
    assert all(title in page for title in TITLES)
    source = re.search(r'<iframe sandbox src="([^"]+)"', page)
    assert source
    answer = desk.browser.get(source[1])
    looked = desk.app.composer(desk.edition)
    slug = source[1].split("/mail/")[1].split(".")[0]
    with desk.app.store.reading() as session:
        html = next(one.html for one in session.editions.variants(desk.edition) if one.slug == slug)
    # what stands between the slots is what will be sent
    between = re.split(r"\[\[digest:[^\]]+\]\]", html)
    assert looked.variants[slug].html == html
    assert all(part in answer.text for part in between if "/l/" not in part)
    assert answer.headers["content-security-policy"].endswith("sandbox")


def test_a_place_that_is_not_there_says_so(desk: Desk) -> None:
    for path in ("/editions/nothing", f"{desk.path}/mail/nothing.html", f"{desk.path}/mail/heads-all.exe"):
        answer = desk.browser.get(path)
        assert answer.status_code == 404
        assert "There is no such page" in answer.text


def test_what_is_typed_is_kept_and_shown(desk: Desk) -> None:
    story = desk.story("Nursery play")
    status, _ = desk.send(
        "write", seen="0", subject="Play first", **{f"story/{story}/title": "Play for all", f"story/{story}/alt": ""}
    )
    assert status == 303
    page = desk.page()
    assert "Play for all" in page
    assert "Its source says “Nursery play”" in page
    assert "Play first" in page
    assert "Saved." not in desk.page(), "what was done is said once"


def test_what_cannot_be_kept_stands_beside_its_field_as_it_was_typed(desk: Desk) -> None:
    status, page = desk.send("write", seen="0", subject="x" * 151, preheader="Kept as I typed it")
    assert status == 422
    assert "151 characters. It may have 150." in page
    assert 'aria-invalid="true"' in page
    assert 'value="Kept as I typed it"' in page
    assert desk.found.step == 0


def test_who_types_over_somebody_sees_both_texts_and_decides(desk: Desk) -> None:
    desk.send("write", seen="0", subject="Hannah's subject")
    status, page = desk.send("write", seen="0", subject="Marcus's subject")
    assert status == 409
    assert "changed this while you wrote" in page
    assert "Hannah's subject" in page
    assert "Marcus's subject" in page
    assert "Keep yours" in page
    assert desk.found.written.subject == "Hannah's subject"
    seen = re.findall(r'name="seen" value="(\d+)"', page)
    assert desk.send("write", seen=seen[0], subject="Marcus's subject")[0] == 303
    assert desk.found.written.subject == "Marcus's subject"


def test_stories_are_moved_put_pinned_left_out_and_put_back(desk: Desk) -> None:
    assert desk.of_story("Nursery play", "move", theme="maths")[0] == 303
    assert "Always put insights like this there" in desk.page()
    assert desk.of_story("Nursery play", "put", by="up")[0] == 303
    assert desk.titles.index("Nursery play") < desk.titles.index("Maths of fractions")
    assert desk.of_story("Nursery meals", "pin", pinned="yes")[0] == 303
    assert desk.of_story("Nursery play", "leave-out")[0] == 303
    page = desk.page()
    assert "Left out" in page
    assert "Nursery play" not in desk.titles
    assert desk.of_story("Nursery play", "put-back")[0] == 303
    assert "Nursery play" in desk.titles
    assert desk.send("themes/maths/put", by="up")[0] == 303
    assert desk.of_story("Nursery play", "keep")[0] == 303


def test_always_writes_a_rule_and_leaves_the_bytes_as_they_are(desk: Desk) -> None:
    (desk.office.bench.folder / "digest.toml").write_text(desk.app.loaded.files["digest.toml"])
    assert desk.of_story("Nursery play", "always")[0] == 303
    text = (desk.office.bench.folder / "digest.toml").read_text()
    assert "[[newsletters.rules]]" in text
    assert "Nursery play" in text
    assert 'action="/settings/put-back"' in desk.page(), "and it can be put back"
    desk.of_story("Nursery play", "always")
    assert (desk.office.bench.folder / "digest.toml").read_text() == text
    assert desk.office.trail(matter=Matter.SETTINGS) == ["added to rules of news"], "once, since it was there then"


def test_undo_and_redo_go_step_by_step_and_say_what_they_did(desk: Desk) -> None:
    desk.send("write", seen="0", subject="One")
    desk.send("write", seen="1", subject="Two")
    assert desk.send("undo")[0] == 303
    assert "Undone: changed: subject" in desk.page()
    assert desk.found.written.subject == "One"
    assert desk.send("redo")[0] == 303
    assert desk.found.written.subject == "Two"
    desk.send("undo")
    desk.send("undo")
    status, page = desk.send("undo")
    assert status == 409
    assert "There is nothing to undo." in page


def test_something_of_ones_own_is_added_mended_and_taken_out(desk: Desk) -> None:
    status, page = desk.send("blocks", kind="event", place="top", title="Open evening", when="")
    assert status == 422
    assert "This cannot be empty." in page
    assert 'value="Open evening"' in page
    assert desk.send("blocks", kind="event", place="top", title="Open evening", when="3 December")[0] == 303
    [own] = desk.found.written.blocks
    assert own.block == FreeBlock(kind="event", place="top", title="Open evening", when="3 December")
    assert desk.send("write", seen="1", **{f"block/{own.id}/when": "4 December"})[0] == 303
    assert desk.found.written.blocks[0].block.when == "4 December"
    assert desk.send(f"blocks/{own.id}/remove")[0] == 303
    assert desk.found.written.blocks == ()
    for kind in ("text", "event", "quote", "button", "picture", "divider"):
        assert 'id="new-block"' in desk.page(f"?edit=new/{kind}")


def test_a_late_story_is_offered_and_added_only_by_a_person(desk: Desk) -> None:
    desk.page()
    desk.office.clock.forward(minutes=5)
    desk.office.bench.insights("Reading aloud")
    desk.browser.send(desk.path, f"{desk.path}/undo")
    looked = editing.late(read_only(desk.app, desk.edition))
    assert [one.lead.title for one in looked] == ["Reading aloud"]
    assert "Reading aloud" not in desk.titles
    assert desk.send(f"stories/{looked[0].id}/add")[0] == 303
    assert "Reading aloud" in desk.titles
    assert desk.send(f"stories/{looked[0].id}/add")[0] == 404


def test_the_wall_shows_eight_panes_of_a_segment_and_all_of_all(desk: Desk) -> None:
    page = desk.page("/wall")
    frames = re.findall(r'<iframe sandbox[^>]+src="([^"]+)"', page)
    assert len(frames) == 8
    assert len(set(frames)) == 6, "dark and light are the same bytes in frames of another scheme"
    assert all(desk.browser.get(one).status_code == 200 for one in set(frames))
    variants = [one for one in desk.app.stored(desk.edition).variants if not one.is_web_version]
    assert len(re.findall(r"<iframe sandbox", desk.page("/wall?all=1"))) == 8 * len(variants)
    assert "without" not in page.lower() or "Made up" in page


def test_the_panes_add_to_the_bytes_only_what_they_say(desk: Desk) -> None:
    slug = next(one.slug for one in desk.app.stored(desk.edition).variants if one.people)
    plain = desk.browser.get(f"{desk.path}/mail/{slug}.html").text
    bare = desk.browser.get(f"{desk.path}/mail/{slug}.html?show=bare")
    assert bare.text == plain
    assert "img-src" not in bare.headers["content-security-policy"]
    inverted = desk.browser.get(f"{desk.path}/mail/{slug}.html?show=inverted").text
    assert re.sub(r"<style>html\{.*?</style>", "", inverted) == plain
    ordered = desk.browser.get(f"{desk.path}/mail/{slug}.html?show=order").text
    numbers = [int(one) for one in re.findall(r">(\d+)</span>", ordered)]
    assert numbers[:5] == [1, 2, 3, 4, 5]
    assert desk.browser.get(f"{desk.path}/mail/{slug}.txt").headers["content-type"].startswith("text/plain")


def test_the_history_names_who_did_what(desk: Desk) -> None:
    desk.send("write", seen="0", subject="One")
    page = desk.page("/history")
    assert "Hannah Cole" in page
    assert "Changed: subject" in page


def test_others_at_an_edition_are_told_and_nobody_of_themselves(desk: Desk) -> None:
    other = desk.office.browser("192.0.2.77")
    other.log_in()
    assert desk.browser.get(f"{desk.path}/news?at=inbox").json()["here"] == []
    news = other.get(f"{desk.path}/news").json()
    assert news["here"] == [{"name": "Hannah Cole", "initials": "HC", "at": "inbox"}]
    assert (news["step"], news["state"]) == (0, "draft")


def test_what_was_sent_is_followed_and_no_longer_mended(desk: Desk) -> None:
    desk.app.approve(desk.edition, "Ada")
    desk.app.send(desk.edition, Wire(), "Ada")
    answer = desk.browser.get(desk.path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{desk.path}/report")
    token_page = "/editions"
    refused = desk.browser.send(token_page, f"{desk.path}/write", seen="0", subject="Too late")
    assert refused.status_code == 409
    assert desk.found.state == EditionState.SENT
    assert desk.found.written.subject == ""


@pytest.mark.parametrize(
    "act", ["write", "undo", "redo", "blocks", "approve", "take-back", "pause", "resume", "cancel", "retry", "send-now"]
)
def test_an_address_alone_changes_nothing(desk: Desk, act: str) -> None:
    before = desk.found
    assert desk.browser.get(f"{desk.path}/{act}").status_code in (200, 404, 405)
    assert desk.found == before


def test_a_story_is_put_at_a_place_under_another_theme_in_one_act_that_undo_takes_back(desk: Desk) -> None:
    meals, fractions, before = desk.story("Nursery meals"), desk.story("Maths of fractions"), desk.titles
    assert desk.send(f"stories/{meals}/place", theme="maths", before=fractions)[0] == 303
    assert "Moved to Maths." in desk.page()
    assert desk.titles.index("Nursery meals") == desk.titles.index("Maths of fractions") - 1
    desk.send("undo")
    assert desk.titles == before
    assert desk.send(f"stories/{meals}/place", theme="nowhere", before="")[0] == 404
    assert desk.send("stories/nothing/place", theme="maths", before="")[0] == 404


def test_without_a_script_the_list_of_places_has_the_top_and_after_each_story_of_its_theme(desk: Desk) -> None:
    first, second = (one for one in desk.titles if one.startswith("Nursery"))

    def offered(title: str) -> list[tuple[str, str]]:
        page = desk.page(f"?move={desk.story(title)}")
        return re.findall(r'name="before" value="([^"]*)"[^>]*>\s*<span>([^<]+)</span>', page)

    assert offered(first) == [("", f"After {second}")]
    assert offered(second) == [(desk.story(first), "Top")]
    assert desk.of_story(second, "place", theme="nursery", before=desk.story(first))[0] == 303
    assert [one for one in desk.titles if one.startswith("Nursery")] == [second, first]
    assert "Put in its new place." in desk.page()
    assert offered("Maths of fractions") == [], "it stands alone under its theme"
