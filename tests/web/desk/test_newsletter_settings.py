"""The pages of a newsletter, of the brand and of who is told: all that a form means is seen before it is saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.web.desk.setting import Setting, faults, words

NEWS, BRAND, TELLING = "/settings/newsletters/news", "/settings/brand", "/settings/telling"


@pytest.fixture
def setting(tmp_path: Path, clock: Clock) -> Iterator[Setting]:
    made = Setting(tmp_path, clock)
    yield made
    made.office.app.store.close()


@pytest.mark.parametrize("path", [NEWS, BRAND, TELLING])
def test_a_form_that_is_sent_as_it_was_opened_changes_nothing(path: str, setting: Setting) -> None:
    before = setting.text
    assert setting.said(setting.send(path, path)) == "Nothing was another, so nothing was saved."
    assert setting.text == before


def test_a_newsletter_is_changed_and_only_what_was_typed_is_written(setting: Setting) -> None:
    before = setting.text
    introduction = "Hello {{ first_name | there }},\r\n\r\n“News”.\r\n"
    answer = setting.send(
        NEWS, NEWS, schedule__at="09:30", approver="Hannah", minimum_stories="3", introduction=introduction
    )
    assert setting.said(answer) == "Saved Fernhill news."
    assert setting.text == (
        before.replace('at = "08:00"', 'at = "09:30"').replace(
            'introduction = "Hello {{ first_name | there }}"',
            'introduction = """\nHello {{ first_name | there }},\n\n“News”."""\n'
            'minimum_stories = 3\napprover = "Hannah"',
        )
    )
    assert setting.office.app.newsletter().schedule.at == "09:30", "the desk uses it at once"
    setting.put_back()
    assert setting.text == before


def _dates(page: str) -> list[str]:
    listed = re.search(r'<ol class="dates">(.*?)</ol>', page, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", listed[1]) if listed else []


def test_the_next_ten_dates_are_those_of_the_form_and_nothing_is_saved_by_looking(setting: Setting) -> None:
    before = setting.text
    assert len(_dates(setting.browser.get(NEWS).text)) == 10
    answer = setting.send(NEWS, NEWS, schedule__days="friday", schedule__at="10:00", name="Kept", act="dates")
    assert answer.status_code == 200
    dates = _dates(answer.text)
    assert len(dates) == 10
    assert all(re.fullmatch(r"Fri \d+ \w+, 10:00", one) for one in dates)
    assert 'value="Kept"' in answer.text
    assert setting.text == before
    wrong = setting.send(NEWS, NEWS, schedule__at="25:00", schedule__timezone="London", act="dates")
    assert faults(wrong).keys() == {"schedule.at", "schedule.timezone"}
    assert not _dates(wrong.text)


def test_everything_wrong_with_a_newsletter_is_told_at_once_each_beside_its_field(setting: Setting) -> None:
    before = setting.text
    fields = {name: text for name, text in setting.fields(NEWS).items() if name != "schedule.days"}
    typed = {
        "name": "",
        "minimum_stories": "-1",
        "maximum_stories": "many",
        "sender.address": "x@y@z",
        "introduction": "Hello {{ nobody }}",
        "stand_in": "Marcus",
        "schedule.collect_every_hours": "0",
    }
    answer = setting.browser.post(NEWS, **{**fields, **typed})
    assert answer.status_code == 422
    told = faults(answer)
    assert told.keys() == {*typed, "schedule.days"}
    assert told["schedule.days"] == "Tick at least one day, or say it in words."
    assert told["maximum_stories"] == "Write a whole number, such as 12."
    # what the rules say, without the name that a setting has in the file
    assert told["minimum_stories"] == "This is less than 1. Give a number of 1 or more."
    assert f"{len(typed) + 1} things to mend" in words(answer)
    assert "Hello {{ nobody }}" in answer.text
    assert setting.text == before


def test_a_newsletter_that_is_not_there_is_answered_in_words(setting: Setting) -> None:
    assert "There is no newsletter “weekly”" in setting.page("/settings/newsletters/weekly", 409)
    assert setting.browser.get("/settings/newsletters").headers["location"] == NEWS


def test_colours_are_shown_as_readers_see_them_with_their_contrast(setting: Setting) -> None:
    page = setting.browser.get(BRAND).text
    assert 'fill="#0b5cad"' in page
    assert " : 1, reads well" in page
    looked = setting.send(BRAND, BRAND, accent="#ffcc00", accent_dark="red", act="look")
    assert "1.5 : 1, too faint: 4.5 is needed" in words(looked)
    assert "red" not in re.findall(r'fill="([^"]+)"', looked.text), "what is no colour is not drawn"
    before = setting.text
    saved = setting.send(BRAND, BRAND, accent="#ffcc00", accent_dark='"><b>', organisation="")
    assert saved.status_code == 422
    assert faults(saved).keys() == {"accent", "accent_dark", "organisation"}
    assert "cannot be read on #ffffff" in faults(saved)["accent"]
    assert '"><b>' not in saved.text
    assert setting.text == before


def test_the_brand_is_changed_and_the_mails_of_the_next_draft_bear_it(setting: Setting) -> None:
    answer = setting.send(BRAND, BRAND, accent="#084a8c", postal_address="1 Fern Hill\nFernhill", look="plain")
    assert setting.said(answer) == "Saved the brand."
    brand = setting.office.app.loaded.workspace.brand
    assert (brand.accent, brand.postal_address, brand.look) == ("#084a8c", "1 Fern Hill\nFernhill", "plain")
    assert faults(setting.send(BRAND, BRAND, look="loud")).keys() == {"look"}


def test_who_is_told_is_a_list_of_addresses(setting: Setting) -> None:
    assert "Links lead nowhere" in setting.page(TELLING)
    setting.send(TELLING, TELLING, tell="hannah@example.org\n\n marcus@example.org ")
    assert setting.workspace.desk.tell == ("hannah@example.org", "marcus@example.org")
    assert setting.workspace.desk.address, "what else the table says stays"
    answer = setting.send(TELLING, TELLING, tell="hannah@example.org\nmarcus")
    assert faults(answer).keys() == {"tell"}
    assert "“marcus” is no email address" in faults(answer)["tell"]
    setting.send(NEWS, NEWS, approver="lead@example.org", stand_in="second@example.org")
    assert "lead@example.org, or second@example.org, is asked to approve as well" in setting.page(TELLING)


def test_a_page_that_somebody_changed_under_ones_hands_shows_both_and_saves_nothing(setting: Setting) -> None:
    seen = setting.fields(NEWS)
    setting.by_hand('at = "08:00"', 'at = "07:00"')
    answer = setting.browser.post(NEWS, **{**seen, "schedule.at": "09:00", "name": "Mine"})
    assert answer.status_code == 409
    assert "It says “07:00” now. Save again to keep yours." in faults(answer)["schedule.at"]
    assert 'value="09:00"' in answer.text
    assert 'name = "Fernhill news"' in setting.text


def test_a_page_shows_what_was_written_into_the_file_since_and_saving_it_undoes_nothing(setting: Setting) -> None:
    setting.by_hand('at = "08:00"', 'at = "07:00"')
    assert 'value="07:00"' in setting.browser.get(NEWS).text
    setting.by_hand('at = "07:00"', 'at = "06:00"')
    setting.send(NEWS, NEWS, name="Mine")
    assert 'at = "06:00"' in setting.text


def test_what_cannot_be_put_back_any_more_is_told(setting: Setting) -> None:
    setting.said(setting.send(NEWS, NEWS, schedule__at="09:00"))
    setting.by_hand('at = "09:00"', 'at = "10:00"')
    answer = setting.put_back()
    assert answer.status_code == 409
    assert 'at = "10:00"' in setting.text
    made_up = setting.browser.send(NEWS, "/settings/put-back", before="0" * 64, after="1" * 64, back="//evil.example")
    assert made_up.status_code == 409


def test_every_page_needs_somebody_who_is_logged_in(setting: Setting) -> None:
    stranger = setting.office.browser("192.0.2.9")
    for path in ("/sources", "/sources/news/ours", "/themes", "/themes/news", NEWS, BRAND, TELLING):
        assert stranger.get(path).status_code == 303
        assert stranger.post(path, name="x").status_code in (401, 403, 405)
