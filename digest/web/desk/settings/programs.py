"""Programs: tokens by which they use the API, and webhooks that tell them what happens, made and ended by staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response

from digest.app import App
from digest.app import webhooks as posting
from digest.domain.errors import NotFound, Unfit
from digest.domain.model import ApiToken, Scope, Webhook, WebhookCount, WebhookEvent
from digest.jobs import programs, webhooks
from digest.jobs.programs import Wanted
from digest.web.bounds import Fields
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk

_PATH = "/settings/api"
#: what a token may do -> its words, and what that means
SCOPES: Mapping[Scope, tuple[str, str]] = {
    Scope.STATUS_READ: ("See how things stand", "Next slots, editions under way, how sources fare."),
    Scope.SUBSCRIBERS_READ: ("See people", "Names, addresses and what they chose."),
    Scope.SUBSCRIBERS_WRITE: ("Add and change people", "By the rules of an import: nobody who left comes back."),
    Scope.SUBSCRIBERS_ERASE: ("Erase people", "For good. It cannot be undone."),
    Scope.SUPPRESSIONS_READ: ("Ask who is kept off", "Whether one address may be mailed."),
    Scope.SUPPRESSIONS_WRITE: ("Keep people off", "Nobody but they themselves can take it back."),
    Scope.SOURCES_READ: ("See sources", "And how each fares."),
    Scope.SOURCES_WRITE: ("Change sources", "Add, ask and remove them."),
    Scope.EDITIONS_READ: ("See editions", "Their stories, findings and emails."),
    Scope.EDITIONS_WRITE: ("Draft editions", "Nobody is mailed by that."),
    Scope.EDITIONS_APPROVE: ("Decide what leaves", "Approve, take back, pause, resume, cancel."),
}
#: what a webhook may be told of -> its words
EVENTS: Mapping[WebhookEvent, str] = {
    WebhookEvent.EDITION_DRAFTED: "Drafted",
    WebhookEvent.EDITION_SKIPPED: "Skipped for too little news",
    WebhookEvent.EDITION_MISSED: "Missed",
    WebhookEvent.EDITION_DISCARDED: "Discarded",
    WebhookEvent.EDITION_APPROVED: "Approved",
    WebhookEvent.EDITION_APPROVAL_TAKEN_BACK: "Approval taken back",
    WebhookEvent.EDITION_SENDING: "Begins to leave",
    WebhookEvent.EDITION_PAUSED: "Paused",
    WebhookEvent.EDITION_RESUMED: "Resumed",
    WebhookEvent.EDITION_SENT: "Sent",
    WebhookEvent.EDITION_CANCELLED: "Cancelled",
    WebhookEvent.SUBSCRIBER_CONFIRMED: "Confirmed",
    WebhookEvent.SUBSCRIBER_UNSUBSCRIBED: "Unsubscribed",
    WebhookEvent.SUBSCRIBER_BOUNCED: "Their mail came back",
    WebhookEvent.SUBSCRIBER_COMPLAINED: "Reported it as spam",
    WebhookEvent.SUBSCRIBER_ERASED: "Erased",
}
#: standing of a token -> tone of its pill
_TONES = {"works": "ok", "ended": "quiet", "withdrawn": "quiet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token, as it stands on the page."""

    token: ApiToken
    may: tuple[str, ...]
    standing: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """A webhook, as it stands on the page."""

    webhook: Webhook
    #: in words
    told: tuple[str, ...]
    count: WebhookCount


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as it was filled in, and what came of it."""

    #: field -> text
    texts: Mapping[str, str] = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()
    faults: Mapping[str, str] = field(default_factory=dict)
    #: what is shown once, and for what
    made: str = ""
    of: str = ""


_EMPTY = Filled()


class Programs:
    """The routes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def show(self, request: Request) -> Response:
        """Show tokens and webhooks, with the forms that make them."""
        return self._shown(request)

    def make_token(self, request: Request) -> Response:
        """Make a token; it is shown once, since nobody can ask for it again."""
        fields = self._desk.fields(request)
        name, days, scopes = fields.one("name"), fields.one("days"), fields.every("scopes")
        filled = {"name": name, "days": days}
        wanted = Wanted(name=name, scopes=scopes, days=_number(days) if days else None)
        try:
            made, kept = programs.make(
                self._app.store,
                self._app.clock,
                self._app.new_id,
                self._desk.who(request),
                wanted,
                self._desk.by(request),
            )
        except Unfit as fault:
            form = Filled(texts=filled, ticked=frozenset(scopes), faults=fault.faults)
            return self._shown(request, 422, token=form)
        return self._shown(request, token=Filled(made=made, of=kept.name))

    def withdraw(self, request: Request) -> Response:
        """End a token for good."""
        token = self._desk.fields(request).one("token")
        done = programs.withdraw(self._app.store, self._app.clock, token, self._desk.by(request))
        return self._desk.redirect(request, _PATH, Said(words=f"The token for {done.name} works no more."))

    def make_webhook(self, request: Request) -> Response:
        """Make a webhook; its secret is shown once."""
        fields = self._desk.fields(request)
        address, events = fields.one("address"), fields.every("events")
        ticked = frozenset(events | fields.every("with_addresses"))
        try:
            made, secret = posting.make(
                self._app,
                self._desk.who(request).name,
                address=address,
                events=events,
                with_addresses=bool(fields.one("with_addresses")),
                by=self._desk.by(request),
            )
        except Unfit as fault:
            form = Filled(texts={"address": address}, ticked=ticked, faults=fault.faults)
            return self._shown(request, 422, hook=form)
        return self._shown(request, hook=Filled(made=secret, of=made.address))

    def renew(self, request: Request) -> Response:
        """Make another secret for a webhook; it is shown once."""
        made, secret = posting.renew(self._app, self._named(self._desk.fields(request)), self._desk.by(request))
        return self._shown(request, hook=Filled(made=secret, of=made.address))

    def end(self, request: Request) -> Response:
        """Tell a webhook nothing more."""
        webhook = self._named(self._desk.fields(request))
        webhooks.end(self._app.store, self._app.clock, webhook, self._desk.by(request))
        return self._desk.redirect(request, _PATH, Said(words="This address is told nothing more."))

    def _named(self, fields: Fields) -> str:
        webhook = fields.one("webhook")
        if not webhook:
            raise NotFound("The form names no webhook.", "Open the page again.")
        return webhook

    def _shown(self, request: Request, status: int = 200, *, token: Filled = _EMPTY, hook: Filled = _EMPTY) -> Response:
        every = _tokens(self._app)
        return self._desk.page(
            request,
            "programs",
            status,
            working=[one for one in every if one.standing == "works"],
            over=[one for one in every if one.standing != "works"],
            hooks=[_hook(webhook, count) for webhook, count in webhooks.every(self._app.store)],
            token=token,
            hook=hook,
            scopes=SCOPES,
            edition_events={one: words for one, words in EVENTS.items() if one.startswith("edition.")},
            people_events={one: words for one, words in EVENTS.items() if one.startswith("subscriber.")},
        )


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Programs(desk)
    web.get(_PATH)(routes.show)
    web.post(f"{_PATH}/tokens")(routes.make_token)
    web.post(f"{_PATH}/tokens/withdraw")(routes.withdraw)
    web.post(f"{_PATH}/webhooks")(routes.make_webhook)
    web.post(f"{_PATH}/webhooks/renew")(routes.renew)
    web.post(f"{_PATH}/webhooks/end")(routes.end)


def _tokens(app: App) -> Sequence[TokenRow]:
    now = app.clock()
    found = []
    for one in programs.every(app.store):
        standing = programs.standing(one, now)
        may = tuple(SCOPES[scope][0] for scope in one.scopes)
        found.append(TokenRow(token=one, may=may, standing=standing, tone=_TONES[standing]))
    return found


def _hook(webhook: Webhook, count: WebhookCount) -> WebhookRow:
    return WebhookRow(webhook=webhook, told=tuple(EVENTS[one] for one in webhook.events), count=count)


def _number(text: str) -> int:
    # what is no number is none of the days that there may be
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
