"""Settings: the set-up pages, each a card on the page that lists them.

::

    GET /settings                            the cards
    GET /settings/account                    account.py: one's own name, pass phrase, browsers
    GET /settings/account/second-factor      factor.py: setting it up, its recovery codes, turning it off
    GET /settings/staff                      staff.py: who has an account, and who is invited
    GET /settings/history                    trail.py: what was done, and by whom
    GET /settings/api                        programs.py: tokens of programs, and webhooks

A further page is a module here, a line in CARDS, one a route in ../roles.py, and its `add` called below.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

from digest.web.desk.frame import Desk
from digest.web.desk.roles import LEAST
from digest.web.desk.settings import account, factor, programs, staff, trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A set-up page, as the list of them shows it."""

    name: str
    path: str
    about: str


#: in their order; whoever may not open a page does not see its card
CARDS = (
    Card(
        name="My account",
        path="/settings/account",
        about="Your name, your pass phrase, a second factor, and where you are logged in.",
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
    Card(name="History", path="/settings/history", about="What was done on the desk, when, and by whom."),
)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes of all set-up pages."""

    @web.get("/settings")
    def settings(request: Request) -> Response:
        role = desk.who(request).role
        cards = [one for one in CARDS if role.may(LEAST[f"GET {one.path}"])]
        return desk.page(request, "settings", cards=cards)

    account.add(web, desk)
    factor.add(web, desk)
    staff.add(web, desk)
    trail.add(web, desk)
    programs.add(web, desk)
