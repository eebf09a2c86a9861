"""Choosing: what a reader gets, how often, not for a while, no more, or still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from digest.app import former
from digest.app.notices import KEEP
from digest.domain.model import Cadence, Newsletter, SubscriptionState
from digest.jobs import readers
from digest.jobs.readers import Leaving, Place, Wishes
from digest.stages import track
from digest.web.bounds import Fields, body_of
from digest.web.public.frame import Frame
from digest.web.public.joining import NAME_CHARACTERS
from digest.web.whence import remote_of

#: what a link in every email is for
_PREFERENCES, _UNSUBSCRIBE = "preferences", "unsubscribe"
#: what stands in the body of a POST that a mail program makes for its user, in either kind of form (RFC 8058 3.1)
_ONE_CLICK = b"One-Click"
#: days for which somebody may want nothing, and does not want to leave
_LONGEST_PAUSE = timedelta(days=400)


class Choosing:
    """The routes of those whose link says who they are. Nothing else that a request brings does."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._app = frame.app

    def leaving(self, token: str) -> HTMLResponse:
        """Show the button. The token alone decides: nothing is read of anybody."""
        opened = _opened(self._frame, _UNSUBSCRIBE, token)
        return self._frame.nowhere() if opened is None else self._frame.same("leave", opened[0])

    def leave(self, request: Request, token: str) -> HTMLResponse:
        """End a subscription. The token alone decides, whatever stands in the body, or does not."""
        opened = _opened(self._frame, _UNSUBSCRIBE, token)
        if opened is None:
            return self._frame.nowhere()
        newsletter, subscriber = opened
        how = "one click in a mail program" if _ONE_CLICK in body_of(request) else "unsubscribe page"
        leaving = Leaving(newsletter=newsletter.id, subscriber=subscriber, how=how, remote=remote_of(request))
        self._frame.leave(leaving)
        return self._frame.same("left", newsletter)

    def preferences(self, token: str) -> HTMLResponse:
        """Show what they get."""
        found = _found(self._frame, token)
        return self._frame.nowhere() if found is None else _preferences(self._frame, *found)

    def choose(self, request: Request, token: str) -> HTMLResponse:
        """Keep what they want instead."""
        found = _found(self._frame, token)
        if found is None:
            return self._frame.nowhere()
        newsletter, place = found
        if _has_ended(self._frame, newsletter):
            return self._frame.same("ended", newsletter)
        try:
            fields = Fields(request)
        except ValueError:
            return self._frame.unreadable()
        wrong: dict[str, str] = {}
        wishes = _wishes(newsletter, fields, self._app.clock(), wrong)
        if wishes is None:
            return _preferences(self._frame, newsletter, place, wrong)
        kept = readers.choose(self._app.store, newsletter.id, place.subscriber.id, wishes)
        return self._frame.nowhere() if kept is None else _preferences(self._frame, newsletter, kept, saved=True)

    def staying(self, token: str) -> HTMLResponse:
        """Show the button."""
        opened = _opened(self._frame, KEEP, token)
        if opened is None:
            return self._frame.nowhere()
        return self._frame.same("ended" if _has_ended(self._frame, opened[0]) else "stay", opened[0])

    def stay(self, request: Request, token: str) -> HTMLResponse:
        """Keep that they still want it."""
        opened = _opened(self._frame, KEEP, token)
        if opened is None:
            return self._frame.nowhere()
        newsletter, subscriber = opened
        if _has_ended(self._frame, newsletter):
            return self._frame.same("ended", newsletter)
        words = f"Yes, keep {newsletter.name} coming"
        kept = readers.stay(self._app.store, self._app.clock, newsletter.id, subscriber, words, remote_of(request))
        return self._frame.same("away" if kept is None else "stays", newsletter)


def add(web: FastAPI, frame: Frame) -> None:
    """Add the routes."""
    routes = Choosing(frame)
    web.get("/u/{token}")(routes.leaving)
    web.post("/u/{token}")(routes.leave)
    web.get("/p/{token}")(routes.preferences)
    web.post("/p/{token}")(routes.choose)
    web.get("/k/{token}")(routes.staying)
    web.post("/k/{token}")(routes.stay)


def _wishes(newsletter: Newsletter, fields: Fields, now: datetime, wrong: dict[str, str]) -> Wishes | None:
    """Return what somebody wants; None where something is wrong, which is said by the name of its field."""
    until = _pause(fields.one("pause"), now, wrong)
    names = {name: fields.one(name) for name in ("first_name", "last_name")}
    for name, value in names.items():
        if len(value) > NAME_CHARACTERS or not value.isprintable():
            wrong[name] = f"Write a name of at most {NAME_CHARACTERS} characters."
    cadence = fields.one("cadence")
    if cadence not in list(Cadence):
        wrong["cadence"] = "Choose how often it comes."
    ticked = fields.every("theme")
    chosen = tuple(one.id for one in newsletter.themes if one.id in ticked)
    if newsletter.themes and not chosen:
        # nothing chosen is stored as everything, which is the last thing they mean
        wrong["theme"] = "Choose one theme or more. To get nothing at all, unsubscribe below."
    if wrong:
        return None
    return Wishes(
        **names,
        # all of them is what somebody gets who chose none: a theme that comes later is among them
        themes=() if len(chosen) == len(newsletter.themes) else chosen,
        cadence=Cadence(cadence),
        paused_until=until,
    )


def _opened(frame: Frame, purpose: str, token: str) -> tuple[Newsletter, str] | None:
    """Return whose link it is, and of which newsletter; one that has ended has links in mails that people have."""
    present = {one.id: one for one in frame.app.loaded.workspace.newsletters}
    opened = track.opened(frame.app.secret, purpose, present, token)
    if opened is not None:
        return present[opened[0]], opened[1]
    # these are looked up only for a link that is of no other
    ended = former.newsletters(frame.app)
    opened = track.opened(frame.app.secret, purpose, ended, token)
    return None if opened is None else (ended[opened[0]], opened[1])


def _has_ended(frame: Frame, newsletter: Newsletter) -> bool:
    return newsletter not in frame.app.loaded.workspace.newsletters


def _found(frame: Frame, token: str) -> tuple[Newsletter, Place] | None:
    opened = _opened(frame, _PREFERENCES, token)
    if opened is None:
        return None
    place = readers.place(frame.app.store, opened[0].id, opened[1])
    return None if place is None else (opened[0], place)


def _preferences(
    frame: Frame, newsletter: Newsletter, place: Place, wrong: dict[str, str] | None = None, *, saved: bool = False
) -> HTMLResponse:
    if _has_ended(frame, newsletter):
        return frame.same("ended", newsletter)
    if place.subscription.state != SubscriptionState.ACTIVE:
        return frame.same("away", newsletter)
    leave = track.token(frame.app.secret, _UNSUBSCRIBE, newsletter.id, place.subscriber.id)
    return frame.page(
        "preferences",
        422 if wrong else 200,
        newsletter=newsletter,
        place=place,
        # no theme chosen means all of them
        chosen=place.subscription.themes or tuple(one.id for one in newsletter.themes),
        paused=_still(place.subscription.paused_until, frame.app.clock()),
        cadences=list(Cadence),
        wrong=wrong or {},
        saved=saved,
        leave=f"/u/{leave}",
    )


def _still(until: datetime | None, now: datetime) -> datetime | None:
    return until if until is not None and until > now else None


def _pause(typed: str, now: datetime, wrong: dict[str, str]) -> datetime | None:
    """Return until when somebody wants nothing; None where they do not say so, or what they say is no day ahead."""
    if not typed.strip():
        return None
    try:
        until = datetime.fromisoformat(typed.strip()).replace(tzinfo=UTC)
    except ValueError:
        wrong["pause"] = "Choose a day, such as 1 September."
        return None
    if until <= now or until > now + _LONGEST_PAUSE:
        wrong["pause"] = "Choose a day within the next 13 months."
        return None
    return until
