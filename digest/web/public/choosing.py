"""Choosing: what a reader gets, how often, not for a while, no more, or still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse

from digest.app.notices import KEEP
from digest.domain.model import Cadence, Newsletter, SubscriptionState
from digest.jobs import readers
from digest.jobs.readers import Leaving, Place, Wishes
from digest.stages import track
from digest.web.public.frame import Frame, remote_of
from digest.web.public.joining import NAME_CHARACTERS

#: what a link in every email is for
_PREFERENCES, _UNSUBSCRIBE = "preferences", "unsubscribe"
#: the body of a POST that a mail program makes for its user (RFC 8058 3.1)
_ONE_CLICK = "One-Click"
#: days for which somebody may want nothing, and does not want to leave
_LONGEST_PAUSE = timedelta(days=400)


def add(web: FastAPI, frame: Frame) -> None:
    """Add the routes."""
    app = frame.app

    @web.get("/u/{token}")
    def leaving(token: str) -> HTMLResponse:
        opened = _opened(frame, _UNSUBSCRIBE, token)
        return frame.nowhere() if opened is None else frame.page("leave", newsletter=opened[0])

    @web.post("/u/{token}")
    def leave(
        request: Request, token: str, one_click: Annotated[str, Form(alias="List-Unsubscribe")] = ""
    ) -> HTMLResponse:
        opened = _opened(frame, _UNSUBSCRIBE, token)
        if opened is None:
            return frame.nowhere()
        newsletter, subscriber = opened
        how = "one click in a mail program" if one_click == _ONE_CLICK else "unsubscribe page"
        frame.leave(Leaving(newsletter=newsletter.id, subscriber=subscriber, how=how, remote=remote_of(request)))
        return frame.page("left", newsletter=newsletter)

    @web.get("/p/{token}")
    def preferences(token: str) -> HTMLResponse:
        found = _found(frame, token)
        return frame.nowhere() if found is None else _preferences(frame, *found)

    @web.post("/p/{token}")
    def choose(
        token: str,
        first_name: Annotated[str, Form()] = "",
        last_name: Annotated[str, Form()] = "",
        theme: Annotated[list[str], Form()] = [],  # noqa: B006 (FastAPI copies it)
        cadence: Annotated[str, Form()] = "",
        pause: Annotated[str, Form()] = "",
    ) -> HTMLResponse:
        found = _found(frame, token)
        if found is None:
            return frame.nowhere()
        newsletter, place = found
        wrong: dict[str, str] = {}
        until = _pause(pause, app.clock(), wrong)
        for name, value in (("first_name", first_name), ("last_name", last_name)):
            if len(value) > NAME_CHARACTERS or not value.isprintable():
                wrong[name] = f"Write a name of at most {NAME_CHARACTERS} characters."
        if cadence not in list(Cadence):
            wrong["cadence"] = "Choose how often it comes."
        chosen = tuple(one.id for one in newsletter.themes if one.id in theme)
        if newsletter.themes and not chosen:
            # nothing chosen is stored as everything, which is the last thing they mean
            wrong["theme"] = "Choose one theme or more. To get nothing at all, unsubscribe below."
        if wrong:
            return _preferences(frame, newsletter, place, wrong)
        wishes = Wishes(
            first_name=first_name.strip(),
            last_name=last_name.strip(),
            # all of them is what somebody gets who chose none: a theme that comes later is among them
            themes=() if len(chosen) == len(newsletter.themes) else chosen,
            cadence=Cadence(cadence),
            paused_until=until,
        )
        kept = readers.choose(app.store, newsletter.id, place.subscriber.id, wishes)
        return frame.nowhere() if kept is None else _preferences(frame, newsletter, kept, saved=True)

    @web.get("/k/{token}")
    def staying(token: str) -> HTMLResponse:
        opened = _opened(frame, KEEP, token)
        return frame.nowhere() if opened is None else frame.page("stay", newsletter=opened[0])

    @web.post("/k/{token}")
    def stay(request: Request, token: str) -> HTMLResponse:
        opened = _opened(frame, KEEP, token)
        if opened is None:
            return frame.nowhere()
        newsletter, subscriber = opened
        words = f"Yes, keep {newsletter.name} coming"
        kept = readers.stay(app.store, app.clock, newsletter.id, subscriber, words, remote_of(request))
        return frame.nowhere() if kept is None else frame.page("stays", newsletter=newsletter)


def _opened(frame: Frame, purpose: str, token: str) -> tuple[Newsletter, str] | None:
    newsletters = {one.id: one for one in frame.app.loaded.workspace.newsletters}
    opened = track.opened(frame.app.secret, purpose, newsletters, token)
    return None if opened is None else (newsletters[opened[0]], opened[1])


def _found(frame: Frame, token: str) -> tuple[Newsletter, Place] | None:
    opened = _opened(frame, _PREFERENCES, token)
    if opened is None:
        return None
    place = readers.place(frame.app.store, opened[0].id, opened[1])
    return None if place is None else (opened[0], place)


def _preferences(
    frame: Frame, newsletter: Newsletter, place: Place, wrong: dict[str, str] | None = None, *, saved: bool = False
) -> HTMLResponse:
    if place.subscription.state != SubscriptionState.ACTIVE:
        return frame.page("away", newsletter=newsletter)
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
