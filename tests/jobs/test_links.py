"""Where an edition leads its readers: followed side by side, kept with when and what, and said."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.app import links as following
from digest.domain.errors import NotFound
from digest.domain.model import Finding, FreeBlock, Item, LinkAnswer, LinkState, OwnBlock, Reading, Severity, Written
from digest.jobs import editing, links
from digest.jobs import edition as editions
from digest.jobs.links import AT_ONCE, OF_A_HOST, Checking, Linked
from digest.stages import collect
from tests.conftest import Site
from tests.jobs.conftest import CONFIGURATION, Wire, Workbench, utc
from tests.jobs.test_editing import Desk

LOCAL = CONFIGURATION.replace('id = "ours"', 'id = "ours"\nallow_private = true').replace(
    "[newsletters.sender]", "maximum_stories = 40\nmaximum_per_theme = 40\n[newsletters.sender]"
)


class Leading(Desk):
    """A draft whose stories lead to a web server on this machine."""

    def __init__(self, bench: Workbench, site: Site, count: int) -> None:
        bench.configure(LOCAL)
        titles = [f"Nursery play, part {number:02}" for number in range(count)]
        items = tuple(
            Item(title=title, link=site.address(f"/{number}"), date=bench.clock(), summary=f"Part {number}.")
            for number, title in enumerate(titles)
        )
        made = collect.insights(bench.newsletter.sources[0], Reading(items=items), {}, bench.clock()).insights
        with bench.app.store.writing() as session:
            session.insights.add(made)
        super().__init__(bench, "Maths of fractions")
        self.site = site

    def check(self) -> links.Checked:
        return following.check(self.bench.app, self.edition)

    def findings(self) -> list[Finding]:
        shown = self.bench.app.preview(self.edition)
        return [one for one in shown.findings if one.code.startswith("review.link")]


@pytest.fixture(autouse=True)
def _nobody_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the names of the sample organisation stand for nothing: no test asks anybody but this machine."""
    real = socket.getaddrinfo

    def known(host: str, *words: object, **more: object) -> object:
        if host.endswith("example.org"):
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return real(host, *words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", known)


def test_of_thirty_links_one_dead_one_slow_and_one_that_moved_each_is_what_a_reader_finds(
    bench: Workbench, site: Site
) -> None:
    leading = Leading(bench, site, 30)
    for number in range(30):
        site.page(f"/{number}", b"here")
    site.page("/3", status=404)
    site.page("/7", status=301, Location="/moved")
    site.page("/moved", b"here")

    def slow(asked: BaseHTTPRequestHandler) -> None:
        time.sleep(0.5)
        asked.send_response(200)
        asked.end_headers()

    site.pages["/5"] = slow
    checked = leading.check()
    found = {link.address: one.answer for link, one in checked.links if one is not None}
    states = {path: found[site.address(path)].state for path in ("/3", "/5", "/7")}
    assert states == {"/3": LinkState.GONE, "/5": LinkState.OK, "/7": LinkState.OK}
    assert Counter(one.state for one in found.values()) == {
        LinkState.OK: 29,
        LinkState.GONE: 1,
        # the story of the sample organisation
        LinkState.NO_HOST: 1,
    }
    assert {link.address for link, _ in checked.broken} == {
        site.address("/3"),
        "https://fernhill.example.org/Maths-of-fractions",
    }


def test_a_dead_link_is_something_to_look_at_with_since_when(bench: Workbench, site: Site) -> None:
    leading = Leading(bench, site, 1)
    assert leading.findings() == []
    site.page("/0", status=404)
    bench.clock.now = utc(2026, 11, 24, 7, 0)
    leading.check()
    bench.clock.forward(minutes=30)
    leading.check()
    [dead] = [one for one in leading.findings() if "part 00" in one.what]
    assert dead.what == "The link of “Nursery play, part 00” answers 404 (gone) since Tue 24 Nov, 07:00."
    assert (dead.code, dead.severity) == ("review.link", Severity.LOOK_AT)
    assert dead.about == f"story/{leading.story('Nursery play, part 00')}/link"
    site.page("/0", b"here again")
    leading.check()
    assert [one for one in leading.findings() if "part 00" in one.what] == []


@pytest.mark.parametrize("status", [401, 403, 405, 429])
def test_a_site_that_keeps_programs_out_is_not_called_dead(bench: Workbench, site: Site, status: int) -> None:
    leading = Leading(bench, site, 1)
    site.page("/0", status=status)
    checked = leading.check()
    assert site.address("/0") not in [link.address for link, _ in checked.broken]
    [one] = [one for one in leading.findings() if "part 00" in one.what]
    assert (one.code, one.severity) == ("review.link-unchecked", Severity.NOTE)
    assert f"could not be checked: the site answers {status} to programs" in one.what


def test_a_private_address_is_asked_only_where_its_source_may_be(bench: Workbench, site: Site) -> None:
    leading = Leading(bench, site, 1)
    site.page("/0", b"here")
    block = FreeBlock(kind="button", words="Book a place", link=site.address("/inside"))
    editing.add_block(leading.at(), block)
    found = {link.address: one for link, one in leading.check().links}
    mine, theirs = found[site.address("/inside")], found[site.address("/0")]
    assert mine is not None
    assert theirs is not None
    assert (mine.answer.state, theirs.answer.state) == (LinkState.REFUSED, LinkState.OK)
    assert "/inside" not in site.paths
    assert [one.what for one in leading.findings() if "Book" in one.what] == [
        "The link of your button “Book a place” could not be checked: this program does not ask it."
    ]


def test_what_staff_write_is_followed_as_well(bench: Workbench) -> None:
    desk = Desk(bench)
    text = "Read https://fernhill.example.org/plan, or (https://fernhill.example.org/map?a=1&b=2)."
    editing.write(desk.at(), {"introduction": text}, desk.step)
    block = FreeBlock(kind="text", text="See http://fernhill.example.org/more.")
    editing.add_block(desk.at(), block)
    edition = editions.find(bench.app.store, desk.edition)
    found = links.links_of(bench.newsletter, edition, ())
    block_id = edition.written.blocks[0].id
    assert {(one.address, one.where, one.about) for one in found.values()} == {
        ("https://fernhill.example.org/plan", "the introduction", "introduction"),
        ("https://fernhill.example.org/map?a=1&b=2", "the introduction", "introduction"),
        ("http://fernhill.example.org/more", "your text", f"block/{block_id}/text"),
    }


def test_stories_told_again_are_followed_too(bench: Workbench) -> None:
    # Cy gets it monthly, and so not the second one
    for title in ("Maths of shapes", "Nursery play"):
        bench.app.send(bench.approved(title), Wire(), "Ada")
        bench.clock.forward(days=7)
    bench.clock.forward(days=21)
    bench.insights("Maths of fractions")
    edition = bench.app.draft(bench.newsletter).edition
    assert edition is not None
    with bench.app.store.reading() as session:
        placements = session.editions.placements(edition.id)
    assert [one.shown.title for one in placements if one.first_in] == ["Nursery play"]
    found = links.links_of(bench.newsletter, edition, placements)
    assert found["https://fernhill.example.org/Nursery-play"].about == ""


def test_a_check_that_takes_too_long_leaves_the_rest_as_it_was(bench: Workbench, site: Site) -> None:
    leading = Leading(bench, site, 6)
    ended, asked = threading.Event(), []

    def ask(address: str, private: bool) -> LinkAnswer:
        asked.append(address)
        if address != asked[0]:
            ended.wait(10)
        return LinkAnswer(state=LinkState.OK, status=200)

    began = time.monotonic()
    checked = links.check(_checking(leading, ask, seconds=0.5))
    ended.set()
    assert time.monotonic() - began < 5
    assert [link.address for link, one in checked.links if one is not None] == asked[:1]
    assert leading.findings() == []


def test_a_fault_of_this_program_says_nothing_of_a_link(bench: Workbench, site: Site) -> None:
    leading = Leading(bench, site, 2)

    def ask(address: str, private: bool) -> LinkAnswer:
        raise ZeroDivisionError

    assert {one for _, one in links.check(_checking(leading, ask)).links} == {None}


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=25))
def test_never_more_are_asked_at_once_than_may_be_and_every_link_has_its_turn(hosts: list[str]) -> None:
    lock, busy, most, asked = threading.Lock(), Counter[str](), Counter[str](), Counter[str]()

    def ask(address: str, private: bool) -> LinkAnswer:
        host = address.split("/")[2]
        with lock:
            busy.update((host, "all"))
            asked[address] += 1
            for name in (host, "all"):
                most[name] = max(most[name], busy[name])
        time.sleep(0.001)
        with lock:
            busy.subtract((host, "all"))
        return LinkAnswer(state=LinkState.OK)

    wanted = {f"https://{host}/{n}": Linked(address=f"https://{host}/{n}", where="") for n, host in enumerate(hosts)}
    answers = links.asked(ask, wanted, seconds=30)
    assert answers.keys() == wanted.keys()
    assert set(asked.values()) == {1}
    assert most.pop("all") <= AT_ONCE
    assert max(most.values()) <= OF_A_HOST


def test_links_of_an_edition_that_is_not_there_are_not_checked(bench: Workbench) -> None:
    with pytest.raises(NotFound):
        following.check(bench.app, "news-2020-01-01-0800")


def test_nothing_is_said_of_links_that_can_no_longer_be_mended(bench: Workbench, site: Site) -> None:
    leading = Leading(bench, site, 1)
    site.page("/0", status=404)
    leading.check()
    assert leading.findings()
    bench.app.approve(leading.edition, "Ada")
    assert leading.findings()
    bench.app.send(leading.edition, Wire(), "Ada")
    assert leading.findings() == []


def test_a_block_of_digest_toml_is_followed_and_is_of_no_field(bench: Workbench) -> None:
    desk = Desk(bench)
    edition = editions.find(bench.app.store, desk.edition)
    button = FreeBlock(kind="button", words="Join us", link="https://fernhill.example.org/join")
    newsletter = replace(bench.newsletter, blocks=(button,))
    own = replace(edition, written=Written(blocks=(OwnBlock(id="mine", block=button),)))
    [found] = links.links_of(newsletter, edition, ()).values()
    assert (found.where, found.about) == ("your button “Join us”", "")
    assert len(links.links_of(newsletter, own, ())) == 1


def _checking(leading: Leading, ask: object, seconds: float = 30.0) -> Checking:
    return Checking(
        store=leading.bench.app.store,
        clock=leading.bench.clock,
        ask=ask,  # type: ignore[arg-type]
        newsletter=leading.bench.newsletter,
        edition=leading.edition,
        seconds=seconds,
    )
