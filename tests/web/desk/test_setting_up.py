"""The set-up: a new workspace is led to its first edition, a step at a time, without a script."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from digest.app import access as accounts
from digest.app import passwords, setting_up, sourcing
from digest.app.setting_up import Step
from digest.domain.errors import FetchError
from digest.domain.model import Role
from digest.jobs import edition as editions
from digest.net.records import Records
from digest.web.desk.settings import trying
from digest.web.desk.settings.setting_up.steps import listed, summary
from tests.conftest import Clock, Sink, Site
from tests.jobs.conftest import Wire
from tests.sources.conftest import TITLES, listing
from tests.web.desk.conftest import ACCOUNT, Office
from tests.web.desk.new import BEGIN, BRAND, CONSENT, New
from tests.web.desk.setting import faults, filled, words
from tests.web.desk.test_importing import press

ALL = {step.value for step in Step}
SPF, DMARC = ("v=spf1 include:mail.example.net -all",), ("v=DMARC1; p=none",)


@pytest.fixture
def new(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[New]:
    real = sourcing.discovered
    # the desk asks no server of this machine, whatever is pasted; here it may
    monkeypatch.setattr(sourcing, "discovered", lambda app, wanted: real(app, replace(wanted, allow_private=True)))
    monkeypatch.setattr(trying, "PATIENCE", 20.0)
    made = New(tmp_path / "work", clock)
    yield made
    made.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Sequence[str]]:
    """A made-up DNS; “silent” does not answer."""
    records: dict[str, Sequence[str]] = {}

    def texts(self: Records, name: str) -> Sequence[str]:
        if records.get(name) == ("silent",):
            raise FetchError(f"The DNS did not answer for {name}.", "Try again in a minute.")
        return records.get(name, ())

    monkeypatch.setattr(Records, "texts", texts)
    return records


def looked(new: New, address: str) -> str:
    """Paste an address at the step of the source; return the path of what it gives."""
    answer = new.send("source", f"{BEGIN}/source/look", address=address)
    assert answer.status_code == 303, words(answer)
    return answer.headers["location"].removeprefix(f"{BEGIN}/")


def add_source(new: New, site: Site) -> str:
    """Make a page of this machine the first source; return where that leads."""
    path = looked(new, site.page("/news", listing(*TITLES)))
    ticked = {"news": "0", "name": "Fernhill"}
    return new.send(path, f"{BEGIN}/source", **ticked).headers["location"]


def test_a_new_user_is_led_from_the_first_link_to_a_draft_without_a_script(
    tmp_path: Path, clock: Clock, new: New, site: Site, sink: Sink, names: dict[str, Sequence[str]]
) -> None:
    names["fernhill.example.org"], names["_dmarc.fernhill.example.org"] = SPF, DMARC
    assert new.done == set()
    assert "Set up Digest: 0 of 7 done" in words(new.browser.get("/"))
    assert new.set_brand().headers["location"] == f"{BEGIN}/sender"
    tested = new.set_sender(sink.port, act="test", to="hannah@fernhill.example.org")
    page = words(new.browser.get(tested.headers["location"].partition("#")[0]))
    assert "The server took it: “250" in page
    assert [one["to"] for one in sink.log()] == ["hannah@fernhill.example.org"]
    assert new.send("sender").headers["location"] == f"{BEGIN}/dns"
    assert {"brand", "sender"} == new.done
    page = words(new.browser.get(new.send("dns", act="look").headers["location"]))
    assert "v=spf1 include:mail.example.net -all" in page
    assert add_source(new, site) == f"{BEGIN}/people"
    file = {"file": ("list.csv", "email,first_name\nzoe@example.org,Zoe\n", "text/csv")}
    form = {"csrf": re.findall(r'name="csrf" value="([^"]+)"', new.browser.get(f"{BEGIN}/people").text)[0]}
    sent = new.browser.client.post(
        "/subscribers/import", data={**form, "kind": "people"}, files=file, headers={"Origin": new.browser.base}
    )
    path = sent.headers["location"]
    assert press(new.browser, path, "take-in", CONSENT).status_code == 303
    assert "Go on with the set-up" in words(new.browser.get(path))
    assert new.send("schedule", schedule__at="09:30").headers["location"] == f"{BEGIN}/draft"
    assert new.done == ALL - {"draft"}
    assert "Set up Digest: 6 of 7 done" in words(new.browser.get("/"))
    made = new.browser.get(new.send("draft").headers["location"])
    edition = editions.find(new.app.store, made.headers["location"].removeprefix("/editions/"))
    assert edition.slot == new.app.next_slot(new.newsletter)
    with new.app.store.reading() as session:
        told = [one.shown.title for one in session.editions.placements(edition.id)]
        assert session.editions.audience(edition.id) == (len(told), 1)
    assert told, "what stayed ticked is in it"
    assert set(told) <= set(TITLES), "and the example is not"
    assert new.done == ALL
    assert "Set up Digest:" not in words(new.browser.get("/"))
    assert "All done" in words(new.browser.get(BEGIN))


def test_the_first_account_of_a_new_workspace_is_led_to_the_set_up_and_of_any_other_home(
    new: New, office: Office
) -> None:
    with new.app.store.writing() as session:
        for one in session.access.everybody():
            session.access.remove(one.id)
    path = accounts.first_link(new.app).removeprefix(accounts.address_of(new.app.loaded.workspace.desk))
    assert new.another().send(path, path, **ACCOUNT).headers["location"] == BEGIN
    path = office.first_link()
    assert office.browser().send(path, path, **ACCOUNT).headers["location"] == "/"


def test_steps_are_done_in_any_order_by_several_admins_and_what_was_saved_stays(new: New) -> None:
    new.send("schedule")
    assert new.done == {"schedule"}, "the example’s time may be what somebody wants"
    marcus = new.enter("Marcus Webb", Role.ADMIN)
    new.clock.forward(hours=2)
    typed = {"address": "zoe@example.org", "consent": CONSENT}
    assert marcus.send(f"{BEGIN}/people", f"{BEGIN}/people", **typed).headers["location"] == f"{BEGIN}/draft"
    assert new.done == {"schedule", "people"}
    new.set_brand()
    assert new.done == {"schedule", "people", "brand"}
    assert 'value="Fernhill Trust"' in new.browser.get(f"{BEGIN}/brand").text


def test_what_digest_init_wrote_is_not_shown_as_ones_own_and_counts_as_not_done(new: New) -> None:
    for step in ("brand", "sender"):
        page = new.browser.get(f"{BEGIN}/{step}").text
        assert "Your organisation (charity" not in page
        assert 'value="news@example.org"' not in page
        assert 'value="mail.example.org"' not in page
    new.set_brand()
    new.browser.get(f"{BEGIN}/brand")
    assert Step.BRAND in setting_up.standing(new.app).done
    file = new.folder / "digest.toml"
    file.write_text(file.read_text().replace(BRAND["postal_address"], "1 High Street, Anytown AN1 1AA"))
    assert "brand" not in new.done, "the file is the truth"


def test_a_change_is_noted_and_put_back_as_on_any_set_up_page(new: New) -> None:
    before = new.text
    page = new.browser.get(new.set_brand().headers["location"]).text
    assert "Saved who you are." in page
    [form] = re.findall(r'<form method="post" action="/settings/put-back">(.*?)</form>', page, re.DOTALL)
    new.browser.post("/settings/put-back", **dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)))
    assert new.text == before
    assert "brand postal_address and 3 more" in words(new.browser.get("/settings/history"))


#: step, what is typed into it, and the fields beside which something is wrong
WRONG: tuple[tuple[str, dict[str, str], set[str]], ...] = (
    ("brand", {}, {"organisation", "legal_name", "postal_address"}),
    ("brand", {**BRAND, "name": "", "accent": "blue"}, {"name", "accent"}),
    ("brand", {**BRAND, "website": "javascript:alert(1)"}, {"website"}),
    ("brand", {**BRAND, "logo": "http://127.0.0.1/logo.png"}, {"logo"}),
    ("sender", {}, {"sender.name", "sender.address", "sender.unsubscribe_mailto", "host"}),
    (
        "sender",
        {"sender__name": "F", "sender__address": "no address", "host": "a b"},
        {"sender.address", "sender.unsubscribe_mailto", "host"},
    ),
    ("schedule", {"schedule__at": "25:00"}, {"schedule.at"}),
    ("schedule", {"schedule__days": ""}, {"schedule.days"}),
    ("schedule", {"schedule__timezone": "Europe/Nowhere"}, {"schedule.timezone"}),
    ("people", {"address": "zoe@@example.org", "consent": CONSENT}, {"address"}),
    ("people", {"address": "zoe@example.org", "consent": "yes"}, {"consent"}),
    ("people", {"address": "", "consent": ""}, {"address", "consent"}),
)


def test_what_is_wrong_stands_beside_its_field_with_what_was_typed_and_nothing_is_saved(new: New) -> None:
    before = new.text
    for step, typed, wrong in WRONG:
        answer = new.send(step, **typed)
        assert answer.status_code == 422, (step, typed, words(answer))
        assert faults(answer).keys() == wrong, (step, typed)
        assert all(html.escape(text, quote=False) in answer.text for text in typed.values()), (step, typed)
        assert new.text == before
    assert new.done == set()


def test_a_colour_and_a_date_are_shown_before_anything_is_saved(new: New) -> None:
    before = new.text
    assert "too faint: 4.5 is needed" in words(new.send("brand", accent="#ffcc00", act="look"))
    assert "Tue 24 Nov, 10:15" in words(new.send("schedule", schedule__at="10:15", act="dates"))
    assert new.text == before


def test_a_test_mail_that_fails_is_told_in_plain_words_and_what_was_typed_is_saved(new: New, sink: Sink) -> None:
    sink.close()
    answer = new.set_sender(sink.port, act="test", to="hannah@example.org", password="long secret")
    page = new.browser.get(answer.headers["location"].partition("#")[0])
    assert f"127.0.0.1 is there, but no mail server answers at port {sink.port}. Mostly it is port 587" in words(page)
    assert "Traceback" not in page.text
    assert "long secret" not in page.text
    assert "long secret" not in new.text
    assert new.newsletter.sender.address == "news@fernhill.example.org"
    assert passwords.kept(new.folder, "", new.app.loaded.workspace.server) == "long secret"
    answer = new.send("sender", act="test", to="hannah@example.org\r\nBcc: all@example.org")
    assert faults(answer).keys() == {"to"}


def test_the_dns_step_is_done_when_all_is_well_or_somebody_leaves_it_so(
    new: New, names: dict[str, Sequence[str]]
) -> None:
    new.set_sender()
    names["fernhill.example.org"] = ("silent",)
    page = words(new.browser.get(new.send("dns", act="look").headers["location"]))
    assert "The DNS did not answer for fernhill.example.org." in page
    assert "(DMARC)" in page
    assert "dns" not in new.done
    assert new.send("dns", act="leave").headers["location"] == f"{BEGIN}/source"
    assert "dns" in new.done
    new.send("sender", sender__address="news@other.example.org")
    assert "dns" not in new.done, "it was about another domain"


def test_an_address_without_news_leads_nowhere_and_the_example_stays(new: New, site: Site) -> None:
    before = new.text
    assert faults(new.send("source", f"{BEGIN}/source/look", address="")).keys() == {"address"}
    page = new.page(looked(new, site.page("/about", "<p>About us.</p>")))
    assert "No list of articles was found there." in page
    path = looked(new, site.page("/news", listing(*TITLES)))
    assert all(title in new.page(path) for title in TITLES)
    sent = {name: text for name, text in filled(new.browser.get(f"{BEGIN}/{path}").text).items() if name != "news"}
    answer = new.browser.post(f"{BEGIN}/source", **{**sent, "name": "Kept name"})
    assert answer.status_code == 422
    assert "Tick at least one headline" in words(answer)
    assert 'value="Kept name"' in answer.text
    assert new.text == before
    gone = new.send(path, f"{BEGIN}/source", **{"try": "0" * 16, "news": "0"})
    assert gone.status_code == 404


def test_the_first_source_takes_the_examples_place_and_notes_of_ones_own_stay(new: New, site: Site) -> None:
    (new.folder / "insights.txt").write_text("Ours\nOur own words.\n\nA title\nA paragraph of ours.\n")
    assert "source" in new.done, "somebody has written into the example’s file"
    add_source(new, site)
    assert [one.id for one in new.newsletter.sources] == ["our-notes", "fernhill"]


def test_too_little_news_is_told_with_the_day_on_which_it_is_tried_again(new: New, site: Site) -> None:
    page = words(new.browser.get(new.send("draft").headers["location"]))
    assert "There is no news of yours yet: the only source is the example." in page
    add_source(new, site)
    new.send("schedule", schedule__days="friday")
    file = new.folder / "digest.toml"
    file.write_text(new.text.replace('id = "insights"', 'id = "insights"\nminimum_stories = 9'))
    page = words(new.browser.get(new.send("draft").headers["location"]))
    assert "Too little news yet:" in page
    assert "9 stories needed." in page
    assert "It is tried by itself on Thu 26 Nov, 06:00, for the edition of Fri 27 Nov, 08:00." in page
    assert "draft" not in new.done


def test_it_is_put_away_and_taken_up_again_and_is_nobodys_but_an_admins(new: New) -> None:
    put = new.browser.send("/", f"{BEGIN}/put-away")
    assert put.headers["location"] == "/"
    home = words(new.browser.get("/"))
    assert "Put away. You find it again under Settings, Set up Digest." in home
    assert "Set up Digest:" not in home
    assert "Set up Digest" in words(new.browser.get("/settings"))
    assert "Home does not remind anybody of it." in words(new.browser.get(BEGIN))
    new.browser.send(BEGIN, f"{BEGIN}/take-up")
    assert "Set up Digest: 0 of 7 done" in words(new.browser.get("/"))
    editor = new.enter("Marcus Webb", Role.EDITOR)
    assert "Set up Digest" not in words(editor.get("/"))
    assert editor.get(BEGIN).status_code == 403


def test_what_is_kept_of_it_may_be_torn_and_then_nothing_is_known(new: New) -> None:
    new.send("schedule")
    for torn in ("", "[]", "{"):
        (new.folder / ".digest" / "setting-up.json").write_text(torn)
        assert new.done == set()
    new.send("schedule")
    assert json.loads((new.folder / ".digest" / "setting-up.json").read_text()) == {"schedule": "confirmed"}


def test_a_workspace_that_has_sent_is_not_reminded(office: Office) -> None:
    browser = office.inside()
    assert "Set up Digest:" in words(browser.get("/")), "nothing has gone out yet"
    office.app.send(office.bench.approved("Nursery play"), Wire(), "Ada")
    assert "Set up Digest:" not in words(browser.get("/"))


def test_every_step_has_a_name_a_purpose_and_a_place(new: New) -> None:
    standing = setting_up.standing(new.app)
    assert [one.step for one in listed(standing)] == list(Step)
    assert summary(standing) == "0 of 7 done"
    assert standing.after() == Step.BRAND
    assert standing.after(Step.DRAFT) == Step.BRAND
