"""Every page of the desk in its states: axe-core finds nothing in light or dark, wide or on a narrow phone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page

from digest.app import settings, webhooks
from digest.config.change import Add, Changed, Put
from digest.domain.model import FreeBlock, InDoubt, Parcel, Rejected, Role, Whence
from digest.jobs import access, editing, staffing, steering
from digest.jobs.staffing import By
from digest.web.desk.editions.looking import read_only
from tests.browser.desks import MARCUS, TITLES, USUAL, Shown, chromium, judged, office, overhang, until
from tests.browser.viewing import SCHEMES
from tests.jobs.conftest import Wire
from tests.web.desk.conftest import HANNAH, PHRASE
from tests.web.desk.conftest import Browser as Client

#: px: a desk's screen, the same at 200 %, the narrowest phone
WIDE, ENLARGED, PHONE = 1440, 720, 360
LONG = "A title so long that no small phone shows the whole of it, and Donaudampfschifffahrtsgesellschaftskapitän"
FOREIGN = "Die Kinder in der Kita lernen jeden Tag, wie man mit Zahlen rechnet und miteinander spielt"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def shown(tmp_path: Path, browser: Browser) -> Iterator[Shown]:
    made = Shown(office(tmp_path), browser)
    made.account()
    yield made
    for context in browser.contexts:
        context.close()
    made.close()


def faults(page: Page) -> list[str]:
    """Return all that keeps somebody from using a page, in either scheme and at every width."""
    found = []
    # a colour on its way from one scheme to the other is none
    for width in (WIDE, ENLARGED, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        if overhang(page) > 0:
            found.append(f"{width} px: {overhang(page)} px too wide")
        # colours are the same at every width, and 200 % is the narrow screen of the middle
        for scheme in {WIDE: SCHEMES, PHONE: SCHEMES[:1]}.get(width, ()):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            found += [f"{width} px, {scheme}: {one}" for one in judged(page)]
    return found


def found_on(shown: Shown, paths: Mapping[str, str], *, inside: bool = True) -> dict[str, list[str]]:
    """Return name of a page -> what is wrong with it, of those where anything is."""
    found = {}
    page = shown.blank(inside=inside)
    for name, path in paths.items():
        answer = page.goto(shown.base + path)
        assert answer is not None
        assert answer.status == 200, path
        found[name] = faults(page)
    assert all(one.startswith((shown.base, "data:")) for one in shown.asked), "nothing is asked of anybody else"
    page.context.close()
    return {name: wrong for name, wrong in found.items() if wrong}


def draft(shown: Shown) -> tuple[str, str]:
    """Return the path of a draft that has some of everything, and the id of one of its stories."""
    edition = shown.draft(*TITLES, LONG, FOREIGN)
    work = read_only(shown.app, edition)
    stories = _stories(shown, edition)
    editing.leave_out(work, stories["Nursery meals"])
    editing.add_block(work, FreeBlock(kind="event", place="top", title="Open evening", when="3 December", where="Hall"))
    editing.pin(work, stories[LONG])
    editing.write(work, {f"story/{stories['Nursery play']}/title": "Lorem ipsum and play"}, 0)
    shown.office.clock.forward(minutes=5)
    shown.office.bench.insights("Reading aloud")
    return f"/editions/{edition}", stories["Nursery play"]


def _stories(shown: Shown, edition: str) -> dict[str, str]:
    with shown.app.store.reading() as session:
        return {one.shown.title: one.story.id for one in session.editions.placements(edition)}


def hannah(shown: Shown) -> Client:
    client = shown.office.browser("192.0.2.2")
    assert client.log_in(address=HANNAH).status_code == 303
    return client


def invited(shown: Shown, path: str) -> str:
    """Return the path of a reading link by which something was said."""
    answer = hannah(shown).send(f"{path}/review", f"{path}/invite", name="Mr Head", days="7")
    link = re.search(rf"{USUAL}(/read/[\w-]+)<", answer.text)
    assert link, answer.text
    said = shown.office.browser("192.0.2.3").send(link[1], link[1], text="Well done.\nAll of it.", story="")
    assert said.status_code == 303
    return link[1]


def test_nothing_keeps_anybody_from_home_and_from_the_page_of_a_draft(shown: Shown) -> None:
    path, story = draft(shown)
    assert found_on(shown, {
        "home": "/", "editions": "/editions", "new edition": "/editions/new",
        "draft": path, "story": f"{path}?edit=story/{story}",
        "inbox": f"{path}?edit=inbox", "places": f"{path}?move={story}", "new block": f"{path}?edit=new/event",
        "text": f"{path}?view=text", "mobile": f"{path}?view=mobile", "dark": f"{path}?view=dark",
    }) == {}  # fmt: skip


def test_nothing_keeps_anybody_from_the_wall_the_review_the_history_and_a_reading_link(shown: Shown) -> None:
    path, _ = draft(shown)
    read = invited(shown, path)
    assert found_on(shown, {
        "wall": f"{path}/wall", "all": f"{path}/wall?all=1", "review": f"{path}/review", "history": f"{path}/history",
    }) == {}  # fmt: skip
    assert found_on(shown, {"read": read}, inside=False) == {}
    page = shown.open(f"{path}/review")
    words = page.locator("main").inner_text()
    assert all(one in words for one in ("Must mend", "Lorem ipsum", "Look at", "What readers say", "Well done."))


@pytest.mark.parametrize("script", [True, False])
def test_nothing_keeps_anybody_from_what_is_wrong_or_typed_twice(shown: Shown, script: bool) -> None:
    path, story = draft(shown)
    page = shown.open(f"{path}?edit=story/{story}")
    other = shown.open(f"{path}?edit=story/{story}", token=shown.another(address=MARCUS), script=script)
    other.locator("[name$='/title']").fill("Theirs")
    other.locator(".in-place").get_by_role("button", name="Save").click()
    other.wait_for_selector(".in-place", state="detached")
    page.locator("[name$='/title']").fill("Mine")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".in-place .note.warn")
    assert faults(page) == []
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.locator("[name$='/title']").fill("")
    page.locator("[name$='/summary']").fill("x" * 5_000)
    page.locator(".in-place").get_by_role("button", name="Keep yours").click()
    page.wait_for_selector("[aria-invalid]")
    assert faults(page) == []


def test_nothing_keeps_anybody_from_an_approval_and_from_one_that_was_taken_back(shown: Shown) -> None:
    edition = shown.draft()
    path = f"/editions/{edition}"
    shown.app.approve(edition, "Ada")
    pages = {"review": f"{path}/review", "edition": path, "sending": f"{path}/sending", "home": "/"}
    assert found_on(shown, pages) == {}
    story = _stories(shown, edition)["Nursery play"]
    editing.write(read_only(shown.app, edition), {f"story/{story}/title": "Nursery games"}, 0)
    assert found_on(shown, {"taken back": f"{path}/review", "edition": path, "home": "/"}) == {}
    assert shown.open(f"{path}/review").locator("del, ins").count() == 2


def test_nothing_keeps_anybody_from_a_send_on_its_way(shown: Shown) -> None:
    edition = shown.draft()
    path = f"/editions/{edition}"
    shown.app.approve(edition, "Ada")
    steering.send_now(shown.app.store, shown.office.clock, edition, "Ada")
    assert found_on(shown, {"sending": f"{path}/sending", "cancel": f"{path}/cancel"}) == {}
    steering.pause(shown.app.store, shown.office.clock, edition, "Ada")
    assert found_on(shown, {"paused": f"{path}/sending", "home": "/"}) == {}


def test_nothing_keeps_anybody_from_what_became_of_a_send(shown: Shown) -> None:
    def answer(parcel: Parcel) -> Rejected | InDoubt | None:
        if parcel.envelope_to.startswith("ada"):
            return Rejected(reply="550 5.1.1 no such mailbox")
        return InDoubt(reason="no answer came") if parcel.envelope_to.startswith("bo") else None

    edition = shown.draft()
    path = f"/editions/{edition}"
    shown.app.approve(edition, "Ada")
    usual = Wire()
    shown.app.send(edition, Wire(lambda parcel: answer(parcel) or usual.answer(parcel)), "Ada")
    pages = {kind: f"{path}/people/{kind}" for kind in ("failed", "unknown", "sent", "waiting")}
    report = {"report": f"{path}/report"}
    assert found_on(shown, {"sent": f"{path}/sending", "home": "/", "editions": "/editions", **report, **pages}) == {}


def test_nothing_keeps_anybody_from_what_is_found(shown: Shown) -> None:
    shown.draft(people="ada@example.org,Ada,head,,weekly,form,2026-01-01\n")
    words = {"nothing typed": "/find", "found": "/find?q=a", "stories": "/find?q=nursery", "nothing": "/find?q=xyzzy"}
    assert found_on(shown, words) == {}
    page = shown.open("/")
    page.keyboard.press("/")
    page.keyboard.type("maths")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find?q=maths")
    assert page.locator("main").get_by_role("link", name="Maths in play").count() == 1
    page.set_viewport_size({"width": PHONE, "height": 900})
    page.locator(".small-places > summary").click()
    page.locator("#find-small").fill("ada@")
    page.keyboard.press("Enter")
    page.get_by_text("ada@example.org").wait_for()
    plain = shown.open("/", script=False)
    plain.locator("#find").fill("nursery")
    plain.keyboard.press("Enter")
    plain.wait_for_url("**/find?q=nursery")


def test_a_rehearsal_is_followed_in_place_and_nothing_keeps_anybody_from_what_it_came_to(shown: Shown) -> None:
    path = f"/editions/{shown.draft()}"
    assert found_on(shown, {"before": f"{path}/rehearsal"}) == {}
    page = shown.open(f"{path}/review")
    page.get_by_role("link", name="Rehearse").click()
    page.get_by_role("button", name="Rehearse").click()
    page.get_by_text("Each of them was mailed once").wait_for()
    page.get_by_role("button", name="Rehearse again").wait_for()
    pages = {"report": f"{path}/rehearsal", "message": f"{path}/rehearsal/1", "review": f"{path}/review"}
    assert found_on(shown, pages) == {}
    plain = shown.open(f"{path}/rehearsal", script=False)
    plain.get_by_role("button", name="Rehearse again").click()
    until(lambda: plain.reload() is not None and plain.get_by_text("Each of them was mailed once").count(), "a report")


def test_nothing_keeps_anybody_from_the_set_up_pages(shown: Shown) -> None:
    store, clock = shown.app.store, shown.office.clock
    marcus = shown.another(role=Role.EDITOR)
    [known] = [one for one in access.everybody(store) if one.address == MARCUS]
    with store.writing() as session:
        session.access.set_factor(known.id, "sealed", 1, ["a", "b"])
    by = By(name="Hannah Cole")
    _, token = staffing.invite(
        store, clock, by, f"Priya {LONG}"[:90], f"{'priya' * 11}@fernhill.example.org", Role.ADMIN
    )
    for _ in range(3):
        access.failed(store, clock, known, "a wrong pass phrase", Whence(remote="2001:db8:1234:5678:9abc:def0:1:2"))
    webhooks.make(shown.app, "Priya Nair", address=f"https://{'crm' * 15}.example.org/told", events=["edition.sent"])
    changed = _changed(shown)
    assert found_on(shown, {
        "versions": "/settings/versions", "version": f"/settings/versions/{changed.before}/{changed.after}",
        "settings": "/settings", "api": "/settings/api", "account": "/settings/account",
        "factor": "/settings/account/second-factor",
        "staff": "/settings/staff", "remove": f"/settings/staff/{known.id}/remove",
        "reset": f"/settings/staff/{known.id}/reset-second-factor", "history": "/settings/history",
        "sifted": "/settings/history?who=Hannah+Cole&what=log-in",
    }) == {}  # fmt: skip
    assert found_on(shown, {"forgotten": "/forgotten", "invited": f"/invited/{token}"}, inside=False) == {}
    for path in ("/settings/account", "/settings/account/second-factor"):
        page = shown.open(path, token=marcus)
        assert faults(page) == []
        page.context.close()


def _changed(shown: Shown) -> Changed:
    """Change a few settings, the last with long words; return what that was."""
    (shown.office.bench.folder / "digest.toml").write_text(shown.app.loaded.files["digest.toml"])
    news, by = ("newsletters", "news"), By(name="Priya Nair")
    for acts in (
        [Put(at=(*news, "sources", "ours"), values={"name": "Our own news"})],
        [Add(to=(*news, "rules"), values={"theme": "maths", "words": ["sums"]})],
        [
            Put(at=news, values={"introduction": f"Hello. {LONG}"}),
            Put(at=("brand",), values={"website": "https://x.org"}),
        ],
    ):
        done = settings.change(shown.app, by, settings.seen(shown.app), acts)
    return done.changed


@pytest.mark.parametrize("script", [True, False])
def test_a_second_factor_is_set_up_and_logged_in_with_by_keyboard(shown: Shown, script: bool) -> None:
    page = shown.open("/settings/account/second-factor", script=script, bypass=False, inside=True)
    page.locator("details.more summary").focus()
    page.keyboard.press("Enter")
    totp = pyotp.TOTP(page.locator(".written").inner_text().replace(" ", ""))

    def code(steps: int) -> str:
        return totp.generate_otp(totp.timecode(shown.office.clock()) + steps)

    page.get_by_label("Six digits").fill("000000")
    page.locator("#phrase").fill(PHRASE)
    page.keyboard.press("Enter")
    page.wait_for_selector("#code-wrong")
    page.get_by_label("Six digits").fill(code(0))
    page.locator("#phrase").fill(PHRASE)
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    assert page.locator(".codes li").count() == 10
    page.context.close()
    page = shown.open("/editions", inside=False, script=script, bypass=script)
    page.get_by_label("Email address").fill(HANNAH)
    page.locator("#phrase").fill(PHRASE)
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")
    if script:
        assert faults(page) == []
    page.get_by_label("Code").fill(code(1))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shown.base}/editions")
    assert page.locator("h1").inner_text() == "Editions"
    page.context.close()
