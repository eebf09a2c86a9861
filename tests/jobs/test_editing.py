"""What people change on a screen: each change is a step, nothing is overwritten, and all of it can be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from digest.domain.errors import NotFound, Refused, TypedOver, Unfit
from digest.domain.model import EditionState, FreeBlock
from digest.jobs import editing
from digest.jobs import edition as editions
from digest.jobs.editing import Editing
from tests.jobs.conftest import Wire, Workbench

TITLES = ("Nursery play", "Nursery meals", "Maths of fractions")


class Desk:
    """Two people at one edition."""

    def __init__(self, bench: Workbench, *titles: str) -> None:
        self.bench = bench
        bench.insights(*(titles or TITLES))
        bench.app.import_people(bench.newsletter)
        drafted = bench.app.draft(bench.newsletter).edition
        assert drafted is not None
        self.edition = drafted.id
        self._ids = iter(f"block-{number}" for number in range(1, 100))

    def at(self, who: str = "Ada") -> Editing:
        self.bench.clock.forward(seconds=1)
        return Editing(
            store=self.bench.app.store,
            clock=self.bench.clock,
            press=self.bench.app.press(self.bench.newsletter),
            edition=self.edition,
            who=who,
            new_id=lambda: next(self._ids),
        )

    def story(self, title: str) -> str:
        with self.bench.app.store.reading() as session:
            return next(one.story.id for one in session.editions.placements(self.edition) if one.shown.title == title)

    @property
    def step(self) -> int:
        return editions.find(self.bench.app.store, self.edition).step

    @property
    def titles(self) -> list[str]:
        with self.bench.app.store.reading() as session:
            return [one.shown.title for one in session.editions.placements(self.edition)]

    @property
    def html(self) -> str:
        with self.bench.app.store.reading() as session:
            return session.editions.variants(self.edition)[0].html

    @property
    def mail(self) -> str:
        with self.bench.app.store.reading() as session:
            found = session.editions.variants(self.edition)[0]
        return f"{found.subject}\n{found.preheader}\n{found.text}"


@pytest.fixture
def desk(bench: Workbench) -> Desk:
    return Desk(bench)


def test_what_is_typed_is_what_people_get(desk: Desk) -> None:
    story = desk.story("Nursery play")
    typed = {
        "subject": "Play, and  two more",
        "preheader": "What to read this week",
        "introduction": "Dear {{ first_name | friend }},\r\n\r\nthree this week.",
        f"story/{story}/title": "Play in every nursery",
        f"story/{story}/summary": "A short summary of ours.",
    }
    editing.write(desk.at(), typed, desk.step)
    assert desk.mail.startswith("Play, and two more\nWhat to read this week\n")
    assert "three this week." in desk.mail
    assert "Play in every nursery" in desk.html
    assert "A short summary of ours." in desk.mail
    assert "Nursery play" not in desk.html
    assert desk.step == 1


def test_what_is_typed_as_it_stands_changes_nothing(desk: Desk) -> None:
    story = desk.story("Nursery play")
    editing.write(desk.at(), {f"story/{story}/title": " Nursery  play "}, desk.step)
    assert desk.step == 0


def test_a_correction_at_the_source_is_not_held_off_by_a_title_typed_back(desk: Desk) -> None:
    story = desk.story("Nursery play")
    editing.write(desk.at(), {f"story/{story}/title": "Another"}, desk.step)
    editing.write(desk.at(), {f"story/{story}/title": "Nursery play"}, desk.step)
    with desk.bench.app.store.reading() as session:
        content = session.editions.content(editions.find(desk.bench.app.store, desk.edition))
    assert {one.wording.title for one in content.placements} == {""}


def test_two_who_type_in_different_fields_overwrite_nobody(desk: Desk) -> None:
    story, seen = desk.story("Nursery play"), desk.step
    editing.write(desk.at("Ada"), {f"story/{story}/title": "Ada's title"}, seen)
    editing.write(desk.at("Bo"), {f"story/{story}/summary": "Bo's summary.", "subject": "Bo's subject"}, seen)
    assert "Ada's title" in desk.mail
    assert "Bo's summary." in desk.mail


def test_the_second_who_types_in_a_field_sees_both_texts_and_overwrites_nothing(desk: Desk) -> None:
    story, seen = desk.story("Nursery play"), desk.step
    field = f"story/{story}/title"
    editing.write(desk.at("Ada"), {field: "Ada's title"}, seen)
    editing.write(desk.at("Cy"), {"subject": "Cy's subject"}, seen)
    before = desk.step
    with pytest.raises(TypedOver) as clash:
        editing.write(desk.at("Bo"), {field: "Bo's title", "preheader": "Bo's preview"}, seen)
    assert clash.value.fields == {field: ("Ada's title", "Bo's title")}
    assert clash.value.who == "Ada"
    assert desk.step == before
    assert "Ada's title" in desk.titles
    # who has seen it decides
    editing.write(desk.at("Bo"), {field: "Bo's title"}, desk.step)
    assert "Bo's title" in desk.titles


def test_a_form_that_sends_what_nobody_touched_overwrites_and_clashes_with_nothing(desk: Desk) -> None:
    story, seen = desk.story("Nursery play"), desk.step
    editing.write(desk.at("Ada"), {f"story/{story}/title": "Ada's title"}, seen)
    whole = {
        f"story/{story}/title": "Nursery play",
        f"story/{story}/summary": "Bo's summary.",
        "introduction": "Hello {{ first_name | there }}",
    }
    editing.write(desk.at("Bo"), whole, seen)
    assert "Ada's title" in desk.titles
    assert "Bo's summary." in desk.mail
    assert editions.find(desk.bench.app.store, desk.edition).written.introduction is None


def test_the_same_words_by_two_are_no_clash(desk: Desk) -> None:
    seen = desk.step
    for who in ("Ada", "Bo"):
        editing.write(desk.at(who), {"subject": "The same"}, seen)
    assert desk.step == 1


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("subject", "x" * 151, "151 characters. It may have 150."),
        ("preheader", "two\nlines", "Write it in one line."),
        ("story/{}/published", "24 November", "Write the date as 2026-11-24."),
        ("story/{}/alt", "x" * 301, "301 characters. It may have 300."),
    ],
)
def test_what_cannot_be_kept_is_told_beside_its_field(desk: Desk, field: str, text: str, says: str) -> None:
    field = field.format(desk.story("Nursery play"))
    with pytest.raises(Unfit) as unfit:
        editing.write(desk.at(), {field: text, "introduction": "fine"}, desk.step)
    assert unfit.value.faults == {field: says}
    assert desk.step == 0


def test_a_date_that_is_given_is_the_story_s_date(desk: Desk) -> None:
    story = desk.story("Nursery play")
    editing.write(desk.at(), {f"story/{story}/published": "2026-01-05"}, desk.step)
    with desk.bench.app.store.reading() as session:
        found = next(one for one in session.editions.placements(desk.edition) if one.story.id == story)
    assert f"{found.shown.published:%d %B %Y}" == "05 January 2026"
    # newest first: it stands below the other one of its theme now
    assert [one for one in desk.titles if one.startswith("Nursery")] == ["Nursery meals", "Nursery play"]


def test_stories_stand_where_they_are_put(desk: Desk) -> None:
    first, second = [one for one in desk.titles if one.startswith("Nursery")]
    editing.put(desk.at(), desk.story(second), desk.story(first))
    assert [one for one in desk.titles if one.startswith("Nursery")] == [second, first]
    editing.put(desk.at(), desk.story(second), by=1)
    assert [one for one in desk.titles if one.startswith("Nursery")] == [first, second]
    editing.put(desk.at(), desk.story(second), by=-1)
    assert [one for one in desk.titles if one.startswith("Nursery")] == [second, first]
    # and when the draft is made anew
    desk.bench.clock.forward(minutes=1)
    desk.bench.app.draft(desk.bench.newsletter, again=True)
    assert [one for one in desk.titles if one.startswith("Nursery")] == [second, first]


def test_a_story_put_under_another_theme_at_a_place_is_one_step_that_the_themes_learn_from_once(desk: Desk) -> None:
    store = desk.bench.app.store
    meals, fractions, before = desk.story("Nursery meals"), desk.story("Maths of fractions"), desk.titles
    assert editing.place(desk.at(), meals, "maths", fractions)
    assert desk.titles.index("Nursery meals") == desk.titles.index("Maths of fractions") - 1
    assert [one.what for one in editing.history(store, desk.edition).steps][1:] == [
        "moved “Nursery meals” from Nursery to Maths"
    ]
    with store.reading() as session:
        assert [(one.insight, one.theme) for one in session.reviews.by_hand("news")] == [(meals, "maths")]
    editing.undo(desk.at())
    assert desk.titles == before
    with store.reading() as session:
        assert session.reviews.by_hand("news") == []
    editing.redo(desk.at())
    assert desk.titles.index("Nursery meals") == desk.titles.index("Maths of fractions") - 1


def test_a_story_put_elsewhere_under_its_own_theme_teaches_nothing(desk: Desk) -> None:
    play, meals = desk.story("Nursery play"), desk.story("Nursery meals")
    assert not editing.place(desk.at(), meals, "nursery", play)
    assert desk.titles.index("Nursery meals") < desk.titles.index("Nursery play")
    assert not editing.place(desk.at(), meals, "nursery")
    assert desk.titles.index("Nursery meals") > desk.titles.index("Nursery play")
    with desk.bench.app.store.reading() as session:
        assert session.reviews.by_hand("news") == []
    with pytest.raises(NotFound):
        editing.place(desk.at(), meals, "nowhere")
    with pytest.raises(NotFound):
        editing.place(desk.at(), "nothing", "maths")
    # a story to stand before that has gone meanwhile: the end
    assert editing.place(desk.at(), meals, "maths", "gone")
    assert desk.titles[-1] == "Nursery meals"


def test_themes_stand_where_they_are_put(desk: Desk) -> None:
    assert desk.titles[-1] == "Maths of fractions"
    editing.put_theme(desk.at(), "maths", -1)
    assert desk.titles[0] == "Maths of fractions"
    with pytest.raises(NotFound):
        editing.put_theme(desk.at(), "nobody", 1)


def test_a_story_is_moved_to_a_theme_and_undoing_it_teaches_the_themes_nothing(desk: Desk) -> None:
    story = desk.story("Nursery play")
    editing.move(desk.at(), story, "maths")
    with desk.bench.app.store.reading() as session:
        assert [one.theme for one in session.reviews.by_hand("news")] == ["maths"]
    editing.undo(desk.at())
    with desk.bench.app.store.reading() as session:
        assert session.reviews.by_hand("news") == []
    editing.redo(desk.at())
    with desk.bench.app.store.reading() as session:
        assert [one.theme for one in session.reviews.by_hand("news")] == ["maths"]


def test_what_is_left_out_stays_at_hand_and_comes_in_no_other_edition(desk: Desk) -> None:
    story = desk.story("Nursery play")
    editing.leave_out(desk.at(), story)
    assert "Nursery play" not in desk.titles
    desk.bench.clock.forward(minutes=1)
    desk.bench.app.draft(desk.bench.newsletter, again=True)
    assert "Nursery play" not in desk.titles
    with desk.bench.app.store.reading() as session:
        assert [one.title for one in session.exclusions.every("news")] == ["Nursery play"]
        assert [one.shown.title for one in session.editions.left_out(desk.edition)] == ["Nursery play"]
    editing.put_back(desk.at(), story)
    assert "Nursery play" in desk.titles
    with desk.bench.app.store.reading() as session:
        assert session.exclusions.every("news") == []


def test_the_only_story_cannot_be_left_out(bench: Workbench) -> None:
    desk = Desk(bench, "Nursery play")
    with pytest.raises(Refused, match="only story"):
        editing.leave_out(desk.at(), desk.story("Nursery play"))


def _everything(desk: Desk) -> list[Callable[[], object]]:
    play, meals = desk.story("Nursery play"), desk.story("Nursery meals")
    return [
        lambda: editing.write(desk.at("Ada"), {f"story/{play}/title": "Typed", "subject": "S"}, desk.step),
        lambda: editing.pin(desk.at("Bo"), meals),
        lambda: editing.move(desk.at("Ada"), play, "maths"),
        lambda: editing.leave_out(desk.at("Bo"), play),
        lambda: editing.add_block(desk.at("Ada"), FreeBlock(kind="text", text="Ours alone")),
        lambda: editing.put_theme(desk.at("Bo"), "maths", -1),
    ]


def test_everything_is_undone_step_by_step_and_done_again(desk: Desk) -> None:
    def state() -> tuple[object, ...]:
        with desk.bench.app.store.reading() as session:
            content = session.editions.content(editions.find(desk.bench.app.store, desk.edition))
            out = {one.title for one in session.exclusions.every("news")}
            bytes_of = [(one.slug, one.subject, one.text) for one in session.editions.variants(desk.edition)]
        return content, out, bytes_of

    states = [state()]
    for act in _everything(desk):
        act()
        states.append(state())
    for expected in reversed(states[:-1]):
        editing.undo(desk.at("Cy"))
        assert state() == expected
    with pytest.raises(Refused, match="nothing to undo"):
        editing.undo(desk.at("Cy"))
    for expected in states[1:]:
        editing.redo(desk.at("Cy"))
        assert state() == expected
    with pytest.raises(Refused, match="nothing to do again"):
        editing.redo(desk.at("Cy"))


def test_undo_names_whose_step_it_is_and_what_is_new_ends_redo(desk: Desk) -> None:
    for act in _everything(desk)[:2]:
        act()
    step = editing.undo(desk.at("Cy"))
    assert (step.who, step.what) == ("Bo", "pinned “Nursery meals” to the top")
    editing.write(desk.at("Cy"), {"preheader": "New"}, desk.step)
    assert editing.history(desk.bench.app.store, desk.edition).redoable is None
    editing.undo(desk.at("Cy"))
    assert editing.undo(desk.at("Cy")).who == "Ada"


def test_an_edit_takes_the_approval_back(desk: Desk) -> None:
    desk.bench.app.approve(desk.edition, "Ada")
    editing.write(desk.at("Bo"), {"subject": "Another"}, desk.step)
    found = editions.find(desk.bench.app.store, desk.edition)
    assert (found.state, found.note) == (EditionState.DRAFT, "changed by Bo")


def test_a_late_story_is_offered_and_takes_nothing_back(desk: Desk) -> None:
    desk.bench.app.approve(desk.edition, "Ada")
    assert editing.late(desk.at()) == ()
    desk.bench.clock.forward(minutes=5)
    desk.bench.insights("Reading aloud")
    [late] = editing.late(desk.at())
    assert late.lead.title == "Reading aloud"
    assert editions.find(desk.bench.app.store, desk.edition).state == EditionState.APPROVED
    editing.add_late(desk.at("Bo"), late.id)
    assert "Reading aloud" in desk.titles
    assert editions.find(desk.bench.app.store, desk.edition).state == EditionState.DRAFT
    assert editing.late(desk.at()) == ()
    with pytest.raises(NotFound, match="no longer on offer"):
        editing.add_late(desk.at(), late.id)


def test_a_block_of_staff_s_own_is_shown_and_taken_out(desk: Desk) -> None:
    event = FreeBlock(kind="event", title="Open evening", when="3 December, 18:00", where="The hall")
    editing.add_block(desk.at(), event)
    assert "Open evening" in desk.html
    editing.write(desk.at(), {"block/block-1/title": "Closed evening"}, desk.step)
    assert "Closed evening" in desk.html
    with pytest.raises(Unfit) as unfit:
        editing.write(desk.at(), {"block/block-1/when": ""}, desk.step)
    assert unfit.value.faults == {"block/block-1/when": "This cannot be empty."}
    editing.remove_block(desk.at(), "block-1")
    assert "evening" not in desk.html
    with pytest.raises(NotFound):
        editing.remove_block(desk.at(), "block-1")


def test_a_block_that_lacks_what_it_needs_is_refused(desk: Desk) -> None:
    with pytest.raises(Unfit) as unfit:
        editing.add_block(desk.at(), FreeBlock(kind="button", words="", link="javascript:alert(1)"))
    assert unfit.value.faults == {"words": "This cannot be empty.", "link": "An address begins with https://."}
    with pytest.raises(Refused, match="There is no block"):
        editing.add_block(desk.at(), FreeBlock(kind="video"))


def test_what_was_sent_can_no_longer_be_changed_or_undone(desk: Desk) -> None:
    editing.write(desk.at(), {"subject": "Before"}, desk.step)
    desk.bench.app.approve(desk.edition, "Ada")
    desk.bench.app.send(desk.edition, Wire(), "Ada")
    for act in (
        lambda: editing.write(desk.at(), {"subject": "After"}, desk.step),
        lambda: editing.undo(desk.at()),
        lambda: editing.pin(desk.at(), desk.story("Nursery play")),
    ):
        with pytest.raises(Refused, match="is sent"):
            act()
    assert editing.late(desk.at()) == ()


def test_the_words_of_staff_stand_in_the_archive_and_not_in_what_its_source_said(desk: Desk) -> None:
    story = desk.story("Nursery play")
    editing.write(desk.at(), {f"story/{story}/title": "Play everywhere"}, desk.step)
    desk.bench.app.approve(desk.edition, "Ada")
    desk.bench.app.send(desk.edition, Wire(), "Ada")
    with desk.bench.app.store.reading() as session:
        told = {one.insight.title for one in session.archive.stories("news", ["nursery", "maths"], None, 10)}
        assert session.insights.stored([story])[story].title == "Nursery play"
    assert "Play everywhere" in told
    assert "Nursery play" not in told


def test_a_description_of_a_picture_is_its_alternative_text(desk: Desk) -> None:
    story = desk.story("Nursery play")
    editing.write(desk.at(), {f"story/{story}/alt": "Two children at a table"}, desk.step)
    with desk.bench.app.store.reading() as session:
        [found] = [one for one in session.editions.placements(desk.edition) if one.story.id == story]
    assert found.wording.alt == "Two children at a table"
    assert found.shown == replace(found.story.lead)


def test_other_words_make_the_very_bytes_that_counting_everybody_anew_would(desk: Desk) -> None:
    play, meals = desk.story("Nursery play"), desk.story("Nursery meals")
    for act in (
        lambda: editing.write(desk.at(), {f"story/{play}/title": "Typed", "subject": "S"}, desk.step),
        lambda: editing.put(desk.at(), play, by=1),
        lambda: editing.pin(desk.at(), meals),
        lambda: editing.add_block(desk.at(), FreeBlock(kind="text", text="Ours")),
    ):
        act()
        store, press = desk.bench.app.store, desk.bench.app.press(desk.bench.newsletter)
        found = editions.find(store, desk.edition)
        with store.reading() as session:
            kept, stored = session.editions.placements(found.id), session.editions.variants(found.id)
        placements, counted = editions.pressed(store, press, found, kept, found.drafted_at)
        assert sorted((one.sha256, one.segment, one.people, one.stories) for one in counted) == sorted(
            (one.sha256, one.segment, one.people, one.stories) for one in stored
        )
        assert [one.story.id for one in placements] == [one.story.id for one in kept]


def test_other_words_ask_for_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("everybody is read")

    play = desk.story("Nursery play")
    monkeypatch.setattr("digest.jobs.offering.kinds", never)
    editing.write(desk.at(), {f"story/{play}/title": "Typed"}, desk.step)
    with pytest.raises(AssertionError, match="everybody is read"):
        editing.leave_out(desk.at(), play)
