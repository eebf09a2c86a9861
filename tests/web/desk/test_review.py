"""The approval: exactly the bytes that were on the screen, by who may, and taken back by whatever alters them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest

from digest.domain.model import EditionState
from digest.jobs import approvals
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION
from tests.web.desk.conftest import DESK, Office
from tests.web.desk.test_editions import Desk


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    office = Office(tmp_path, clock)
    yield Desk(office)
    office.app.store.close()


def _seen(desk: Desk) -> str:
    found = re.search(r'name="seen" value="([^"]+)"[^>]*>\s*<button[^>]+>\s*<span>Approve', desk.page("/review"))
    assert found, desk.page("/review")
    return found[1]


def _approve(desk: Desk, seen: str) -> tuple[int, str]:
    answer = desk.browser.send(f"{desk.path}/review", f"{desk.path}/approve", seen=seen)
    return answer.status_code, unescape(answer.text)


def test_approve_names_every_variant_with_its_fingerprint_and_people(desk: Desk) -> None:
    page = desk.page("/review")
    variants = desk.app.stored(desk.edition).variants
    assert all(f"{one.sha256[:4]} {one.sha256[4:8]} … {one.sha256[-4:]}" in page for one in variants)
    assert _approve(desk, _seen(desk))[0] == 303
    assert desk.found.state == EditionState.APPROVED
    assert desk.found.approved_by == "Hannah Cole"
    [approval] = approvals.standing(desk.app.store, desk.edition)
    assert {(one.slug, one.sha256, one.people) for one in approval.signed} == {
        (one.slug, one.sha256, one.people) for one in variants
    }
    assert "Approved by Hannah Cole" in desk.page("/review")


def test_what_changed_since_it_was_on_the_screen_is_not_approved_and_shown(desk: Desk) -> None:
    seen = _seen(desk)
    desk.send("write", seen="0", subject="Another one")
    status, page = _approve(desk, seen)
    assert status == 409
    assert "is no longer what you saw" in page
    assert desk.found.state == EditionState.DRAFT


def test_an_edit_takes_the_approval_back_and_the_words_that_changed_are_shown(desk: Desk) -> None:
    _approve(desk, _seen(desk))
    story = desk.story("Nursery play")
    desk.send("write", seen="0", **{f"story/{story}/title": "Nursery games"})
    assert desk.found.state == EditionState.DRAFT
    page = desk.page("/review")
    assert "Changed since Hannah Cole approved" in page
    assert '<del class="gone">play</del>' in page
    assert '<ins class="new">games</ins>' in page
    assert "changed by Hannah Cole" in page


def test_a_late_story_takes_no_approval_back(desk: Desk) -> None:
    _approve(desk, _seen(desk))
    desk.office.clock.forward(minutes=5)
    desk.office.bench.insights("Reading aloud")
    desk.page("/review")
    desk.page()
    assert desk.found.state == EditionState.APPROVED


def test_an_approval_is_taken_back_until_it_leaves(desk: Desk) -> None:
    _approve(desk, _seen(desk))
    answer = desk.browser.send(f"{desk.path}/review", f"{desk.path}/take-back")
    assert answer.status_code == 303
    assert desk.found.state == EditionState.DRAFT
    assert "Approval taken back" in desk.page("/review")


def test_many_who_press_approve_at_once_are_one_approval(desk: Desk) -> None:
    page = desk.browser.get(f"{desk.path}/review").text
    token, seen = re.search(r'name="csrf" value="([^"]+)"', page), _seen(desk)
    assert token

    def press(_: int) -> int:
        return desk.browser.post(f"{desk.path}/approve", csrf=token[1], seen=seen).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(16)))
    assert answers.count(303) == 1
    assert set(answers) <= {303, 409}
    assert len(approvals.standing(desk.app.store, desk.edition)) == 1
    assert desk.found.state == EditionState.APPROVED


def test_an_edit_and_an_approval_at_once_never_approve_what_nobody_saw(desk: Desk) -> None:
    """Fault 36: whoever is second loses; what is approved is what was on the screen."""
    page = desk.browser.get(f"{desk.path}/review").text
    token, seen = re.search(r'name="csrf" value="([^"]+)"', page), _seen(desk)
    assert token
    signed = {one.sha256 for one in approvals.of_text(seen).variants}

    def send(number: int) -> int:
        if number % 2:
            return desk.browser.post(f"{desk.path}/approve", csrf=token[1], seen=seen).status_code
        return desk.browser.post(f"{desk.path}/write", csrf=token[1], seen="99", subject=f"No. {number}").status_code

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(12)))
    with desk.app.store.reading() as session:
        stored = {one.sha256 for one in session.editions.variants(desk.edition)}
    if desk.found.state == EditionState.APPROVED:
        assert stored == signed
    else:
        assert approvals.standing(desk.app.store, desk.edition) == []


def test_what_must_be_mended_is_mended_beside_its_finding_and_blocks_until_then(desk: Desk) -> None:
    bare = "<mj-section><mj-column><mj-text>No way out</mj-text></mj-column></mj-section>"
    templates = {f"blocks/{name}.mjml.j2": bare for name in ("masthead", "footer")}
    desk.office.bench.configure(CONFIGURATION + DESK, **templates)
    office = desk.office
    office.app.loaded = office.bench.app.loaded
    office.app.__dict__.pop("templates", None)
    page = desk.page("/review")
    assert "The HTML has no unsubscribe link." in page
    assert re.search(r"Mend \d+ findings?, then you can approve\.", page)
    assert 'aria-disabled="true"' in page
    seen = re.findall(r'name="seen" value="([^"]+)"', page)[-1]
    status, _ = _approve(desk, seen)
    assert status == 409
    assert desk.found.state == EditionState.DRAFT


def test_a_form_that_says_nothing_of_what_was_seen_is_refused(desk: Desk) -> None:
    for seen in ("", "nonsense", "1 a:b:c"):
        assert _approve(desk, seen)[0] == 409
    assert desk.found.state == EditionState.DRAFT


def test_with_two_approvals_a_second_person_signs_the_very_same_bytes(tmp_path: Path, clock: Clock) -> None:
    text = CONFIGURATION.replace('name = "Fernhill news"', 'name = "Fernhill news"\napprovals = 2', 1)
    office = Office(tmp_path, clock, DESK)
    office.bench.configure(text + DESK)
    office.app.loaded = office.bench.app.loaded
    desk = Desk(office)
    assert _approve(desk, _seen(desk))[0] == 303
    assert desk.found.state == EditionState.DRAFT
    page = desk.page("/review")
    assert "A second person has to." in page
    assert "You have approved it." in page
    assert _approve(desk, re.findall(r'name="seen" value="([^"]+)"', page)[-1])[0] == 409
    office.app.approve(desk.edition, "Marcus Bell")
    assert desk.found.state == EditionState.APPROVED
    office.app.store.close()
