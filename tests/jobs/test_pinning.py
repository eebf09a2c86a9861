from __future__ import annotations

from datetime import timedelta

import pytest

from digest.domain.errors import NotFound, Refused
from digest.domain.model import EditionState
from digest.jobs import edition as editions
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench


def drafted(bench: Workbench, *titles: str) -> str:
    bench.insights(*titles)
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    return edition.id


def pinned(bench: Workbench, edition: str) -> list[str]:
    return [one.story.lead.title for one in bench.app.preview(edition).placements if one.pinned]


def subjects(bench: Workbench, edition: str) -> dict[str, str]:
    return {one.slug: one.subject for one in bench.app.preview(edition).variants}


def test_a_pinned_story_is_at_the_top_for_everybody_who_gets_it(bench: Workbench) -> None:
    edition = drafted(bench, "Nursery play", "Maths of fractions")
    for title in ("Nursery play", "Maths of fractions"):
        assert bench.app.pin(edition, title, "Bo") == title
        assert pinned(bench, edition) == [title]
        assert subjects(bench, edition) == {
            "heads-all": title,
            "rest-all": title,
            "heads-maths": "Maths of fractions",
            "web": title,
        }
    assert bench.app.preview(edition).reasons["heads-all"] == (
        "“Maths of fractions” is at the top: pinned by hand, less than a day old.",
    )


def test_unpinning_lets_the_strongest_lead_again(bench: Workbench) -> None:
    edition = drafted(bench, "Nursery play", "Maths of fractions")
    before = subjects(bench, edition)
    weaker = next(title for title in ("Nursery play", "Maths of fractions") if title != before["rest-all"])
    bench.app.pin(edition, weaker, "Bo")
    assert subjects(bench, edition)["rest-all"] == weaker
    bench.app.pin(edition, weaker, "Bo", pinned=False)
    assert pinned(bench, edition) == []
    assert subjects(bench, edition) == before


def test_pinning_takes_the_approval_back_and_tells_who_and_why(bench: Workbench) -> None:
    edition = bench.approved("Nursery play", "Maths of fractions")
    bench.app.pin(edition, "maths", "Bo")
    found = editions.find(bench.app.store, edition)
    assert (found.state, found.note) == (EditionState.DRAFT, "changed by Bo")
    with bench.app.store.reading() as session:
        history = [(one.who, one.what, one.why) for one in session.editions.history(edition)]
    assert history[-2:] == [
        ("Bo", "approval taken back", "changed by Bo"),
        ("Bo", "pinned “Maths of fractions” to the top", ""),
    ]
    with pytest.raises(Refused, match="cannot"):
        bench.app.send(edition, Wire(), "Ada")


def test_a_pinned_story_stays_pinned_when_the_draft_is_made_again(bench: Workbench) -> None:
    edition = drafted(bench, "Nursery play", "Maths of fractions")
    bench.app.pin(edition, "maths", "Bo")
    limits = 'name = "Fernhill news"\nmaximum_stories = 2'
    bench.configure(CONFIGURATION.replace('name = "Fernhill news"', limits))
    bench.insights("Nursery play again", "Nursery songs", source="theirs")
    bench.app.draft(bench.newsletter, again=True)
    assert len(bench.app.preview(edition).placements) == 2
    assert pinned(bench, edition) == ["Maths of fractions"]


def test_it_stays_pinned_when_another_source_tells_it_first(bench: Workbench) -> None:
    edition = drafted(bench, "How nursery play changed our mornings", "Maths of fractions")
    bench.app.pin(edition, "mornings", "Bo")
    bench.insights(
        "How nursery play changed our mornings!", source="theirs", published=bench.clock() - timedelta(days=2)
    )
    bench.app.draft(bench.newsletter, again=True)
    assert pinned(bench, edition) == ["How nursery play changed our mornings!"]


def test_what_was_sent_cannot_be_pinned(bench: Workbench) -> None:
    edition = bench.approved("Nursery play", "Maths of fractions")
    bench.app.send(edition, Wire(), "Ada")
    with pytest.raises(Refused, match="is sent: its stories can no longer be changed"):
        bench.app.pin(edition, "maths", "Bo")


def test_what_changes_nothing_is_refused_and_leaves_the_approval(bench: Workbench) -> None:
    edition = drafted(bench, "Nursery play", "Maths of fractions")
    bench.app.pin(edition, "maths", "Bo")
    bench.app.approve(edition, "Ada")
    with pytest.raises(Refused, match="is pinned already"):
        bench.app.pin(edition, "maths", "Bo")
    with pytest.raises(Refused, match="is not pinned"):
        bench.app.pin(edition, "nursery", "Bo", pinned=False)
    with pytest.raises(NotFound):
        bench.app.pin(edition, "rugby", "Bo")
    assert editions.find(bench.app.store, edition).state == EditionState.APPROVED


def test_reasons_tell_of_the_weights_that_the_email_was_made_with(bench: Workbench) -> None:
    edition = bench.approved("Nursery play", "Maths of fractions")
    bench.app.send(edition, Wire(), "Ada")
    before = bench.app.stored(edition).reasons
    for theme in ("nursery", "maths"):
        bench.configure(CONFIGURATION.replace(f'id = "{theme}"', f'id = "{theme}"\nweight = 9'))
        assert bench.app.preview(edition).reasons == before


def test_another_weight_that_changes_the_top_takes_the_approval_back(bench: Workbench) -> None:
    edition = bench.approved("Nursery play", "Maths of fractions")
    weaker = "maths" if subjects(bench, edition)["rest-all"] == "Nursery play" else "nursery"
    bench.configure(CONFIGURATION.replace(f'id = "{weaker}"', f'id = "{weaker}"\nweight = 2'))
    with pytest.raises(Refused, match="draft again"):
        bench.app.preview(edition)
    assert "its theme weighs 2" in bench.app.preview(edition).reasons["rest-all"][0]
