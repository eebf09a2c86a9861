"""Subscribers: read page by page, put on a list by the rules of an import, taken off it, and erased."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from digest.app import rights
from digest.app.noting import noted
from digest.domain.errors import NotFound, Refused
from digest.domain.model import BY_API, Cadence, Recipient, Scope, Subscriber, Subscription, SubscriptionState
from digest.jobs import people, readers
from digest.jobs.noting import Note
from digest.jobs.people import Became
from digest.jobs.staffing import By
from digest.web.api.frame import Api, Id, offer
from digest.web.api.values import Address, AddressAlone, Line, Moment, Sent, Shown, Word, compared

#: people of a page, and where nobody says how many
MOST, USUAL = 500, 100
_State = SubscriptionState


class Consent(Shown):
    """Where, when and in which words somebody agreed."""

    source: str
    at: datetime | None


class Place(Shown):
    """Somebody's place on one newsletter."""

    newsletter: str
    state: SubscriptionState
    themes: list[str] = Field(description="Ids of the themes they chose; none: all.")
    cadence: Cadence
    consent: Consent | None = Field(description="Without one they wait, and are not mailed.")
    paused_until: datetime | None
    joined_at: datetime | None
    joined_by: str


class Person(Shown):
    """Somebody, with a place on a newsletter."""

    id: str
    address: str
    first_name: str
    last_name: str
    tags: list[str]
    fields: dict[str, str]
    kept_off: bool = Field(description="Their address must not be mailed, whatever else is known.")
    place: Place


class Known(Shown):
    """Somebody, with every place they have."""

    id: str
    address: str
    first_name: str
    last_name: str
    tags: list[str]
    fields: dict[str, str]
    kept_off: bool
    places: list[Place]


class People(Shown):
    """A page of a newsletter's people, in the order of their ids."""

    people: list[Person]
    next: str | None = Field(description="What to send as `after` for the next page; null: this was the last.")


class Agreed(Sent):
    """Where, when and in which words somebody agreed. Both are needed."""

    source: Annotated[str, Field(min_length=1, max_length=1_000, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
    at: Moment


class PutPerson(Sent):
    """What is said of somebody. What is left out, or null, stays as it is."""

    address: Address
    first_name: Line | None = None
    last_name: Line | None = None
    tags: Annotated[list[Word], Field(max_length=100)] | None = None
    themes: Annotated[list[Word], Field(max_length=100)] | None = None
    cadence: Annotated[Cadence, Field(strict=False)] | None = None
    fields: Annotated[dict[Word, Line], Field(max_length=100)] | None = Field(
        default=None, description="Fields of your own that rules of segments may ask for; an empty text takes one away."
    )
    consent: Agreed | None = Field(default=None, description="Without it somebody new waits, and is not mailed.")


class Outcome(StrEnum):
    """What came of putting somebody on a list."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT_OFF = "kept_off"


class PutDone(Shown):
    """What came of putting somebody on a list."""

    outcome: Outcome
    kept_off: str | None = Field(
        description="Why they are not mailed: left, hard bounce, complaint, erased and others."
    )
    person: Person | None = Field(description="As they are known now; null where they are kept off and not known.")


class Row(Shown):
    """A row of a file."""

    file: str
    line: int


class Erased(Shown):
    """Somebody was erased."""

    still_in: list[Row] = Field(description="Where staff's own files still name them; no import brings them back.")


class Subscribers:
    """The routes."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._app = api.app

    def list_subscribers(
        self,
        newsletter: Id,
        after: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{0,100}$")] = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL,
    ) -> People:
        """Return a page of a newsletter's people, whatever their state.

        Nobody is left out or told twice by what happens between two pages. Who was erased is on none.
        """
        chosen = self._api.newsletter(newsletter)
        with self._app.store.reading() as session:
            page = session.people.page(chosen.id, after, limit)
        shown = [_person(one) for one in page if one.subscription.state != _State.ERASED]
        return People(people=shown, next=page[-1].subscriber.id if len(page) == limit else None)

    def get_subscriber(self, newsletter: Id, subscriber: Id) -> Person:
        """Return somebody with their place on a newsletter."""
        return self._of(self._api.newsletter(newsletter).id, subscriber)

    def find_subscriber(self, body: AddressAlone) -> Known:
        """Find somebody by their address, with every place they have."""
        comparable = compared(body.address)
        key = self._app.suppression_key(comparable)
        with self._app.store.reading() as session:
            known = session.people.by_address([comparable]).get(comparable)
            off = session.people.kept_off(key) is not None
        if known is None:
            raise NotFound("Nobody has this address.", "Look at its spelling.")
        return Known(**_own(known[0]), kept_off=off, places=[_place(one) for one in known[1]])

    def put_subscriber(self, request: Request, newsletter: Id, body: PutPerson, response: Response) -> PutDone:
        """Put somebody on a newsletter's list, or change what is known of them.

        By the rules of an import: sent twice it is done once; nobody comes back who left, bounced, complained or was
        erased; who has no consent record waits and is not mailed.
        """
        chosen = self._api.newsletter(newsletter)
        way = f"API: {self._api.token(request).name}"
        done = people.put(
            self._app.importing(chosen),
            self._app.new_id(),
            _said(body),
            way,
            added=self._noted(request, f"put a person on the list of {chosen.name}"),
            changed=self._noted(request, f"changed what is known of a person of {chosen.name}"),
        )
        response.status_code = 201 if done.became == Became.NEW else 200
        return PutDone(
            outcome=Outcome[done.became.name],
            kept_off=done.off or None,
            person=self._maybe(chosen.id, done.subscriber),
        )

    def unsubscribe(self, request: Request, newsletter: Id, subscriber: Id) -> Person:
        """End somebody's subscription to a newsletter; to leave twice is to leave.

        Only they themselves can take that back, by signing up and confirming it.
        """
        chosen = self._api.newsletter(newsletter)
        found = self._of(chosen.id, subscriber)
        if found.place.state == _State.PENDING:
            raise Refused(
                "They wait for a consent record, and get nothing: there is nothing to end.",
                "To keep their address off for good, send it to POST /suppressions.",
            )
        leaving = readers.Leaving(newsletter=chosen.id, subscriber=subscriber, how=BY_API.strip(", "))
        note = self._noted(request, f"unsubscribed a person from {chosen.name}")
        readers.leave(self._app.store, self._app.clock, [leaving], note)
        return self._of(chosen.id, subscriber)

    def erase_subscriber(self, request: Request, subscriber: Id) -> Erased:
        """Erase somebody for good (UK GDPR, article 17): a keyed hash stays, so that no import brings them back.

        It cannot be undone. On a long list it takes some seconds, since the database's file is written anew.
        """
        self._api.take_time(request)
        with self._app.store.reading() as session:
            known = session.readers.known(subscriber)
        if known is None or not known[0].address:
            raise NotFound("Nobody has this id.", "Whoever was erased has none.")
        rows = rights.erase(self._app, known[0].address, self._noted(request, "erased a person"))
        return Erased(still_in=[Row(file=file, line=line) for file, line in rows])

    def _noted(self, request: Request, what: str) -> Note:
        return noted(self._app, By(name=self._api.who(request)), what)

    def _of(self, newsletter: str, subscriber: str) -> Person:
        found = self._maybe(newsletter, subscriber)
        if found is None:
            raise NotFound("Nobody of this newsletter has this id.", "Find them by their address.")
        return found

    def _maybe(self, newsletter: str, subscriber: str) -> Person | None:
        if not subscriber:
            return None
        with self._app.store.reading() as session:
            found = session.people.one(newsletter, subscriber)
        if found is None or found.subscription.state == _State.ERASED:
            return None
        return _person(found)


def add(web: APIRouter, api: Api) -> None:
    """Add the routes."""
    routes = Subscribers(api)
    at = "/newsletters/{newsletter}/subscribers"
    read, write = Scope.SUBSCRIBERS_READ, Scope.SUBSCRIBERS_WRITE
    offer(web, "GET", at, read, routes.list_subscribers, may=(404,))
    offer(web, "PUT", at, write, routes.put_subscriber, may=(404,), also={201: PutDone})
    offer(web, "GET", f"{at}/{{subscriber}}", read, routes.get_subscriber, may=(404,))
    offer(web, "POST", f"{at}/{{subscriber}}/unsubscribe", write, routes.unsubscribe, may=(404, 409))
    offer(web, "POST", "/find/subscriber", read, routes.find_subscriber, may=(404,))
    offer(web, "DELETE", "/subscribers/{subscriber}", Scope.SUBSCRIBERS_ERASE, routes.erase_subscriber, may=(404,))


def _said(body: PutPerson) -> people.Said:
    return people.Said(
        address=body.address,
        first_name=body.first_name,
        last_name=body.last_name,
        tags=body.tags,
        themes=body.themes,
        cadence=body.cadence,
        fields=body.fields,
        consent_source=" ".join(body.consent.source.split()) if body.consent else "",
        consent_at=body.consent.at if body.consent else None,
    )


def _own(one: Subscriber) -> dict[str, Any]:
    return {
        "id": one.id,
        "address": one.address,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "tags": list(one.tags),
        "fields": dict(one.fields),
    }


def _person(one: Recipient) -> Person:
    return Person(**_own(one.subscriber), kept_off=one.suppressed, place=_place(one.subscription))


def _place(one: Subscription) -> Place:
    told = one.consent_source or one.consent_at
    return Place(
        newsletter=one.newsletter,
        state=one.state,
        themes=list(one.themes),
        cadence=one.cadence,
        consent=Consent(source=one.consent_source, at=one.consent_at) if told else None,
        paused_until=one.paused_until,
        joined_at=one.joined_at,
        joined_by=one.joined_by,
    )
