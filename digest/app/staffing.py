"""Staffing: invitations, and links for who forgot their pass phrase, mailed by the newsletters' own servers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.app import App
from digest.app.access import address_of, somebody
from digest.app.signing import alone
from digest.domain import spoken
from digest.domain.errors import DigestError, Refused
from digest.domain.model import (
    Accepted,
    InDoubt,
    Invitation,
    Layout,
    Outcome,
    Role,
    Staff,
    Subscriber,
    Whence,
)
from digest.jobs import access, staffing
from digest.jobs.access import MAILED_LINK_FOR
from digest.jobs.audit import COMMAND
from digest.jobs.press import brand_values
from digest.jobs.staffing import ARTICLE, By
from digest.stages import inviting, render, words
from digest.stages.inviting import Facts
from digest.transports.mime.notice import Content, parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Somebody who was invited."""

    name: str
    address: str
    #: the link, where it could not be mailed: it is shown once
    link: str = ""
    #: why it could not be mailed
    why: str = ""


def invite(app: App, by: By, name: str, address: str, role: Role) -> Invited:
    """Invite somebody by mail. Raises Unfit by the fields “name” and “address”."""
    return _mailed(app, *staffing.invite(app.store, app.clock, by, name, address, role), by)


def invite_again(app: App, by: By, invitation: str) -> Invited:
    """Mail an invitation another link; the old one works no more. Raises NotFound."""
    return _mailed(app, *staffing.invite_again(app.store, app.clock, by, invitation), by)


def forgotten(app: App, address: str, whence: Whence) -> None:
    """Mail a link for a new pass phrase to whoever has an account under an address; to nobody else, without a word."""
    found = access.forgotten(app.store, app.clock, address, whence)
    if found is None:
        return
    staff, token = found
    facts = Facts(
        organisation=app.loaded.workspace.brand.organisation,
        name=staff.name,
        link=f"{address_of(app.loaded.workspace.desk)}/first/{token}",
        until=_until(app, app.clock() + MAILED_LINK_FOR),
    )
    try:
        _mail(app, staff.address, inviting.forgotten(facts))
    except DigestError:
        access.not_mailed(app.store, app.clock, token)
        raise


def reset_factor(app: App, whose: str) -> Staff:
    """Take away the second factor of somebody by a command. whose: their address; the only one's where none is given.

    Raises NotFound, Refused.
    """
    staff = somebody(app, whose)
    return staffing.reset_factor(app.store, app.clock, By(name=COMMAND), staff.id)


def _mailed(app: App, invitation: Invitation, token: str, by: By) -> Invited:
    link = f"{address_of(app.loaded.workspace.desk)}/invited/{token}"
    facts = Facts(
        organisation=app.loaded.workspace.brand.organisation,
        name=invitation.name,
        link=link,
        until=_until(app, app.clock() + staffing.INVITED_FOR),
        by=by.name,
        role=ARTICLE[invitation.role],
    )
    try:
        _mail(app, invitation.address, inviting.invitation(facts))
    except DigestError as fault:
        return Invited(name=invitation.name, address=invitation.address, link=link, why=fault.what)
    return Invited(name=invitation.name, address=invitation.address)


def _mail(app: App, address: str, made: Layout) -> None:
    """Mail something to one of staff. Raises Refused, ServerTrouble, ConfigurationError."""
    newsletter = app.loaded.workspace.newsletters[0]
    brand = app.loaded.workspace.brand
    say, values = words.speaking(brand.language, brand.words), brand_values(brand)
    content = Content(
        subject=made.subject,
        text=render.text(made, values, say, app.templates),
        page=render.html(made, values, say, app.templates),
    )
    # mail that cannot be delivered comes back to the sender: nobody's subscription ends by it
    person = Subscriber(id="", address=address)
    try:
        letter = parcel(
            newsletter, f"staff-{app.new_id()}", person, content, app.secret, app.clock(), alone(app, newsletter)
        )
    except ValueError as fault:
        raise Refused(f"No mail can be written to {address}: {fault}.", "Give another address.") from fault
    for _, outcome in app.transport().deliver([letter], begin=lambda parcel: None):
        _taken(outcome)


def _taken(outcome: Outcome) -> None:
    if isinstance(outcome, Accepted):
        return
    if isinstance(outcome, InDoubt):
        raise Refused(f"Nobody can say whether the mail arrived: {outcome.reason}.", "Ask them, then send it again.")
    said = getattr(outcome, "reply", "") or getattr(outcome, "reason", "")
    raise Refused(f"The mail server did not take it: {said}", "Mend what it says, then send it again.")


def _until(app: App, at: datetime) -> str:
    return spoken.when(at, app.loaded.workspace.newsletters[0].schedule.timezone)
