"""Cards: the page that leads to all settings."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI, Request, Response

from digest.web.desk.frame import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A page of settings: its name, what is on it, and where it is."""

    name: str
    words: str
    path: str


#: the pages of settings, in their order; one more is one line more
CARDS = (
    Card(
        name="Newsletters",
        words="Name, introduction, when it goes out, who approves it, who it is from.",
        path="/settings/newsletters",
    ),
    Card(name="Brand", words="Who you are, your colours and your logo.", path="/settings/brand"),
    Card(name="Who is told", words="Mails to staff about what needs a person.", path="/settings/telling"),
    Card(name="Mail servers", words="By which servers mail leaves; a test mail.", path="/settings/servers"),
    Card(
        name="Signatures and DNS",
        words="Keys that show mail to be yours, and what the DNS says.",
        path="/settings/dkim",
    ),
)


class Cards:
    """The route of the page that leads to all settings."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, request: Request) -> Response:
        """Show where the settings are."""
        return self._desk.page(request, "settings", cards=CARDS)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the route."""
    web.get("/settings")(Cards(desk).show)
