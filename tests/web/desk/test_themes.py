"""The page of the themes: what tells their stories, what always stands where, and what people taught them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.app.themes import decide
from digest.domain.model import OTHER
from digest.web.desk.settings import trying
from tests.cli.test_suggestions import NEWS
from tests.conftest import Clock
from tests.web.desk.setting import Setting, faults, words

NURSERY, ALL = "/themes/news/nursery", "/themes/news/-"


@pytest.fixture
def setting(tmp_path: Path, clock: Clock) -> Iterator[Setting]:
    made = Setting(tmp_path, clock)
    yield made
    made.office.app.store.close()


def _drafted(setting: Setting) -> str:
    bench = setting.office.bench
    bench.insights("Nursery play", "Nursery songs", "Maths of fractions")
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    return edition.id


def test_a_theme_is_made_with_an_id_of_its_own_and_changed_and_put_back(setting: Setting) -> None:
    made = setting.send(
        "/themes/news", "/themes/news", name="Café & Garden", keywords="soil, seeds,\n worms", examples="Worms\n\nSeeds"
    )
    assert setting.said(made) == "Made the theme Café & Garden. The next draft heeds it."
    one = setting.newsletter.themes[-1]
    assert (one.id, one.keywords, one.examples) == ("cafe-garden", ("soil", "seeds", "worms"), ("Worms", "Seeds"))
    assert "weight" not in setting.text, "what is usual is not written down"
    path = "/themes/news/cafe-garden"
    setting.send(path, path, weight="1.5", description="What grows.")
    assert (setting.newsletter.themes[-1].weight, setting.newsletter.themes[-1].description) == (1.5, "What grows.")
    again = setting.send(path, path, name="Garden")
    assert setting.said(again) == "Saved Garden. The next draft heeds it."
    setting.put_back()
    assert setting.newsletter.themes[-1].name == "Café & Garden"


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"name": " "}, "name", "Readers see it"),
        ({"weight": "heavy"}, "weight", "Write a number"),
        ({"weight": "99"}, "weight", "at most 10"),
        ({"weight": "nan"}, "weight", "Write a number"),
    ],
)
def test_what_no_theme_can_be_is_told_beside_its_field_and_what_was_typed_stays(
    typed: dict[str, str], field: str, told: str, setting: Setting
) -> None:
    before = setting.text
    for path in (NURSERY, "/themes/news"):
        answer = setting.send(path, path, **{"name": "Kept", "description": "Typed <b>", **typed})
        assert answer.status_code == 422
        assert told in faults(answer)[field]
        assert "Typed &lt;b&gt;" in answer.text
    assert setting.text == before


def test_themes_move_up_and_down(setting: Setting) -> None:
    for by, order in (("down", ["maths", "nursery"]), ("down", ["maths", "nursery"]), ("up", ["nursery", "maths"])):
        setting.browser.post(f"{ALL}/order", **{**setting.fields("/themes"), "theme": "nursery", "by": by})
        assert [one.id for one in setting.newsletter.themes] == order
    missing = setting.browser.post(f"{ALL}/order", **{**setting.fields("/themes"), "theme": "nobody", "by": "up"})
    assert missing.status_code == 404


def test_rules_are_sentences_and_come_and_go(setting: Setting) -> None:
    added = setting.send("/themes", f"{ALL}/rules", words="bus, <i>", source="ours", theme="maths")
    sentence = "insights with “bus” and “<i>” from Fernhill always stand under Maths."
    assert setting.said(added) == f"From now on: {sentence}"
    setting.send("/themes", f"{ALL}/rules", like="We are hiring", words="", source="", theme=OTHER)
    page = setting.page("/themes")
    assert sentence.capitalize()[:9] in page
    assert "Insights like “We are hiring” always stand under Other." in page
    removed = setting.browser.post(f"{ALL}/rules/remove", **{**setting.fields("/themes"), "rule": "0"})
    assert setting.said(removed) == "The rule is gone. Stories that it placed stay where they are."
    assert [one.like for one in setting.newsletter.rules] == ["We are hiring"]
    for number in ("7", "-1", "x"):
        gone = setting.browser.post(f"{ALL}/rules/remove", **{**setting.fields("/themes"), "rule": number})
        assert gone.status_code in (404, 409)


def test_a_rule_that_holds_for_nothing_or_leads_nowhere_is_told(setting: Setting) -> None:
    empty = setting.send("/themes", f"{ALL}/rules", words=" , ", like="", source="", theme="maths")
    assert "Say for what it holds" in faults(empty)["words"]
    nowhere = setting.send("/themes", f"{ALL}/rules", words="bus", theme="nowhere")
    assert "There is no theme" in faults(nowhere)["theme"]
    assert 'value="bus"' in nowhere.text
    assert not setting.newsletter.rules


def test_what_people_decided_and_what_it_did_stands_with_who_and_when(setting: Setting) -> None:
    edition = _drafted(setting)
    moved, _ = decide(setting.office.app, edition, "Nursery songs", "Hannah Cole", "maths")
    assert moved.reviewed.before == "nursery"
    page = setting.page("/themes")
    assert "“Nursery songs” Moved from Nursery to Maths · Hannah Cole" in page
    assert "Moved from Nursery to Maths" in setting.page(NURSERY)
    assert "Moved from Nursery to Maths" in setting.page("/themes/news/maths")


def test_a_theme_in_use_goes_after_a_page_that_says_how_much_stands_on_it(setting: Setting) -> None:
    edition = _drafted(setting)
    setting.by_hand('name = "Heads"', 'name = "Heads"\nthemes = ["maths"]')
    setting.send("/themes", f"{ALL}/rules", words="bus", theme="maths")
    page = setting.page("/themes/news/maths/remove")
    for told in ("1 story stands under it", "1 person chose it", "1 rule goes with it", "It stands first for Heads"):
        assert told in page
    said = setting.said(setting.send("/themes/news/maths/remove", "/themes/news/maths/remove"))
    assert said == "Maths is no theme any more. What stood under it in sent editions stays."
    assert [one.id for one in setting.newsletter.themes] == ["nursery"]
    assert not setting.newsletter.rules
    assert not setting.newsletter.segments[0].themes
    assert setting.browser.get(f"/editions/{edition}").status_code == 200
    setting.put_back()
    assert [one.id for one in setting.newsletter.themes] == ["nursery", "maths"]


def test_a_theme_that_a_segment_asks_for_stays_until_that_is_changed(setting: Setting) -> None:
    setting.by_hand('{ field = "tags", contains = "head" }', '{ field = "themes", contains = "maths" }')
    answer = setting.send("/themes/news/maths/remove", "/themes/news/maths/remove")
    assert answer.status_code == 409
    assert "The segment “Heads” asks who chose this theme." in words(answer)
    assert len(setting.newsletter.themes) == 2


def test_what_the_last_months_suggest_becomes_a_theme_only_when_a_person_makes_it_one(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "PATIENCE", 60.0)
    begun = setting.browser.post(f"{ALL}/suggestions", **setting.fields("/themes"))
    assert "too few" in setting.page(begun.headers["location"])
    setting.office.bench.insights(*(title for titles in NEWS.values() for title in titles))
    begun = setting.browser.post(f"{ALL}/suggestions", **setting.fields("/themes"))
    page = setting.page(begun.headers["location"])
    assert "make it a theme" in page
    before = setting.text
    key = begun.headers["location"].rpartition("/")[2]
    fields = setting.fields(f"/themes/news?key={key}&number=0")
    assert fields["name"]
    assert fields["examples"]
    assert setting.text == before
    assert setting.fields(f"/themes/news?key={key}&number=99")["name"] == ""
    assert setting.page(f"{ALL}/suggestions/0123", 404)
