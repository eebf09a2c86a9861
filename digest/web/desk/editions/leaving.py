"""Leaving: how an edition leaves, live, and what a person may do about it while it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from digest.domain.errors import DigestError, NotFound, Refused
from digest.domain.model import EditionState, Newsletter, Role
from digest.domain.ports import CountsAs
from digest.jobs import edition as editions
from digest.jobs import following, steering
from digest.jobs.following import PAGE, Following
from digest.web.bounds import Fields
from digest.web.desk.cookies import Said
from digest.web.desk.editions.live import told
from digest.web.desk.editions.page import Id
from digest.web.desk.frame import Desk
from digest.web.desk.spoken import counted, when

#: what each count is called, in the order in which they stand, with its tone
COUNTS: Mapping[CountsAs, tuple[str, str]] = {
    CountsAs.SENT: ("sent", ""),
    CountsAs.WAITING: ("waiting", ""),
    CountsAs.PUT_OFF: ("refused for now", ""),
    CountsAs.FAILED: ("refused", ""),
    CountsAs.UNKNOWN: ("unknown", ""),
    CountsAs.SKIPPED: ("skipped", ""),
}
#: the pill of each outcome in the table: words, tone, shape
PILLS: Mapping[CountsAs, tuple[str, str, str]] = {
    CountsAs.FAILED: ("Refused", "stop", "octagon"),
    CountsAs.PUT_OFF: ("Refused for now", "warn", "clock"),
    CountsAs.UNKNOWN: ("Unknown", "warn", "triangle"),
    CountsAs.SKIPPED: ("Skipped", "quiet", "chevron-right"),
    CountsAs.SENT: ("Sent", "ok", "tick"),
    CountsAs.WAITING: ("Waiting", "info", "clock"),
}


class Leaving:
    """The routes of an edition that leaves, or left."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def sending(self, request: Request, edition: Id) -> Response:
        """Show how it stands."""
        return self._shown(request, edition)

    def live(self, edition: Id) -> Response:
        """Tell whenever something happened."""
        editions.find(self._app.store, edition)
        return StreamingResponse(
            told(partial(following.version, self._app.store, edition)), media_type="text/event-stream"
        )

    def people(self, request: Request, edition: Id, outcome: str, after: str = "") -> Response:
        """Show the people behind a count."""
        if outcome not in set(CountsAs):
            raise HTTPException(404)
        found, newsletter = self._follow(edition)
        counts_as = CountsAs(outcome)
        return self._desk.page(
            request,
            "people_of",
            now=found,
            newsletter=newsletter,
            outcome=counts_as,
            pill=PILLS[counts_as],
            people=following.entries(self._app.store, edition, counts_as, after),
            most=PAGE,
            may_resend=counts_as == CountsAs.UNKNOWN
            and found.edition.state == EditionState.SENT
            and self._desk.who(request).role.may(Role.APPROVER),
        )

    def pause(self, request: Request, edition: Id) -> Response:
        """Stop it before the next message."""

        def do(who: str, _: Fields) -> Said:
            steering.pause(self._app.store, self._app.clock, edition, who)
            return Said(words="Paused. Nobody is mailed until you resume.")

        return self._act(request, edition, do)

    def resume(self, request: Request, edition: Id) -> Response:
        """Let it go on."""

        def do(who: str, _: Fields) -> Said:
            steering.resume(self._app.store, self._app.clock, edition, who)
            return Said(words="It goes on. Nobody is mailed twice.")

        return self._act(request, edition, do)

    def ask(self, request: Request, edition: Id) -> Response:
        """Say what it means to cancel the rest, before it is done."""
        found, newsletter = self._follow(edition)
        return self._desk.page(request, "cancel", now=found, newsletter=newsletter)

    def cancel(self, request: Request, edition: Id) -> Response:
        """Stop it for good."""

        def do(who: str, _: Fields) -> Said:
            steering.cancel(self._app.store, self._app.clock, edition, who)
            return Said(words="Cancelled. Nobody else gets it.")

        return self._act(request, edition, do)

    def retry(self, request: Request, edition: Id) -> Response:
        """Try those again now who were refused for now."""

        def do(who: str, _: Fields) -> Said:
            count = steering.retry(self._app.store, self._app.clock, edition, who)
            return Said(words=f"{counted(count, 'person is', 'people are')} tried again now.")

        return self._act(request, edition, do)

    def send_now(self, request: Request, edition: Id) -> Response:
        """Let an approved edition leave before its time."""

        def do(who: str, _: Fields) -> Said:
            # what the present configuration makes of it must be what was approved
            self._app.current(edition)
            steering.send_now(self._app.store, self._app.clock, edition, who)
            return Said(words="It leaves now.")

        return self._act(request, edition, do)

    def send_again(self, request: Request, edition: Id) -> Response:
        """Mail people again who are in doubt."""

        def do(who: str, fields: Fields) -> Said:
            count = steering.send_again(self._app.store, self._app.clock, edition, sorted(fields.every("person")), who)
            return Said(words=f"{counted(count, 'person is', 'people are')} mailed again.")

        return self._act(request, edition, do)

    def leave(self, request: Request, edition: Id) -> Response:
        """Leave somebody who is in doubt as they are."""

        def do(who: str, fields: Fields) -> Said:
            steering.leave(self._app.store, self._app.clock, edition, fields.one("person"), who)
            return Said(words="Left as it is.")

        return self._act(request, edition, do, f"people/{CountsAs.UNKNOWN}")

    def _shown(self, request: Request, edition: str, status: int = 200, trouble: DigestError | None = None) -> Response:
        found, newsletter = self._follow(edition)
        title = f"No. {found.edition.number} · {when(found.edition.slot, newsletter.schedule.timezone)}"
        return self._desk.page(
            request,
            "sending",
            status,
            now=found,
            newsletter=newsletter,
            names=COUNTS,
            pills=PILLS,
            trouble=trouble,
            title=title,
        )

    def _act(self, request: Request, edition: str, do: Callable[[str, Fields], Said], to: str = "sending") -> Response:
        try:
            said = do(self._desk.who(request).name, self._desk.fields(request))
        except (Refused, NotFound) as fault:
            return self._shown(request, edition, 404 if isinstance(fault, NotFound) else 409, fault)
        return self._desk.redirect(request, f"/editions/{edition}/{to}", said)

    def _follow(self, edition: str) -> tuple[Following, Newsletter]:
        newsletter = self._app.newsletter_of(editions.find(self._app.store, edition))
        return following.follow(self._app.store, self._app.clock, newsletter, edition), newsletter


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    leaving = Leaving(desk)
    at = "/editions/{edition}"
    web.get(f"{at}/sending")(leaving.sending)
    web.get(f"{at}/live")(leaving.live)
    web.get(f"{at}/people/{{outcome}}")(leaving.people)
    web.get(f"{at}/cancel")(leaving.ask)
    acts = {
        "pause": leaving.pause,
        "resume": leaving.resume,
        "cancel": leaving.cancel,
        "retry": leaving.retry,
        "send-now": leaving.send_now,
        "send-again": leaving.send_again,
        "leave": leaving.leave,
    }
    for name, route in acts.items():
        web.post(f"{at}/{name}")(route)
