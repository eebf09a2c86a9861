"""Older settings: what was changed, by whom, what it said, for whoever may see it, and put back."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from digest.app import changes, settings
from digest.config.change import Act, Add, Put, Remove
from digest.domain.model import Role
from digest.jobs.staffing import By
from tests.conftest import Clock
from tests.web.desk.conftest import Browser
from tests.web.desk.setting import Setting, words
from tests.web.desk.test_putting_back import WEEKLY

PATH = "/settings/versions"
NEWS = ("newsletters", "news")
BLOCKS = (*NEWS, "blocks")
SOURCE = [Put(at=(*NEWS, "sources", "ours"), values={"name": "Our <news>"})]
SERVER = [Put(at=("server",), values={"url": "smtp://mail.secret.example.org:587"})]
RULE = [Add(to=(*NEWS, "rules"), values={"theme": "maths", "words": ["bus"]})]


@pytest.fixture
def setting(tmp_path: Path, clock: Clock) -> Iterator[Setting]:
    made = Setting(tmp_path, clock)
    settings.seen(made.office.app)
    yield made
    made.office.app.store.close()


def _change(setting: Setting, who: str, acts: Sequence[Act]) -> settings.Done:
    setting.office.clock.forward(minutes=1)
    return settings.change(setting.office.app, By(name=who), settings.seen(setting.office.app), acts)


def _page(browser: Browser, path: str = PATH) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, words(answer)
    return " ".join(html.unescape(words(answer)).split())


def test_every_change_is_listed_with_who_and_when_and_shows_what_it_said_before(setting: Setting) -> None:
    _change(setting, "Priya Nair", SOURCE)
    done = _change(setting, "Marcus Webb", SERVER).changed
    page = _page(setting.browser)
    assert page.index("Set mail server Marcus Webb, Mon 23 Nov, 09:02") < page.index(
        "Changed source “ours”, name Priya"
    )
    shown = _page(setting.browser, f"{PATH}/{done.before}/{done.after}")
    assert "Mail server, url Nothing smtp://" in shown
    assert "All settings as they were before" in shown
    assert 'organisation = "Fernhill"' in shown
    assert "Our &lt;news&gt;" in setting.browser.get(f"{PATH}/{done.before}/{done.after}").text
    assert _page(setting.browser, "/settings").count("Older settings") == 1


#: what the set-up pages change -> its line on the list, and what its page says
SAID: list[tuple[Sequence[Act], str, Sequence[str]]] = [
    (
        [Add(to=("newsletters",), values=WEEKLY)],
        "Added newsletter “weekly”",
        ["Newsletter “weekly”, name Nothing Early Years Weekly", "sender, address Nothing news@fernhill",
         "Newsletter “weekly”, source “weekly-notes”, kind Nothing page"],
    ),
    ([Remove(at=("newsletters", "weekly"))], "Took out newsletter “weekly”", ["name Early Years Weekly Nothing"]),
    ([Put(at=NEWS, values={"waves.canary_from": 100})], "Set how it leaves", ["leaves, canary from Nothing 100"]),
    ([Put(at=NEWS, values={"tracking.clicks": True})], "Set what links tell", ["What links tell, clicks Nothing yes"]),
    ([Add(to=BLOCKS, values={"kind": "text", "text": "Our spring fair"})], "Added block 1", ["kind Nothing text"]),
    ([Put(at=(*BLOCKS, 0), values={"text": "Our fair"})], "Changed block 1", ["text Our spring fair Our fair"]),
    ([Put(at=("retention",), values={"left_months": 24})], "Set how long things are kept", ["left months Nothing 24"]),
    ([Put(values={"base_url": "https://x.org"})], "Changed address of the public pages", ["example.org https://x.org"]),
    ([Add(to=("domains",), values={"domain": "gmail.com", "connections": 2})], "Added provider 1",
     ["Provider 1, domain Nothing gmail.com"]),
    ([Put(at=("domains", 0), values={"connections": 4})], "Changed provider 1", ["Provider 1, connections 2 4"]),
    ([Remove(at=("domains", 0))], "Took out provider 1", ["Provider 1, domain gmail.com Nothing"]),
]  # fmt: skip


def test_what_the_set_up_pages_change_is_told_as_they_call_it_one_line_a_setting(setting: Setting) -> None:
    editor = setting.office.enter(Role.EDITOR)
    for acts, listed, lines in SAID:
        done = _change(setting, "Ada Bell", acts).changed
        path = f"{PATH}/{done.before}/{done.after}"
        assert f"{listed} Ada Bell" in _page(setting.browser)
        page = _page(setting.browser, path)
        assert [one for one in lines if one not in page] == [], page
        assert editor.get(path).status_code == 403
    assert "Ada Bell" not in _page(editor), "all of it is shown to admins alone"


def test_a_change_is_put_back_alone_or_all_that_came_after_it_as_well(setting: Setting) -> None:
    before = setting.text
    first, _ = _change(setting, "Priya Nair", SOURCE), _change(setting, "Marcus Webb", RULE)
    path = f"{PATH}/{first.changed.before}/{first.changed.after}"
    page = setting.browser.get(path).text
    assert "Everything that was changed since goes back as well: 2 settings." in page
    alone = {"before": first.changed.before, "after": first.changed.after, "back": PATH}
    assert setting.browser.send(path, "/settings/put-back", **alone).status_code == 303
    assert setting.newsletter.sources[0].name == "Fernhill"
    assert setting.newsletter.rules
    assert "Hannah Cole" in _page(setting.browser), "to put back is a change as well"
    whole = alone | {"after": settings.seen(setting.office.app)}
    assert setting.browser.send(path, "/settings/put-back", **whole).status_code == 303
    assert setting.text == before
    assert "goes back as well" not in setting.browser.get(path).text, "it is so already"


def test_who_edits_sees_what_editors_change_and_nothing_of_servers(setting: Setting) -> None:
    editor = setting.office.enter(Role.EDITOR)
    source, server = _change(setting, "Priya Nair", SOURCE).changed, _change(setting, "Ada Bell", SERVER).changed
    page = _page(editor)
    assert "Changed source “ours”, name" in page
    assert "Changes of other settings are shown to admins." in page
    assert "server" not in page.replace("Mail servers", "")
    shown = _page(editor, f"{PATH}/{source.before}/{source.after}")
    assert "Our <news>" in shown
    assert "organisation" not in shown, "a whole version shows servers"
    for before, after in ((server.before, server.after), (source.before, server.after)):
        assert editor.get(f"{PATH}/{before}/{after}").status_code == 403


def test_what_somebody_wrote_in_the_file_stands_between_the_changes_of_the_desk(setting: Setting) -> None:
    _change(setting, "Priya Nair", SOURCE)
    setting.by_hand('at = "08:00"', 'at = "07:00"')
    _change(setting, "Marcus Webb", RULE)
    setting.by_hand('at = "07:00"', 'at = "06:30"')
    page = _page(setting.browser)
    every = ["Changed schedule, at Somebody, in digest.toml itself", "Added rule 1 Marcus Webb",
             "Changed schedule, at Somebody, in digest.toml itself", "Changed source “ours”, name"]  # fmt: skip
    at = -1
    for one in every:
        assert one in page[at + 1 :], (one, page)
        at = page.index(one, at + 1)


def test_pages_are_turned_and_none_of_them_repeats_or_leaves_out_a_change(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PAGE", 2)
    for number in range(5):
        _change(setting, f"No {number}", [Put(at=(*NEWS, "themes", "maths"), values={"weight": 2.0 + number})])
    told = [[one.who for one in changes.page(setting.office.app, page).changes] for page in (1, 2, 3)]
    assert told == [["No 4", "No 3"], ["No 2", "No 1"], ["No 0"]]
    assert 'rel="next"' in setting.browser.get(PATH).text
    assert 'rel="next"' not in setting.browser.get(f"{PATH}?page=3").text


def test_what_is_not_kept_any_more_is_said_and_has_no_button(setting: Setting) -> None:
    done = _change(setting, "Priya Nair", SOURCE).changed
    (setting.office.bench.folder / ".digest" / "settings" / f"{done.before}.toml").unlink()
    answer = setting.browser.get(PATH)
    assert "What it said before is not kept any more" in words(answer)
    assert 'action="/settings/put-back"' not in answer.text
    assert setting.browser.get(f"{PATH}/{done.before}/{done.after}").status_code == 409


@pytest.mark.parametrize("path", ["x/y", f"{'0' * 64}/{'1' * 64}", "..%2f..%2fdigest/x", "%00/x"])
def test_no_path_leads_to_another_file(setting: Setting, path: str) -> None:
    assert setting.browser.get(f"{PATH}/{path}").status_code in (404, 409)


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "2"])
def test_a_page_that_there_is_not_is_empty_or_the_first(setting: Setting, page: str) -> None:
    assert setting.browser.get(f"{PATH}?page={page}").status_code == 200
