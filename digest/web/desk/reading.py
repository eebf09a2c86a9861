"""Reading: what somebody without an account sees by a link: one edition, read-only, and a place to say something to it.

The link's token is all they have: every path of theirs begins with it, and it opens nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, HTTPException, Request, Response

from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import ReadingLink, Variant
from digest.jobs import edition as editions
from digest.jobs import reading
from digest.web.desk.editions.framing import framed
from digest.web.desk.editions.looking import Looked, Looking, read_only
from digest.web.desk.frame import Desk

#: what the bar is told on pages of who is not logged in
_NOBODY: Mapping[str, object] = {"who": None, "places": ()}


class Reading:
    """The routes of a reading link."""

    def __init__(self, desk: Desk, looking: Looking) -> None:
        self._desk = desk
        self._app = desk.app
        self._looking = looking

    def show(self, request: Request, token: str) -> Response:
        """Show the edition."""
        return self._page(request, token, self._opened(token))

    def email(self, request: Request, token: str, slug: str, ending: str) -> Response:
        """Return one of its emails, for a frame."""
        looked, variant = self._variant(self._opened(token), slug)
        return framed(looked, variant, ending)

    def say(self, request: Request, token: str) -> Response:
        """Keep what they say."""
        link = self._opened(token)
        fields = self._desk.fields(request)
        text, story = fields.one("text"), fields.one("story")
        if not self._desk.limits.allowed(request):
            wrong = {"text": "Too many at once. Wait a minute, then send it again."}
            return self._page(request, token, link, 429, wrong, text, story)
        try:
            reading.comment(self._app.store, self._app.clock, token, text, story)
        except Unfit as fault:
            return self._page(request, token, link, 422, fault.faults, text, story)
        except Refused as fault:
            return self._page(request, token, link, 409, {"text": f"{fault.what} {fault.mend}"}, text, story)
        return self._desk.redirect(request, f"/read/{token}#said")

    def _page(
        self,
        request: Request,
        token: str,
        link: ReadingLink,
        status: int = 200,
        wrong: Mapping[str, str] | None = None,
        text: str = "",
        story: str = "",
    ) -> Response:
        desk = self._desk
        looked = self._looked(link)
        newsletter = self._app.newsletter_of(looked.preview.edition)
        csrf, cookie = desk.cookies.form(request, self._app.clock())
        said = [one for one in reading.comments(self._app.store, link.edition) if one.reading == link.key]
        made = desk.page(
            request, "reading", status, csrf=csrf, link=link, token=token, preview=looked.preview,
            newsletter=newsletter, said_before=said, wrong=wrong or {}, text=text, chosen=story,
            variants=[one for one in looked.preview.variants if not one.is_web_version],
            names={one.id: one.name for one in newsletter.segments}, **_NOBODY,
        )  # fmt: skip
        desk.cookies.bind(made, cookie)
        return made

    def _opened(self, token: str) -> ReadingLink:
        link = reading.opened(self._app.store, self._app.clock, token)
        if link is None:
            raise NotFound("This link works no more.", "Ask whoever sent it for another one.")
        return link

    def _looked(self, link: ReadingLink) -> Looked:
        editions.find(self._app.store, link.edition)
        return self._looking.at(read_only(self._app, link.edition))

    def _variant(self, link: ReadingLink, slug: str) -> tuple[Looked, Variant]:
        looked = self._looked(link)
        variant = looked.variants.get(slug)
        if variant is None:
            raise HTTPException(404)
        return looked, variant


def add(web: FastAPI, desk: Desk, looking: Looking) -> None:
    """Add the routes."""
    routes = Reading(desk, looking)
    web.get("/read/{token}")(routes.show)
    web.get("/read/{token}/mail/{slug}.{ending}")(routes.email)
    web.post("/read/{token}")(routes.say)
