"""The pages of segments: what is in each, a form that makes the rule, and digest.toml as it is written."""

from __future__ import annotations

import html
import re
import threading
from typing import Any

import httpx2
import pytest

from digest.jobs import segments
from digest.web.desk import beside
from digest.web.desk.segments.figures import Figures
from tests.jobs.conftest import CONFIGURATION
from tests.web.desk.conftest import DESK, Browser, Office, token
from tests.web.desk.test_people import texts, wrong

PEOPLE = """email,first_name,tags,themes,cadence,consent_source,consent_at,region
ada@example.org,Ada,head,,weekly,form,2026-01-01,South West
bo@example.org,Bo,head;partner,maths,weekly,form,2026-01-01,London
cy@example.org,Cy,teacher,,monthly,form,2026-01-01,London
di@example.org,Di,teacher,,weekly,,,London
"""
HEADS = "/segments/news/heads"
RULES = {"how": "all", "0.field": "tags", "0.is": "in", "0.value": "head; teacher", "1.field": "region",
         "1.is": "equals", "1.value": "london"}  # fmt: skip


@pytest.fixture
def browser(office: Office) -> Browser:
    (office.bench.folder / "digest.toml").write_text(CONFIGURATION + DESK)
    office.bench.people(PEOPLE)
    office.app.import_people(office.bench.newsletter)
    return office.inside()


def press(browser: Browser, act: str, path: str = HEADS, name: str = "Heads", **fields: str) -> httpx2.Response:
    page = browser.get(path).text
    revision = re.search(r'name="revision" value="([^"]+)"', page)
    assert revision
    return browser.post(path, csrf=token(page), revision=revision[1], newsletter="news", name=name, act=act, **fields)


def shown(page: str) -> dict[str, Any]:
    """Return what a page says of a rule: sentence, count, people."""
    sentence = re.search(r'<p class="big" aria-live="polite">([^<]*)</p>', page)
    figure = re.search(r'<span class="figure">([\d,]+)</span> <span class="soft">of ([\d,]+)', page)
    return {
        "sentence": html.unescape(sentence[1]) if sentence else "",
        "people": figure.groups() if figure else None,
        "some": re.findall(r'<th scope="row"><a href="/subscribers/\w+">([^<]+)</a>', page),
    }


def rule(office: Office, identifier: str = "heads") -> object:
    return segments.named(office.app.newsletter("news"), identifier).rule


def test_all_segments_are_listed_with_sentence_and_counts(browser: Browser) -> None:
    said = texts(browser.get("/segments").text)
    assert "Heads Heads 2 2" in said
    assert "Everybody else Everybody 3 1" in said
    assert "3 people get mail now" in said
    assert "2 people are in several, and get one email." in said


def test_a_segment_is_shown_with_sentence_count_ten_people_and_overlap(browser: Browser) -> None:
    page = browser.get(HEADS).text
    found = shown(page)
    assert (found["sentence"], found["people"], sorted(found["some"])) == ("Heads.", ("2", "3"), ["Ada", "Bo"])
    assert "2 of these people are also in Everybody else ." in texts(page)
    assert "In one edition each person is mailed once" in texts(page)


def test_what_is_on_the_form_is_said_and_counted_and_nothing_is_saved(office: Office, browser: Browser) -> None:
    page = press(browser, "look", **RULES)
    assert page.status_code == 200
    found = shown(page.text)
    assert found["sentence"] == "Heads or teachers in london."
    assert (found["people"], sorted(found["some"])) == (("2", "3"), ["Bo", "Cy"])
    assert rule(office) == {"field": "tags", "contains": "head"}


def test_rules_and_groups_come_and_go_by_buttons_and_what_was_typed_stays(browser: Browser) -> None:
    page = press(browser, "add:", **RULES).text
    assert re.search(r'id="r2-field"[^>]* autofocus', page)
    assert 'value="head; teacher"' in page
    assert "left out until it has one" in texts(page)
    nested = press(browser, "group:", **RULES).text
    assert 'name="2.how"' in nested
    assert 'name="2.0.field"' in nested
    gone = press(browser, "remove:0", **RULES).text
    assert 'id="r1-field"' not in gone
    assert shown(gone)["sentence"] == "People in london."


def test_values_that_the_list_has_are_offered(browser: Browser) -> None:
    page = browser.get(HEADS).text
    offered = re.search(r'list="(known-\d+)"', page)
    assert offered
    values = re.search(rf'<datalist id="{offered[1]}">(.*?)</datalist>', page)
    assert values
    assert set(re.findall(r'value="([^"]+)"', values[1])) == {"head", "partner", "teacher"}
    assert '<option value="region">Region</option>' in page


def test_a_segment_is_saved_holds_at_once_and_is_put_back(office: Office, browser: Browser) -> None:
    before = (office.bench.folder / "digest.toml").read_text()
    done = press(browser, "save", name="London", **RULES)
    assert (done.status_code, done.headers["location"]) == (303, HEADS)
    assert rule(office) == {
        "all": [{"field": "tags", "in": ["head", "teacher"]}, {"field": "region", "equals": "london"}]
    }
    page = browser.get(HEADS).text
    assert "London is saved." in texts(page)
    back = dict(re.findall(r'name="(csrf|before|after)" value="([^"]*)"', page[page.index('class="toast"') :]))
    assert browser.post("/settings/put-back", **back).status_code == 303
    assert (office.bench.folder / "digest.toml").read_text() == before
    assert rule(office) == {"field": "tags", "contains": "head"}


def test_remarks_in_the_file_stay_and_a_rule_of_nothing_is_left_out(office: Office, browser: Browser) -> None:
    file = office.bench.folder / "digest.toml"
    file.write_text(file.read_text().replace('id = "heads"', 'id = "heads" # since 2019'))
    assert press(browser, "save", how="all").status_code == 303
    text = file.read_text()
    assert 'id = "heads" # since 2019' in text
    assert "rule = " not in text
    assert rule(office) == {}


DAY = {"0.field": "joined_at", "0.is": "before", "0.value": "soon"}
LONG = {"0.field": "role", "0.is": "equals", "0.value": "x" * 1_001}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Needed: what the segment is called on the desk."),
        ({"name": "x" * 81}, "Write a name of at most 80 characters."),
        ({"0.field": "tags", "0.is": "in", "0.value": " ; "}, "Needed: a value."),
        ({"0.field": "", "0.is": "equals", "0.value": "x"}, "Needed: a value."),
        ({"0.how": "any"}, "Add a rule to this group, or remove it."),
        (DAY, "Write a day: year, month, day, such as 2026-11-24."),
        (LONG, "Equals names a value of more than 1,000 characters."),
    ],
)
def test_what_cannot_be_saved_stands_beside_its_field(
    office: Office, browser: Browser, fields: dict[str, str], said: str
) -> None:
    page = press(browser, "save", **{"name": "Heads", "how": "all", **fields})
    assert page.status_code == 422
    assert wrong(page.text) == [said]
    assert rule(office) == {"field": "tags", "contains": "head"}


def test_a_new_segment_is_made_empty_or_like_another_one(office: Office, browser: Browser) -> None:
    copy = browser.get("/segments/new?newsletter=news&like=heads").text
    assert 'value="Heads, copy"' in copy
    assert 'value="head"' in copy
    done = press(browser, "save", "/segments/new", "Lövely people", **RULES)
    assert done.headers["location"] == "/segments/news/lovely-people"
    assert [one.id for one in office.app.newsletter("news").segments] == ["heads", "rest", "lovely-people"]
    assert browser.get(done.headers["location"]).status_code == 200


def test_a_file_that_was_changed_by_hand_meanwhile_is_not_written_over(office: Office, browser: Browser) -> None:
    page = browser.get(HEADS).text
    revision = re.search(r'name="revision" value="([^"]+)"', page)
    assert revision
    file = office.bench.folder / "digest.toml"
    file.write_text(file.read_text().replace('contains = "head"', 'contains = "boss"').replace("08:00", "09:00"))
    form = {"csrf": token(page), "revision": revision[1], "newsletter": "news", "name": "Heads", **RULES}
    said = browser.post(HEADS, act="save", **form)
    assert said.status_code == 422
    assert "It was changed while you wrote" in texts(said.text)
    assert "boss" in texts(said.text)
    assert 'value="head; teacher"' in said.text
    assert 'contains = "boss"' in file.read_text()
    anew = re.search(r'name="revision" value="([^"]+)"', said.text)
    assert anew
    assert browser.post(HEADS, act="save", **{**form, "revision": anew[1]}).status_code == 303
    # what else was changed by hand stays
    assert office.app.newsletter("news").schedule.at == "09:00"


def test_a_fault_in_the_file_is_told_and_nothing_is_written(office: Office, browser: Browser) -> None:
    file = office.bench.folder / "digest.toml"
    broken = file.read_text().replace('days = ["tuesday"]', 'days = ["someday"]')
    file.write_text(broken)
    assert "digest.toml has a fault" in texts(browser.get("/segments").text)
    assert press(browser, "save", **RULES).status_code == 422
    assert file.read_text() == broken


def test_the_order_in_which_segments_count_is_changed(office: Office, browser: Browser) -> None:
    page = browser.get("/segments").text
    revision = re.search(r'name="revision" value="([^"]+)"', page)
    assert revision
    path = "/segments/news/rest/move"
    assert browser.post(path, csrf=token(page), revision=revision[1], by="up").status_code == 303
    assert [one.id for one in office.app.newsletter("news").segments] == ["rest", "heads"]
    assert "The order is another." in texts(browser.get("/segments").text)


def test_removing_says_what_it_means_first(office: Office, browser: Browser) -> None:
    press(browser, "save", "/segments/new", "Partners", **{"0.field": "tags", "0.is": "in", "0.value": "partner"})
    page = browser.get("/segments/news/rest/remove").text
    assert "3 people are in it. 1 of them is in no other segment and gets nothing from then on." in texts(page)
    assert "They are all in others" in texts(browser.get(f"{HEADS}/remove").text)
    revision = re.search(r'name="revision" value="([^"]+)"', page)
    assert revision
    done = browser.post("/segments/news/rest/remove", csrf=token(page), revision=revision[1])
    assert done.status_code == 303
    assert [one.id for one in office.app.newsletter("news").segments] == ["heads", "partners"]


def test_the_last_segment_stays(office: Office, browser: Browser) -> None:
    for identifier, status in (("rest", 303), ("heads", 409)):
        page = browser.get(f"/segments/news/{identifier}/remove").text
        revision = re.search(r'name="revision" value="([^"]+)"', page)
        assert revision
        said = browser.post(f"/segments/news/{identifier}/remove", csrf=token(page), revision=revision[1])
        assert said.status_code == status
    assert "nobody would get it" in texts(said.text)
    assert [one.id for one in office.app.newsletter("news").segments] == ["heads"]


@pytest.mark.parametrize("path", ["/segments/news/x", "/segments/news/x/remove", "/segments/new?like=x"])
def test_a_segment_that_is_not_there_is_said_plainly(browser: Browser, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_a_rule_that_is_too_long_for_a_form_is_left_to_the_file(office: Office, browser: Browser) -> None:
    file = office.bench.folder / "digest.toml"
    many = ", ".join(f'"v{number}"' for number in range(300))
    file.write_text(file.read_text().replace('contains = "head"', f"in = [{many}]"))
    page = browser.get(HEADS).text
    assert "is changed in digest.toml" in texts(page)
    assert 'value="save"' not in page


def test_a_count_that_takes_long_never_keeps_the_page_waiting(
    office: Office, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "PATIENCE", 0.01)
    go, usual = threading.Event(), Figures._figure

    def slow(*given: Any) -> Any:
        go.wait(20)
        return usual(*given)

    monkeypatch.setattr(Figures, "_figure", slow)
    page = browser.get(HEADS).text
    assert "Being counted" in texts(page)
    assert re.search(r'data-region="people" data-moves', page)
    go.set()
    for _ in range(500):
        page = browser.get(HEADS).text
        if shown(page)["people"]:
            break
    assert shown(page)["people"] == ("2", "3")


def test_somebody_kept_off_paused_or_without_consent_is_never_counted(office: Office, browser: Browser) -> None:
    with office.app.store.writing() as session:
        session.people.suppress(office.app.suppression_key("ada@example.org"), "left", office.clock())
    assert shown(browser.get(HEADS).text)["people"] == ("1", "2")
