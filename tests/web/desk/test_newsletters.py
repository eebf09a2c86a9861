"""A whole newsletter is added from the desk, and removed; what it sent stays, and its readers may still leave."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.app import rights
from digest.app.returning import work_of
from digest.domain.model import EditionState, SubscriptionState
from digest.jobs import edition as editions
from digest.stages import track
from digest.web.public.site import site
from tests.conftest import Clock
from tests.jobs.conftest import Wire
from tests.web.desk.setting import Setting, faults, words

NEW = "/settings/newsletters/-/new"
NEWS, WEEKLY = "/settings/newsletters/news", "/settings/newsletters/early-years-weekly"


@pytest.fixture
def setting(tmp_path: Path, clock: Clock) -> Iterator[Setting]:
    made = Setting(tmp_path, clock)
    yield made
    made.office.app.store.close()


def _added(setting: Setting, **typed: str) -> str:
    return setting.said(setting.send(NEW, NEW, **{"name": "Early Years Weekly", **typed}))


def _removed(setting: Setting, path: str = NEWS, named: str = "Fernhill news") -> str:
    return setting.said(setting.send(f"{path}/remove", f"{path}/remove", named=named))


def _sent(setting: Setting) -> str:
    """Return the id of an edition that everybody has."""
    bench = setting.office.bench
    setting.office.app.reload(lambda _: None)
    edition = bench.approved()
    setting.office.app.send(edition, Wire(), "Ada")
    return edition


def test_a_newsletter_is_added_with_the_sources_and_themes_of_another_and_a_list_of_its_own(setting: Setting) -> None:
    before = setting.text
    assert _added(setting, sender__name="Fernhill Nursery") == "Added Early Years Weekly. Nobody is on its list yet."
    old, new = setting.workspace.newsletters
    assert (new.id, new.name) == ("early-years-weekly", "Early Years Weekly")
    assert new.sender.name == "Fernhill Nursery"
    assert new.sender.address == old.sender.address
    assert (new.sources, new.themes, new.schedule) == (old.sources, old.themes, old.schedule)
    assert [one.rule for one in new.segments] == [{}], "everybody on its list gets it"
    assert new.subscribers != old.subscribers, "who agreed to one has not agreed to the other"
    assert (setting.file.parent / new.subscribers).read_text().startswith("email,")
    assert before.split("[desk]")[0] in setting.text, "what was there stays to the byte"
    app = setting.office.app
    assert app.import_people(app.newsletter(new.id)).new == 0
    setting.put_back()
    assert setting.text == before


def test_every_place_of_the_desk_is_open_where_there_are_two_newsletters(setting: Setting) -> None:
    _added(setting)
    paths = ["/", "/editions", "/sources", "/themes", "/segments", "/segments/new", "/settings/newsletters"]
    paths += [f"/subscribers{end}" for end in ("", "/new", "/import", "/growth")]
    for path in paths:
        setting.page(path)


def test_a_newsletter_that_takes_nothing_over_begins_with_a_table_of_its_own(setting: Setting) -> None:
    assert "Added" in _added(setting, like="")
    new = setting.workspace.newsletters[1]
    assert new.themes == ()
    assert [(one.kind, one.address) for one in new.sources] == [("file", "insights-early-years-weekly.csv")]
    app = setting.office.app
    [asked] = app.collect(app.newsletter(new.id))
    assert not asked.findings, asked


def test_everything_wrong_with_a_new_newsletter_is_told_beside_its_field_and_nothing_is_left(setting: Setting) -> None:
    before, files = setting.text, sorted(setting.file.parent.iterdir())
    answer = setting.send(NEW, NEW, name="", sender__address="x@y@z", schedule__at="25:00", schedule__timezone="Mars")
    assert answer.status_code == 422
    assert faults(answer).keys() == {"name", "sender.address", "schedule.at", "schedule.timezone"}
    assert 'value="x@y@z"' in answer.text
    again = setting.send(NEW, NEW, name="fernhill NEWS")
    assert "Another newsletter has this name" in faults(again)["name"]
    gone = setting.send(NEW, NEW, name="Other", like="nobody")
    assert "not there any more" in faults(gone)["like"]
    assert setting.text == before
    assert sorted(setting.file.parent.iterdir()) == files


def test_a_new_newsletter_never_takes_the_name_or_the_people_of_one_that_is_gone(setting: Setting) -> None:
    _added(setting)
    app = setting.office.app
    (setting.file.parent / "subscribers-early-years-weekly.csv").write_text(
        "email,consent_source,consent_at\neve@example.org,form,2026-01-01\n"
    )
    app.import_people(app.newsletter("early-years-weekly"))
    _removed(setting, WEEKLY, "early years weekly")
    _added(setting)
    assert setting.workspace.newsletters[1].id == "early-years-weekly-2"
    assert "eve@example.org" in (setting.file.parent / "subscribers-early-years-weekly.csv").read_text()


def test_what_removing_means_is_said_with_numbers_and_its_name_is_typed_first(setting: Setting) -> None:
    _sent(setting)
    _added(setting)
    before = setting.text
    page = setting.page(f"{NEWS}/remove")
    assert "3 people get it now, and 3 of them get no other newsletter" in page
    setting.office.app.reload(lambda _: None)
    (setting.file.parent / "subscribers-early-years-weekly.csv").write_text(
        "email,consent_source,consent_at\nada@example.org,form,2026-01-01\n"
    )
    app = setting.office.app
    app.import_people(app.newsletter("early-years-weekly"))
    page = setting.page(f"{NEWS}/remove")
    assert "3 people get it now, and 2 of them get no other newsletter" in page
    assert "1 edition that was sent with its report," in page
    wrong = setting.send(f"{NEWS}/remove", f"{NEWS}/remove", named="Fernhill")
    assert wrong.status_code == 422
    assert faults(wrong) == {"named": "This is another name. Type the one above."}
    assert faults(setting.send(f"{NEWS}/remove", f"{NEWS}/remove")) == {"named": "Type the name above."}
    assert setting.text == before


def test_the_only_newsletter_stays(setting: Setting) -> None:
    assert "only newsletter. Add another one first" in setting.page(f"{NEWS}/remove")
    fields = {"csrf": setting.fields(NEWS)["csrf"], "seen": setting.fields(NEWS)["seen"]}
    answer = setting.browser.post(f"{NEWS}/remove", named="Fernhill news", **fields)
    assert answer.status_code == 409
    assert len(setting.workspace.newsletters) == 1


def test_what_is_approved_or_being_sent_keeps_its_newsletter_and_a_draft_goes_with_it(setting: Setting) -> None:
    _added(setting)
    app, bench = setting.office.app, setting.office.bench
    edition = bench.approved()
    assert "No. 1 is approved, and would be left half-way" in setting.page(f"{NEWS}/remove")
    fields = setting.fields(NEWS)
    answer = setting.browser.post(f"{NEWS}/remove", named="Fernhill news", csrf=fields["csrf"], seen=fields["seen"])
    assert answer.status_code == 409
    assert len(setting.workspace.newsletters) == 2
    editions.take_back(app.store, app.clock, editions.find(app.store, edition), "Ada", "")
    assert "1 draft is thrown away" in setting.page(f"{NEWS}/remove")
    assert _removed(setting) == "Fernhill news is removed. 1 draft went with it."
    assert [one.id for one in setting.workspace.newsletters] == ["early-years-weekly"]
    assert editions.find(app.store, edition).state == EditionState.DISCARDED
    assert "took out of newsletters" in " ".join(setting.office.trail())


def test_what_a_removed_newsletter_sent_is_read_by_staff_as_before(setting: Setting) -> None:
    edition = _sent(setting)
    _added(setting)
    _removed(setting)
    for path in ("/", "/editions", "/find?q=nursery", f"/editions/{edition}/report", f"/editions/{edition}/history"):
        setting.page(path)
    for path in ("wall", "review", "sending", "people/sent", "rehearsal", "news"):
        setting.page(f"/editions/{edition}/{path}")
    assert "No. 1" in setting.page(f"/editions/{edition}/report")
    with setting.office.app.store.reading() as session:
        [ada] = session.search.people(["ada"], 5)
    assert "No. 1" in setting.page(f"/subscribers/{ada.id}"), "what she was mailed is told"
    assert "Fernhill news" in setting.page("/find?q=1"), "its editions are found by their number"


def test_readers_of_a_removed_newsletter_read_its_archive_and_may_still_leave(setting: Setting) -> None:
    edition = _sent(setting)
    _added(setting)
    _removed(setting)
    app = setting.office.app
    with app.store.reading() as session:
        [ada] = session.search.people(["ada"], 5)
    link = {one: track.token(app.secret, one, "news", ada.id) for one in ("unsubscribe", "preferences", "keep")}
    with site(app, lambda: None) as web:
        reader = TestClient(web, base_url="https://digest.example.org", client=("192.0.2.9", 50_000))
        assert "Nursery play" in reader.get(f"/e/{edition}").text
        archive = reader.get("/archive/news")
        assert "Fernhill news has ended" in words(archive)
        assert "/subscribe/news" not in archive.text
        assert "Fernhill news" in words(reader.get("/archive"))
        assert reader.get("/archive/news.atom").status_code == 200
        assert reader.get("/subscribe/news").status_code == 404
        for path in (f"/p/{link['preferences']}", f"/k/{link['keep']}"):
            assert "has ended" in words(reader.get(path))
            assert "has ended" in words(reader.post(path))
        assert reader.post(f"/u/{link['unsubscribe']}").status_code == 200
        assert reader.post(f"/u/{link['unsubscribe']}x").status_code == 404
    with app.store.reading() as session:
        known = session.readers.known(ada.id)
    assert known is not None
    assert known[1][0].state == SubscriptionState.UNSUBSCRIBED
    assert "news" in [one.id for one in work_of(app).newsletters], "mail that comes back counts as before"
    assert rights.erase(app, "bo@example.org"), "where their row still stands is told as before"


def test_a_removed_newsletter_of_which_nothing_was_sent_is_no_part_of_the_archive(setting: Setting) -> None:
    bench = setting.office.bench
    _added(setting)
    bench.insights("Nursery play")
    setting.office.app.import_people(bench.newsletter)
    assert setting.office.app.draft(bench.newsletter).edition is not None
    assert "1 draft is thrown away" in setting.page(f"{NEWS}/remove")
    assert "Nothing of it was ever sent" in setting.page(f"{NEWS}/remove")
    _removed(setting)
    with site(setting.office.app, lambda: None) as web:
        reader = TestClient(web, base_url="https://digest.example.org", client=("192.0.2.9", 50_000))
        archive = words(reader.get("/archive"))
    assert "Early Years Weekly" in archive
    assert "Fernhill news" not in archive


def test_a_removed_newsletter_that_is_put_back_is_as_it_was(setting: Setting) -> None:
    _sent(setting)
    _added(setting)
    before = setting.text
    _removed(setting)
    setting.put_back()
    assert setting.text == before
    again = setting.put_back()
    assert again.status_code == 409
    assert "“news” is there already." in words(again)
    assert setting.text == before
    assert setting.office.app.newsletter("news").name == "Fernhill news"
    assert "3 people get it now" in setting.page(f"{NEWS}/remove")


def test_a_newsletter_that_was_added_is_taken_back_only_as_one_is_removed(setting: Setting) -> None:
    before = setting.text
    assert "Added" in _added(setting)
    taken_back = _taking_back(setting)
    app, bench = setting.office.app, setting.office.bench
    bench.insights("Nursery play")
    people = "email,consent_source,consent_at\neve@example.org,form,2026-01-01\n"
    (setting.file.parent / "subscribers-early-years-weekly.csv").write_text(people)
    app.import_people(app.newsletter("early-years-weekly"))
    drafted = app.draft(app.newsletter("early-years-weekly")).edition
    assert drafted is not None
    app.approve(drafted.id, "Ada")
    answer = setting.browser.send("/", "/settings/put-back", **taken_back)
    assert answer.status_code == 409
    assert "is approved, and would be left half-way" in words(answer)
    assert len(setting.workspace.newsletters) == 2
    editions.take_back(app.store, app.clock, editions.find(app.store, drafted.id), "Ada", "")
    assert setting.browser.send("/", "/settings/put-back", **taken_back).status_code == 303
    assert setting.text == before
    assert editions.find(app.store, drafted.id).state == EditionState.DISCARDED


def test_the_only_newsletter_is_not_taken_back(setting: Setting) -> None:
    _added(setting)
    taken_back = _taking_back(setting)
    _removed(setting)
    answer = setting.browser.send("/", "/settings/put-back", **taken_back)
    assert answer.status_code == 409, words(answer)
    assert [one.id for one in setting.workspace.newsletters] == ["early-years-weekly"]


def _taking_back(setting: Setting) -> dict[str, str]:
    """Return what the button of the toast that was said last would send, for whoever presses it later."""
    found = re.findall(r'name="(before|after|back)" value="([^"]+)"', setting.last)
    return dict(found)
