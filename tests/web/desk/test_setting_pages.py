"""Every setting has its page, or its reason; and the pages that are fields and nothing else, blocks and providers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from digest.config import parse
from digest.domain.model import FREE_BLOCKS, WarmUp
from digest.web.desk.settings.file_only import FILE_ONLY
from digest.web.desk.settings.sheets import SHEETS
from tests.conftest import ROOT, Clock
from tests.web.desk.setting import Setting, faults, words

NEWS = "/settings/newsletters/news"
BLOCKS = f"{NEWS}/blocks"
SERVER, PROVIDERS = "/settings/servers/-", "/settings/providers"
LIMIT = '\n[[domains]]\ndomain = "gmail.com"\nmessages_a_minute = 60\n'
#: page -> the table whose settings its fields are named by; a field with a dot in its name names its own
PAGES = {
    "/settings/brand": "brand",
    "/settings/public": "",
    "/settings/telling": "desk",
    "/settings/logging-in": "desk",
    "/settings/returns": "returns",
    "/settings/retention": "retention",
    SERVER: "server",
    PROVIDERS: "domains",
    NEWS: "newsletter",
    f"{NEWS}/leaving": "newsletter",
    f"{NEWS}/tracking": "newsletter",
    **{f"{BLOCKS}/-/{kind}": "block" for kind in FREE_BLOCKS},
    f"{SERVER}/sign-in": "oauth",
    "/sources/news/ours": "source",
    "/themes": "rule",
    "/themes/news": "theme",
    "/segments/news/heads": "segment",
}
#: what is set on a page otherwise than by a field of its name -> a field, or a form, that does
OTHERWISE = {
    "server.url": (SERVER, 'name="host"'),
    "dkim.domain": ("/settings/dkim", 'action="/settings/dkim"'),
    "dkim.selector": ("/settings/dkim", 'action="/settings/dkim"'),
    "block.kind": (BLOCKS, f'href="{BLOCKS}/-/event"'),
    "segment.themes": ("/segments/news/heads", 'name="first"'),
    "segment.rule": ("/segments/news/heads", 'name="0.field"'),
    **{f"holidays.{name}": ("/settings/calendar", f'name="{name}"') for name in ("country", "region")},
    **{f"terms.{name}": ("/settings/calendar", f'name="{name}"') for name in ("name", "begins", "ends")},
}


@pytest.fixture
def setting(tmp_path: Path, clock: Clock) -> Iterator[Setting]:
    made = Setting(tmp_path, clock)
    yield made
    made.office.app.store.close()


def documented() -> set[str]:
    """Return table and name of every setting of docs/settings.md; those of the top of the file have no table."""
    found = set()
    for section in (ROOT / "docs" / "settings.md").read_text().split("\n## ")[1:]:
        title = section.splitlines()[0]
        table = f"{title.strip('[]')}." if title.startswith("[") else ""
        for names, meaning in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|[^|]*\|(.*)", section, re.MULTILINE):
            # what is a table of its own has its own section
            if "see [" not in meaning:
                found |= {f"{table}{name}" for name in re.findall(r"\w+", names)}
    return found


def test_every_setting_is_on_a_page_or_in_the_file_alone_with_its_reason(setting: Setting) -> None:
    on_a_page = set()
    for path, table in PAGES.items():
        for name in re.findall(r'name="([a-z_.]+)"', setting.browser.get(path).text):
            on_a_page.add(name if "." in name or not table else f"{table}.{name}")
    for name, (path, form) in OTHERWISE.items():
        assert form in setting.browser.get(path).text, name
        on_a_page.add(name)
    alone = {name for one in FILE_ONLY for name in one.settings}
    every = documented()
    assert len(every) > 120
    assert every - on_a_page - alone == set(), "neither on a page nor named as of the file alone"
    assert alone & on_a_page == set()
    assert alone - every == set(), "there is no such setting"


def test_what_is_of_the_file_alone_is_told_with_its_reason_on_the_settings_page(setting: Setting) -> None:
    page = setting.page("/settings")
    for one in FILE_ONLY:
        assert ", ".join(one.settings) in page
        assert one.why in page


@pytest.mark.parametrize("path", [one.route.replace("{newsletter}", "news") for one in SHEETS])
def test_a_sheet_that_is_sent_as_it_was_opened_changes_nothing(path: str, setting: Setting) -> None:
    before = setting.text
    assert setting.said(setting.send(path, path)) == "Nothing was another, so nothing was saved."
    assert setting.text == before


def test_how_it_leaves_is_changed_and_put_back(setting: Setting) -> None:
    before, path = setting.text, f"{NEWS}/leaving"
    answer = setting.send(path, path, waves__seeds="heads", waves__canary_percent="5", schedule__give_up_hours="48")
    assert setting.said(answer) == "Saved how it leaves."
    assert (setting.newsletter.waves.seeds, setting.newsletter.waves.canary_percent) == ("heads", 5)
    assert setting.newsletter.schedule.give_up_hours == 48
    setting.put_back()
    assert setting.text == before
    wrong = setting.send(path, path, waves__seeds="nobody", waves__wait_minutes="500", waves__stop_percent="much")
    assert faults(wrong).keys() == {"waves.seeds", "waves.wait_minutes", "waves.stop_percent"}
    assert setting.text == before


def test_what_links_tell_is_nothing_until_it_is_wanted(setting: Setting) -> None:
    path = f"{NEWS}/tracking"
    assert "checked" not in setting.browser.get(path).text
    setting.send(path, path, tracking__clicks="yes", tracking__utm="yes", tracking__utm_source="fernhill")
    tracking = setting.newsletter.tracking
    assert (tracking.clicks, tracking.utm, tracking.utm_source) == (True, True, "fernhill")
    assert faults(setting.send(path, path, tracking__utm_medium="")).keys() == {"tracking.utm_medium"}


def test_how_long_things_are_kept_is_told_in_months(setting: Setting) -> None:
    path = "/settings/retention"
    setting.send(path, path, left_months="24", audit_months="36")
    assert (setting.workspace.retention.left_months, setting.workspace.retention.audit_months) == (24, 36)
    wrong = setting.send(path, path, left_months="-1", replies_months="a year")
    assert faults(wrong).keys() == {"left_months", "replies_months"}
    assert 'value="a year"' in wrong.text


def test_the_public_pages_have_their_address_and_say_what_somebody_agrees_to(setting: Setting) -> None:
    path = "/settings/public"
    typed = "I want {newsletter}.\r\nI may leave."
    setting.send(path, path, base_url="https://news.example.org", public__robots="noindex", public__consent_words=typed)
    workspace = setting.workspace
    assert (workspace.base_url, workspace.public.robots) == ("https://news.example.org", "noindex")
    assert workspace.public.consent_words == "I want {newsletter}.\nI may leave."
    assert faults(setting.send(path, path, base_url="http://news.example.org/")).keys() == {"base_url"}
    assert faults(setting.send(path, path, public__robots="never")).keys() == {"public.robots"}


def test_returned_mail_never_goes_to_another_mailbox_by_a_page(setting: Setting) -> None:
    path = "/settings/returns"
    assert "No mailbox is named" in setting.page(path)
    setting.send(path, path, folder="Bounces", every_minutes="30", url="imap://evil.example.net", maildir="/etc")
    returns = setting.workspace.returns
    assert (returns.folder, returns.every_minutes, returns.url, returns.maildir) == ("Bounces", 30, "", "")


def test_whether_everybody_needs_a_second_factor_is_set_by_a_page(setting: Setting) -> None:
    path = "/settings/logging-in"
    assert faults(setting.send(path, path, second_factor="nobody")).keys() == {"second_factor"}
    setting.send(path, path, second_factor="everybody")
    assert setting.workspace.desk.second_factor == "everybody"
    assert setting.browser.get("/editions").headers["location"].startswith("/settings/account/second-factor")


def test_short_words_and_the_emails_own_words_are_named_one_a_line(setting: Setting) -> None:
    setting.send(NEWS, NEWS, abbreviations="MAT = multi-academy trust\nEYFS = early years = first years\nSEN =")
    assert setting.newsletter.abbreviations == {
        "MAT": "multi-academy trust",
        "EYFS": "early years = first years",
        "SEN": "",
    }
    wrong = setting.send(NEWS, NEWS, abbreviations="MAT multi-academy trust")
    assert "names nothing" in faults(wrong)["abbreviations"]
    twice = setting.send(NEWS, NEWS, abbreviations="MAT = a\nMAT = b")
    assert "stands there twice" in faults(twice)["abbreviations"]
    brand = "/settings/brand"
    setting.send(brand, brand, words="top_story = First of all")
    assert setting.workspace.brand.words == {"top_story": "First of all"}
    assert "The email has no words “top_tory”" in faults(setting.send(brand, brand, words="top_tory = x"))["words"]
    setting.send(brand, brand, words="")
    assert setting.workspace.brand.words == {}


def test_a_correction_and_the_limits_of_an_edition_are_on_its_newsletters_page(setting: Setting) -> None:
    setting.send(NEWS, NEWS, correction="We named the wrong day.", maximum_variants="8", catch_up_weeks="4")
    one = setting.newsletter
    assert (one.correction, one.maximum_variants, one.catch_up_weeks) == ("We named the wrong day.", 8, 4)
    assert faults(setting.send(NEWS, NEWS, catch_up_weeks="99", consent_months="-1")).keys() == {
        "catch_up_weeks",
        "consent_months",
    }


def test_a_block_is_added_changed_and_taken_out(setting: Setting) -> None:
    before, new = setting.text, f"{BLOCKS}/-/event"
    assert "No block yet" in setting.page(BLOCKS)
    wrong = setting.send(new, new, title="", when="")
    assert faults(wrong).keys() == {"title", "when"}
    typed = {"title": "<b>Heads’ breakfast</b>", "when": "Thursday, 8 to 9.30", "text": "Bring\r\n\r\na question."}
    setting.said(setting.send(new, new, place="middle", **typed))
    [block] = setting.newsletter.blocks
    assert (block.kind, block.place, block.text) == ("event", "middle", "Bring\n\na question.")
    assert "&lt;b&gt;Heads’ breakfast" in setting.browser.get(BLOCKS).text
    setting.send(f"{BLOCKS}/0", f"{BLOCKS}/0", when="Friday", place="top")
    assert (setting.newsletter.blocks[0].when, setting.newsletter.blocks[0].place) == ("Friday", "top")
    link = setting.send(f"{BLOCKS}/0", f"{BLOCKS}/0", link="javascript:alert(1)", words="Book")
    assert faults(link).keys() == {"link"}
    fields = setting.fields(f"{BLOCKS}/0")
    removed = setting.browser.post(f"{BLOCKS}/0/remove", csrf=fields["csrf"], seen=fields["seen"])
    assert "in no edition" in setting.said(removed)
    assert setting.newsletter.blocks == ()
    assert setting.text == before


def test_blocks_of_one_place_stand_in_the_order_that_somebody_wants(setting: Setting) -> None:
    for kind, typed in (
        ("text", {"text": "First"}),
        ("divider", {"place": "top"}),
        ("event", {"title": "Second", "when": "Friday"}),
    ):
        setting.send(f"{BLOCKS}/-/{kind}", f"{BLOCKS}/-/{kind}", **typed)
    fields = setting.fields(BLOCKS)
    moved = setting.browser.post(f"{BLOCKS}/2/move", csrf=fields["csrf"], seen=fields["seen"], by="up")
    assert "The order is another" in setting.said(moved)
    assert [one.kind for one in setting.newsletter.blocks] == ["event", "divider", "text"]
    setting.put_back()
    assert [one.kind for one in setting.newsletter.blocks] == ["text", "divider", "event"]
    fields = setting.fields(BLOCKS)
    setting.browser.post(f"{BLOCKS}/2/move", csrf=fields["csrf"], seen=fields["seen"], by="up")
    assert [(one.kind, one.title, one.text) for one in setting.newsletter.blocks] == [
        ("event", "Second", ""), ("divider", "", ""), ("text", "", "First"),
    ]  # fmt: skip
    fields = setting.fields(BLOCKS)
    first = setting.browser.post(f"{BLOCKS}/0/move", csrf=fields["csrf"], seen=fields["seen"], by="up")
    assert "Nothing was another" in setting.said(first)


def test_a_block_that_is_none_is_answered_in_words(setting: Setting) -> None:
    for path in (f"{BLOCKS}/-/masthead", f"{BLOCKS}/7"):
        answer = setting.browser.get(path)
        assert answer.status_code == 404
        assert "page of the blocks" in words(answer)


def test_every_kind_of_block_has_its_form(setting: Setting) -> None:
    for kind, needed in FREE_BLOCKS.items():
        page = setting.browser.get(f"{BLOCKS}/-/{kind}").text
        assert all(f'name="{name}"' in page for name in needed)
    setting.by_hand("[desk]", '[[newsletters.blocks]]\nkind = "advent"\ntitle = "Door 1"\n[desk]')
    assert "Advent: Door 1" in setting.page(BLOCKS)
    assert "Advent" in setting.page(f"{BLOCKS}/0")


def test_a_server_has_its_share_of_the_mail_and_a_plan_for_a_new_sender(setting: Setting) -> None:
    before = setting.text
    wrong = setting.send(SERVER, SERVER, warm_up__starts="soon", weight="0", messages_a_connection="0")
    assert faults(wrong).keys() >= {"warm_up.starts"}
    setting.send(SERVER, SERVER, warm_up__starts="2026-12-01", warm_up__first_day="100", weight="3")
    server = setting.workspace.server
    assert server.warm_up == WarmUp(starts=date(2026, 12, 1), first_day=100)
    assert server.weight == 3
    assert 'value="2026-12-01"' in setting.browser.get(SERVER).text
    setting.send(SERVER, SERVER, warm_up__starts="", weight="1")
    assert setting.workspace.server.warm_up is None
    assert setting.workspace == parse(before)


def test_providers_have_limits_of_their_own(setting: Setting) -> None:
    assert faults(setting.send(PROVIDERS, PROVIDERS)).keys() == {"domain--1"}
    assert faults(setting.send(PROVIDERS, PROVIDERS, domain="g mail")).keys() == {"domain--1"}
    setting.said(setting.send(PROVIDERS, PROVIDERS, domain="gmail.com", messages_a_minute="60"))
    setting.said(setting.send(PROVIDERS, PROVIDERS, domain="outlook.com", connections="2"))
    seen = setting.fields(PROVIDERS)
    token = {"csrf": seen["csrf"], "seen": seen["seen"]}
    wrong = setting.browser.post(
        f"{PROVIDERS}/1", domain="outlook.com", messages_a_minute="-1", connections="many", **token
    )
    assert faults(wrong).keys() == {"minute-1", "lines-1"}
    setting.browser.post(f"{PROVIDERS}/1", domain="outlook.com", messages_a_minute="30", connections="2", **token)
    assert [(one.domain, one.messages_a_minute, one.connections) for one in setting.workspace.domains] == [
        ("gmail.com", 60, 0),
        ("outlook.com", 30, 2),
    ]
    seen = setting.fields(PROVIDERS)
    setting.browser.post(f"{PROVIDERS}/0/remove", csrf=seen["csrf"], seen=seen["seen"])
    assert [one.domain for one in setting.workspace.domains] == ["outlook.com"]
    assert setting.browser.post(f"{PROVIDERS}/9", csrf=seen["csrf"], seen=seen["seen"]).status_code == 404
