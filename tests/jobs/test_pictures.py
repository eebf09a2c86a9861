"""Pictures of stories: asked for once, kept, and never more than a finding where something goes wrong."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from digest.app import pictures as app_pictures
from digest.app.preview import write
from digest.domain.errors import FetchError, Gone, PictureError, StoreError
from digest.domain.model import Edition, EditionState, Finding, Item, Picture, Reading, Shape, Shaped
from digest.domain.ports import PictureAsked
from digest.jobs import edition as editions
from digest.jobs import pictures
from digest.jobs.pictures import KEPT, WAITS, Gathering
from digest.stages import collect
from tests.conftest import Clock, Site
from tests.jobs.conftest import CONFIGURATION, PEOPLE, Wire, Workbench
from tests.pictures.conftest import file, landscape

#: a template of an email that shows pictures, and little else
_IMG = (
    '{% if PICTURE %}<img src="{{ PICTURE.src }}" width="{{ PICTURE.width }}" height="{{ PICTURE.height }}" '
    'alt="{{ TOLD.title }}" />{% endif %}'
)
_ROW = "<mj-section><mj-column><mj-raw><tr><td>ROW</td></tr></mj-raw></mj-column></mj-section>"
TEMPLATES = {
    "blocks/hero.mjml.j2": _ROW.replace(
        "ROW", "{{ block.title }}" + _IMG.replace("PICTURE", "block.picture").replace("TOLD", "block")
    ),
    "blocks/theme.mjml.j2": _ROW.replace(
        "ROW",
        "{% for story in block.stories %}{{ story.title }}"
        + _IMG.replace("PICTURE", "story.picture").replace("TOLD", "story")
        + "{% endfor %}",
    ),
}
PRIVATE = CONFIGURATION.replace(
    'name = "Fernhill"\n[[newsletters.sources]]', 'name = "Fernhill"\nallow_private = true\n[[newsletters.sources]]'
)


def by(setting: str, configuration: str = PRIVATE) -> str:
    return configuration.replace("[brand]\n", f'[brand]\npictures = "{setting}"\n')


@pytest.fixture
def bench(tmp_path: Path, clock: Clock) -> Workbench:
    made = Workbench(tmp_path, clock)
    made.configure(PRIVATE, **TEMPLATES)
    return made


def tell(bench: Workbench, **pictures: str) -> None:
    """Store an insight a title, with the address of its picture."""
    items = tuple(
        Item(
            title=title.replace("_", " "),
            link=f"https://fernhill.example.org/{title}",
            date=bench.clock(),
            summary=f"What {title} means.",
            image=image,
        )
        for title, image in pictures.items()
    )
    found = collect.insights(bench.newsletter.sources[0], Reading(items=items), {}, bench.clock()).insights
    with bench.app.store.writing() as session:
        session.insights.add(found)


def draft(bench: Workbench, *, again: bool = False) -> Edition:
    bench.app.import_people(bench.newsletter)
    edition = bench.app.draft(bench.newsletter, again=again).edition
    assert edition is not None
    return edition


def page(bench: Workbench, edition: Edition) -> str:
    return next(one.html for one in bench.app.stored(edition.id).variants if one.slug == "heads-all")


def said(bench: Workbench, edition: Edition) -> list[Finding]:
    return [one for one in bench.app.stored(edition.id).findings if one.code.startswith("pictures.")]


def asked(site: Site) -> list[str]:
    return [path for path in site.paths if path != "/robots.txt"]


def test_a_picture_is_asked_for_once_and_stands_in_the_email(bench: Workbench, site: Site) -> None:
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    first = page(bench, draft(bench))
    assert 'src="cid:' in first
    assert 'width="552" height="311" alt="Nursery play"' in first
    assert page(bench, draft(bench, again=True)) == first
    assert asked(site) == ["/play.jpg"]


def test_one_download_makes_both_shapes_so_that_another_top_story_needs_no_network(
    bench: Workbench, site: Site
) -> None:
    tell(
        bench,
        Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")),
        Maths_of_fractions=site.page("/maths.jpg", file(landscape(1500, 900), "JPEG")),
    )
    edition = draft(bench)
    before = page(bench, edition)
    assert before.count('width="552"') == before.count('width="160" height="90"') == 1
    top = before.split('alt="')[1].split('"')[0]
    other = {"Nursery play": "maths", "Maths of fractions": "play"}[top]
    site.close()
    bench.app.pin(edition.id, other, "Ada")
    after = page(bench, edition)
    assert after.count("<img") == 2
    assert set(after.split('src="')) != set(before.split('src="'))
    assert after.split('alt="')[1].split('"')[0] != top


def test_an_email_that_is_made_anew_asks_nothing(bench: Workbench, site: Site) -> None:
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    edition = draft(bench)
    bench.configure(PRIVATE.replace("Fernhill Trust", "Fernhill Trust CIO"), **TEMPLATES)
    shown = bench.app.preview(edition.id)
    assert "Fernhill Trust CIO" in shown.variants[0].html
    assert 'src="cid:' in shown.variants[0].html
    assert asked(site) == ["/play.jpg"]


def test_a_picture_that_two_stories_have_is_their_sites_own_and_tells_of_neither(bench: Workbench, site: Site) -> None:
    address, copy = (site.page(f"/{one}.jpg", file(landscape(), "JPEG")) for one in ("site", "copy"))
    alone = site.page("/alone.jpg", file(landscape(1500, 900), "JPEG"))
    tell(bench, Nursery_play=address, Maths_of_fractions=address, More_maths=copy, Play_in_the_rain=alone)
    edition = draft(bench)
    shown = {
        one for variant in bench.app.stored(edition.id).variants for one in re.findall('alt="(.*?)"', variant.html)
    }
    assert shown <= {"Play in the rain"}
    assert sorted(asked(site)) == ["/alone.jpg", "/copy.jpg", "/site.jpg"], "each is asked for once"
    assert [one.code for one in said(bench, edition)] == ["pictures.shared"] * 3


_UNUSABLE = {
    "Dead": (b"gone", 404, "answered 404"),
    "Empty": (b"", 200, "it is empty"),
    "Page": (b"<html><body>Please log in</body></html>", 200, "it is no JPEG"),
    "Script": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 200, "it is no JPEG"),
    "Icon": (file(landscape(16, 16)), 200, "it is too small (16 × 16)"),
    "Large": (b"\xff\xd8" + b"\0" * 11_000_000, 200, "is larger than 10 MB"),
}


def test_a_story_whose_picture_cannot_be_had_stands_without_it_and_that_is_said(bench: Workbench, site: Site) -> None:
    for title, (body, status, _) in _UNUSABLE.items():
        site.page(f"/{title}.jpg", body, status, Content_Type="image/jpeg")
    site.page("/robots.txt", "User-agent: *\nDisallow: /private/")
    site.page("/private/robots.jpg", file(landscape(), "JPEG"))
    tell(bench, **{title: site.address(f"/{title}.jpg") for title in _UNUSABLE})
    tell(bench, Robots=site.address("/private/robots.jpg"))
    edition = draft(bench)
    assert "<img" not in page(bench, edition)
    found = {one.what.split("“")[1].split("”")[0]: one for one in said(bench, edition)}
    for title, why in {**{title: why for title, (_, _, why) in _UNUSABLE.items()}, "Robots": "robots.txt"}.items():
        assert (found[title].code, found[title].severity) == ("pictures.left-out", "note")
        assert why in found[title].what
        assert f"/{title.lower()}.jpg" in found[title].mend.lower()
    assert "/private/robots.jpg" not in site.paths
    assert bench.app.approve(edition.id, "Ada").edition.state == EditionState.APPROVED


def test_a_redirect_is_followed(bench: Workbench, site: Site) -> None:
    site.page("/new.jpg", file(landscape(), "JPEG"))
    tell(bench, Nursery_play=site.page("/old.jpg", status=301, Location="/new.jpg"))
    assert "<img" in page(bench, draft(bench))


def test_a_picture_on_a_private_address_is_asked_only_where_its_source_may_be(bench: Workbench, site: Site) -> None:
    bench.configure(CONFIGURATION, **TEMPLATES)
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    edition = draft(bench)
    assert site.paths == []
    assert "only 80 and 443 are asked" in said(bench, edition)[0].what


def test_an_address_that_two_sources_name_is_asked_as_the_stricter_allows(bench: Workbench) -> None:
    tell(bench, Nursery_play="http://127.0.0.1/a.jpg", Maths_of_fractions="http://127.0.0.1/b.jpg")
    found = bench.app.stored(draft(bench).id).placements
    theirs = [found[0], _from(found[1], "theirs", found[0].story.lead.image)]
    assert pictures.addresses(bench.newsletter, found[:1]) == {found[0].story.lead.image: True}
    assert pictures.addresses(bench.newsletter, theirs) == {found[0].story.lead.image: False}


def _from(placement: object, source: str, image: str) -> object:
    from dataclasses import replace

    story = placement.story  # type: ignore[attr-defined]
    return replace(placement, story=replace(story, lead=replace(story.lead, source=source, image=image)))  # type: ignore[type-var]


def test_a_picture_that_is_there_again_stands_in_the_draft_that_is_made_anew(bench: Workbench, site: Site) -> None:
    tell(bench, Nursery_play=site.address("/late.jpg"))
    edition = draft(bench)
    site.page("/late.jpg", file(landscape(), "JPEG"))
    bench.clock.forward(hours=1)
    draft(bench, again=True)
    assert "<img" in page(bench, edition)
    assert said(bench, edition) == []


def test_a_picture_that_comes_after_an_approval_takes_none_back(bench: Workbench, site: Site) -> None:
    address = site.address("/late.jpg")
    tell(bench, Nursery_play=address)
    edition = draft(bench)
    bench.app.approve(edition.id, "Ada")
    bench.clock.forward(hours=1)
    site.page("/late.jpg", file(landscape(), "JPEG"))
    app_pictures.gather(bench.app, bench.newsletter, bench.app.stored(edition.id).placements)
    with bench.app.store.reading() as session:
        assert list(session.pictures.names([address], bench.clock())) == [address]
    bench.configure(PRIVATE + "# a note\n", **TEMPLATES)
    assert bench.app.preview(edition.id).edition.state == EditionState.APPROVED


def test_too_small_for_the_top_is_said_of_the_top_story_alone(bench: Workbench, site: Site) -> None:
    small = file(landscape(400, 300))
    tell(
        bench,
        Nursery_play=site.page("/a.png", small),
        Maths_of_fractions=site.page("/b.png", file(landscape(420, 300))),
    )
    edition = draft(bench)
    assert page(bench, edition).count("<img") == 1
    tops = {reasons[0].split("”")[0].strip("“") for reasons in bench.app.stored(edition.id).reasons.values()}
    assert {one.what.split("”")[0].strip("“") for one in said(bench, edition)} == tops
    assert {one.code for one in said(bench, edition)} == {"pictures.small"}


@pytest.mark.parametrize(("theme", "title"), [("maths", "Maths of fractions"), ("nursery", "Nursery play")])
def test_the_top_of_a_segment_that_puts_a_theme_first_is_held_against_what_it_sees(
    bench: Workbench, site: Site, theme: str, title: str
) -> None:
    bench.people(PEOPLE.replace(",maths,", ",,"))
    bench.configure(PRIVATE.replace('name = "Heads"\n', f'name = "Heads"\nthemes = ["{theme}"]\n'), **TEMPLATES)
    tell(
        bench,
        Nursery_play=site.page("/a.png", file(landscape(400, 300))),
        Maths_of_fractions=site.page("/b.png", file(landscape(420, 300))),
    )
    edition = draft(bench)
    assert title in {one.what.split("”")[0].strip("“") for one in said(bench, edition)}


def test_where_nobody_wants_pictures_none_is_asked_for(bench: Workbench, site: Site) -> None:
    bench.configure(by("none"), **TEMPLATES)
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    edition = draft(bench)
    assert site.paths == []
    assert "<img" not in page(bench, edition)
    assert said(bench, edition) == []


def test_pictures_that_are_wanted_only_after_the_draft_are_asked_for_by_drafting_again(
    bench: Workbench, site: Site
) -> None:
    bench.configure(by("none"), **TEMPLATES)
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    edition = draft(bench)
    bench.configure(by("linked"), **TEMPLATES)
    assert "<img" not in bench.app.preview(edition.id).variants[0].html
    assert [one.code for one in said(bench, edition)] == ["pictures.not-asked"]
    draft(bench, again=True)
    assert "<img" in page(bench, edition)


def test_linked_pictures_stand_on_the_public_pages_and_not_in_the_message(bench: Workbench, site: Site) -> None:
    bench.configure(by("linked"), **TEMPLATES)
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    edition = draft(bench)
    assert 'src="https://digest.example.org/pictures/' in page(bench, edition)
    [eml] = [
        one
        for one in write(bench.app, bench.app.stored(edition.id), bench.folder / "out")
        if one.name == "heads-all.eml"
    ]
    assert b"image/jpeg" not in eml.read_bytes()


@pytest.mark.parametrize("setting", ["linked", "embedded"])
def test_a_preview_in_files_shows_the_pictures_that_lie_beside_it(bench: Workbench, site: Site, setting: str) -> None:
    bench.configure(by(setting), **TEMPLATES)
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    edition = draft(bench)
    folder = bench.folder / "out"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "old.jpg").write_bytes(b"of another day")
    write(bench.app, bench.app.stored(edition.id), folder)
    shown = (folder / "heads-all.html").read_text(encoding="utf8")
    [picture] = (folder / "pictures").iterdir()
    assert f'src="pictures/{picture.name}"' in shown
    with Image.open(picture) as image:
        assert image.size == (1104, 622)


def test_what_is_sent_bears_the_pictures_that_were_signed(bench: Workbench, site: Site) -> None:
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    edition = draft(bench)
    bench.app.approve(edition.id, "Ada")
    site.page("/play.jpg", file(landscape(1500, 900), "JPEG"))
    wire = Wire()
    bench.clock.forward(days=1)
    bench.app.send(edition.id, wire, "Ada")
    assert len(wire.addresses) == 2
    for parcel in wire.parcels:
        message = message_from_bytes(parcel.content, policy=policy.default)
        [part] = [one for one in message.walk() if one.get_content_type() == "image/jpeg"]
        assert part["Content-ID"] == f"<{part.get_filename()}@pictures>"
        assert f'src="cid:{part.get_filename()}@pictures"' in page(bench, edition)


def test_an_edition_whose_picture_was_lost_is_not_sent_with_a_hole(bench: Workbench, site: Site) -> None:
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    edition = draft(bench)
    with bench.app.store.writing() as session:
        session.pictures._connection.exec_driver_sql("DELETE FROM picture")  # type: ignore[attr-defined]
    with pytest.raises(StoreError, match="is missing from the database"):
        bench.app.composer(edition.id)


def test_all_pictures_of_editions_are_exported_once(bench: Workbench, site: Site) -> None:
    bench.configure(by("linked"), **TEMPLATES)
    tell(bench, Nursery_play=site.page("/play.jpg", file(landscape(), "JPEG")))
    kept = draft(bench)
    tell(bench, Maths_of_fractions=site.page("/maths.jpg", file(landscape(1500, 900), "JPEG")))
    bench.app.approve(kept.id, "Ada")
    thrown = draft(bench)
    editions.discard(bench.app.store, bench.clock, thrown, "Ada")
    folder = bench.folder / "website"
    [one] = app_pictures.export(bench.app, folder)
    assert one.name in page(bench, kept)
    before = one.stat().st_mtime_ns
    assert app_pictures.export(bench.app, folder) == [one]
    assert one.stat().st_mtime_ns == before
    assert [other.name for other in folder.iterdir()] == [one.name]


def test_what_stands_in_no_edition_is_dropped_after_half_a_year(bench: Workbench, site: Site) -> None:
    mine = site.page("/mine.jpg", file(landscape(), "JPEG"))
    tell(bench, Nursery_play=mine)
    edition = draft(bench)
    old, dead, new = (f"https://a.example/{one}.jpg" for one in ("old", "dead", "new"))
    pictures.gather(_giving(bench, _nobody), {dead: False})
    pictures.gather(_giving(bench), {old: False})
    bench.clock.forward(seconds=KEPT.total_seconds() + 1)
    pictures.gather(_giving(bench), {new: False})
    with bench.app.store.reading() as session:
        assert set(session.pictures.names([mine, old, dead, new], bench.clock())) == {mine, new}
        assert set(session.pictures.asked([mine, old, dead, new])) == {mine, new}
    assert bench.app.composer(edition.id).pictures


# ---------------------------------------------------------------------------------------------
# Gathering alone, with whoever is asked in the test's hands


def _nobody(address: str, private: bool) -> bytes:
    raise FetchError(f"{address} did not answer as it should: no route.")


def _made(content: bytes) -> Shaped:
    one = Picture(name="0" * 32 + ".jpg", width=320, height=180, content=content)
    return Shaped(pictures={Shape.THUMBNAIL: one}, missing={Shape.HERO: "it is too small (320 × 180)"})


def _giving(bench: Workbench, ask: Callable[[str, bool], bytes] = lambda address, private: b"a picture") -> Gathering:
    return Gathering(store=bench.app.store, clock=bench.clock, ask=ask, resize=_made)


def _remembered(bench: Workbench, address: str = "https://a.example/a.jpg") -> PictureAsked | None:
    with bench.app.store.reading() as session:
        return session.pictures.asked([address]).get(address)


def test_who_is_slow_is_not_waited_for_and_who_answered_is_kept(bench: Workbench) -> None:
    end = threading.Event()

    def ask(address: str, private: bool) -> bytes:
        if "slow" in address:
            end.wait(20)
        return b"a picture"

    work = Gathering(store=bench.app.store, clock=bench.clock, ask=ask, resize=_made, at_once=2, seconds=0.3)
    wanted = [f"https://a.example/{one}.jpg" for one in ("a", "slow1", "slow2", "waits")]
    pictures.gather(work, dict.fromkeys(wanted, False))
    end.set()
    with bench.app.store.reading() as session:
        found = session.pictures.asked(wanted)
    assert [found[one].failures for one in wanted[:3]] == [0, 1, 1]
    assert found[wanted[1]].fault == "it did not come within 0 seconds"
    assert wanted[3] not in found, "it was not asked, and is no failure"


def test_a_dead_picture_is_asked_for_later_and_later_and_at_last_left_alone(bench: Workbench) -> None:
    times = []

    def ask(address: str, private: bool) -> bytes:
        times.append(bench.clock())
        raise FetchError("it did not answer")

    for _ in range(6 * 24 * 3):
        pictures.gather(_giving(bench, ask), {"https://a.example/a.jpg": False})
        bench.clock.forward(minutes=10)
    assert [later - sooner for sooner, later in pairwise(times)] == list(WAITS)


def test_a_server_that_asks_for_patience_or_is_gone_is_heeded(bench: Workbench) -> None:
    def ask(address: str, private: bool) -> bytes:
        if "gone" in address:
            raise Gone(f"{address} is gone.")
        raise FetchError("Too many requests.", retry_after=timedelta(days=3))

    pictures.gather(_giving(bench, ask), {"https://a.example/a.jpg": False, "https://a.example/gone.jpg": False})
    patient, gone = _remembered(bench), _remembered(bench, "https://a.example/gone.jpg")
    assert patient is not None
    assert patient.next_at == bench.clock() + timedelta(days=3)
    assert gone is not None
    assert gone.next_at is None


@pytest.mark.parametrize("fault", [PictureError("it is damaged"), ZeroDivisionError("of this program")])
def test_nothing_that_goes_wrong_with_a_picture_ends_the_draft(bench: Workbench, fault: Exception) -> None:
    def ask(address: str, private: bool) -> bytes:
        raise fault

    pictures.gather(_giving(bench, ask), {"https://a.example/a.jpg": False})
    found = _remembered(bench)
    assert found is not None
    assert str(fault) in found.fault


def test_a_program_that_ends_asks_no_more(bench: Workbench) -> None:
    bench.app.stopping.set()
    tell(bench, Nursery_play="http://127.0.0.1:9/a.jpg")
    draft(bench)
    assert _remembered(bench, "http://127.0.0.1:9/a.jpg") is None
