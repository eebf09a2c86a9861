"""Telling staff: mails about what needs a person or came to an end, to the addresses that [desk] names.

They come from the newsletter's sender and are signed like all its mail; their links stand on the desk's own address in
digest.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from digest.app.access import address_of
from digest.app.signing import alone
from digest.domain import spoken
from digest.domain.model import Claim, DeliveryState, Newsletter, Parcel, Severity, Subscriber, Telling
from digest.domain.ports import Event
from digest.domain.states import SIGNED
from digest.jobs import approvals, due, links, mending, people, telling
from digest.jobs.press import brand_values
from digest.jobs.telling import Letter, Occasion
from digest.stages import render, track, words
from digest.stages import telling as wording
from digest.stages.send import counted, summary
from digest.transports.mime.notice import Content, parcel

if TYPE_CHECKING:
    from digest.app import App

#: what is asked of whoever is named to approve
_FOR_APPROVERS = (Telling.READY, Telling.TAKEN_BACK)
#: what only they are told, where digest.toml names somebody who can be mailed
_ONLY_FOR_APPROVERS = (Telling.REMINDER, Telling.OVERDUE)


def tell(app: App, newsletter: Newsletter) -> telling.Mailed:
    """Mail staff what there is to tell of a newsletter's editions, each of them once; nobody where `tell` is empty.

    Raises ServerTrouble where the mail server does not serve, ConfigurationError for what it cannot be used with: they
    are told at the next ring.
    """
    if not app.loaded.workspace.desk.tell:
        return telling.Mailed()
    found = telling.occasions(app.store, app.clock, newsletter)
    letters = [one for occasion in found for one in _letters(app, newsletter, occasion)]
    return telling.mail(app.store, app.clock, app.transport, letters)


def whom(app: App, newsletter: Newsletter, occasion: Occasion) -> dict[str, str]:
    """Return who is told: comparable spelling -> address; whoever is to approve is asked as well."""
    asked = approvals.asked(newsletter, app.clock(), occasion.edition.slot)
    signers = _signers(app, newsletter, asked) if occasion.telling in _ONLY_FOR_APPROVERS else {}
    if signers:
        return signers
    # a name says whom staff ask themselves
    named = [asked] if occasion.telling in _FOR_APPROVERS and "@" in asked else []
    return {people.compared(one): one for one in (*app.loaded.workspace.desk.tell, *named)}


def _signers(app: App, newsletter: Newsletter, asked: str) -> dict[str, str]:
    """Return who must sign: comparable spelling -> address; of a name that of the account. Two, where two must."""
    names = {asked, *((newsletter.approver, newsletter.stand_in) if newsletter.approvals > 1 else ())} - {""}
    with app.store.reading() as session:
        accounts = {mending.comparable(one.name): one.address for one in session.access.everybody()}
    found = [name if "@" in name else accounts.get(mending.comparable(name), "") for name in sorted(names)]
    return {people.compared(one): one for one in found if one}


def _letters(app: App, newsletter: Newsletter, occasion: Occasion) -> list[Letter]:
    edition = occasion.edition
    broken: tuple[str, ...] = ()
    if occasion.telling == Telling.LINKS:
        broken = _broken(app, newsletter, edition.id)
        if not broken:
            return []
    # the same for everybody, and made only where somebody was not told
    content = cache(lambda: _content(app, newsletter, occasion, broken))
    return [
        Letter(
            claim=Claim(
                edition=edition.id,
                telling=occasion.telling,
                occasion=occasion.at,
                whom=track.keyed(app.secret, "told", comparable).hex(),
            ),
            write=partial(_written, app, newsletter, address, content),
        )
        for comparable, address in whom(app, newsletter, occasion).items()
    ]


def _written(app: App, newsletter: Newsletter, address: str, content: Callable[[], Content], name: str) -> Parcel:
    # mail that cannot be delivered comes back to the sender: nobody's subscription ends by it
    person = Subscriber(id="", address=address)
    return parcel(newsletter, name, person, content(), app.secret, app.clock(), alone(app, newsletter))


def _content(app: App, newsletter: Newsletter, occasion: Occasion, broken: tuple[str, ...]) -> Content:
    brand = app.loaded.workspace.brand
    made = wording.lay_out(occasion.telling, _facts(app, newsletter, occasion, broken))
    say, values = words.speaking(brand.language, brand.words), brand_values(brand)
    return Content(
        subject=made.subject,
        text=render.text(made, values, say, app.templates),
        page=render.html(made, values, say, app.templates),
    )


def _facts(app: App, newsletter: Newsletter, occasion: Occasion, broken: tuple[str, ...]) -> wording.Facts:
    edition, zone = occasion.edition, newsletter.schedule.timezone
    workspace, deadline = app.loaded.workspace, due.deadline(newsletter, edition)
    several = len(workspace.newsletters) > 1
    with app.store.reading() as session:
        people_of = sum(variant.people for variant in session.editions.variants(edition.id))
        counts = counted(session.deliveries.tally(edition.id))
        waiting, _ = session.deliveries.open(edition.id)
    found = app.stored(edition.id).findings if occasion.telling == Telling.READY else ()
    return wording.Facts(
        name=f"{newsletter.name} no. {edition.number}" if several else f"No. {edition.number}",
        newsletter=newsletter.name,
        organisation=workspace.brand.organisation,
        link=f"{address_of(workspace.desk)}/editions/{edition.id}",
        due=spoken.when(edition.slot, zone),
        due_time=spoken.at_time(edition.slot, zone),
        deadline=spoken.when(deadline, zone) if deadline != edition.slot else "",
        missed_without=newsletter.schedule.unapproved == "miss",
        people=people_of,
        must_mend=sum(one.severity == Severity.MUST_MEND for one in found),
        look_at=sum(one.severity == Severity.LOOK_AT for one in found),
        approved=edition.state in SIGNED,
        happened=_happened(occasion, zone, counts),
        waiting=waiting,
        sent=counts[DeliveryState.SENT],
        unknown=counts[DeliveryState.UNKNOWN],
        broken=broken,
    )


def _happened(occasion: Occasion, zone: str, counts: Mapping[DeliveryState, int]) -> str:
    """Say in a sentence what came to be."""
    event = occasion.event
    if occasion.telling == Telling.TAKEN_BACK and event is not None:
        return _taken_back(occasion, event, spoken.at_time(event.at, zone))
    if occasion.telling == Telling.SENT:
        return f"{summary(counts)}.".capitalize()
    return f"{(event.why if event else occasion.edition.note).rstrip('.')}."


def _taken_back(occasion: Occasion, event: Event, at: str) -> str:
    if event.who == "digest":
        return f"{event.why}, at {at}."
    why = f" ({event.why})" if event.why and not occasion.with_it else ""
    return f"{event.who} {occasion.with_it or 'took it back'} at {at}{why}."


def _broken(app: App, newsletter: Newsletter, edition: str) -> tuple[str, ...]:
    """Return a sentence and an address for each link that leads nowhere."""
    zone = newsletter.schedule.timezone
    found = links.known(app.store, newsletter, edition).broken
    return tuple(f"{links.told(link, one, zone)} {link.address}" for link, one in found)
