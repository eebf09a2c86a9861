"""Rehearsing: the whole send of an edition into a mail server of our own: started, followed, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from digest.app import rehearsing as job
from digest.domain.errors import DigestError, NotFound, Refused
from digest.domain.model import Edition, Newsletter
from digest.domain.states import OPEN, SIGNED
from digest.jobs import edition as editions
from digest.stages import pictured
from digest.stages.rehearsed import Sentence, a_second
from digest.web.desk.cookies import Said
from digest.web.desk.editions.live import told
from digest.web.desk.editions.page import Id
from digest.web.desk.frame import FRAMED, Desk
from digest.web.desk.spoken import counted, when

#: header fields of a message that are shown, in their order
_FIELDS = ("From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")
_SIGNATURE = "DKIM-Signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The people of a segment who would get the same variant."""

    segment: str
    subject: str
    people: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A message that was kept."""

    number: int
    address: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that the page shows."""

    edition: Edition
    newsletter: Newsletter
    title: str
    #: it has not begun to leave
    may: bool
    #: one that goes on, with its rate in words
    running: job.Running | None
    rate: str
    #: why the last one that was wanted has no report
    trouble: DigestError | None
    kept: job.Kept | None
    #: the sentence about the bytes
    bytes: Sentence | None = None
    shares: tuple[Share, ...] = ()
    #: (why, people), the most first
    skipped: tuple[tuple[str, int], ...] = ()
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A message, opened."""

    fields: tuple[tuple[str, str], ...]
    html: str
    text: str
    octets: int


class Rehearsing:
    """The routes of the rehearsals of editions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._beside = job.Beside(desk.app)

    def show(self, request: Request, edition: Id) -> Response:
        """Show how it goes, or what the last one came to."""
        return self._shown(request, edition)

    def start(self, request: Request, edition: Id) -> Response:
        """Begin one."""
        try:
            self._beside.start(edition, self._desk.who(request).name)
        except (Refused, NotFound) as fault:
            return self._shown(request, edition, 404 if isinstance(fault, NotFound) else 409, fault)
        return self._desk.redirect(request, f"/editions/{edition}/rehearsal")

    def stop(self, request: Request, edition: Id) -> Response:
        """Stop the one that goes on."""
        self._beside.stop(edition)
        return self._desk.redirect(request, f"/editions/{edition}/rehearsal", Said(words="It goes on no more."))

    def live(self, edition: Id) -> Response:
        """Tell whenever it came further."""
        editions.find(self._app.store, edition)
        return StreamingResponse(told(self._beside.version), media_type="text/event-stream")

    def message(self, request: Request, edition: Id, number: int) -> Response:
        """Show a message that was kept."""
        found = editions.find(self._app.store, edition)
        opened = _opened(self._message(edition, number))
        return self._desk.page(request, "rehearsed", edition=found, number=number, opened=opened)

    def part(self, edition: Id, number: int, ending: str) -> Response:
        """Give a message as a file, or one of its parts for a frame."""
        content = self._message(edition, number)
        if ending == "eml":
            named = {"Content-Disposition": f'attachment; filename="{edition}-{number}.eml"'}
            return Response(content, media_type="message/rfc822", headers=named)
        if ending == "txt":
            return PlainTextResponse(_opened(content).text, headers=dict(FRAMED))
        if ending != "html":
            raise HTTPException(404)
        base_url = self._app.as_drafted(editions.find(self._app.store, edition)).base_url
        pictures = f"/editions/{edition}/mail/{pictured.FOLDER}"
        return self._desk.framed(pictured.at_hand(_opened(content).html, base_url, pictures))

    def _message(self, edition: str, number: int) -> bytes:
        # of what has left nothing is shown, also where nobody has cleared it away yet
        if job.last(self._app, edition) is None:
            raise NotFound("This message is not kept any more.", "Rehearse an edition before it leaves.")
        return job.message(self._app, edition, number)

    def _shown(self, request: Request, edition: str, status: int = 200, trouble: DigestError | None = None) -> Response:
        shown = _screen(self._desk, self._beside.of(edition), edition, trouble)
        return self._desk.page(request, "rehearsal", status, shown=shown)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Rehearsing(desk)
    at = "/editions/{edition}"
    web.get(f"{at}/rehearsal")(routes.show)
    web.get(f"{at}/rehearsal/live")(routes.live)
    web.get(f"{at}/rehearsal/{{number}}.{{ending}}")(routes.part)
    web.get(f"{at}/rehearsal/{{number}}")(routes.message)
    web.post(f"{at}/rehearse")(routes.start)
    web.post(f"{at}/rehearsal/stop")(routes.stop)


def _screen(desk: Desk, running: job.Running | None, edition_id: str, trouble: DigestError | None) -> Shown:
    edition = editions.find(desk.app.store, edition_id)
    newsletter = desk.app.newsletter_of(edition)
    kept = job.last(desk.app, edition_id)
    over = running is not None and running.over
    shown = Shown(
        edition=edition,
        newsletter=newsletter,
        title=f"Rehearsal · No. {edition.number} · {when(edition.slot, newsletter.schedule.timezone)}",
        may=edition.state in OPEN,
        running=None if over else running,
        rate=a_second(running.rate) if running and running.rate else "",
        trouble=trouble or (running.trouble if running and over else None),
        kept=kept,
    )
    return _with_report(desk, shown, kept) if kept else shown


def _with_report(desk: Desk, shown: Shown, kept: job.Kept) -> Shown:
    done = kept.rehearsal
    names = {one.id: one.name for one in shown.newsletter.segments}
    with desk.app.store.reading() as session:
        subjects = {one.slug: one.subject for one in session.editions.variants(done.edition)}
    shares = tuple(
        Share(
            segment=names.get(one.segment, one.segment),
            subject=subjects.get(one.variant, one.variant),
            people=one.people,
            fingerprint=done.variants[one.variant],
        )
        for one in done.shares
    )
    samples = tuple(
        Sample(number=one.number, address=one.address, about=_about(names, subjects, one.segment, one.variant))
        for one in done.samples
    )
    skipped = tuple((f"{why[:1].upper()}{why[1:]}", people) for why, people in done.skipped.items())
    return replace(shown, bytes=_of_bytes(shown.edition, kept), shares=shares, skipped=skipped, samples=samples)


def _of_bytes(edition: Edition, kept: job.Kept) -> Sentence:
    if not kept.current:
        return Sentence(tone="warn", words="This rehearsal is of other bytes: rehearse again.")
    many = counted(len(kept.rehearsal.variants), "fingerprint")
    which = "that somebody approved" if edition.state in SIGNED else "on the screen"
    return Sentence(tone="ok", words=f"The bytes are those {which}: {many} compared.")


def _about(names: Mapping[str, str], subjects: Mapping[str, str], segment: str, variant: str) -> str:
    return f"{names.get(segment, segment)}: {subjects.get(variant, variant)}"


def _opened(content: bytes) -> Opened:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    fields = [(name, str(message[name])) for name in _FIELDS if name in message]
    if _SIGNATURE in message:
        fields.append((_SIGNATURE, "".join(str(message[_SIGNATURE]).split())))
    return Opened(
        fields=tuple(fields),
        html=_part(message, "html"),
        text=_part(message, "plain"),
        octets=len(content),
    )


def _part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    return "" if found is None else str(found.get_content())
