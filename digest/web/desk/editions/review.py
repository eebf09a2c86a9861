"""Review: what there is to mend and to look at, what is another since somebody approved, and the approval itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import FastAPI, Request, Response

from digest.app import App, links, trying
from digest.app.access import address_of
from digest.domain.errors import DigestError, NotFound, Refused, ServerTrouble, Unfit
from digest.domain.model import (
    BY_API,
    Approval,
    EditionState,
    Finding,
    Newsletter,
    ReadingLink,
    Role,
    Severity,
    Staff,
)
from digest.jobs import approvals, reading, steering
from digest.jobs import edition as editions
from digest.jobs.approvals import Since
from digest.web.desk.cookies import Act, Said
from digest.web.desk.editions.looking import Looked, Looking
from digest.web.desk.editions.page import Id, editing_of
from digest.web.desk.editions.showing import Row, Screen, screen
from digest.web.desk.frame import Desk
from digest.web.desk.spoken import counted, when

#: last part of the path of a field that a finding is about -> how it is mended here: label of the input
_LABELS: Mapping[str, str] = {
    "title": "Title",
    "alt": "What the picture shows",
    "subject": "Subject",
    "preheader": "Preview text",
    "published": "Date",
}
#: parts of a page that the answers to a finding lead to
_OF_STORY = "story"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A finding, and what mends it."""

    finding: Finding
    #: the story that it is about; None where it is about none
    row: Row | None = None
    #: path of the field that mends it, with its label and what it says now; empty where none does
    field: str = ""
    label: str = ""
    value: str = ""

    @property
    def theme(self) -> bool:
        """Tell whether it asks under which theme a story belongs."""
        return self.finding.about.endswith("/theme") and self.row is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """One variant in the table of what is approved."""

    name: str
    people: int
    kilobytes: int
    sha256: str
    #: same, changed, new or gone since the last approval; empty where there was none
    became: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting:
    """The form that makes a reading link, and the link that was just made."""

    name: str = ""
    days: str = str(reading.DAYS)
    faults: Mapping[str, str] = field(default_factory=dict)
    link: str = ""


NOT_INVITING = Inviting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the page of the approval shows besides the edition."""

    #: False while it is looked for what is wrong
    is_checked: bool
    must_mend: tuple[Remark, ...]
    look_at: tuple[Remark, ...]
    notes: tuple[Remark, ...]
    since: Since | None
    variants: tuple[Fingerprint, ...]
    #: what is on the screen, for the form
    seen: str
    people: int
    #: of the two who must sign, the one who has; None where nobody or one is enough
    first: Approval | None
    #: why this person may not approve; empty where they may
    may_not: str
    can_approve: bool


class Review:
    """The routes of the page of the approval."""

    def __init__(self, desk: Desk, looking: Looking) -> None:
        self._desk = desk
        self._app = desk.app
        self._looking = looking

    def show(self, request: Request, edition: Id) -> Response:
        """Show it."""
        return self._shown(request, edition)

    def approve(self, request: Request, edition: Id) -> Response:
        """Sign what was on the screen, and nothing else."""
        fields = self._desk.fields(request)

        def do(who: str) -> Said:
            seen = approvals.of_text(fields.one("seen"))
            self._app.approve(edition, who, seen)
            return _approved(self._app, edition, sum(one.people for one in seen.variants))

        return self._done(request, edition, do)

    def take_back(self, request: Request, edition: Id) -> Response:
        """Make it a draft again."""

        def do(who: str) -> Said:
            steering.take_back(self._app.store, self._app.clock, edition, who, f"taken back by {who}")
            return Said(words="Approval taken back. Nobody gets it until somebody approves it again.")

        return self._done(request, edition, do)

    def test(self, request: Request, edition: Id) -> Response:
        """Mail it to whoever asks, so that they see it where they read their mail."""
        segment = self._desk.fields(request).one("segment")

        def do(who: str) -> Said:
            variants = [one for one in self._app.stored(edition).variants if one.segment == segment]
            address = self._desk.who(request).address
            tried = trying.send_test(self._app, edition, address, variants[0].slug if variants else "")
            return Said(words=f"A test is on its way to {tried.address}.")

        return self._done(request, edition, do)

    def check_links(self, request: Request, edition: Id) -> Response:
        """Follow every link now."""

        def do(who: str) -> Said:
            checked = links.check(self._app, edition)
            self._looking.forget()
            return Said(words=f"{counted(len(checked.links), 'link')} looked at, {len(checked.broken)} lead nowhere.")

        return self._done(request, edition, do)

    def invite(self, request: Request, edition: Id) -> Response:
        """Make a link for somebody to read it by; it is shown once, since nobody can ask for it again."""
        fields = self._desk.fields(request)
        name, days = fields.one("name"), fields.one("days", str(reading.DAYS))
        store, clock, who = self._app.store, self._app.clock, self._desk.who(request).name
        try:
            token = reading.invite(store, clock, edition, who, name, int(days) if days.isdecimal() else 0)
        except Unfit as fault:
            inviting = Inviting(name=name, days=days, faults=fault.faults)
            return self._shown(request, edition, 422, inviting=inviting)
        except (Refused, NotFound) as fault:
            return self._shown(request, edition, 409, fault)
        link = f"{address_of(self._app.loaded.workspace.desk)}/read/{token}"
        return self._shown(request, edition, inviting=Inviting(name=name, days=days, link=link))

    def withdraw(self, request: Request, edition: Id) -> Response:
        """Let a link work no more."""
        key = self._desk.fields(request).one("key")

        def do(who: str) -> Said:
            reading.withdraw(self._app.store, self._app.clock, key, who)
            return Said(words="The link works no more.")

        return self._done(request, edition, do)

    def settle(self, request: Request, edition: Id) -> Response:
        """Mark what a reader said as settled."""
        comment = self._desk.fields(request).one("comment")

        def do(who: str) -> Said:
            reading.settle(self._app.store, self._app.clock, edition, comment, who)
            return Said(words="Settled.")

        return self._done(request, edition, do)

    def _shown(
        self,
        request: Request,
        edition: str,
        status: int = 200,
        trouble: DigestError | None = None,
        inviting: Inviting = NOT_INVITING,
    ) -> Response:
        looked = self._looking.at(editing_of(self._desk, request, edition))
        made = screen(self._app, looked)
        now = self._app.clock()
        return self._desk.page(
            request,
            "review",
            status,
            screen=made,
            verdict=_verdict(self._app, looked, made, self._desk.who(request)),
            trouble=trouble or looked.trouble,
            inviting=inviting,
            comments=reading.comments(self._app.store, edition),
            links=[one for one in reading.links(self._app.store, edition) if _works(one, now)],
        )

    def _done(self, request: Request, edition: str, do: Callable[[str], Said]) -> Response:
        try:
            said = do(self._desk.who(request).name)
        except (Refused, NotFound, ServerTrouble) as fault:
            self._looking.forget()
            return self._shown(request, edition, 404 if isinstance(fault, NotFound) else 409, fault)
        return self._desk.redirect(request, f"/editions/{edition}/review", said)


def add(web: FastAPI, desk: Desk, looking: Looking) -> None:
    """Add the routes."""
    review = Review(desk, looking)
    at = "/editions/{edition}"
    web.get(f"{at}/review")(review.show)
    acts = {
        "approve": review.approve,
        "take-back": review.take_back,
        "test": review.test,
        "check-links": review.check_links,
        "invite": review.invite,
        "withdraw": review.withdraw,
        "settle": review.settle,
    }
    for name, route in acts.items():
        web.post(f"{at}/{name}")(route)


def _works(link: ReadingLink, now: datetime) -> bool:
    return link.withdrawn_at is None and now < link.ends_at


def _approved(app: App, edition_id: str, people: int) -> Said:
    found = editions.find(app.store, edition_id)
    if found.state == EditionState.DRAFT:
        return Said(words="Your approval stands. A second person approves it next.")
    zone = app.newsletter_of(found).schedule.timezone
    get = f"{counted(people, 'person', 'people')} {'gets' if people == 1 else 'get'} it"
    back = Act(label="Take back", path=f"/editions/{edition_id}/take-back", fields={})
    return Said(words=f"Approved. {get} on {when(found.slot, zone).replace(', ', ' at ')}.", acts=(back,))


def _verdict(app: App, looked: Looked, made: Screen, who: Staff) -> Verdict:
    newsletter, edition = made.newsletter, made.edition
    # what was found after the screen was made waits for the next look, or the two would differ
    remarks = [_remark(finding, made) for finding in looked.preview.findings] if made.is_checked else []
    since = approvals.since(app.store, newsletter, edition.id)
    standing = approvals.standing(app.store, edition.id) if edition.state == EditionState.DRAFT else []
    must_mend = _of(remarks, Severity.MUST_MEND)
    may_not = _may_not(app, newsletter, edition.id, who) if edition.state == EditionState.DRAFT else ""
    return Verdict(
        is_checked=made.is_checked,
        must_mend=must_mend,
        look_at=_of(remarks, Severity.LOOK_AT),
        notes=_of(remarks, Severity.NOTE),
        since=since if since and (since.changed or since.files or since.is_unexplained or not _stands(since)) else None,
        variants=tuple(_fingerprints(looked, newsletter, since)),
        seen=approvals.as_text(approvals.on_screen(edition, looked.preview.variants)),
        people=made.people,
        first=standing[0] if standing else None,
        may_not=may_not,
        can_approve=edition.state == EditionState.DRAFT and made.is_checked and not must_mend and not may_not,
    )


def _stands(since: Since) -> bool:
    return since.approval.stands


def _of(remarks: Sequence[Remark], severity: Severity) -> tuple[Remark, ...]:
    return tuple(one for one in remarks if one.finding.severity == severity)


def _remark(finding: Finding, made: Screen) -> Remark:
    kind, _, rest = finding.about.partition("/")
    owner, _, name = rest.partition("/")
    row = made.row(owner) if kind == _OF_STORY else None
    label = _LABELS.get(name or kind, "")
    if not label or not made.changeable or (kind == _OF_STORY and row is None):
        return Remark(finding=finding, row=row)
    value = getattr(row, name) if row else str(getattr(made.inbox, kind, ""))
    return Remark(finding=finding, row=row, field=finding.about, label=label, value=value)


def _may_not(app: App, newsletter: Newsletter, edition_id: str, who: Staff) -> str:
    """Return why somebody may not approve, and who can; empty where they may."""
    out, able = approvals.may_not(app.store, newsletter, edition_id), approvals.approvers(app.store)
    name = who.name.casefold()
    if not who.role.may(Role.APPROVER):
        return f"You are an editor. {approvals.who_can(newsletter, out, able)}"
    if name not in {one.removesuffix(BY_API).casefold() for one in out}:
        return ""
    signed = {one.who.removesuffix(BY_API).casefold() for one in approvals.standing(app.store, edition_id)}
    why = "You have approved it." if name in signed else "You changed it, so somebody else looks at it."
    return f"{why} {approvals.who_can(newsletter, out, able)}"


def _fingerprints(looked: Looked, newsletter: Newsletter, since: Since | None) -> list[Fingerprint]:
    names = {one.id: one.name for one in newsletter.segments}
    became = {one.slug: one.became for one in since.variants} if since else {}
    found = []
    many = _shared(looked)
    for one in looked.preview.variants:
        name = names.get(one.segment, one.segment) or "Web version"
        found.append(
            Fingerprint(
                name=f"{name}: {one.subject}" if one.segment in many else name,
                people=one.people,
                kilobytes=round(len(one.html.encode()) / 1_000),
                sha256=one.sha256,
                became=became.get(one.slug, ""),
            )
        )
    return found


def _shared(looked: Looked) -> set[str]:
    """Return the segments that several variants are for."""
    segments = [one.segment for one in looked.preview.variants]
    return {one for one in segments if segments.count(one) > 1}
