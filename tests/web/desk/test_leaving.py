"""An edition that leaves, on the desk: counts that add up, acts that are done once, people behind each count."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from functools import partial
from html import unescape
from pathlib import Path

import pytest

from digest.domain.model import EditionState
from digest.jobs import edition as editions
from digest.jobs import following, steering
from digest.web.desk.editions import live
from tests.jobs.conftest import Wire
from tests.web.desk.conftest import Browser, Office


def _sent(office: Office, wire: Wire) -> tuple[Browser, str]:
    edition = office.bench.approved()
    office.app.send(edition, wire, "Ada")
    return office.hannah(), f"/editions/{edition}"


def _page(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def _numbers(page: str) -> list[int]:
    counts = re.search(r'<dl class="counts">(.*?)</dl>', page, re.DOTALL)
    assert counts
    return [int(one.replace(",", "")) for one in re.findall(r"<dd[^>]*>([\d,]+)</dd>", counts[1])]


def test_the_six_counts_add_up_to_everybody(office: Office) -> None:
    browser, path = _sent(office, Wire())
    page = _page(browser, f"{path}/sending")
    numbers = _numbers(page)
    total = re.search(r'class="answered">([\d,]+) of ([\d,]+)<', page)
    assert total
    assert len(numbers) == 6
    assert sum(numbers) == int(total[2]) == int(total[1])


@pytest.mark.parametrize("outcome", ["sent", "waiting", "put_off", "failed", "unknown", "skipped"])
def test_the_people_behind_each_count_are_shown(office: Office, outcome: str) -> None:
    browser, path = _sent(office, Wire())
    page = _page(browser, f"{path}/people/{outcome}")
    assert ("ada@example.org" in page) == (outcome == "sent")
    assert browser.get(f"{path}/people/nobody").status_code == 404


def test_pause_and_resume_are_done_once_however_often_they_are_pressed(office: Office) -> None:
    edition = office.bench.approved()
    browser, path = office.hannah(), f"/editions/{edition}"
    steering.send_now(office.app.store, office.clock, edition, "Ada")
    for act, state in (("pause", EditionState.PAUSED), ("resume", EditionState.SENDING)):
        for _ in range(3):
            assert browser.send("/editions", f"{path}/{act}").status_code == 303
        assert editions.find(office.app.store, edition).state == state
    with office.app.store.reading() as session:
        told = [one.what for one in session.editions.history(edition)]
    assert told.count("paused") == told.count("resumed") == 1


def test_the_rest_is_cancelled_after_a_page_that_says_what_that_means(office: Office) -> None:
    edition = office.bench.approved()
    browser, path = office.hannah(), f"/editions/{edition}"
    steering.send_now(office.app.store, office.clock, edition, "Ada")
    page = _page(browser, f"{path}/cancel")
    assert "This cannot be undone." in page
    assert browser.send(f"{path}/cancel", f"{path}/cancel").status_code == 303
    assert editions.find(office.app.store, edition).state == EditionState.CANCELLED
    assert "Cancelled by Hannah Cole" in _page(browser, f"{path}/sending")


def test_what_cannot_be_done_any_more_says_why(office: Office) -> None:
    browser, path = _sent(office, Wire())
    for act in ("pause", "cancel"):
        answer = browser.send("/editions", f"{path}/{act}")
        assert answer.status_code == 409
        assert "It is through: everybody has an answer." in answer.text


def test_home_shows_what_became_of_it(office: Office) -> None:
    browser, _ = _sent(office, Wire())
    page = _page(browser, "/")
    row = re.search(r"<tr><th scope=\"row\"><a[^>]+>No. 1</a>.*?</tr>", page, re.DOTALL)
    assert row
    assert re.findall(r'class="number">(\d+)<', row[0]) == ["3", "0", "0", "0", "0"]


def test_a_page_is_told_when_something_happened_and_not_before(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = office.bench.approved()
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.01)

    async def listened() -> list[str]:
        told = live.told(partial(following.version, office.app.store, edition))
        first, second = await anext(told), await anext(told)
        steering.send_now(office.app.store, office.clock, edition, "Ada")
        return [first, second, await anext(told), await anext(told)]

    first, second, third, fourth = asyncio.run(listened())
    assert first.startswith("data: ")
    assert second == fourth == ":\n\n"
    assert third.startswith("data: ")
    assert third != first


def test_the_report_says_in_a_sentence_what_it_came_to_and_is_kept_as_a_file(office: Office) -> None:
    browser, path = _sent(office, Wire())
    page = _page(browser, f"{path}/report")
    sentence = re.search(r'<p class="said">([^<]*)</p>', page)
    assert sentence
    assert sentence[1].startswith("Sent to ")
    assert sentence[1].endswith("Nobody was mailed twice.")
    assert "Approved by Ada" in page
    assert "the bytes sent match the fingerprints approved" in page
    assert page.count("<svg") > 3
    kept = browser.get(f"{path}/report.zip")
    assert kept.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(kept.content)) as saved:
        assert {Path(name).suffix for name in saved.namelist()} == {".html", ".json", ".eml"}


def test_there_is_no_report_of_what_nobody_got(office: Office) -> None:
    edition = office.bench.approved()
    answer = office.hannah().get(f"/editions/{edition}/report")
    assert answer.status_code == 409
    assert "nobody got it" in answer.text


def test_a_correction_is_drafted_from_the_report_and_shown_like_an_edition(office: Office) -> None:
    browser, path = _sent(office, Wire())
    answer = browser.send(f"{path}/report", f"{path}/correct", text="")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    answer = browser.send(f"{path}/report", f"{path}/correct", text="The evening is on Thursday.")
    assert answer.status_code == 303, answer.text
    there = answer.headers["location"]
    for page in (there, f"{there}/wall", f"{there}/review"):
        assert browser.get(page).status_code == 200
    source = re.search(r'<iframe sandbox src="([^"]+)"', _page(browser, there))
    assert source
    assert "The evening is on Thursday." in browser.get(source[1]).text
