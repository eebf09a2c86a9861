"""The page of the sources: what an address gives, how each source fares, and what becomes of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest.app import App, naming, sourcing
from digest.app import themes as of_themes
from digest.app import trying as mails
from digest.domain.errors import FetchError
from digest.domain.model import Reading, Source
from digest.sources.discover import Discovery, Found
from digest.web.desk.settings import trying
from digest.web.desk.settings.trying import Tries, Trying
from tests.conftest import Clock, Site
from tests.sources.conftest import TITLES, feed, listing
from tests.web.desk.setting import Setting, faults, filled, words

OURS = "/sources/news/ours"


@pytest.fixture
def setting(tmp_path: Path, clock: Clock) -> Iterator[Setting]:
    made = Setting(tmp_path, clock)
    yield made
    made.office.app.store.close()


@pytest.fixture
def nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the desk ask servers of this machine, as no page lets it."""
    real = sourcing.discovered
    monkeypatch.setattr(sourcing, "discovered", lambda app, wanted: real(app, replace(wanted, allow_private=True)))
    monkeypatch.setattr(trying, "PATIENCE", 20.0)


def _looked(setting: Setting, address: str) -> str:
    """Paste an address; return the path of what it gives."""
    answer = setting.send("/sources", "/sources/-/try", address=address)
    assert answer.status_code == 303, words(answer)
    return str(answer.headers["location"])


@pytest.mark.usefixtures("nearby")
def test_a_pasted_address_shows_what_it_gives_and_what_stays_ticked_is_news(setting: Setting, site: Site) -> None:
    path = _looked(setting, site.page("/news", listing(*TITLES)))
    page = setting.page(path)
    assert "3 articles found" in page
    assert all(title in page for title in TITLES)
    sent = {**setting.fields(path), "name": "Otters", "news": "0"}
    assert setting.said(setting.browser.post("/sources", **sent)) == "Added Otters. It is asked for the first time now."
    added = setting.newsletter.sources[-1]
    assert (added.id, added.name, added.kind) == ("otters", "Otters", "page")
    # the articles lie beside each other: those that were unticked are left out one by one
    assert len(added.leave_out) == len(TITLES) - 1
    assert setting.office.app.newsletter().sources[-1] == added, "the desk uses it at once"
    assert setting.said(setting.put_back()) == "It is as it was before."
    assert [one.id for one in setting.newsletter.sources] == ["ours", "theirs"]


@pytest.mark.usefixtures("nearby")
def test_where_no_headline_is_news_nothing_is_saved_and_the_page_says_so(setting: Setting, site: Site) -> None:
    path = _looked(setting, site.page("/news", listing(*TITLES)))
    sent = {name: text for name, text in setting.fields(path).items() if name != "news"}
    before = setting.text
    answer = setting.browser.post("/sources", **{**sent, "name": "Kept name"})
    assert answer.status_code == 422
    assert "Tick at least one headline" in words(answer)
    assert 'value="Kept name"' in answer.text
    assert setting.text == before


@pytest.mark.usefixtures("nearby")
def test_of_two_ways_the_other_can_be_taken(setting: Setting, site: Site) -> None:
    site.page("/feed", feed(*TITLES, host=site.address("")))
    head = '<link rel="alternate" type="application/rss+xml" href="/feed">'
    path = _looked(setting, site.page("/news", listing(*TITLES, head=head)))
    other = re.search(r'href="(/sources/-/tries/[^"]*way=1)"', setting.browser.get(path).text)
    assert other, "the page is named beside the feed"
    setting.browser.post("/sources", **{**setting.fields(other[1].replace("&amp;", "&")), "name": "Page", "news": "0"})
    assert setting.newsletter.sources[-1].kind == "page"


@pytest.mark.usefixtures("nearby")
def test_an_address_that_is_a_source_already_is_refused_with_what_was_typed(setting: Setting, site: Site) -> None:
    address = site.page("/news", listing(*TITLES))
    setting.by_hand('"https://fernhill.example.org/news"', f'"{address}"')
    path = _looked(setting, f"{address}#top")
    answer = setting.browser.post("/sources", **setting.fields(path))
    assert answer.status_code == 409
    assert "is a source already" in words(answer)


def test_an_address_that_is_none_or_of_this_machine_is_told_kindly(setting: Setting, site: Site) -> None:
    for address, told in (
        ("our news page", "is no web address"),
        (site.page("/news", listing(*TITLES)), "only 80 and 443 are asked"),
        ("http://127.0.0.1/", "private"),
        ("javascript:void", "is no web address"),
    ):
        page = setting.page(_looked(setting, address))
        assert told in page, page
        assert "Save source" not in page
        assert "digest.toml" not in page
    assert not site.asked
    answer = setting.send("/sources", "/sources/-/try", address=" ")
    assert answer.status_code == 422
    assert "Paste the address" in faults(answer)["address"]


def test_a_slow_site_does_not_hold_the_page_and_is_told_to_be_slow_after_a_minute(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(trying, "PATIENCE", 0.01)

    def slow(app: App, wanted: Source) -> Discovery:
        answers.wait(20)
        raise FetchError("It answered too late.")

    monkeypatch.setattr(sourcing, "discovered", slow)
    path = _looked(setting, "https://slow.example.org/")
    answer = setting.browser.get(path)
    assert "Asking https://slow.example.org/" in words(answer)
    assert 'http-equiv="refresh"' in answer.text
    for _ in range(3):
        _looked(setting, "https://slow.example.org/")
    fifth = setting.send("/sources", "/sources/-/try", address="https://slow.example.org/5")
    assert fifth.status_code == 409
    assert "Try again in a minute" in words(fifth)
    assert 'value="https://slow.example.org/5"' in fifth.text
    monkeypatch.setattr(trying, "MOST_SECONDS", -1.0)
    late = setting.browser.get(path)
    assert "did not answer within a minute" in words(late)
    assert "refresh" not in late.text
    answers.set()


def test_a_fault_of_the_program_does_not_leave_the_page_waiting() -> None:
    tries = Tries()

    def broken() -> Any:
        raise ZeroDivisionError

    found = tries.known(Trying.DNS, tries.begin(Trying.DNS, "x", broken))
    assert found is not None
    assert found.fault is not None
    assert "unexpected fault" in found.fault.what
    assert tries.known(Trying.DNS, "nothing") is None


def test_what_is_not_kept_any_more_is_told(setting: Setting) -> None:
    assert "Paste it again" in setting.page("/sources/-/tries/0123456789abcdef", 404)
    sent = setting.fields("/sources")
    answer = setting.browser.post("/sources", **{**sent, "try": "0123456789abcdef", "news": "0"})
    assert answer.status_code == 404


def test_sources_are_asked_now_and_what_came_is_said(
    setting: Setting, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "PATIENCE", 20.0)
    address = site.page("/news", listing(*TITLES))
    setting.by_hand('"https://fernhill.example.org/news"', f'"{address}"\nallow_private = true')
    setting.by_hand('"https://partner.example.org/feed"', f'"{site.address("/gone")}"\nallow_private = true')
    setting.page("/sources")
    one = setting.browser.send("/sources", "/sources/-/ask", newsletter="news", source="ours")
    assert setting.said(one) == "3 new insights came."
    every = setting.said(setting.browser.send("/sources", "/sources/-/ask", newsletter="news"))
    assert every.startswith("Nothing new came. Partner: ")
    page = setting.page("/sources")
    assert "Failed last time" in page
    assert "It is asked again by itself" in page
    assert setting.browser.send("/sources", "/sources/-/ask", newsletter="news", source="nobody").status_code == 404


def test_a_source_is_changed_with_everything_around_it_left_alone(setting: Setting) -> None:
    setting.by_hand("[[newsletters.themes]]", "# the themes\n[[newsletters.themes]]")
    before = setting.text
    answer = setting.send(OURS, OURS, name="Fernhill School", leave_out="https://fernhill.example.org/team\n")
    assert setting.said(answer) == "Saved Fernhill School."
    assert setting.text == before.replace(
        'name = "Fernhill"\n[[newsletters.sources]]',
        'name = "Fernhill School"\nleave_out = ["https://fernhill.example.org/team"]\n[[newsletters.sources]]',
    )
    assert setting.said(setting.send(OURS, OURS)) == "Nothing was another, so nothing was saved."


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(setting: Setting) -> None:
    before = setting.text
    answer = setting.send(OURS, OURS, address="fernhill", under="news", selectors__item="li[", name="“Ours” <b>")
    assert answer.status_code == 422
    assert faults(answer).keys() == {"address", "under", "selectors.item"}
    assert "is no web address" in faults(answer)["address"]
    assert 'value="“Ours” &lt;b&gt;"' in answer.text
    assert setting.text == before


def test_all_stories_of_a_source_can_stand_under_one_theme_and_no_longer(setting: Setting) -> None:
    setting.send(OURS, OURS, theme="maths")
    assert [(one.theme, one.source) for one in setting.newsletter.rules] == [("maths", "ours")]
    assert setting.fields(OURS)["theme"] == "maths"
    setting.send(OURS, OURS, theme="OTHER")
    assert [(one.theme, one.source) for one in setting.newsletter.rules] == [("OTHER", "ours")]
    setting.send(OURS, OURS, theme="")
    assert not setting.newsletter.rules
    wrong = faults(setting.send(OURS, OURS, theme="nowhere"))
    assert wrong == {"theme": "There is no theme “nowhere”. It is one of OTHER, maths, nursery."}


def test_two_who_change_different_things_both_keep_theirs_and_of_the_same_thing_both_values_are_shown(
    setting: Setting,
) -> None:
    seen = setting.fields(OURS)
    setting.by_hand('name = "Partner"', 'name = "Partners"')
    assert setting.browser.post(OURS, **{**seen, "name": "Ours"}).status_code == 303
    assert [one.name for one in setting.newsletter.sources] == ["Ours", "Partners"]
    seen = setting.fields(OURS)
    setting.by_hand('name = "Ours"', 'name = "Theirs"')
    answer = setting.browser.post(OURS, **{**seen, "name": "Mine"})
    assert answer.status_code == 409
    assert "It says “Theirs” now. Save again to keep yours." in faults(answer)["name"]
    assert 'value="Mine"' in answer.text
    assert 'name = "Theirs"' in setting.text
    assert setting.browser.post(OURS, **filled(answer.text)).status_code == 303
    assert setting.newsletter.sources[0].name == "Mine"


def test_a_source_goes_after_a_page_that_says_what_that_means(setting: Setting) -> None:
    setting.send(OURS, OURS, theme="maths")
    page = setting.page(f"{OURS}/remove")
    assert "nothing new comes from it any more" in page
    assert "1 rule that speaks of it goes with it" in page
    said = setting.said(setting.send(f"{OURS}/remove", f"{OURS}/remove"))
    assert said == "Fernhill is no longer asked. What it gave before is kept."
    assert [one.id for one in setting.newsletter.sources] == ["theirs"]
    assert not setting.newsletter.rules
    last = setting.send("/sources/news/theirs/remove", "/sources/news/theirs/remove")
    assert last.status_code == 422
    assert "There is no source" in words(last)
    setting.browser.get("/sources")
    assert setting.page(OURS, 404)


def test_while_the_file_has_a_fault_the_page_says_so_and_nothing_is_saved(setting: Setting) -> None:
    setting.by_hand('at = "08:00"', 'at = "8"')
    before = setting.text
    assert "is no time of day" in setting.page(OURS)
    answer = setting.send(OURS, OURS, name="Other")
    assert answer.status_code == 409
    assert 'value="Other"' in answer.text
    assert setting.text == before


def test_where_files_lie_is_not_changed_on_a_page(setting: Setting) -> None:
    setting.by_hand('kind = "feed"\naddress = "https://partner.example.org/feed"', 'kind = "file"\naddress = "notes"')
    setting.page("/sources")
    setting.send("/sources/news/theirs", "/sources/news/theirs", address=".digest", allow_private="yes", name="Notes")
    one = setting.newsletter.sources[1]
    assert (one.name, one.address, one.allow_private) == ("Notes", "notes", False)


@pytest.mark.parametrize(
    ("unwanted", "under", "left_out"),
    [
        (["/about/team"], "/news/", ()),
        (["/news/a"], "", ("https://e.org/news/a",)),
        ([], "", ()),
    ],
)
def test_what_lies_elsewhere_is_left_out_by_its_folder_and_what_lies_among_news_alone(
    unwanted: list[str], under: str, left_out: tuple[str, ...]
) -> None:
    way = Found(source=Source(id="a", kind="page", address="https://e.org"), reading=Reading(), why="")
    links = [f"https://e.org{path}" for path in ("/news/a", "/news/2/b", "/news/c", "/about/team")]
    out = [f"https://e.org{path}" for path in unwanted]
    made = sourcing.without(way, links, out)
    assert (made.under, made.leave_out) == (under, left_out)


def test_the_key_of_something_else_opens_no_page(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "PATIENCE", 20.0)
    monkeypatch.setattr(sourcing, "discovered", lambda *_: Discovery(ways=(), findings=()))
    monkeypatch.setattr(of_themes, "suggest", lambda *_: ())
    monkeypatch.setattr(mails, "send_to_try", lambda *_: "250 ok")
    monkeypatch.setattr(naming, "look", lambda *_: [])
    monkeypatch.setattr(App, "collect", lambda *_, **__: [])
    begun = {
        "/sources/-/tries/{}": setting.send("/sources", "/sources/-/try", address="https://x.org/news"),
        "/themes/news/-/suggestions/{}": setting.browser.send("/themes", "/themes/news/-/suggestions"),
        "/settings/servers/-?test={}": setting.browser.send("/", "/settings/servers/-/test", to="a@example.org"),
        "/settings/dkim?look={}": setting.browser.send("/", "/settings/dkim/look"),
    }
    keys = {
        page: re.split(r"[/=?]", answer.headers["location"].partition("?newsletter")[0])[-1]
        for page, answer in begun.items()
    }
    assert all(re.fullmatch(r"[0-9a-f]{16}", key) for key in keys.values()), keys
    for page in (
        *keys,
        "/settings/begin/draft?made={}",
        "/settings/begin/dns?look={}",
        "/settings/begin/sender?test={}",
    ):
        for key in keys.values():
            assert setting.browser.get(page.format(key)).status_code in (200, 404), (page, key)
