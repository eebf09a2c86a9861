"""Whatever changes anything on the desk is noted, with who did it, and nothing else is: every form there is is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from digest.app import App, naming, rehearsing, sourcing
from digest.app import access as accounts
from digest.domain.model import Deferred, InDoubt, Role
from digest.domain.ports import CountsAs
from digest.jobs import access, editing, following, programs, webhooks
from digest.net.records import Records
from digest.web.desk.editions.looking import read_only
from digest.web.desk.roles import LEAST
from digest.web.desk.settings import trying
from tests.authority import Authority
from tests.conftest import Clock, Site
from tests.jobs.conftest import Wire
from tests.jobs.test_changed import tell
from tests.sources.conftest import TITLES, listing
from tests.web.desk.conftest import PHRASE
from tests.web.desk.new import BEGIN, BRAND, CONSENT, SENDER, New
from tests.web.desk.setting import Setting
from tests.web.desk.test_importing import FILE, IMPORT, upload
from tests.web.desk.test_second_factor import FACTOR, Phone
from tests.web.desk.test_staff import PRIYA, invitation_of, link_in, mailed
from tests.web.desk.walk import Walk
from tests.web.desk.walk_settings import walk_settings

ACCOUNT, STAFF, API = (f"/settings/{name}" for name in ("account", "staff", "api"))
OTHER = "four quite other words"
#: what changes something and stands in no history, and why not
UNNOTED = {
    "POST /sources/-/ask": "what sources give comes by itself as well, and nobody chose it",
    "POST /subscribers/import": "a file waits, with who sent it; nothing is done before it is taken in",
    "POST /subscribers/import/{file}/remove": "nothing of it was ever done",
    "POST /editions/{edition}/check-links": "links are checked by themselves as well",
    "POST /editions/{edition}/rehearse": "nobody gets anything, and the rehearsal says itself who wanted it",
    f"POST {BEGIN}/dns": "one is reminded of a step no more",
    f"POST {BEGIN}/schedule": "where nothing is another, one is reminded of a step no more",
}
#: what changes nothing of what is kept, and what it does
IDLE = {
    "POST /colours": "one browser looks otherwise",
    "POST /keys": "one browser takes no shortcuts",
    "POST /editions/{edition}/test": "a mail to who asks for it",
    "POST /settings/servers/{server}/test": "a mail to an address that is typed",
    "POST /editions/{edition}/rehearsal/stop": "none is on its way any more",
    "POST /segments/{newsletter}/{segment}/why": "a question",
    "POST /themes/{newsletter}/-/suggestions": "a question",
    "POST /sources/-/try": "an address is looked at",
    f"POST {BEGIN}/source/look": "an address is looked at",
    "POST /settings/dkim/look": "the DNS is looked at",
    "POST /subscribers/import/{file}/look": "a file is looked at",
    "POST /settings/servers/{server}/sign-in/begin": "an answer is waited for; what it brings is noted",
}
_DOUBT = InDoubt(reason="silence after the end")
#: forms of who is not logged in
OPEN = ("/log-in", "/log-in/code", "/forgotten", "/first/{token}", "/invited/{token}", "/read/{token}")


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr(App, "transport", lambda app: made)
    return made


@pytest.fixture
def nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the desk ask servers of this machine, and nobody's DNS."""
    real = sourcing.discovered
    monkeypatch.setattr(sourcing, "discovered", lambda app, wanted: real(app, replace(wanted, allow_private=True)))
    monkeypatch.setattr(trying, "PATIENCE", 20.0)
    monkeypatch.setattr(Records, "texts", lambda records, name: ())
    monkeypatch.setattr(naming, "shows", lambda key: True)


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[rehearsing.Beside]:
    """What rehearses beside the pages, once there is a desk."""
    made: list[rehearsing.Beside] = []
    real = rehearsing.Beside.__init__

    def noted(self: rehearsing.Beside, app: App) -> None:
        real(self, app)
        made.append(self)

    monkeypatch.setattr(rehearsing.Beside, "__init__", noted)
    return made


@pytest.fixture
def setting(tmp_path: Path, clock: Clock, beside: list[rehearsing.Beside]) -> Iterator[Setting]:
    folder = tmp_path / "desk"
    folder.mkdir()
    made = Setting(folder, clock)
    yield made
    made.office.app.store.close()


@pytest.mark.usefixtures("nearby")
def test_exactly_what_changes_anything_is_noted_whatever_is_done_on_the_desk(
    setting: Setting,
    tmp_path: Path,
    clock: Clock,
    site: Site,
    wire: Wire,
    beside: list[rehearsing.Beside],
    authority: Authority,
) -> None:
    walk = Walk(setting.office.app, setting.browser)
    _people(walk, setting)
    _a_draft(walk, setting, beside)
    _what_leaves(walk, setting)
    _sources_themes_and_segments(walk, setting, site)
    walk_settings(walk, setting, authority)
    _programs(walk, setting)
    _staff(walk, setting, wire)
    _own_account(walk, setting)
    new = New(tmp_path / "new", clock)
    _set_up(walk.at(new.app, new.browser), new, site)
    new.close()
    assert set(walk.done) == {one for one in LEAST if one.startswith("POST ")} | {f"POST {path}" for path in OPEN}
    told = walk.wrong(UNNOTED)
    assert told == [], "\n".join(told)
    assert walk.idle() == set(IDLE)


def _people(walk: Walk, setting: Setting) -> None:
    office = setting.office
    office.app.import_people(office.bench.newsletter)
    walk.press("POST /subscribers", address="eve@example.org", consent=CONSENT, cadence="weekly")
    with office.app.store.reading() as session:
        eve = session.rights.subscriber("eve@example.org")
    for _ in range(2):
        walk.press(f"POST /subscribers/{{person={eve}}}/choose", first_name="Eve", cadence="monthly")
        walk.press(f"POST /subscribers/{{person={eve}}}/pause", until="2026-12-24")
    walk.press(f"POST /subscribers/{{person={eve}}}/pause", until="")
    walk.press(f"POST /subscribers/{{person={eve}}}/leave")
    for _ in range(2):
        walk.press(f"POST /subscribers/{{person={eve}}}/keep-off")
    walk.press(f"POST /subscribers/{{person={eve}}}/erase", address="eve@example.org")
    file = _uploaded(walk, FILE)
    page, column = f"{IMPORT}/{file}", {"column.2": "tags"}
    walk.send(f"POST /subscribers/import/{{file={file}}}/look", page, words=CONSENT, **column)
    # columns that are read in another way than was looked at take nobody in
    walk.send(f"POST /subscribers/import/{{file={file}}}/take-in", page, words=CONSENT, **{"column.2": ""})
    for _ in range(2):
        walk.send(f"POST /subscribers/import/{{file={file}}}/take-in", page, words=CONSENT, **column)
    file = _uploaded(walk, FILE.replace("eve", "una"))
    walk.press(f"POST /subscribers/import/{{file={file}}}/remove")


def _uploaded(walk: Walk, text: str) -> str:
    with walk.watched("POST /subscribers/import"):
        answer = upload(walk.browser, text)
    assert answer.status_code == 303
    path = answer.headers["location"]
    walk.settle(path)
    return str(path.rpartition("/")[2])


def _a_draft(walk: Walk, setting: Setting, beside: list[rehearsing.Beside]) -> None:
    office, app = setting.office, setting.office.app
    office.bench.insights("Nursery play", "Nursery meals", "Maths of fractions", "Maths of sums")
    drafted = app.draft(office.bench.newsletter).edition
    assert drafted is not None
    edition = f"POST /editions/{{edition={drafted.id}}}"

    def story(title: str) -> str:
        with app.store.reading() as session:
            content = session.editions.content(session.editions.get(drafted.id))
        return next(one.story.id for one in (*content.placements, *content.left_out) if one.shown.title == title)

    play, meals = (f"{edition}/stories/{{story={story(one)}}}" for one in ("Nursery play", "Nursery meals"))
    walk.press(f"{edition}/write", seen="0", subject="One")
    walk.press(f"{edition}/undo")
    walk.press(f"{edition}/redo")
    walk.press(f"{edition}/blocks", kind="text", place="top", text="Our spring fair")
    own = app.stored(drafted.id).edition.written.blocks[0].id
    walk.press(f"{edition}/blocks/{{block={own}}}/remove")
    walk.press(f"{edition}/themes/{{theme=maths}}/put", by="up")
    walk.press(f"{play}/move", theme="maths")
    walk.press(f"{play}/keep")
    for _ in range(2):
        walk.press(f"{play}/always")
    walk.press(f"{play}/put", by="up")
    walk.press(f"{meals}/place", theme="maths", before="")
    walk.press(f"{meals}/pin", pinned="yes")
    walk.press(f"{meals}/leave-out")
    walk.press(f"{meals}/put-back")
    tell(office.bench, "Nursery play is cancelled")
    walk.press(f"{play}/take")
    office.bench.insights("Reading aloud")
    [late] = editing.late(read_only(app, drafted.id))
    walk.press(f"{edition}/stories/{{story={late.id}}}/add")
    walk.press(f"{edition}/test", segment="rest")
    walk.press(f"{edition}/check-links")
    with walk.watched("POST /editions/{edition}/rehearse"):
        walk.press(f"{edition}/rehearse")
        beside[-1].wait()
    walk.press(f"{edition}/rehearsal/stop")
    invited = walk.press(f"{edition}/invite", name="Priya", days="7").text
    link = re.search(r"/read/([\w-]+)<", invited)
    assert link
    stranger = walk.as_(office.browser("192.0.2.40"))
    stranger.send(f"POST /read/{{token={link[1]}}}", f"/read/{link[1]}", text="Well done", story="")
    review = setting.browser.get(f"/editions/{drafted.id}/review").text
    comment, key = (re.search(rf'name="{name}" value="([^"]+)"', review) for name in ("comment", "key"))
    assert comment
    assert key
    walk.press(f"{edition}/settle", comment=comment[1])
    walk.press(f"{edition}/withdraw", key=key[1])
    for act in ("approve", "take-back", "approve"):
        walk.press(f"{edition}/{act}", seen=_seen(setting, drafted.id))
    for act in ("send-now", "pause", "pause", "resume", "cancel"):
        walk.press(f"{edition}/{act}")


def _seen(setting: Setting, edition: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', setting.browser.get(f"/editions/{edition}/review").text)
    return found[1] if found else ""


def _what_leaves(walk: Walk, setting: Setting) -> None:
    office, app = setting.office, setting.office.app
    walk.press("POST /editions", newsletter="news", at="2026-11-26 09:00")
    office.clock.forward(days=7)
    walk.browser = setting.browser = office.sit(office.person("Hannah Cole"))
    sent = office.bench.approved("Nursery songs", "Maths of shapes")
    zoe = "zoe@example.org"
    later = Wire(lambda parcel: Deferred(reply="450 4.2.0 greylisted") if parcel.envelope_to == zoe else _DOUBT)
    app.send(sent, later, "Ada")
    first, second, *_ = (one.subscriber for one in following.entries(app.store, sent, CountsAs.UNKNOWN))
    edition = f"POST /editions/{{edition={sent}}}"
    walk.press(f"{edition}/retry")
    app.send(sent, Wire(), "Ada")
    walk.press(f"{edition}/leave", person=first)
    walk.press(f"{edition}/send-again", person=second)
    app.send(sent, Wire(), "Ada")
    walk.press(f"{edition}/correct", text="The evening is on Thursday.")


def _sources_themes_and_segments(walk: Walk, setting: Setting, site: Site) -> None:
    address = site.page("/news", listing(*TITLES))
    tried = walk.send("POST /sources/-/try", "/sources", address=address).headers["location"]
    walk.send("POST /sources", tried, name="Otters", news="0")
    walk.settle("/sources")
    site.page("/news", listing(*TITLES, "Otters at night"))
    walk.press("POST /sources/-/ask", newsletter="news", source="otters")
    walk.send("POST /sources/{newsletter=news}/{source=ours}", "/sources/news/ours", name="Ours")
    saved = setting.browser.get("/sources/news/ours").text
    before, after = (re.search(rf'name="{name}" value="([^"]+)"', saved) for name in ("before", "after"))
    assert before
    assert after
    walk.press("POST /settings/put-back", before=before[1], after=after[1], back="/sources")
    walk.send("POST /sources/{newsletter=news}/{source=theirs}/remove", "/sources/news/theirs/remove")
    walk.send("POST /themes/{newsletter=news}", "/themes/news", name="Garden", keywords="soil", description="Soil.")
    walk.send("POST /themes/{newsletter=news}/{theme=garden}", "/themes/news/garden", name="Gardens")
    walk.send("POST /themes/{newsletter=news}/-/order", "/themes", theme="garden", by="up")
    walk.send("POST /themes/{newsletter=news}/-/rules", "/themes", words="bus", theme="maths")
    walk.send("POST /themes/{newsletter=news}/-/rules/remove", "/themes", rule="0")
    walk.send("POST /themes/{newsletter=news}/-/suggestions", "/themes")
    walk.send("POST /themes/{newsletter=news}/{theme=garden}/remove", "/themes/news/garden/remove")
    rule = {"how": "all", "0.field": "tags", "0.is": "contains", "0.value": "governor"}
    made = walk.revised("POST /segments/new", "/segments/new", newsletter="news", name="Governors", act="save", **rule)
    path = made.headers["location"].partition("?")[0]
    heads = "/segments/{newsletter=news}/{segment=heads}"
    walk.revised(f"POST {heads}", "/segments/news/heads", name="All heads", act="save", **rule)
    walk.revised(f"POST {heads}/move", "/segments", by="down")
    walk.press(f"POST {heads}/why", who="ada@example.org")
    segment = path.rpartition("/")[2]
    walk.revised(f"POST /segments/{{newsletter=news}}/{{segment={segment}}}/remove", f"{path}/remove")


def _programs(walk: Walk, setting: Setting) -> None:
    store = setting.office.app.store
    walk.press(f"POST {API}/tokens", name="CRM", scopes="status:read")
    for _ in range(2):
        walk.press(f"POST {API}/tokens/withdraw", token=programs.every(store)[0].id)
    walk.press(f"POST {API}/webhooks", address="https://crm.example.org/told", events="edition.sent")
    [(hook, _)] = webhooks.every(store)
    walk.press(f"POST {API}/webhooks/renew", webhook=hook.id)
    walk.press(f"POST {API}/webhooks/end", webhook=hook.id)


def _staff(walk: Walk, setting: Setting, wire: Wire) -> None:
    office = setting.office
    walk.press(f"POST {STAFF}", **PRIYA)
    walk.press(f"POST {STAFF}/invitations/{{invitation={invitation_of(office)}}}/again")
    walk.press(f"POST {STAFF}/invitations/{{invitation={invitation_of(office)}}}/withdraw")
    walk.press(f"POST {STAFF}", **PRIYA)
    link = link_in(mailed(wire))
    priya = walk.as_(office.browser("192.0.2.41"))
    priya.send(f"POST /invited/{{token={link.rpartition('/')[2]}}}", link, phrase=OTHER)
    person = office.person("Priya Nair").id
    for _ in range(2):
        walk.press(f"POST {STAFF}/{{staff={person}}}/role", role="editor")
    page = priya.browser.get(FACTOR).text
    phone = Phone(office, page)
    factor = {"offer": phone.offer, "code": phone.code(), "phrase": OTHER}
    priya.press(f"POST {ACCOUNT}/second-factor", **factor)
    walk.press(f"POST {STAFF}/{{staff={person}}}/reset-second-factor")
    walk.press(f"POST {STAFF}/{{staff={person}}}/remove")


def _own_account(walk: Walk, setting: Setting) -> None:
    office, app = setting.office, setting.office.app
    office.enter(Role.EDITOR)
    staff = office.person("Marcus Webb")
    marcus = walk.as_(office.sit(staff))
    marcus.press(f"POST {ACCOUNT}", name="Marcus Cole", address=staff.address, phrase=PHRASE)
    other = access.found(app.store, office.clock, office.sit(staff, "192.0.2.60").client.cookies["__Host-desk"])
    assert other is not None
    marcus.press(f"POST {ACCOUNT}/end", which=other[0].key[:16])
    for _ in range(2):
        marcus.press(f"POST {ACCOUNT}/end-others")
    phone = Phone(office, marcus.browser.get(FACTOR).text)
    marcus.press(f"POST {FACTOR}", offer=phone.offer, code=phone.code(), phrase=PHRASE)
    office.clock.forward(seconds=30)
    marcus.press(f"POST {FACTOR}/codes", code=phone.code(), phrase=PHRASE)
    office.clock.forward(seconds=30)
    half = walk.as_(office.browser("192.0.2.42"))
    half.send("POST /log-in", "/log-in", address=staff.address, phrase=PHRASE)
    half.send("POST /log-in/code", "/log-in/code", code=phone.code())
    office.clock.forward(seconds=30)
    marcus.press(f"POST {FACTOR}/off", code=phone.code(), phrase=PHRASE)
    marcus.press(f"POST {ACCOUNT}/phrase", old_phrase=PHRASE, new_phrase=OTHER)
    marcus.press("POST /log-out")
    plain = walk.as_(office.browser("192.0.2.43"))
    plain.send("POST /log-in", "/log-in", address=staff.address, phrase=OTHER)
    walk.as_(office.browser("192.0.2.44")).send("POST /forgotten", "/forgotten", address=staff.address)
    link = accounts.link_for(app, staff.address)[0].rpartition("/")[2]
    walk.as_(office.browser("192.0.2.45")).send(f"POST /first/{{token={link}}}", f"/first/{link}", phrase=PHRASE)


def _set_up(walk: Walk, new: New, site: Site) -> None:
    walk.send(f"POST {BEGIN}/put-away", BEGIN)
    walk.send(f"POST {BEGIN}/take-up", BEGIN)
    for _ in range(2):
        walk.send(f"POST {BEGIN}/brand", f"{BEGIN}/brand", **BRAND)
    walk.send(f"POST {BEGIN}/sender", f"{BEGIN}/sender", **SENDER, port="587")
    walk.send(f"POST {BEGIN}/dns", f"{BEGIN}/dns", act="leave")
    address = site.page("/news", listing(*TITLES))
    tried = walk.send(f"POST {BEGIN}/source/look", f"{BEGIN}/source", address=address).headers["location"]
    walk.send(f"POST {BEGIN}/source", tried, name="Otters", news="0")
    walk.settle("/sources")
    typed = {"address": "eve@example.org", "consent": CONSENT}
    walk.send(f"POST {BEGIN}/people", f"{BEGIN}/people", **typed)
    for typed in ({}, {"schedule.at": "09:30"}):
        walk.send(f"POST {BEGIN}/schedule", f"{BEGIN}/schedule", **typed)
    walk.send(f"POST {BEGIN}/draft", f"{BEGIN}/draft")
