"""An edition beside the schedule, begun on the desk."""

from __future__ import annotations

import re

from digest.jobs import edition as editions
from tests.jobs.conftest import Wire
from tests.web.desk.conftest import Office


def test_it_is_drafted_for_the_time_that_was_typed(office: Office) -> None:
    office.bench.insights("Nursery play")
    office.app.import_people(office.bench.newsletter)
    browser = office.hannah()
    assert "New edition" in browser.get("/").text
    answer = browser.send("/editions/new", "/editions", newsletter="news", at="2026-12-03T10:00", like="")
    assert answer.status_code == 303, answer.text
    edition = editions.find(office.app.store, answer.headers["location"].rpartition("/")[2])
    assert edition.special
    assert f"{edition.slot:%Y-%m-%d %H:%M}" == "2026-12-03 10:00"


def test_it_begins_like_an_old_one_without_its_stories(office: Office) -> None:
    old = office.bench.approved("Nursery play")
    office.app.send(old, Wire(), "Ada")
    office.bench.insights("Maths of fractions")
    browser = office.hannah()
    page = browser.get(f"/editions/new?like={old}").text
    assert re.search(rf'<option value="{old}" selected>', page)
    assert (
        browser.send("/editions/new", "/editions", newsletter="news", at="2026-12-03T10:00", like=old).status_code
        == 303
    )


def test_a_time_that_cannot_be_is_told_beside_the_field_and_kept(office: Office) -> None:
    office.bench.insights("Nursery play")
    browser = office.hannah()
    for at in ("soon", "2020-01-01T10:00", "2026-11-24T08:00"):
        answer = browser.send("/editions/new", "/editions", newsletter="news", at=at)
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert f'value="{at}"' in answer.text


def test_without_a_new_story_there_is_none(office: Office) -> None:
    answer = office.hannah().send("/editions/new", "/editions", newsletter="news", at="2026-12-03T10:00")
    assert answer.status_code == 409
    assert "There is no new story" in answer.text
