"""The pages of people: who there is, one of them, what staff do at their wish, and the list as a file."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from digest.domain.model import Matter, Subscriber, Subscription, SubscriptionState, SuppressionReason
from digest.jobs import people
from tests.jobs.conftest import HEADER, PEOPLE
from tests.web.desk.conftest import Browser, Office, token

CONSENT = "phone call, 14 October 2026, Yes, send it"


@pytest.fixture
def browser(office: Office) -> Browser:
    office.app.import_people(office.bench.newsletter)
    return office.inside()


def listed(page: str) -> list[str]:
    return re.findall(r'<a href="/subscribers/[\w-]+">([^<]+@[^<]+)</a>', page)


def path_of(browser: Browser, words: str) -> str:
    found = re.search(r'href="(/subscribers/[0-9a-f]{16})"', browser.get(f"/subscribers?q={words}").text)
    assert found, words
    return found[1]


def place(office: Office, address: str) -> Subscription:
    with office.app.store.reading() as session:
        return session.people.by_address([address])[address][1][0]


def texts(page: str) -> str:
    """Return what a page says, without markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index("<main") :]))


def wrong(page: str) -> list[str]:
    """Return what stands beside fields that are wrong."""
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<p class="wrong" id="[^"]*">(.*?)</p>', page, re.S)]


def test_people_are_searched_and_filtered(browser: Browser) -> None:
    assert listed(browser.get("/subscribers").text) == [f"{name}@example.org" for name in ("ada", "bo", "cy", "di")]
    assert listed(browser.get("/subscribers?q=AD").text) == ["ada@example.org"]
    assert listed(browser.get("/subscribers?state=pending").text) == ["di@example.org"]
    assert listed(browser.get("/subscribers?state=pending&q=ada").text) == []
    assert "Nobody here" in browser.get("/subscribers?q=zz").text


def test_those_who_paused_it_and_those_who_are_kept_off_are_found(office: Office, browser: Browser) -> None:
    paused = browser.send(path_of(browser, "bo"), f"{path_of(browser, 'bo')}/pause", newsletter="news",
                          until="2026-12-20")  # fmt: skip
    assert paused.status_code == 303, texts(paused.text)
    office.app.leave("cy@example.org")
    people.keep_off(
        office.app.store,
        office.app.clock,
        _file(office, "email\nada@example.org\n"),
        SuppressionReason.COMPLAINT,
        office.app.suppression_key,
        do=True,
    )
    assert listed(browser.get("/subscribers?state=paused").text) == ["bo@example.org"]
    assert listed(browser.get("/subscribers?state=paused&newsletter=news&q=ad").text) == []
    assert listed(browser.get("/subscribers?state=kept-off").text) == ["ada@example.org", "cy@example.org"]
    assert listed(browser.get("/subscribers?state=kept-off&newsletter=news&q=cy").text) == ["cy@example.org"]
    assert '<option value="kept-off" selected>' in browser.get("/subscribers?state=kept-off").text
    office.clock.forward(days=60)
    assert listed(office.inside().get("/subscribers?state=paused").text) == [], "a pause that is over is none"


def _file(office: Office, text: str) -> Path:
    file = office.bench.folder / "kept-off.csv"
    file.write_text(text)
    return file


def test_the_counts_of_the_list_stand_above_it(browser: Browser) -> None:
    said = texts(browser.get("/subscribers").text)
    assert "get it 3" in said
    assert "wait 1" in said


@pytest.mark.parametrize(
    "query", ["state=erased", "state=x&newsletter=y", "after=7-zz&q=%00", "q=" + "a" * 5_000, "q=%F0"]
)
def test_whatever_is_asked_of_the_list_is_answered(browser: Browser, query: str) -> None:
    assert browser.get(f"/subscribers?{query}").status_code == 200


def test_pages_follow_each_other_and_keep_what_is_asked(office: Office, browser: Browser) -> None:
    rows = "".join(f"p{n:03}@example.org,P,,,weekly,form,2026-01-01\n" for n in range(120))
    office.bench.people(HEADER + rows)
    office.app.import_people(office.bench.newsletter)
    path, found = "/subscribers?q=p&state=active", []
    while path:
        page = browser.get(path).text
        found += listed(page)
        more = re.search(r'href="(/subscribers\?[^"]*after=[^"]*)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
        assert "@" not in path
    assert found == [f"p{n:03}@example.org" for n in range(120)]


def test_hostile_names_are_texts(office: Office, browser: Browser) -> None:
    office.bench.people(HEADER + 'eve@example.org,"<script>alert(1)</script>",,,weekly,form,2026-01-01\n')
    office.app.import_people(office.bench.newsletter)
    for path in ("/subscribers", path_of(browser, "eve"), path_of(browser, "eve") + "/erase"):
        assert "<script>alert" not in browser.get(path).text
    assert "<script>alert" not in browser.get("/subscribers?q=%3Cscript%3Ealert(1)").text


def test_a_person_is_shown_with_what_they_chose_and_agreed_to(office: Office, browser: Browser) -> None:
    edition = office.bench.approved()
    page = browser.get(path_of(browser, "bo"))
    said = texts(page.text)
    for words in ("Maths", "Weekly", "form · 1 January 2026", "subscribers.csv", "bo@example.org", "Gets it", "No. 1"):
        assert words in said, words
    why = browser.get(f"{path_of(browser, 'bo')}/why/{edition}")
    assert "gets No. 1" in texts(why.text)
    assert edition not in texts(why.text)
    assert "does not get No. 1" in texts(browser.get(f"{path_of(browser, 'di')}/why/{edition}").text)


def test_what_somebody_was_mailed_is_told_with_why_not(office: Office, browser: Browser) -> None:
    from tests.jobs.conftest import Wire

    edition = office.bench.approved()
    office.app.send(edition, Wire(), "Hannah")
    assert "got No. 1" in texts(browser.get(path_of(browser, "ada")).text)
    assert "Skipped" in texts(browser.get(path_of(browser, "di")).text)


@pytest.mark.parametrize(
    "path", ["/subscribers/x", "/subscribers/x/erase", "/subscribers/x/held.json", "/subscribers/x/why/y"]
)
def test_nobody_of_a_kind_is_said_plainly(browser: Browser, path: str) -> None:
    page = browser.get(path)
    assert page.status_code == 404
    assert "Nobody of this kind is on a list." in texts(page.text)


def test_what_somebody_chose_is_changed_and_put_back(office: Office, browser: Browser) -> None:
    path = path_of(browser, "bo")
    sent = browser.client.post(
        f"{path}/choose",
        data={"csrf": token(browser.get(path).text), "newsletter": "news", "first_name": "Beau", "last_name": "Obi",
              "theme": ["nursery"], "cadence": "monthly"},
        headers={"Origin": browser.base},
    )  # fmt: skip
    assert sent.status_code == 303
    assert (place(office, "bo@example.org").themes, place(office, "bo@example.org").cadence) == (
        ("nursery",),
        "monthly",
    )
    page = browser.get(path).text
    undo = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page[page.index('class="toast"') :]))
    assert browser.post(f"{path}/choose", **undo).status_code == 303
    assert (place(office, "bo@example.org").themes, place(office, "bo@example.org").cadence) == (("maths",), "weekly")


def test_what_cannot_be_kept_stands_beside_its_field_with_what_was_typed(office: Office, browser: Browser) -> None:
    path = path_of(browser, "bo")
    said = browser.send(
        path, f"{path}/choose", newsletter="news", first_name="B" * 101, last_name="Obi", cadence="daily"
    )
    assert said.status_code == 422
    assert wrong(said.text) == ["Write a name of at most 100 characters.", "Choose how often they want it."]
    assert "B" * 101 in said.text
    assert place(office, "bo@example.org").cadence == "weekly"


def test_a_pause_lasts_until_a_day_where_they_are_and_may_end(office: Office, browser: Browser) -> None:
    path = path_of(browser, "ada")
    assert browser.send(path, f"{path}/pause", newsletter="news", until="2027-05-01").status_code == 303
    until = place(office, "ada@example.org").paused_until
    assert until is not None
    assert until.isoformat() == "2027-04-30T23:00:00+00:00"
    assert "Paused until" in texts(browser.get(path).text)
    assert browser.send(path, f"{path}/pause", newsletter="news", until="").status_code == 303
    assert place(office, "ada@example.org").paused_until is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [("soon", "Write a day"), ("2026-11-22", "is over"), ("2028-01-01", "At most a year"), ("9999-12-31", "At most")],
)
def test_a_pause_that_is_none_is_told(browser: Browser, typed: str, said: str) -> None:
    path = path_of(browser, "ada")
    page = browser.send(path, f"{path}/pause", newsletter="news", until=typed)
    assert page.status_code == 422
    assert said in wrong(page.text)[0]
    assert f'value="{typed}"' in page.text


def test_who_wants_no_more_is_unsubscribed_and_stays_so(office: Office, browser: Browser) -> None:
    path = path_of(browser, "ada")
    assert browser.send(path, f"{path}/leave", newsletter="news").status_code == 303
    assert place(office, "ada@example.org").state == SubscriptionState.UNSUBSCRIBED
    again = browser.send(path, f"{path}/leave", newsletter="news")
    assert again.status_code == 409
    office.app.import_people(office.bench.newsletter)
    assert place(office, "ada@example.org").state == SubscriptionState.UNSUBSCRIBED
    assert "Withdrew" in texts(browser.get(path).text)


def test_who_is_kept_off_gets_nothing_of_any_newsletter(office: Office, browser: Browser) -> None:
    path = path_of(browser, "ada")
    assert browser.send(path, f"{path}/keep-off").status_code == 303
    with office.app.store.reading() as session:
        assert session.people.reasons() == {SuppressionReason.LEFT: 1}
    assert "This address is kept off since 23 November 2026" in texts(browser.get(path).text)


def test_erasing_says_what_it_means_and_asks_for_the_address(office: Office, browser: Browser) -> None:
    path = path_of(browser, "ada")
    said = texts(browser.get(f"{path}/erase").text)
    assert "ada@example.org goes from 1 list and from the record of 0 mails" in said
    for typed, words in (("", "Needed"), ("bo@example.org", "another address")):
        page = browser.send(f"{path}/erase", f"{path}/erase", address=typed)
        assert page.status_code == 422
        assert words in wrong(page.text)[0]
    assert listed(browser.get("/subscribers?q=ada").text) == ["ada@example.org"]


def test_who_is_erased_is_gone_and_staff_hear_where_their_row_still_stands(office: Office, browser: Browser) -> None:
    path = path_of(browser, "ada")
    done = browser.send(f"{path}/erase", f"{path}/erase", address=" ADA@example.org ")
    assert done.status_code == 303
    page = browser.get("/subscribers").text
    assert "ada@example.org" not in page
    assert "subscribers.csv, line 2" in page
    assert browser.get(path).status_code == 404
    assert office.trail("Hannah Cole", Matter.PEOPLE) == ["erased a person"]


def test_all_that_is_held_is_a_file(browser: Browser) -> None:
    sent = browser.get(f"{path_of(browser, 'ada')}/held.json")
    assert sent.headers["content-disposition"].startswith("attachment")
    held = sent.json()
    assert held["subscriber"][0]["address"] == "ada@example.org"
    assert "first_folded" not in held["subscriber"][0]


def test_the_list_is_exported_without_formulas_and_imports_to_the_same(office: Office, browser: Browser) -> None:
    office.bench.people(PEOPLE + "\n" + 'eve@example.org,"=1+1",head,,weekly,form,2026-01-01\n')
    office.app.import_people(office.bench.newsletter)
    sent = browser.get("/subscribers/export.csv?newsletter=news")
    assert sent.headers["content-disposition"] == 'attachment; filename="news-people-2026-11-23.csv"'
    rows = list(csv.DictReader(io.StringIO(sent.text)))
    assert len(rows) == 5
    assert rows[-1]["first_name"] in {"'=1+1", "Di", "", "Bo", "Ada"}
    assert "\r\n" in sent.text
    assert ",=1+1" not in sent.text
    (office.bench.folder / "again.csv").write_text(sent.text)
    with people.held(office.app.importing(office.bench.newsletter), office.bench.folder / "again.csv") as one:
        assert (one.look().new, one.look().refused) == (0, 0)


def test_a_person_is_added_with_how_they_agreed(office: Office, browser: Browser) -> None:
    done = browser.send(
        "/subscribers/new", "/subscribers", address=" Eve@Example.org", first_name="Eve", last_name="Obi",
        cadence="monthly", theme="maths", consent=CONSENT,
    )  # fmt: skip
    assert done.status_code == 303
    page = browser.get(done.headers["location"]).text
    assert "Eve@Example.org is on the list of Fernhill news." in texts(page)
    made = place(office, "eve@example.org")
    assert (made.state, made.consent_source, made.themes) == (SubscriptionState.ACTIVE, CONSENT, ("maths",))
    assert (made.joined_by, f"{made.consent_at:%Y-%m-%d}") == ("added by staff", "2026-10-14")


def test_who_is_added_needs_an_address_and_a_consent(browser: Browser) -> None:
    said = browser.send("/subscribers/new", "/subscribers", address="eve@@x", consent="they said yes", cadence="weekly")
    assert said.status_code == 422
    assert [one[:20] for one in wrong(said.text)] == ["“eve@@x” is no addre", "The consent says no "]
    assert "they said yes" in said.text
    empty = browser.send("/subscribers/new", "/subscribers", cadence="weekly")
    assert [one[:7] for one in wrong(empty.text)] == ["Needed:", "Needed:"]
    assert listed(browser.get("/subscribers?q=eve").text) == []


@pytest.mark.parametrize("state", ["unsubscribed", "bounced", "complained"])
def test_nobody_is_added_who_is_kept_off(office: Office, browser: Browser, state: str) -> None:
    with office.app.store.writing() as session:
        ada = session.rights.subscriber("ada@example.org")
        session.people.set_state(ada, "news", SubscriptionState(state))
    said = browser.send(
        "/subscribers/new", "/subscribers", address="ADA@example.org", consent=CONSENT, cadence="weekly"
    )
    assert said.status_code == 422
    assert "is kept off" in wrong(said.text)[0]
    assert place(office, "ada@example.org").state == state


def test_who_is_there_or_was_erased_is_not_added(office: Office, browser: Browser) -> None:
    there = browser.send(
        "/subscribers/new", "/subscribers", address="bo@example.org", consent=CONSENT, cadence="weekly"
    )
    assert "on the list already" in wrong(there.text)[0]
    path = path_of(browser, "bo")
    browser.send(f"{path}/erase", f"{path}/erase", address="bo@example.org")
    back = browser.send("/subscribers/new", "/subscribers", address="bo@example.org", consent=CONSENT, cadence="weekly")
    assert "is kept off" in wrong(back.text)[0]


def test_who_is_on_another_list_joins_this_one(office: Office, browser: Browser) -> None:
    somebody = Subscriber(id="f" * 16, address="zoe@example.org", first_name="Zoe")
    elsewhere = Subscription(newsletter="other", state=SubscriptionState.PENDING)
    with office.app.store.writing() as session:
        session.people.save("zoe@example.org", somebody, office.app.suppression_key("zoe@example.org"), [elsewhere])
    form = {"address": "zoe@example.org", "first_name": "Zoe", "consent": CONSENT, "cadence": "weekly"}
    assert browser.send("/subscribers/new", "/subscribers", **form).status_code == 303
    with office.app.store.reading() as session:
        places = session.people.by_address(["zoe@example.org"])["zoe@example.org"][1]
    assert {one.newsletter: one.state for one in places} == {"other": "pending", "news": "active"}


def test_growth_is_told_in_words_and_plots(browser: Browser) -> None:
    page = browser.get("/subscribers/growth?weeks=26")
    said = texts(page.text)
    assert "3 people get Fernhill news" in said
    assert page.text.count("<svg") >= 2
    assert browser.get("/subscribers/growth?weeks=999").status_code == 200
    assert browser.get("/subscribers/growth?weeks=x").status_code == 422
