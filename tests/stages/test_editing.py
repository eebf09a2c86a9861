"""What people change of an edition, as pure functions: turns, places, words."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.domain.model import Content, DateFrom, Insight, Placement, Step, Story, Turn, Written
from digest.stages import editing

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _step(number: int, turn: Turn, of: int = 0) -> Step:
    return Step(number=number, turn=turn, at=NOW, who="Ada", what="did it", of=of)


def _placement(story: str, theme: str = "one", title: str = "") -> Placement:
    lead = Insight(
        id=story,
        source="ours",
        title=title or f"Title of {story}",
        summary="What it means.",
        link="",
        published=NOW,
        date_from=DateFrom.STATED,
        first_seen=NOW,
    )
    return Placement(story=Story(lead=lead), theme=theme, reasons=())


@given(st.lists(st.sampled_from(list(Turn)), max_size=30))
def test_undo_and_redo_walk_the_history_as_an_editor_s_stack_does(wanted: list[Turn]) -> None:
    # a simple editor: what it holds, what it held before, what was undone
    held, before, undone = 0, [], []
    steps = [_step(0, Turn.EDIT)]
    contents = [0]
    for turn in wanted:
        number = len(steps)
        if turn == Turn.EDIT:
            before.append(held)
            undone.clear()
            held = number
            steps.append(_step(number, turn))
        elif turn == Turn.UNDO:
            found = editing.undoable(steps)
            assert (found is None) == (not before)
            if found is None:
                continue
            undone.append(held)
            held = before.pop()
            assert contents[found.number - 1] == held
            steps.append(_step(number, turn, found.number))
        else:
            found = editing.redoable(steps)
            assert (found is None) == (not undone)
            if found is None:
                continue
            before.append(held)
            held = undone.pop()
            assert contents[found.number] == held
            steps.append(_step(number, turn, found.number))
        contents.append(held)


@given(st.permutations(["a", "b", "c", "d"]), st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["a", "c", ""]))
def test_a_story_that_is_put_stands_before_the_other_and_all_others_as_they_stood(
    order: list[str], story: str, before: str
) -> None:
    content = Content(placements=tuple(_placement(one) for one in [*order, "x"]))
    moved = [one.story.id for one in editing.placed_at(content, story, before).placements]
    rest = [one for one in [*order, "x"] if one != story]
    at = rest.index(before) if before in rest else len(rest)
    assert moved == [*rest[:at], story, *rest[at:]]


def test_a_story_is_put_among_those_of_its_theme_alone() -> None:
    content = Content(placements=(_placement("a"), _placement("b", "two"), _placement("c")))
    put = editing.placed_at(content, "c", "a")
    assert [one.story.id for one in put.placements] == ["c", "b", "a"]
    assert [one.place for one in put.placements] == [1, 0, 2]
    assert editing.placed_at(content, "nobody", "a") == content


@given(st.permutations(["a", "b", "c"]), st.sampled_from(["a", "b", "c"]), st.integers(-4, 4))
def test_a_theme_is_moved_by_so_many_places_and_never_out_of_the_list(order: list[str], theme: str, by: int) -> None:
    moved = editing.moved_theme(order, theme, by)
    assert sorted(moved) == sorted(order)
    assert moved.index(theme) == min(max(order.index(theme) + by, 0), 2)
    assert [one for one in moved if one != theme] == [one for one in order if one != theme]


@given(st.text(), st.text())
def test_the_words_that_stayed_and_came_are_the_new_text_and_those_that_stayed_and_went_the_old(
    before: str, after: str
) -> None:
    found = editing.pieces(before, after)
    assert "".join(one.text for one in found if one.kind != "gone") == after
    assert "".join(one.text for one in found if one.kind != "new") == before


def test_changes_are_told_as_a_person_would() -> None:
    names = {"one": "Leadership"}
    before = Content(placements=(_placement("a", title="Parent and pioneer"), _placement("b"), _placement("c")))
    after = Content(
        placements=(_placement("b"), _placement("a", title="Parent & pioneer"), _placement("d", "two")),
        written=Written(subject="Ours"),
    )
    told = editing.changes(before, after, names)
    assert [one.what for one in told] == [
        "Subject",
        "Left out of Leadership",
        "Title in Leadership",
        "Story added to Other",
        "The order under Leadership",
    ]
    assert [(one.kind, one.text) for one in told[2].pieces] == [
        ("same", "Parent "),
        ("gone", "and"),
        ("new", "&"),
        ("same", " pioneer"),
    ]
    assert editing.changes(after, after, names) == []
