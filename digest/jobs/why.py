"""Why: what decides whether somebody gets an edition is found out here; stages/why.py says it. Nothing is changed.

What was not planned yet is worked out for the one person by what planning does for everybody, so it cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from digest.domain.errors import Refused
from digest.domain.model import Edition, EditionState, Newsletter, Recipient
from digest.domain.ports import Clock, Page, Session, Store
from digest.domain.states import NEVER_SENT
from digest.jobs import people
from digest.jobs.planning import Rows
from digest.stages import resend, why
from digest.stages.why import Answer, Case


def explain(
    store: Store,
    clock: Clock,
    newsletter: Newsletter,
    edition: Edition,
    address: str,
    suppression_key: Callable[[str], str],
) -> Answer:
    """Say whether somebody gets an edition, and why.

    newsletter: as the edition was drafted with; suppression_key: the keyed hash of an address. Raises DigestError where
    the address is none.
    """
    if edition.corrects and not _is_over(edition):
        raise Refused(
            f"{edition.id} corrects {edition.corrects}, and goes to whom got that.",
            f"Ask it of {edition.corrects}.",
        )
    compared = people.compared(address)
    now = clock()
    case = Case(
        address=address,
        edition=edition,
        newsletter=newsletter.name,
        zone=newsletter.schedule.timezone,
        now=now,
    )
    with store.reading() as session:
        case = replace(case, kept_off=session.people.kept_off(suppression_key(compared)))
        known = session.people.by_address([compared]).get(compared)
        if known is None:
            return why.answer(case)
        subscriber = known[0].id
        rows = Rows(session, newsletter, edition, now)
        case = replace(case, recipient=session.people.one(newsletter.id, subscriber, rows.remembered))
        page = Page(now=now, limit=1, subscribers=[subscriber])
        for entry in session.deliveries.entries(edition.id, page):
            case = replace(case, entry=entry, no_resend=resend.refusal(entry))
            return why.answer(_with_email(session, newsletter, case, entry.segment, entry.variant))
        if case.recipient is not None and not _is_over(edition):
            case = _as_planning_would(session, newsletter, case, rows, case.recipient)
    return why.answer(case)


def _is_over(edition: Edition) -> bool:
    """Tell whether nobody is planned any more."""
    return edition.state in (*NEVER_SENT, EditionState.SENT) or edition.planned_at is not None


def _as_planning_would(session: Session, newsletter: Newsletter, case: Case, rows: Rows, recipient: Recipient) -> Case:
    delivery, of_segment = rows.row(recipient)
    return _with_email(session, newsletter, replace(case, delivery=delivery), of_segment, delivery.variant)


def _with_email(session: Session, newsletter: Newsletter, case: Case, of_segment: str, variant: str) -> Case:
    names = {one.id: one.name for one in newsletter.segments}
    stories = {one.slug: len(one.stories) for one in session.editions.variants(case.edition.id)}
    return replace(case, segment=names.get(of_segment, of_segment), stories=stories.get(variant, 0))
