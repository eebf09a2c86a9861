"""One person: what they chose and agreed to, what they were mailed and why, and what staff do at their wish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from digest.app import former, rights
from digest.app.noting import noted
from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import Newsletter
from digest.jobs import edition as editions
from digest.jobs import people, readers, why
from digest.jobs import person as person_job
from digest.jobs.noting import Note
from digest.jobs.people import BY_STAFF
from digest.jobs.person import Person
from digest.jobs.readers import Leaving, Place
from digest.web.bounds import Fields
from digest.web.desk.cookies import Said, undo
from digest.web.desk.editions.page import Id
from digest.web.desk.frame import Desk
from digest.web.desk.people.standings import CADENCES, DELIVERIES, KEPT_OFF, STATES
from digest.web.desk.people.wishes import chosen, pause, unchanged
from digest.web.desk.spoken import day

#: does something about somebody's place on a newsletter; returns what was done
Do = Callable[[Newsletter, Place, Fields], Said]


class One:
    """The routes of one person."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def person(self, request: Request, person: Id) -> Response:
        """Show all about somebody."""
        return self._shown(request, person)

    def choose(self, request: Request, person: Id) -> Response:
        """Change their name, themes or how often, as they wish it."""

        def do(newsletter: Newsletter, place: Place, fields: Fields) -> Said:
            note = self._noted(request, f"changed what a person wants of {newsletter.name}")
            readers.choose(self._app.store, newsletter.id, person, chosen(newsletter, place, fields), note)
            before = place.subscription
            back = undo(
                f"/subscribers/{person}/choose",
                newsletter=newsletter.id,
                first_name=place.subscriber.first_name,
                last_name=place.subscriber.last_name,
                themes=";".join(before.themes),
                cadence=before.cadence.value,
            )
            return Said(words="Saved.", acts=(back,))

        return self._act(request, person, do)

    def pause(self, request: Request, person: Id) -> Response:
        """Send them nothing until a day, or go on."""

        def do(newsletter: Newsletter, place: Place, fields: Fields) -> Said:
            zone = newsletter.schedule.timezone
            until = pause(fields.one("until"), self._app.clock(), zone)
            what = f"paused {newsletter.name} for a person" if until else f"ended a person’s pause of {newsletter.name}"
            wishes = replace(unchanged(place), paused_until=until)
            readers.choose(self._app.store, newsletter.id, person, wishes, self._noted(request, what))
            before = self._still(place.subscription.paused_until)
            typed = f"{before.astimezone(ZoneInfo(zone)):%Y-%m-%d}" if before else ""
            back = undo(f"/subscribers/{person}/pause", newsletter=newsletter.id, until=typed)
            words = f"Paused until {day(until, zone)}." if until else "The pause is over."
            return Said(words=words, acts=(back,))

        return self._act(request, person, do)

    def leave(self, request: Request, person: Id) -> Response:
        """End their subscription to a newsletter, as they wish it."""

        def do(newsletter: Newsletter, place: Place, fields: Fields) -> Said:
            leaving = Leaving(newsletter=newsletter.id, subscriber=person, how=BY_STAFF)
            note = self._noted(request, f"unsubscribed a person from {newsletter.name}")
            if not readers.leave(self._app.store, self._app.clock, [leaving], note)[0]:
                raise Refused("They do not get it at present.", "Nothing was changed.")
            return Said(words=f"They get {newsletter.name} no more.")

        return self._act(request, person, do)

    def keep_off(self, request: Request, person: Id) -> Response:
        """Send them nothing of any newsletter, and let no import bring them back."""
        found = self._look(person)
        note = self._noted(request, "kept a person off all mail")
        people.leave(self._app.store, self._app.clock, found.subscriber.address, self._app.suppression_key, note=note)
        said = Said(words=f"{found.subscriber.address} is kept off. No import brings it back.")
        return self._desk.redirect(request, f"/subscribers/{person}", said)

    def held(self, request: Request, person: Id) -> Response:
        """Send all that is held of them, as a file (UK GDPR, article 15)."""
        address = self._look(person).subscriber.address
        with self._app.store.writing() as session:
            self._noted(request, "saved all that is held of a person")(session)
        shown = rights.show(self._app, address)
        headers = {"Content-Disposition": 'attachment; filename="held.json"'}
        return JSONResponse({"address": address, **shown.rows}, headers=headers)

    def why(self, request: Request, person: Id, edition: str) -> Response:
        """Say whether they get an edition, and why."""
        found = self._look(person)
        wanted = next((one for one in found.ahead if one.id == edition), None)
        if wanted is None:
            wanted = next((one.edition for one in found.mailed if one.edition.id == edition), None)
        if wanted is None:
            raise NotFound("This edition says nothing of them.", "Their page lists those that do.")
        kept = editions.find(self._app.store, wanted.id)
        newsletter = self._app.as_drafted(kept).newsletter
        address, key = found.subscriber.address, self._app.suppression_key
        answer = why.explain(self._app.store, self._app.clock, newsletter, kept, address, key)
        # staff know an edition by its number
        named = f"No. {kept.number}"
        return self._desk.page(
            request,
            "person_why",
            person=found,
            edition=kept,
            sentence=answer.sentence.replace(kept.id, named),
            facts=[one.replace(kept.id, named) for one in answer.facts],
            gets=answer.gets,
        )

    def _act(self, request: Request, person: str, do: Do) -> Response:
        fields = self._desk.fields(request)
        newsletter = self._app.newsletter(fields.one("newsletter") or None)
        place = readers.place(self._app.store, newsletter.id, person)
        if place is None:
            raise NotFound(f"They have no place on the list of {newsletter.name}.", "They may have been erased since.")
        try:
            said = do(newsletter, place, fields)
        except Unfit as fault:
            return self._shown(request, person, 422, newsletter.id, fault.faults, fields)
        return self._desk.redirect(request, f"/subscribers/{person}", said)

    def _noted(self, request: Request, what: str) -> Note:
        return noted(self._app, self._desk.by(request), what)

    def _look(self, person: str) -> Person:
        newsletters = self._app.loaded.workspace.newsletters
        ended = list(former.newsletters(self._app).values())
        return person_job.look(self._app.store, self._app.clock, newsletters, person, self._app.suppression_key, ended)

    def _still(self, until: datetime | None) -> datetime | None:
        return until if until is not None and until > self._app.clock() else None

    def _shown(
        self,
        request: Request,
        person: str,
        status: int = 200,
        newsletter: str = "",
        wrong: Mapping[str, str] | None = None,
        fields: Fields | None = None,
    ) -> Response:
        """wrong, fields: what is wrong with what was typed of a newsletter, and what that is."""
        return self._desk.page(
            request,
            "person",
            status,
            person=self._look(person),
            newsletters={one.id: one for one in self._app.loaded.workspace.newsletters},
            wrong={newsletter: wrong or {}},
            typed=fields,
            states=STATES,
            deliveries=DELIVERIES,
            kept_off=KEPT_OFF,
            cadences=CADENCES,
            now=self._app.clock(),
        )


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = One(desk)
    web.get("/subscribers/{person}")(routes.person)
    web.get("/subscribers/{person}/why/{edition}")(routes.why)
    web.get("/subscribers/{person}/held.json")(routes.held)
    web.post("/subscribers/{person}/choose")(routes.choose)
    web.post("/subscribers/{person}/pause")(routes.pause)
    web.post("/subscribers/{person}/leave")(routes.leave)
    web.post("/subscribers/{person}/keep-off")(routes.keep_off)
