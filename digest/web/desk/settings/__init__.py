"""Settings: the set-up pages, each a card on the page that lists them.

::

    GET  /sources                                     POST  what was looked at becomes a source (sources.py)
    POST /sources/-/try                                 GET   /sources/-/tries/{key}
    POST /sources/-/ask
    GET  /sources/{newsletter}/{source}               POST  (source.py)
    GET  /sources/{newsletter}/{source}/remove        POST
    GET  /themes                                      POST  /themes/{newsletter}/-/order, …/-/rules, …/-/rules/remove
    POST /themes/{newsletter}/-/suggestions           GET   …/{key}
    GET  /themes/{newsletter}                         POST  a new one (themes.py)
    GET  /themes/{newsletter}/{theme}                 POST
    GET  /themes/{newsletter}/{theme}/remove          POST
    GET  /settings                                    the cards
    GET  /settings/begin                              setting_up/: the steps to the first edition, a page each
    GET  /settings/newsletters                        GET, POST  /settings/newsletters/{newsletter} (newsletters.py)
    GET  /settings/brand                              POST  (brand.py)
    GET  /settings/telling                            POST  (telling.py)
    GET  /settings/servers                            POST  a further one; GET, POST …/{server}, POST …/remove, …/test
    GET  /settings/dkim                               POST  new keys; …/look, …/use, …/leave (signatures.py)
    POST /settings/put-back                           what a change made another is as it was
    GET  /settings/account                            account.py: one's own name, pass phrase, browsers
    GET  /settings/account/second-factor              factor.py: setting it up, its recovery codes, turning it off
    GET  /settings/staff                              staff.py: who has an account, and who is invited
    GET  /settings/history                            trail.py: what was done, and by whom
    GET  /settings/api                                programs.py: tokens of programs, and webhooks
    GET  /settings/workers                            workers.py: which machines work, where several may

A further page is a module here, a line in CARDS, one a route in ../roles.py, and its `add` called below.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

from digest.web.desk.frame import Desk
from digest.web.desk.roles import LEAST
from digest.web.desk.settings import (
    account,
    brand,
    factor,
    newsletters,
    programs,
    putting_back,
    servers,
    setting_up,
    signatures,
    source,
    sources,
    staff,
    telling,
    themes,
    trail,
    workers,
)
from digest.web.desk.settings.trying import Tries


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A set-up page, as the list of them shows it."""

    name: str
    path: str
    about: str
    #: for who has several machines; nobody else needs to see it
    shared: bool = False


#: in their order; whoever may not open a page does not see its card
CARDS = (
    Card(
        name="My account",
        path="/settings/account",
        about="Your name, your pass phrase, a second factor, and where you are logged in.",
    ),
    Card(name="Set up Digest", path="/settings/begin", about="Seven steps from a new workspace to the first edition."),
    Card(
        name="Newsletters",
        path="/settings/newsletters",
        about="Name, introduction, when it goes out, who approves it, who it is from.",
    ),
    Card(name="Brand", path="/settings/brand", about="Who you are, your colours and your logo."),
    Card(name="Who is told", path="/settings/telling", about="Mails to staff about what needs a person."),
    Card(name="Mail servers", path="/settings/servers", about="By which servers mail leaves; a test mail."),
    Card(
        name="Signatures and DNS",
        path="/settings/dkim",
        about="Keys that show mail to be yours, and what the DNS says.",
    ),
    Card(
        name="Staff",
        path="/settings/staff",
        about="Who has an account and what they may do. Invite somebody, or take an account away.",
    ),
    Card(
        name="API",
        path="/settings/api",
        about="Tokens by which other programs use Digest, and webhooks that tell them what happens.",
    ),
    Card(
        name="Workers",
        path=workers.PATH,
        about="Which machines ask sources, draft and send, and what waits for them.",
        shared=True,
    ),
    Card(name="History", path="/settings/history", about="What was done on the desk, when, and by whom."),
)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes of all set-up pages."""

    @web.get("/settings")
    def settings(request: Request) -> Response:
        role = desk.who(request).role
        shown = [one for one in CARDS if desk.app.is_shared or not one.shared]
        cards = [one for one in shown if role.may(LEAST[f"GET {one.path}"])]
        return desk.page(request, "settings", cards=cards)

    tries = Tries()
    setting_up.add(web, desk, tries)
    sources.add(web, desk, tries)
    source.add(web, desk)
    themes.add(web, desk, tries)
    newsletters.add(web, desk)
    brand.add(web, desk)
    telling.add(web, desk)
    servers.add(web, desk, tries)
    signatures.add(web, desk, tries)
    putting_back.add(web, desk)
    account.add(web, desk)
    factor.add(web, desk)
    staff.add(web, desk)
    trail.add(web, desk)
    programs.add(web, desk)
    workers.add(web, desk)
