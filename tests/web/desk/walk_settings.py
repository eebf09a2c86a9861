"""The walk over the set-up pages: every form of them is sent, twice where the second time must change nothing."""

from __future__ import annotations

import html
import re
from urllib.request import HTTPRedirectHandler, build_opener

from digest.app import settings
from digest.domain.model import FREE_BLOCKS
from digest.web.desk.settings.sheets import SHEETS
from tests.authority import Authority
from tests.web.desk.setting import Setting
from tests.web.desk.walk import Walk

NEWSLETTERS, PROVIDERS, CALENDAR, DKIM, SERVERS = (
    f"/settings/{name}" for name in ("newsletters", "providers", "calendar", "dkim", "servers")
)
NEWS = "/{newsletter=news}"
#: what is typed into the sheets, by the last part of their addresses
TYPED = {
    "leaving": {"waves.seeds": "heads", "waves.canary_percent": "5"},
    "tracking": {"tracking.clicks": "yes"},
    "retention": {"left_months": "24"},
    "public": {"public.robots": "noindex"},
    "returns": {"folder": "Bounces"},
    "logging-in": {"second_factor": "everybody"},
}
#: what is typed into every kind of block, of which each takes what it has
BLOCK = {
    "title": "Heads’ breakfast",
    "text": "Bring a question.",
    "when": "Thursday, 8 to 9.30",
    "who": "Ada Bell",
    "link": "https://fernhill.example.org/breakfast",
    "words": "Book a place",
    "picture": "https://fernhill.example.org/hall.jpg",
    "alt": "The new hall",
}


class _Staying(HTTPRedirectHandler):
    """A browser that does not get to where it is sent."""

    def redirect_request(self, *_: object) -> None:
        return None


def walk_settings(walk: Walk, setting: Setting, authority: Authority) -> None:
    """Send the forms of newsletters, of what is fields and nothing else, of blocks, providers, servers and keys."""
    for _ in range(2):
        walk.send(f"POST {NEWSLETTERS}{NEWS}", f"{NEWSLETTERS}/news", name="Fernhill letter")
    _founded(walk)
    _sheets(walk, setting)
    _blocks(walk, setting)
    _providers(walk)
    _calendar(walk)
    walk.send("POST /settings/brand", "/settings/brand", accent="#084a8c")
    walk.send("POST /settings/telling", "/settings/telling", tell="hannah@example.org")
    _servers(walk)
    _signed_in(walk, setting, authority)
    _keys(walk, setting)
    walk.press("POST /colours", colours="dark")
    walk.press("POST /keys", keys="off")


def _founded(walk: Walk) -> None:
    new = f"{NEWSLETTERS}/-/new"
    walk.send(f"POST {new}", new, name="Early Years Weekly")
    remove = f"{NEWSLETTERS}/early-years-weekly/remove"
    walk.app.draft(walk.app.newsletter("early-years-weekly"))
    walk.send(f"POST {NEWSLETTERS}/{{newsletter=early-years-weekly}}/remove", remove, named="Early Years Weekly")


def _sheets(walk: Walk, setting: Setting) -> None:
    assert TYPED.keys() == {one.name for one in SHEETS}
    for sheet in SHEETS:
        page = sheet.route.replace("{newsletter}", "news")
        # whoever wants a second factor of everybody gets no further without one
        for _ in range(1 if sheet.name == "logging-in" else 2):
            walk.send(f"POST {sheet.route.replace('{newsletter}', '{newsletter=news}')}", page, **TYPED[sheet.name])
    setting.by_hand('second_factor = "everybody"\n', "")
    settings.seen(setting.office.app)


def _blocks(walk: Walk, setting: Setting) -> None:
    blocks, page = f"POST {NEWSLETTERS}{NEWS}/blocks", f"{NEWSLETTERS}/news/blocks"
    for kind in FREE_BLOCKS:
        new = f"{page}/-/{kind}"
        has = setting.fields(new)
        typed = {name: text for name, text in BLOCK.items() if name in has}
        walk.send(f"{blocks}/-/{{kind={kind}}}", new, place="end", **typed)
    for _ in range(2):
        walk.send(f"{blocks}/{{number=0}}", f"{page}/0", place="top")
    # the first of its place rises no further
    for number in (2, 1):
        walk.send(f"{blocks}/{{number={number}}}/move", page, by="up")
    walk.send(f"{blocks}/{{number=0}}/remove", page)


def _providers(walk: Walk) -> None:
    walk.send(f"POST {PROVIDERS}", PROVIDERS, domain="gmail.com", messages_a_minute="60", connections="0")
    for _ in range(2):
        limits = {"domain": "gmail.com", "messages_a_minute": "30", "connections": "2"}
        walk.send(f"POST {PROVIDERS}/{{number=0}}", PROVIDERS, **limits)
    walk.send(f"POST {PROVIDERS}/{{number=0}}/remove", PROVIDERS)


def _calendar(walk: Walk) -> None:
    for _ in range(2):
        walk.send(f"POST {CALENDAR}", CALENDAR, country="GB", region="SCT")
    spring = {"kind": "terms", "name": "Spring", "begins": "2027-01-04", "ends": "2027-02-12"}
    walk.send(f"POST {CALENDAR}/add", CALENDAR, **spring)
    walk.send(f"POST {CALENDAR}/remove", CALENDAR, kind="terms", number="0")


def _servers(walk: Walk) -> None:
    made = walk.send(f"POST {SERVERS}", SERVERS, host="smtp.example.net", port="465", user="").headers["location"]
    server = f"POST {SERVERS}/{{server={made.rpartition('/')[2]}}}"
    walk.send(server, made, tls="tls", password="a password of theirs")
    for _ in range(2):
        walk.send(server, made, connections="3")
    walk.press(f"{server}/test", to="hannah@example.org")
    walk.settle(made)
    walk.send(f"{server}/remove", made)


def _signed_in(walk: Walk, setting: Setting, authority: Authority) -> None:
    table = '[server]\nurl = "smtp://news%40example.org@smtp.example.org"\n[server.oauth]\n'
    setting.file.write_text(f"{setting.text}\n{table}{authority.table}")
    settings.seen(setting.office.app)
    page = f"{SERVERS}/-/sign-in"
    sign_in = f"POST {SERVERS}/{{server=-}}/sign-in"
    walk.send(f"{sign_in}/begin", page)
    found = re.search(r'<a class="button primary" href="([^"]+)" target="_blank"', walk.browser.get(page).text)
    assert found
    fields = {**setting.fields(page), "address": _ended(html.unescape(found[1]))}
    with walk.watched(f"POST {SERVERS}/{{server}}/sign-in/paste", ("sign-in",)):
        assert walk.browser.post(f"{page}/paste", **fields).status_code == 303
    for _ in range(2):
        walk.send(sign_in, page, **{"oauth.provider": "google", "oauth.client_id": "digest-1", "oauth.tenant": ""})
    walk.send(f"{sign_in}/leave", page)


def _ended(address: str) -> str:
    """Return where a provider sends a browser that cannot get there."""
    try:
        build_opener(_Staying).open(address)
    except OSError as fault:
        return str(fault.headers["Location"])  # type: ignore[attr-defined]
    raise AssertionError("it is sent nowhere")


def _keys(walk: Walk, setting: Setting) -> None:
    walk.press(f"POST {DKIM}", domain="fernhill.example.org")
    walk.press(f"POST {DKIM}/look")
    name = re.search(r"digest-\d+-ed25519\._domainkey\.fernhill\.example\.org", setting.page(DKIM))
    assert name
    walk.send(f"POST {DKIM}/use", DKIM, key=name[0])
    walk.send(f"POST {DKIM}/leave", DKIM, key=name[0])
