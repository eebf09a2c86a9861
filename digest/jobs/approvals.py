"""Approvals: who signs which bytes of an edition, who may, and what is another since somebody did.

::

    on the screen ── Seen: step, fingerprint and people of every variant ─┐
    found: the edition as it is made now ─────────────────────────────────┼─ approve ─► the first of two │ approved
    approvals that stand, people who changed it ──────────────────────────┘
    approved ─ an edit, other files, a person ─► a draft again ─ since ─► what is another, word by word
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from digest.domain import spoken
from digest.domain.errors import ApprovalTakenBack, Refused
from digest.domain.model import (
    BY_API,
    Approval,
    Edition,
    EditionState,
    Newsletter,
    Role,
    Signed,
    Staff,
    Step,
    Variant,
)
from digest.domain.ports import Clock, Event, Session, Store
from digest.domain.states import move
from digest.jobs.edition import CHANGED, Current, find
from digest.jobs.keeping import advance
from digest.jobs.mending import comparable
from digest.jobs.press import fingerprint
from digest.jobs.reviewing import theme_names
from digest.stages import editing
from digest.stages.editing import Changed

#: who is written down for what the program did
_PROGRAM = "digest"
_LOOK_AGAIN = "Look at it again, then approve what it shows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was on a screen when somebody pressed Approve."""

    #: the step of its content
    step: int
    #: the bytes and the people of every variant
    variants: tuple[Signed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantSince:
    """One variant, held against what was signed."""

    slug: str
    #: id of its segment; empty for the web version, and for one that is gone
    segment: str
    people: int
    #: of its HTML
    kilobytes: int
    sha256: str
    became: Literal["same", "changed", "new", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What is another since an edition was approved last."""

    #: the approval that stands, or that was taken back last
    approval: Approval
    changed: tuple[Changed, ...]
    variants: tuple[VariantSince, ...]
    #: files of the configuration that are others, where the bytes are
    files: tuple[str, ...]

    @property
    def is_unexplained(self) -> bool:
        """Tell whether the bytes are others, and neither a person nor a file is why: a source corrected a story, or
        other people are on the list.
        """
        return not (self.changed or self.files) and any(one.became != "same" for one in self.variants)


def on_screen(edition: Edition, variants: Sequence[Variant]) -> Seen:
    """Return what somebody sees who is shown an edition with these variants."""
    return Seen(step=edition.step, variants=_signed(variants))


def as_text(seen: Seen) -> str:
    """Return what was seen as one line, for a form: “3 heads-all:HASH:12 rest-all:HASH:30”."""
    return " ".join([str(seen.step), *(f"{one.slug}:{one.sha256}:{one.people}" for one in seen.variants)])


def of_text(text: str) -> Seen:
    """Return what was seen from the line that a form sent.

    Raises Refused where it is none.
    """
    try:
        step, *rest = text.split()
        parts = [one.split(":") for one in rest]
        variants = [Signed(slug=slug, sha256=sha256, people=int(people)) for slug, sha256, people in parts]
        return Seen(step=int(step), variants=tuple(sorted(variants)))
    except ValueError as fault:
        raise Refused("The form does not say what you saw.", _LOOK_AGAIN) from fault


def hold_against(store: Store, found: Current, seen: Seen | str) -> None:
    """Hold what was seen against an edition as it is now.

    seen: all that was on the screen, or the first characters of the fingerprint; empty: nobody says. Raises
    ApprovalTakenBack where it is another.
    """
    mark = fingerprint(found.variants)
    if isinstance(seen, Seen):
        is_same, why = seen.variants == _signed(found.variants), _who_changed(store, found.edition, seen.step)
    else:
        is_same, why = mark.startswith(seen.lower()), f"its fingerprint is {mark[:12]}"
    if found.renewed or not is_same:
        what = f"{found.edition.id} is no longer what you saw: {CHANGED if found.renewed else why}."
        raise ApprovalTakenBack(what, _LOOK_AGAIN)


def approve(
    store: Store, clock: Clock, newsletter: Newsletter, found: Current, who: str, seen: Seen | str = ""
) -> Edition:
    """Sign the bytes of a draft. Where two must, the first leaves it a draft and the second approves it.

    found: the draft as it is made now; who: the name that is recorded; seen: as in hold_against. Raises Refused where
    it is no draft or they may not, ApprovalTakenBack where the bytes are other than those that were stored, or seen.
    """
    edition, name = found.edition, " ".join(who.split())
    hold_against(store, found, seen)
    if not name:
        raise Refused("An approval needs a name.", "Say who approves: --as NAME.")
    if edition.state == EditionState.HOLDING:
        # from there an arrow leads to approved, which is the undoing of it
        raise Refused(f"{edition.id} is approved, and about to leave.", f"`digest take-back {edition.id}` stops it.")
    move(edition.state, EditionState.APPROVED)
    now = clock()
    with store.writing() as session:
        stored = session.editions.variants(edition.id)
        _as_computed(session, found, stored)
        standing = _standing(session, edition.id)
        _may_sign(session, newsletter, edition.id, standing, name)
        complete = len(standing) + 1 >= newsletter.approvals
        if complete:
            advance(session, edition, EditionState.APPROVED, Event(at=now, who=name, what="approved"))
        else:
            session.editions.tell(edition.id, Event(at=now, who=name, what="first approval"))
        signed = [(one.slug, one.sha256, one.people) for one in stored]
        session.editions.sign(edition.id, name, now, signed, complete=complete)
    return find(store, edition.id)


def standing(store: Store, edition_id: str) -> list[Approval]:
    """Return the approvals of an edition that nobody and nothing has taken back: of a draft, the first of two."""
    with store.reading() as session:
        return _standing(session, edition_id)


def authors(store: Store, edition_id: str) -> list[str]:
    """Return who changed an edition since it was approved last, the first one first."""
    with store.reading() as session:
        return _authors(session, edition_id)


def may_not(store: Store, newsletter: Newsletter, edition_id: str) -> list[str]:
    """Return who may not sign an edition now: who has signed it, and who changed it where authors may not."""
    with store.reading() as session:
        return _out(session, newsletter, edition_id, _standing(session, edition_id))


def approvers(store: Store) -> list[Staff]:
    """Return who may approve on the desk, by their role."""
    with store.reading() as session:
        return _approvers(session)


def doubts(store: Store, newsletters: Sequence[Newsletter]) -> list[str]:
    """Say of whom digest.toml names to approve, and who cannot on the desk, why not."""
    with store.reading() as session:
        everybody = session.access.everybody()
    said = []
    for newsletter in newsletters:
        for name in (newsletter.approver, newsletter.stand_in):
            asked = comparable(name)
            staff = next((one for one in everybody if asked in (comparable(one.name), comparable(one.address))), None)
            if asked and staff is None:
                said.append(f"digest.toml asks {name} to approve {newsletter.name}, and nobody here is called so.")
            elif staff is not None and not staff.role.may(Role.APPROVER):
                said.append(f"digest.toml asks {staff.name} to approve {newsletter.name}, who is an editor here.")
    return said


def who_can(newsletter: Newsletter, out: Sequence[str], able: Sequence[Staff] = ()) -> str:
    """Say in a sentence who can approve instead.

    out: names of those who may not; able: staff whose role lets them; none are given where nobody has an account, and
    editions are approved by commands. Whom digest.toml names is asked first, and needs the role besides.
    """
    not_they = {_person(name) for name in out}
    asked_for = [name for name in (newsletter.approver, newsletter.stand_in) if name.strip()]
    if able:
        return _one_of([one for one in able if _person(one.name) not in not_they], asked_for)
    those = [name for name in asked_for if _person(name) not in not_they]
    if those:
        return f"{' or '.join(those)} can approve it."
    return f"Anybody but {spoken.listed(out)} can approve it."


def _one_of(able: Sequence[Staff], asked_for: Sequence[str]) -> str:
    wanted = {comparable(one) for one in asked_for}
    named = [one.name for one in able if {comparable(one.name), comparable(one.address)} & wanted]
    names = named or [one.name for one in able]
    if not names:
        return "Nobody else is an approver: an admin makes somebody one under Settings, Staff."
    return f"{spoken.listed(names, 'or')} can approve it."


def _approvers(session: Session) -> list[Staff]:
    return [one for one in session.access.everybody() if one.role.may(Role.APPROVER)]


def asked(newsletter: Newsletter, now: datetime, slot: datetime) -> str:
    """Return who is to be asked to approve an edition that nobody approved yet; empty where digest.toml names nobody.

    So many hours before its slot it is the stand-in, where there is one.
    """
    is_late = now >= slot - timedelta(hours=newsletter.stand_in_hours)
    return (newsletter.stand_in if is_late else "") or newsletter.approver


def since(store: Store, newsletter: Newsletter, edition_id: str) -> Since | None:
    """Tell what is another since an edition was approved last; None where it never was."""
    edition = find(store, edition_id)
    with store.reading() as session:
        approval = _last(session.editions.approvals(edition_id))
        if approval is None:
            return None
        variants = _held(approval.signed, session.editions.variants(edition_id))
        files = _others(session.editions.revision(approval.revision), session.editions.revision(edition.revision))
    same = all(one.became == "same" for one in variants)
    return Since(
        approval=approval,
        changed=tuple(changed_since(store, newsletter, edition_id, approval.step)),
        variants=variants,
        files=() if same or not approval.revision else files,
    )


def changed_since(store: Store, newsletter: Newsletter, edition_id: str, step: int) -> list[Changed]:
    """Return what people changed of an edition after a step, word by word; nothing where its content is not known."""
    edition = find(store, edition_id)
    if step >= edition.step:
        return []
    with store.reading() as session:
        before, now = session.editions.content_at(edition_id, step), session.editions.content(edition)
    return [] if before is None else editing.changes(before, now, theme_names(newsletter))


def _signed(variants: Sequence[Variant]) -> tuple[Signed, ...]:
    return tuple(sorted(Signed(slug=one.slug, sha256=one.sha256, people=one.people) for one in variants))


def _who_changed(store: Store, edition: Edition, step: int) -> str:
    with store.reading() as session:
        after = [one for one in session.editions.steps(edition.id) if one.number > step]
    if not after:
        return "its emails are others"
    return f"{after[-1].who} changed it" if _is_of_a_person(after[-1]) else "it was drafted again"


def _as_computed(session: Session, found: Current, stored: Sequence[Variant]) -> None:
    """Refuse what somebody else changed, or signed, while it was looked at."""
    now = session.editions.get(found.edition.id)
    if now is None or now.state != found.edition.state or _signed(stored) != _signed(found.variants):
        raise ApprovalTakenBack(f"Somebody else changed {found.edition.id} at the same moment.", _LOOK_AGAIN)


def _standing(session: Session, edition_id: str) -> list[Approval]:
    return [one for one in session.editions.approvals(edition_id) if one.stands]


def _authors(session: Session, edition_id: str) -> list[str]:
    done = [one.step for one in session.editions.approvals(edition_id) if one.complete]
    after = done[-1] if done else 0
    names: dict[str, str] = {}
    for step in session.editions.steps(edition_id):
        if step.number > after and _is_of_a_person(step):
            names.setdefault(_person(step.who), step.who.removesuffix(BY_API))
    return list(names.values())


def _person(name: str) -> str:
    """Return a name as people are told apart by it: whoever signs on the desk is nobody else by a token of theirs."""
    return comparable(name.removesuffix(BY_API))


def _is_of_a_person(step: Step) -> bool:
    return step.who != _PROGRAM


def _out(session: Session, newsletter: Newsletter, edition_id: str, standing: Sequence[Approval]) -> list[str]:
    changed_it = [] if newsletter.author_may_approve else _authors(session, edition_id)
    names = {_person(name): name.removesuffix(BY_API) for name in (*changed_it, *(one.who for one in standing))}
    return list(names.values())


def _may_sign(
    session: Session, newsletter: Newsletter, edition_id: str, standing: Sequence[Approval], name: str
) -> None:
    out = _out(session, newsletter, edition_id, standing)
    instead = who_can(newsletter, out, _approvers(session))
    if _person(name) in {_person(one.who) for one in standing}:
        raise Refused(f"{name} has approved {edition_id}: the second approval is another person's.", instead)
    if _person(name) in {_person(one) for one in out}:
        what = f"{name} changed {edition_id} since it was approved last, so somebody else looks at it."
        raise Refused(what, instead)


def _last(approvals: Sequence[Approval]) -> Approval | None:
    """Return the approval that what is now is held against: a first of two that stands is about what is now anyway."""
    told = [one for one in approvals if one.complete or not one.stands] or approvals
    return told[-1] if told else None


def _held(signed: Sequence[Signed], variants: Sequence[Variant]) -> tuple[VariantSince, ...]:
    were = {one.slug: one for one in signed}
    now = [
        VariantSince(
            slug=one.slug,
            segment=one.segment,
            people=one.people,
            kilobytes=round(len(one.html.encode()) / 1_000),
            sha256=one.sha256,
            became=_became(were.get(one.slug), one),
        )
        for one in variants
    ]
    here = {one.slug for one in variants}
    gone = [
        VariantSince(slug=one.slug, segment="", people=one.people, kilobytes=0, sha256=one.sha256, became="gone")
        for one in signed
        if one.slug not in here
    ]
    return (*now, *gone)


def _became(was: Signed | None, now: Variant) -> Literal["same", "changed", "new"]:
    if was is None:
        return "new"
    return "same" if was.sha256 == now.sha256 else "changed"


def _others(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in {*before, *now} if before.get(name) != now.get(name)))
