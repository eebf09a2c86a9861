"""Joining: a form to ask with, and the button in the mail that confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from email_validator import EmailNotValidError
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from digest.app import App
from digest.app.notices import CONFIRM
from digest.domain.errors import ConfigurationError
from digest.domain.model import Asking, Cadence, Newsletter
from digest.jobs import readers
from digest.stages import roster, track, words
from digest.web.bounds import Fields
from digest.web.public.frame import Frame
from digest.web.whence import remote_of

#: characters of a name that is none any more
NAME_CHARACTERS = 100
#: characters of the longest address (RFC 5321 4.5.3.1)
_ADDRESS_CHARACTERS = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What somebody typed into the form."""

    address: str = ""
    first_name: str = ""
    last_name: str = ""
    themes: tuple[str, ...] = ()
    cadence: str = Cadence.WEEKLY
    agreed: bool = False


class Joining:
    """The routes of those who are not on the list yet."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._app = frame.app

    def choose(self) -> HTMLResponse:
        """Show what there is."""
        return self._frame.page("newsletters", private=False)

    def form(self, newsletter: str) -> HTMLResponse:
        """Show the form."""
        found = _newsletter(self._frame, newsletter)
        return self._frame.nowhere() if found is None else _form(self._frame, found, Typed(), {})

    def ask(self, request: Request, newsletter: str) -> HTMLResponse:
        """Take the form, and say the same whoever it is."""
        frame = self._frame
        found = _newsletter(frame, newsletter)
        if found is None:
            return frame.nowhere()
        if not frame.allowed(request):
            return frame.same("too_many", status=429)
        try:
            fields = Fields(request)
        except ValueError:
            return frame.unreadable()
        typed = _typed(found, fields)
        wrong = _faults(typed)
        if wrong:
            return _form(frame, found, typed, wrong)
        # people do not see that field; programs fill in what they find
        if not fields.one("website"):
            frame.ask(_asking(frame, found, typed, remote_of(request)))
            frame.promised()
        return frame.same("asked", found)

    def button(self, token: str) -> HTMLResponse:
        """Show the button that confirms."""
        opened = track.opened_dated(self._app.secret, CONFIRM, token, self._app.clock())
        if opened is None:
            return self._frame.nowhere()
        newsletter = _asked_for(self._frame, opened[0])
        if newsletter is None or not opened[1]:
            return self._frame.same("too_late", status=410)
        return self._frame.same("confirm", newsletter)

    def confirm(self, request: Request, token: str) -> HTMLResponse:
        """Let in who pressed it."""
        frame, app = self._frame, self._app
        opened = track.opened_dated(app.secret, CONFIRM, token, app.clock())
        if opened is None:
            return frame.nowhere()
        newsletter = _asked_for(frame, opened[0])
        if newsletter is None or not opened[1]:
            return frame.same("too_late", status=410)
        place = readers.confirm(
            app.store,
            app.clock,
            opened[0],
            remote_of(request),
            suppression_key=app.suppression_key,
            new_id=app.new_id,
        )
        if place is None:
            return frame.same("too_late", status=410)
        frame.promised()
        preferences = track.token(app.secret, "preferences", newsletter.id, place.subscriber.id)
        return frame.page("confirmed", newsletter=newsletter, preferences=f"/p/{preferences}")

    def home(self) -> RedirectResponse:
        """Show what there was."""
        return RedirectResponse("/archive", 302)


def add(web: FastAPI, frame: Frame) -> None:
    """Add the routes."""
    routes = Joining(frame)
    web.get("/")(routes.home)
    web.get("/subscribe")(routes.choose)
    web.get("/subscribe/{newsletter}")(routes.form)
    web.post("/subscribe/{newsletter}")(routes.ask)
    web.get("/c/{token}")(routes.button)
    web.post("/c/{token}")(routes.confirm)


def _typed(newsletter: Newsletter, fields: Fields) -> Typed:
    ticked = fields.every("theme")
    return Typed(
        address=fields.one("email"),
        first_name=fields.one("first_name"),
        last_name=fields.one("last_name"),
        themes=tuple(one.id for one in newsletter.themes if one.id in ticked),
        cadence=fields.one("cadence", Cadence.WEEKLY),
        agreed=bool(fields.one("agreed")),
    )


def _newsletter(frame: Frame, name: str) -> Newsletter | None:
    return next((one for one in frame.app.loaded.workspace.newsletters if one.id == name), None)


def _asked_for(frame: Frame, asking: str) -> Newsletter | None:
    with frame.app.store.reading() as session:
        found = session.readers.asking(asking)
    try:
        return None if found is None else frame.app.newsletter(found.newsletter)
    except ConfigurationError:
        # it was taken out of digest.toml
        return None


def _form(frame: Frame, newsletter: Newsletter, typed: Typed, wrong: Mapping[str, str]) -> HTMLResponse:
    return frame.page(
        "subscribe",
        422 if wrong else 200,
        private=False,
        newsletter=newsletter,
        typed=typed,
        wrong=wrong,
        consent_words=consent_words(frame.app, newsletter),
    )


def consent_words(app: App, newsletter: Newsletter) -> str:
    """Return the words that somebody agrees to who asks for a newsletter."""
    workspace = app.loaded.workspace
    own = workspace.public.consent_words
    say = words.speaking(workspace.brand.language, workspace.brand.words)
    return own.replace("{newsletter}", newsletter.name) or say("consent", newsletter=newsletter.name)


def _faults(typed: Typed) -> dict[str, str]:
    """Return what is wrong with what was typed, by the name of the field."""
    wrong = {}
    if not typed.address:
        wrong["email"] = "Type your email address."
    elif len(typed.address) > _ADDRESS_CHARACTERS:
        wrong["email"] = "This is too long for an email address."
    else:
        try:
            roster.spelling(typed.address)
        except EmailNotValidError:
            wrong["email"] = "This is no email address. Write it like name@example.org."
    for name, value in (("first_name", typed.first_name), ("last_name", typed.last_name)):
        if len(value) > NAME_CHARACTERS or not value.isprintable():
            wrong[name] = f"Write a name of at most {NAME_CHARACTERS} characters."
    if typed.cadence not in list(Cadence):
        wrong["cadence"] = "Choose how often it comes."
    if not typed.agreed:
        wrong["agreed"] = "Tick this box, so that we may write to you."
    return wrong


def _asking(frame: Frame, newsletter: Newsletter, typed: Typed, remote: str) -> Asking:
    spelled = roster.spelling(typed.address)
    return Asking(
        id=frame.app.new_id(),
        newsletter=newsletter.id,
        comparable=spelled.comparable,
        address=spelled.address,
        first_name=typed.first_name,
        last_name=typed.last_name,
        themes=typed.themes,
        cadence=Cadence(typed.cadence),
        words=consent_words(frame.app, newsletter),
        remote=remote,
        at=frame.app.clock(),
    )
