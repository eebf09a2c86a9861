from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from digest.domain.errors import NotFound, Refused
from digest.domain.model import EditionState, Placement
from digest.domain.ports import Event
from digest.jobs import edition as editions
from digest.jobs import mending
from tests.jobs.conftest import Wire, Workbench

#: changes the stories of an edition
Stories = Callable[[Sequence[Placement]], Sequence[Placement]]


def all_maths(placements: Sequence[Placement]) -> Sequence[Placement]:
    return [replace(one, theme="maths") for one in placements]


def mend(bench: Workbench, edition: str, change: Stories = all_maths) -> None:
    bench.clock.forward(minutes=1)
    event = Event(at=bench.clock(), who="Bo", what="moved all to maths")
    mending.mend(bench.app.store, bench.app.press(bench.newsletter), edition, mending.of_stories(change), event)


def test_a_mended_edition_is_made_anew_and_its_approval_is_taken_back(bench: Workbench) -> None:
    edition = bench.approved("Nursery play", "Maths of fractions")
    mend(bench, edition)
    shown = bench.app.preview(edition)
    assert {one.theme for one in shown.placements} == {"maths"}
    # Bo chose maths alone, and gets both now
    assert {len(one.stories) for one in shown.variants} == {2}
    assert (shown.edition.state, shown.edition.note, shown.edition.approved_by) == (
        EditionState.DRAFT,
        "changed by Bo",
        "",
    )
    with bench.app.store.reading() as session:
        history = [(one.who, one.what) for one in session.editions.history(edition)]
    assert history[2:] == [("Bo", "approval taken back"), ("Bo", "moved all to maths")]


def test_what_was_sent_cannot_be_mended(bench: Workbench) -> None:
    edition = bench.approved("Nursery play")
    bench.app.send(edition, Wire(), "Ada")
    with pytest.raises(Refused, match="is sent: its stories can no longer be changed"):
        mend(bench, edition)


def test_a_change_that_another_overtook_is_dropped(bench: Workbench) -> None:
    edition = bench.approved("Nursery play")

    def slow(placements: Sequence[Placement]) -> Sequence[Placement]:
        editions.take_back(bench.app.store, bench.clock, editions.find(bench.app.store, edition), "Ada", "")
        bench.app.draft(bench.newsletter, again=True)
        return all_maths(placements)

    with pytest.raises(Refused, match="Somebody else changed"):
        mend(bench, edition, slow)
    assert [one.theme for one in bench.app.preview(edition).placements] == ["nursery"]


def test_a_story_is_named_by_its_number_or_by_words_that_fit_no_other(bench: Workbench) -> None:
    placements = bench.app.preview(bench.approved("Nursery play", "Nursery 2", "Maths of fractions")).placements
    titles = [one.story.lead.title for one in placements]
    assert mending.story_named(placements, "2").story.lead.title == titles[1]
    assert mending.story_named(placements, "  OF  fractions ").story.lead.title == "Maths of fractions"
    with pytest.raises(NotFound) as two:
        mending.story_named(placements, "nursery")
    assert "fits 2 stories" in two.value.what
    assert "Maths" not in two.value.mend
    for words in ("rugby", "9", ""):
        with pytest.raises(NotFound) as none:
            mending.story_named(placements, words)
        assert all(f"{number} “{title}”" in none.value.mend for number, title in enumerate(titles, 1))
