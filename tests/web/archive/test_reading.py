"""What everybody may read: editions, the archive, robots.txt; and what nobody may."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from lxml import html
from starlette.testclient import TestClient

from digest.config import parse
from digest.domain.model import Edition, EditionState, Placement, Story
from digest.domain.ports import Event
from tests.conftest import Site
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench
from tests.jobs.test_pictures import PRIVATE, tell
from tests.pictures.conftest import file, landscape, seen

Visit = Callable[[Workbench], TestClient]

#: texts that are markup somewhere, as titles and summaries
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "{{ 7*7 }} {% raw %} {# no #}",
    "[[digest:first_name.:0]] &lt;b&gt; &amp;",
    "javascript:alert(1)",
    "]]><x>",
    "Ünïcödé \u202eevil\u202c \u2028 lines",
]
TWO = (
    CONFIGURATION
    + """
[[newsletters]]
id = "more"
name = "More"
subscribers = "more.csv"
[newsletters.sender]
name = "Fernhill"
address = "more@fernhill.example.org"
[[newsletters.sources]]
id = "more-of-ours"
kind = "page"
address = "https://fernhill.example.org/more"
[[newsletters.segments]]
id = "all"
name = "All"
"""
)


def sent(bench: Workbench, *titles: str) -> str:
    """Return the id of an edition with these stories that everybody got; the clock goes on by a week."""
    edition = bench.approved(*titles)
    bench.app.send(edition, Wire(), "Grace Approver")
    bench.clock.forward(days=7)
    return edition


def brought_to(bench: Workbench, edition: str, *states: EditionState) -> None:
    with bench.app.store.writing() as session:
        for state in states:
            found = session.editions.get(edition)
            assert found is not None
            session.editions.move(found, state, Event(at=bench.clock(), who="Ada", what=str(state), why="so"))


def filed(bench: Workbench, week: int, stories: int) -> str:
    """Return the id of an edition of so many stories that was sent in some week, every other one under Maths."""
    made = bench.insights(*(f"{('Nursery', 'Maths')[at % 2]} {week} {at}" for at in range(stories)))
    slot = datetime(2024, 1, 2, 8, tzinfo=UTC) + timedelta(weeks=week)
    edition = Edition(
        id=f"news-{week}",
        newsletter="news",
        slot=slot,
        number=week + 1,
        state=EditionState.SENT,
        revision="r",
        drafted_at=slot,
    )
    placements = [
        Placement(story=Story(lead=one), theme=("nursery", "maths")[at % 2], reasons=()) for at, one in enumerate(made)
    ]
    with bench.app.store.writing() as session:
        session.editions.keep_revision("r", slot, {})
        assert session.editions.add(edition, placements, [])
    return edition.id


def links(page: str) -> dict[str, str]:
    """Return where the links of a page lead, by their words."""
    return {" ".join(one.text_content().split()): one.get("href") for one in html.fromstring(page).iter("a")}


# ---------------------------------------------------------------------------------------------
# Editions


def test_the_web_version_is_the_signed_page_and_nobodys_own(bench: Workbench, visit: Visit) -> None:
    edition = sent(bench)
    page = visit(bench).get(f"/e/{edition}")
    assert page.status_code == 200
    signed = next(one for one in bench.app.stored(edition).variants if one.is_web_version)
    assert page.text == signed.html
    assert "Hello there" in page.text
    # no token, no name, no address of anybody, subscriber or staff
    for nobodys in ("[[digest:", "/u/", "/p/", "/k/", "/c/", "@example.org", "Ada", "Bo,", "Cy", "Di,", "Grace"):
        assert nobodys not in page.text
    with bench.app.store.reading() as session:
        people = session.people.page("news", "", 10)
    assert people
    assert not [one for one in people if one.subscriber.id in page.text]


def test_an_edition_runs_nothing_and_its_links_work(bench: Workbench, visit: Visit) -> None:
    policy = visit(bench).get(f"/e/{sent(bench)}").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:")
    assert "script" not in policy
    # a page in a sandbox cannot open what it links to
    assert "sandbox" not in policy


@pytest.mark.parametrize(
    "way",
    [
        (),
        (EditionState.APPROVED,),
        (EditionState.APPROVED, EditionState.HOLDING),
        (EditionState.DISCARDED,),
        (EditionState.SKIPPED,),
        (EditionState.MISSED,),
        (EditionState.APPROVED, EditionState.CANCELLED),
        (EditionState.APPROVED, EditionState.HOLDING, EditionState.SENDING, EditionState.CANCELLED),
    ],
    ids=lambda way: way[-1] if way else "draft",
)
def test_what_was_not_sent_is_not_told_from_what_there_is_not(
    bench: Workbench, visit: Visit, way: tuple[EditionState, ...]
) -> None:
    bench.insights("Nursery play")
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    brought_to(bench, edition.id, *way)
    client = visit(bench)
    answer, nothing = client.get(f"/e/{edition.id}"), client.get("/e/news-1999-01-01")
    assert answer.status_code == nothing.status_code == 404
    assert answer.content == nothing.content
    assert answer.headers == nothing.headers
    for path in ("/archive", "/archive/news/nursery", "/archive/news/editions", "/archive/news.atom"):
        assert "Nursery play" not in client.get(path).text


@pytest.mark.parametrize("end", [(), (EditionState.PAUSED,), (EditionState.SENT,)], ids=["sending", "paused", "sent"])
def test_who_has_the_email_can_read_it_on_the_web(
    bench: Workbench, visit: Visit, end: tuple[EditionState, ...]
) -> None:
    edition = bench.approved()
    brought_to(bench, edition, EditionState.HOLDING, EditionState.SENDING, *end)
    client = visit(bench)
    assert client.get(f"/e/{edition}").status_code == 200
    assert "Nursery play" in client.get("/archive").text


@pytest.mark.parametrize(
    "path",
    [
        "/e/",
        "/e/..%2F..%2Fdigest.toml",
        "/e/%00",
        "/e/" + "x" * 300,
        "/archive/nobody",
        "/archive/nobody.atom",
        "/archive/news/nobody",
        "/archive/news/nobody.atom",
        "/archive/news/other",
        "/archive/news/OTHER",
        "/archive/news/nursery?page=2",
        "/archive/news/nursery?page=0",
        "/archive/news/nursery?page=-1",
        "/archive/news/nursery?page=x",
        "/archive/news/nursery?page=99999999999999999999",
        "/archive/news/editions?page=2",
        "/archive/news%2Fnursery%2F..",
        "/archive/..%2F..%2Fdigest.toml",
        "/archive/news/%2E%2E.atom",
        "/archive/a/b/c",
        "/pictures/" + "0" * 32 + ".jpg",
        "/pictures/..%2Fdigest.db",
        "/pictures/%00",
    ],
)
def test_what_is_not_there_is_the_one_page_that_says_so(bench: Workbench, visit: Visit, path: str) -> None:
    sent(bench)
    answer = visit(bench).get(path)
    if path == "/e/":
        assert answer.status_code in (308, 404)
        return
    assert answer.status_code == 404
    assert "This link leads nowhere" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


PATHS = ["/archive", "/archive/news", "/archive/news/nursery", "/archive/news/editions", "/archive/news.atom"]


@pytest.mark.parametrize("path", [*PATHS, "/archive/news/maths.atom", "/robots.txt", "EDITION"])
def test_a_page_may_be_kept_and_is_not_sent_twice(bench: Workbench, visit: Visit, path: str) -> None:
    path = path.replace("EDITION", f"/e/{sent(bench)}")
    client = visit(bench)
    first = client.get(path)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "public, max-age=300"
    tag = first.headers["ETag"]
    for theirs in (tag, f'"another", W/{tag}', "*"):
        again = client.get(path, headers={"If-None-Match": theirs})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200
    head = client.head(path)
    assert head.status_code == 200
    assert head.headers["ETag"] == tag
    for headers in (first.headers, again.headers):
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "set-cookie" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [*PATHS, "/robots.txt"])
def test_nobody_writes_what_everybody_reads(bench: Workbench, visit: Visit, method: str, path: str) -> None:
    assert visit(bench).request(method, path).status_code == 404


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/archive/", "/archive"),
        ("/archive/news/", "/archive/news"),
        ("/archive/news/nursery/?page=2", "/archive/news/nursery?page=2"),
        ("/e/news-1/", "/e/news-1"),
        ("/archive//evil.example//", "/archive//evil.example"),
    ],
)
def test_a_slash_too_many_leads_to_the_page_on_this_site(bench: Workbench, visit: Visit, path: str, leads: str) -> None:
    answer = visit(bench).get(path, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["Location"]) == (308, leads)


# ---------------------------------------------------------------------------------------------
# The archive


def test_stories_stand_under_their_themes_newest_first_with_counts(bench: Workbench, visit: Visit) -> None:
    first = sent(bench, "Nursery play", "Maths of fractions")
    second = sent(bench, "Nursery painting in winter")
    third = sent(bench, "Nursery songs of the sea")
    page = visit(bench).get("/archive")
    read = html.fromstring(page.text)
    shelves = {
        shelf.findtext("header/h2"): [" ".join(one.text_content().split()) for one in shelf.iter("h3")]
        for shelf in read.iter("section")
        if shelf.find("header") is not None
    }
    assert shelves == {
        "Nursery": ["Nursery songs of the sea", "Nursery painting in winter"],
        "Maths": ["Maths of fractions"],
    }
    leads = links(page.text)
    assert leads["All themes 4"] == "/archive/news"
    assert leads["Nursery 3"] == leads["All 3 on Nursery"] == "/archive/news/nursery"
    assert leads["Nursery songs of the sea"] == "https://fernhill.example.org/Nursery-songs-of-the-sea"
    assert (leads["No. 1"], leads["No. 2"], leads["No. 3"]) == (f"/e/{first}", f"/e/{second}", f"/e/{third}")
    assert leads["Follow as a feed"] == "/archive/news.atom"
    assert "since November 2026" in page.text
    assert "24 November 2026" in page.text
    assert visit(bench).get("/archive/news").text == page.text


def test_no_edition_yet_is_said_kindly_and_can_be_subscribed_to(bench: Workbench, visit: Visit) -> None:
    client = visit(bench)
    assert "Nothing stands here yet. The first edition of Fernhill news" in client.get("/archive").text
    assert 'action="/subscribe/news"' in client.get("/archive").text
    assert "No story stood here yet" in client.get("/archive/news/maths").text
    assert "No edition of Fernhill news was sent yet" in client.get("/archive/news/editions").text


def test_several_newsletters_have_an_archive_each(bench: Workbench, visit: Visit) -> None:
    sent(bench, "Nursery play")
    bench.app.loaded = replace(bench.app.loaded, workspace=parse(TWO))
    client = visit(bench)
    leads = links(client.get("/archive").text)
    assert (leads["Fernhill news"], leads["More"]) == ("/archive/news", "/archive/more")
    assert "Nursery play" in client.get("/archive/news").text
    assert "Nursery play" not in client.get("/archive/more").text


def test_a_theme_is_read_in_pages_of_fifty_and_nothing_is_lost_between_them(bench: Workbench, visit: Visit) -> None:
    for week in range(6):
        filed(bench, week, 20)
    wanted = [f"Nursery {week} {at}" for week in reversed(range(6)) for at in range(0, 20, 2)]
    client = visit(bench)
    first, second = client.get("/archive/news/nursery").text, client.get("/archive/news/nursery?page=2").text
    titles = [one.text_content() for page in (first, second) for one in html.fromstring(page).xpath("//article//h2")]
    assert titles == wanted
    assert links(first)["Older"] == "/archive/news/nursery?page=2"
    assert links(second)["Newer"] == "/archive/news/nursery"
    assert "Page 2 of 2" in second
    assert client.get("/archive/news/nursery?page=3").status_code == 404


def test_every_edition_is_listed_with_its_number_subject_and_day(bench: Workbench, visit: Visit) -> None:
    first, second = sent(bench, "Nursery play"), sent(bench, "Maths of fractions")
    page = visit(bench).get("/archive/news/editions").text
    rows = [" ".join(one.text_content().split()) for one in html.fromstring(page).xpath("//ol/li")]
    assert rows == ["No. 2 Maths of fractions 1 December 2026", "No. 1 Nursery play 24 November 2026"]
    assert links(page)["Nursery play"] == f"/e/{first}"
    assert links(page)["Maths of fractions"] == f"/e/{second}"


def test_stories_of_a_theme_that_is_no_more_stand_under_other(bench: Workbench, visit: Visit) -> None:
    sent(bench, "Nursery play", "Maths of fractions")
    gone = re.sub(r'\[\[newsletters.themes\]\]\nid = "nursery"(.*\n){4}', "", CONFIGURATION)
    bench.configure(gone)
    client = visit(bench)
    assert links(client.get("/archive").text)["Other 1"] == "/archive/news/other"
    assert "Nursery play" in client.get("/archive/news/other").text
    assert "Nursery play" in client.get("/archive/news/other.atom").text
    assert client.get("/archive/news/nursery").status_code == 404


def test_a_story_that_is_left_out_later_stays_as_it_was_mailed(bench: Workbench, visit: Visit) -> None:
    sent(bench, "Nursery play")
    bench.insights("Nursery play", published=bench.clock())
    assert links(visit(bench).get("/archive").text)["All themes 1"] == "/archive/news"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_are_read_as_they_stand_and_do_nothing(bench: Workbench, visit: Visit, hostile: str) -> None:
    bench.insights("Nursery " + hostile)
    edition = sent(bench, "Maths of fractions")
    client = visit(bench)
    [title] = [
        one.story.lead.title for one in bench.app.stored(edition).placements if one.story.lead.title.startswith("Nurs")
    ]
    for path in ("/archive", "/archive/news/nursery"):
        page = client.get(path).text
        read = html.fromstring(page)
        words = " ".join(one.text_content() for one in read.xpath("//article//a"))
        assert " ".join(title.split()) in " ".join(words.split())
        assert not list(read.iter("script", "style", "iframe", "x"))
        assert [one.get("src") for one in read.iter("img")] == []
        assert not [name for one in read.iter() for name in one.keys() if name.startswith("on")]  # noqa: SIM118
        assert not [link for link in links(page).values() if link.lower().startswith(("javascript", "data"))]
        assert "49 " not in words


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//evil.example/", "", "ftp://a.example/"])
def test_a_title_leads_to_web_pages_alone(bench: Workbench, visit: Visit, link: str) -> None:
    bench.insights("Nursery play")
    with bench.app.store.writing() as session:
        # whatever a collector let through
        session.archive._connection.exec_driver_sql("UPDATE insight SET link = ?", (link,))  # type: ignore[attr-defined]
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    brought_to(bench, edition.id, EditionState.APPROVED, EditionState.HOLDING, EditionState.SENDING)
    page = visit(bench).get("/archive").text
    assert "<h3>Nursery play</h3>" in page
    assert "Nursery play" not in links(page)


def test_the_first_story_of_a_theme_has_its_picture(bench: Workbench, visit: Visit, site: Site) -> None:
    bench.configure(PRIVATE)
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    edition = sent(bench, "Maths of fractions")
    client = visit(bench)
    [address] = [one.get("src") for one in html.fromstring(client.get("/archive").text).iter("img")]
    picture = client.get(address)
    assert seen(picture.content).size == (480, 270)
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert "immutable" in picture.headers["Cache-Control"]
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    # and the web version shows the same one, from the same place
    shown = re.findall(r'<img[^>]* src="https://digest.example.org(/pictures/[^"]+)"', client.get(f"/e/{edition}").text)
    assert shown
    assert all(client.get(one).status_code == 200 for one in shown)
    bench.configure(PRIVATE.replace("[brand]\n", '[brand]\npictures = "none"\n'))
    assert "<img" not in visit(bench).get("/archive").text


# ---------------------------------------------------------------------------------------------
# Search engines


def test_search_engines_may_show_the_archive_and_nobodys_own_pages(bench: Workbench, visit: Visit) -> None:
    edition = sent(bench)
    client = visit(bench)
    lines = client.get("/robots.txt").text.splitlines()
    assert lines == [
        "User-agent: *",
        "Disallow: /c/",
        "Disallow: /k/",
        "Disallow: /l/",
        "Disallow: /p/",
        "Disallow: /u/",
    ]
    for path in (*PATHS, f"/e/{edition}"):
        answer = client.get(path)
        assert "X-Robots-Tag" not in answer.headers
        assert "noindex" not in answer.text


def test_an_archive_that_is_not_to_be_found_says_so_everywhere(bench: Workbench, visit: Visit) -> None:
    edition = sent(bench)
    bench.configure(CONFIGURATION.replace("[brand]\n", '[public]\nrobots = "noindex"\n[brand]\n'))
    client = visit(bench)
    assert client.get("/robots.txt").text.splitlines() == ["User-agent: *", "Disallow: /"]
    for path in (*PATHS, f"/e/{edition}"):
        answer = client.get(path)
        assert answer.headers["X-Robots-Tag"] == "noindex"
        if not path.endswith(".atom"):
            assert '<meta name="robots" content="noindex">' in answer.text
    assert client.get("/archive", headers={"If-None-Match": "*"}).headers["X-Robots-Tag"] == "noindex"


def test_the_box_beside_the_archive_asks_for_the_newsletter(bench: Workbench, visit: Visit) -> None:
    sent(bench)
    client = visit(bench)
    [form] = html.fromstring(client.get("/archive").text).forms
    assert (form.method, form.action) == ("POST", "/subscribe/news")
    form.fields["email"] = "eve@reader.example.net"
    assert form.inputs["agreed"].value is None
    form.inputs["agreed"].checked = True
    assert unescape(form.inputs["agreed"].getparent().text_content()).strip().startswith("I would like to get Fernhill")
    answer = client.post(form.action, data=dict(form.form_values()))
    assert answer.status_code == 200
    assert "One more step" in answer.text
