"""The themes learn from what staff do, and texts are not compared anew."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from digest.domain.model import OTHER, Review, Reviewed
from digest.encoders.lexical import LexicalEncoder
from digest.jobs import edition as editions
from digest.jobs import grouping
from digest.jobs.vectors import KEPT, Remembering
from tests.jobs.conftest import Workbench


def _decide(bench: Workbench, edition: str, title: str, theme: str, before: str = "maths", who: str = "Ada") -> None:
    with bench.app.store.writing() as session:
        story = next(one.story for one in session.editions.placements(edition) if one.story.lead.title == title)
        decided = Reviewed(
            title=title,
            summary="",
            theme=theme,
            who=who,
            at=bench.clock(),
            insight=story.id,
            edition=edition,
            before=before,
            checked=True,
        )
        session.reviews.add(bench.newsletter.id, decided)


def _what(bench: Workbench) -> list[tuple[str, str, Review, str]]:
    found = grouping.reviewed(bench.app.store, bench.newsletter.id)
    return [(one.title, one.theme, one.review, one.who) for one in found]


def test_what_stood_in_an_approved_edition_is_left_alone_by_who_approved_it(bench: Workbench) -> None:
    edition = bench.approved("Nursery play", "Maths of fractions")
    assert sorted(_what(bench)) == [
        ("Maths of fractions", "maths", Review.LEFT, "Ada"),
        ("Nursery play", "nursery", Review.LEFT, "Ada"),
    ]
    found = grouping.reviewed(bench.app.store, bench.newsletter.id)
    assert {(one.at, one.edition) for one in found} == {(bench.clock(), edition)}
    assert grouping.reviewed(bench.app.store, "another") == ()


def test_a_draft_teaches_nothing_and_an_approval_taken_back_neither(bench: Workbench) -> None:
    bench.insights("Nursery play")
    edition = bench.app.draft(bench.newsletter).edition
    assert edition
    assert _what(bench) == []
    bench.app.approve(edition.id, "Ada")
    assert len(_what(bench)) == 1
    editions.take_back(bench.app.store, bench.clock, editions.find(bench.app.store, edition.id), "Ada", "a mistake")
    assert _what(bench) == []


def test_a_decision_by_hand_counts_for_the_one_of_the_approval_and_the_last_one_counts(bench: Workbench) -> None:
    edition = bench.approved("Nursery play")
    _decide(bench, edition, "Nursery play", "maths", before="nursery")
    _decide(bench, edition, "Nursery play", "maths", before="maths", who="Bo")
    assert _what(bench) == [("Nursery play", "maths", Review.KEPT, "Bo")]
    _decide(bench, edition, "Nursery play", OTHER)
    assert _what(bench) == [("Nursery play", OTHER, Review.MOVED, "Ada")]
    with bench.app.store.reading() as session:
        assert [one.theme for one in session.reviews.by_hand(bench.newsletter.id)] == ["maths", "maths", OTHER]


def test_what_was_moved_stays_moved_in_the_next_edition_and_its_near_copies_too(bench: Workbench) -> None:
    edition = bench.approved("The nursery counts its play hours every month")
    _decide(bench, edition, "The nursery counts its play hours every month", "maths", before="nursery")
    bench.clock.forward(days=20)
    bench.insights("The nursery counts its play hours every month again")
    drafted = bench.app.draft(bench.newsletter).edition
    assert drafted
    (placement,) = bench.app.preview(drafted.id).placements
    assert placement.theme == "maths"
    assert placement.reasons == ("Ada moved “The nursery counts its play hours every month” here",)
    assert not placement.check


class Counting:
    """Counts what it is asked to encode."""

    def __init__(self, name: str = "counting") -> None:
        self._encoder = LexicalEncoder()
        self.name = name
        self.limits = self._encoder.limits
        self.asked: list[str] = []

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return self._encoder.vectors(texts)


@pytest.mark.parametrize("texts", [["a nursery", "a school", "a nursery", "\ud800 odd", ""], []])
def test_a_text_is_encoded_once_and_its_vector_comes_back_the_same(bench: Workbench, texts: list[str]) -> None:
    encoder = Counting()
    first = Remembering(encoder, bench.app.store, bench.clock).vectors(texts)
    again = Remembering(encoder, bench.app.store, bench.clock).vectors(texts[::-1])
    assert sorted(encoder.asked) == sorted(set(texts))
    assert np.array_equal(first, LexicalEncoder().vectors(texts))
    assert np.array_equal(again, first[::-1])


def test_other_weights_make_their_own_vectors_and_those_without_a_name_are_not_kept(bench: Workbench) -> None:
    for name, times in (("one", 1), ("two", 1), ("", 2)):
        encoder = Counting(name)
        for _ in range(2):
            Remembering(encoder, bench.app.store, bench.clock).vectors(["a nursery"])
        assert len(encoder.asked) == times, name


def test_a_vector_that_nobody_needs_is_forgotten(bench: Workbench) -> None:
    encoder = Counting()
    remembering = Remembering(encoder, bench.app.store, bench.clock)
    remembering.vectors(["old", "needed"])
    bench.clock.forward(days=KEPT.days - 1)
    remembering.vectors(["needed", "new"])
    bench.clock.forward(days=2)
    remembering.vectors(["newest"])
    encoder.asked.clear()
    remembering.vectors(["old", "needed", "new", "newest"])
    assert encoder.asked == ["old"]
