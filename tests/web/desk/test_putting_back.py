"""Who may put back what: whoever may make the change that it comes to, whoever made the one that is put back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from digest.app import settings
from digest.config.change import Act, Add, Order, Put, Remove
from digest.domain.model import Role
from digest.jobs.staffing import By
from digest.web.desk.settings import rights, source
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION
from tests.web.desk.conftest import Browser
from tests.web.desk.setting import Setting

NEWS = ("newsletters", "news")
SOURCES, THEMES, RULES, SEGMENTS = ((*NEWS, name) for name in ("sources", "themes", "rules", "segments"))
MORE = """
[[newsletters.sources]]
id = "notes"
kind = "file"
address = "notes"
[[newsletters.rules]]
theme = "maths"
words = ["sums"]
[[newsletters.blocks]]
kind = "text"
text = "Our spring fair"
[[newsletters]]
id = "termly"
name = "Termly news"
subscribers = "termly.csv"
[newsletters.sender]
name = "Fernhill"
address = "news@fernhill.example.org"
[newsletters.schedule]
days = ["friday"]
at = "08:00"
timezone = "Europe/London"
[[newsletters.sources]]
id = "its"
kind = "page"
address = "https://termly.example.org/news"
[[newsletters.segments]]
id = "all"
name = "Everybody"
[[servers]]
id = "second"
url = "smtp://second.example.org"
[[domains]]
domain = "gmail.com"
connections = 2
"""
#: a newsletter as a page adds it, in one piece
WEEKLY = {
    "id": "weekly",
    "name": "Early Years Weekly",
    "subscribers": "weekly.csv",
    "sender": {"name": "Fernhill", "address": "news@fernhill.example.org"},
    "schedule": {"days": ["friday"], "at": "08:00", "timezone": "Europe/London"},
    "sources": [{"id": "weekly-notes", "kind": "page", "address": "https://weekly.example.org/"}],
    "segments": [{"id": "everybody", "name": "Everybody"}],
}
#: what was changed -> who may put it back at least
MATRIX: dict[str, tuple[Role, Sequence[Act]]] = {
    # sources
    "a page was added": (Role.EDITOR, [Add(to=SOURCES, values={"id": "x", "kind": "page", "address": "https://x.org/"})]),
    "files were added": (Role.EDITOR, [Add(to=SOURCES, values={"id": "x", "kind": "file", "address": "more"})]),
    "a feed was removed": (Role.EDITOR, [Remove(at=(*SOURCES, "theirs"))]),
    "files were removed": (Role.ADMIN, [Remove(at=(*SOURCES, "notes"))]),
    "a source has another name": (Role.EDITOR, [Put(at=(*SOURCES, "notes"), values={"name": "Notes"})]),
    "a page has another address": (Role.EDITOR, [Put(at=(*SOURCES, "ours"), values={"address": "https://x.org/"})]),
    "a page is read in another way": (Role.EDITOR, [Put(at=(*SOURCES, "ours"), values={"selectors.item": "li"})]),
    "files lie elsewhere": (Role.ADMIN, [Put(at=(*SOURCES, "notes"), values={"address": "more"})]),
    "a page is another kind": (Role.ADMIN, [Put(at=(*SOURCES, "ours"), values={"kind": "feed"})]),
    "a page may be private": (Role.ADMIN, [Put(at=(*SOURCES, "ours"), values={"allow_private": True})]),
    "sources stand in another order": (Role.ADMIN, [Order(of=SOURCES, ids=["theirs", "ours", "notes"])]),
    # themes and rules
    "a theme was added": (Role.EDITOR, [Add(to=THEMES, values={"id": "x", "name": "X"})]),
    "a theme was removed that stands first for a segment": (
        Role.EDITOR,
        [Put(at=(*SEGMENTS, "heads"), values={"themes": []}), Remove(at=(*THEMES, "nursery"))],
    ),
    "a theme weighs more": (Role.EDITOR, [Put(at=(*THEMES, "maths"), values={"weight": 2.0})]),
    "themes stand in another order": (Role.EDITOR, [Order(of=THEMES, ids=["maths", "nursery"])]),
    "a rule was added": (Role.EDITOR, [Add(to=RULES, values={"theme": "maths", "words": ["bus"]})]),
    "a rule was removed": (Role.EDITOR, [Remove(at=(*RULES, 0))]),
    # what is admins' from the start
    "another theme stands first for a segment": (
        Role.ADMIN, [Put(at=(*SEGMENTS, "heads"), values={"themes": ["maths", "nursery"]})]
    ),
    "a theme came, and another stands first": (
        Role.ADMIN,
        [Add(to=THEMES, values={"id": "x", "name": "X"}), Put(at=(*SEGMENTS, "heads"), values={"themes": ["maths"]})],
    ),
    "a segment has another rule": (Role.ADMIN, [Put(at=(*SEGMENTS, "heads"), values={"rule.contains": "x"})]),
    "a segment was removed": (Role.ADMIN, [Remove(at=(*SEGMENTS, "heads"))]),
    "a newsletter has another name": (Role.ADMIN, [Put(at=NEWS, values={"name": "Other"})]),
    "it goes out at another time": (Role.ADMIN, [Put(at=NEWS, values={"schedule.at": "09:00"})]),
    "a newsletter was added": (Role.ADMIN, [Add(to=("newsletters",), values=WEEKLY)]),
    "a newsletter was removed": (Role.ADMIN, [Remove(at=("newsletters", "termly"))]),
    "it leaves in waves": (Role.ADMIN, [Put(at=NEWS, values={"waves.canary_percent": 5.0})]),
    "its links are counted": (Role.ADMIN, [Put(at=NEWS, values={"tracking.clicks": True})]),
    "a block was added": (Role.ADMIN, [Add(to=(*NEWS, "blocks"), values={"kind": "divider"})]),
    "a block was removed": (Role.ADMIN, [Remove(at=(*NEWS, "blocks", 0))]),
    "a block says something else": (Role.ADMIN, [Put(at=(*NEWS, "blocks", 0), values={"text": "Our fair"})]),
    "people are kept for longer": (Role.ADMIN, [Put(at=("retention",), values={"left_months": 24})]),
    "the public pages are elsewhere": (Role.ADMIN, [Put(values={"base_url": "https://news.example.org"})]),
    "the public pages say something else": (Role.ADMIN, [Put(values={"public.robots": "noindex"})]),
    "mail comes back to another folder": (Role.ADMIN, [Put(at=("returns",), values={"folder": "Bounces"})]),
    "a provider was added": (Role.ADMIN, [Add(to=("domains",), values={"domain": "outlook.com", "connections": 1})]),
    "a provider was removed": (Role.ADMIN, [Remove(at=("domains", 0))]),
    "a provider takes more": (Role.ADMIN, [Put(at=("domains", 0), values={"connections": 4})]),
    "somebody signs in for a server": (
        Role.ADMIN,
        [Put(at=("server",), values={"url": "smtp://u@smtp.example.org", "oauth.provider": "google",
                                     "oauth.client_id": "digest"})],
    ),
    "the brand is another": (Role.ADMIN, [Put(at=("brand",), values={"look": "plain"})]),
    "a server was removed": (Role.ADMIN, [Remove(at=("servers", "second"))]),
    "a server is another": (Role.ADMIN, [Put(at=("server",), values={"url": "smtp://other.example.org"})]),
    "webhooks may be private": (Role.ADMIN, [Put(at=("desk",), values={"private_webhooks": True})]),
    "a rule came, and the brand is another": (
        Role.ADMIN,
        [Add(to=RULES, values={"theme": "maths", "words": ["bus"]}), Put(at=("brand",), values={"look": "plain"})],
    ),
}  # fmt: skip


@pytest.fixture
def setting(tmp_path: Path, clock: Clock) -> Iterator[Setting]:
    segment = 'name = "Heads"\n'
    text = CONFIGURATION.replace(segment, f'{segment}themes = ["nursery"]\n') + MORE
    made = Setting(tmp_path, clock, CONFIGURATION)
    made.file.write_text(text + made.text.removeprefix(CONFIGURATION))
    settings.seen(made.office.app)
    yield made
    made.office.app.store.close()


def test_whoever_may_make_a_change_may_put_back_what_leads_there_and_nobody_else(setting: Setting) -> None:
    office = setting.office
    browsers = [
        (role, office.enter(role, name, remote))
        for role, name, remote in (
            (Role.EDITOR, "Priya Nair", "192.0.2.60"),
            (Role.APPROVER, "Marcus Webb", "192.0.2.61"),
            (Role.ADMIN, "Ada Bell", "192.0.2.62"),
        )
    ]
    wrong = []
    for name, (needed, acts) in MATRIX.items():
        for role, browser in browsers:
            before = setting.text
            done = settings.change(office.app, By(name="Hannah Cole"), settings.seen(office.app), acts).changed
            assert done.before != done.after, name
            told = _put_back(browser, done.before, done.after)
            if (told == 303) != role.may(needed) or (told == 303) != (setting.text == before):
                wrong.append((name, role, told))
            setting.file.write_text(before)
            settings.seen(office.app)
    assert wrong == []


def _put_back(browser: Browser, before: str, after: str) -> int:
    return browser.send("/", "/settings/put-back", before=before, after=after).status_code


def test_no_pair_of_versions_leads_an_editor_around_it(setting: Setting) -> None:
    """Both versions are of the one who asks; what counts is what would be another."""
    office, editor = setting.office, setting.office.enter(Role.EDITOR)
    before = settings.seen(office.app)
    removed = settings.change(office.app, By(name="Ada"), before, [Remove(at=(*SOURCES, "notes"))]).changed
    named = [Put(at=(*THEMES, "maths"), values={"name": "Sums"})]
    later = settings.change(office.app, By(name="Priya"), removed.after, named).changed
    # with something of an editor's beside it, or the other way round
    assert _put_back(editor, removed.before, later.after) == 403
    assert _put_back(editor, removed.after, removed.before) == 404, "to take it out is an editor's, and is done"
    assert _put_back(editor, "0" * 64, later.after) == 409
    assert [one.id for one in setting.newsletter.sources] == ["ours", "theirs"]


def test_who_may_not_take_a_change_back_is_shown_no_button_for_it(setting: Setting) -> None:
    editor = setting.office.enter(Role.EDITOR)
    for source_id, has_button in (("notes", False), ("theirs", True)):
        path = f"/sources/news/{source_id}/remove"
        page = editor.get(path).text
        fields = dict(re.findall(r'name="(csrf|seen)" value="([^"]+)"', page))
        answer = editor.post(path, **fields)
        assert answer.status_code == 303
        assert ("/settings/put-back" in editor.get(answer.headers["location"]).text) == has_button


def test_what_editors_change_of_a_source_is_what_its_page_has(setting: Setting) -> None:
    for one in setting.newsletter.sources:
        on_the_page = {name.partition(".")[0] for name in source._kinds(one)}
        assert rights._fields(one.kind) == on_the_page
