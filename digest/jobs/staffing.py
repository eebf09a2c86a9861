"""Staffing: an admin invites people, says what they may do, and takes their accounts away.

::

    invite ─► a link, mailed (app/staffing.py) ─► join: an account, and logged in
            ├► again: another link, the old one is dead
            └► withdraw, or seven days: it is as if it had never been

There is always an admin: the last one is neither removed nor made something else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain import spoken
from digest.domain.errors import NotFound, Refused
from digest.domain.model import NOWHERE, Invitation, Matter, Role, Staff, Whence
from digest.domain.ports import Clock, Session, Store
from digest.jobs import access, naming, tokens
from digest.jobs.audit import COMMAND, noted

#: an invitation works for so long
INVITED_FOR = timedelta(days=7)
#: what stands before a role in a sentence
ARTICLE = {Role.EDITOR: "an editor", Role.APPROVER: "an approver", Role.ADMIN: "an admin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does it: their name, and from where."""

    name: str
    whence: Whence = NOWHERE


#: who does what a command does
BY_COMMAND = By(name=COMMAND)


def invitations(store: Store, clock: Clock) -> list[Invitation]:
    """Return the invitations that still work, the first one first."""
    now = clock()
    with store.reading() as session:
        return [one for one in session.invitations.every() if now < one.ends_at]


def somebody(store: Store, staff: str) -> Staff:
    """Return somebody by their id; raises NotFound."""
    with store.reading() as session:
        return _get(session, staff)


def invite(store: Store, clock: Clock, by: By, name: str, address: str, role: Role) -> tuple[Invitation, str]:
    """Invite somebody; return the invitation and the token of its link, which nobody can ask for again.

    Raises Unfit by the fields “name” and “address”.
    """
    token, now = secrets.token_urlsafe(32), clock()
    with store.writing() as session:
        session.invitations.forget(now)
        called, reached = naming.fit(session, name, address)
        made = Invitation(
            id=secrets.token_hex(8),
            key=tokens.kept_as(token),
            name=called,
            address=reached,
            role=role,
            invited_by=by.name,
            invited_at=now,
            ends_at=now + INVITED_FOR,
        )
        session.invitations.add(made)
        _note(session, now, by, f"invited {called} as {role}")
    return made, token


def invite_again(store: Store, clock: Clock, by: By, invitation: str) -> tuple[Invitation, str]:
    """Give an invitation another link; return both. The old link works no more. Raises NotFound."""
    token, now = secrets.token_urlsafe(32), clock()
    with store.writing() as session:
        found = session.invitations.get(invitation)
        if found is None:
            raise NotFound("There is no such invitation any more.", "Invite them anew.")
        session.invitations.renew(invitation, tokens.kept_as(token), now + INVITED_FOR)
        _note(session, now, by, f"invited {found.name} again")
    return found, token


def withdraw(store: Store, clock: Clock, by: By, invitation: str) -> str:
    """Let an invitation work no more; return the name of who was invited. Raises NotFound."""
    with store.writing() as session:
        found = session.invitations.get(invitation)
        if found is None or not session.invitations.remove(invitation):
            raise NotFound("There is no such invitation any more.", "Look at the list again.")
        _note(session, clock(), by, f"withdrew the invitation of {found.name}")
    return found.name


def invited(store: Store, clock: Clock, token: str) -> Invitation | None:
    """Return the invitation of a token; None where it is unknown, over or withdrawn."""
    with store.reading() as session:
        return _works(session, token, clock())


def join(store: Store, clock: Clock, token: str, staff: str, phrase: str, whence: Whence = NOWHERE) -> Staff | None:
    """Give somebody who is invited their account; return it, None where the link is dead.

    staff: its new id; phrase: hash of their pass phrase.
    """
    now = clock()
    with store.writing() as session:
        found = _works(session, token, now)
        if found is None:
            return None
        made = Staff(id=staff, name=found.name, address=found.address, phrase=phrase, created_at=now, role=found.role)
        session.invitations.remove(found.id)
        session.access.add(made)
        what = f"made an account, invited by {found.invited_by}"
        _note(session, now, By(name=made.name, whence=whence), what)
    return made


def set_role(store: Store, clock: Clock, by: By, staff: str, role: Role) -> Staff:
    """Say what somebody may do; return who it is. Raises NotFound; Refused for the last admin."""
    with store.writing() as session:
        found = _get(session, staff)
        if found.role == role:
            return found
        if role != Role.ADMIN:
            _another_admin(session, found)
        session.access.set_role(staff, role)
        _note(session, clock(), by, f"made {found.name} {ARTICLE[role]}")
    return found


def remove(store: Store, clock: Clock, by: By, staff: str) -> Staff:
    """Take somebody's account away: they are logged out at once, the programs that they answer for as well, their
    webhooks are told nothing more, and whom they invited comes in no more; histories keep their name.

    Raises NotFound; Refused for the last admin.
    """
    with store.writing() as session:
        found = _get(session, staff)
        _another_admin(session, found)
        # whom they invited under another address might be they
        for one in session.invitations.every():
            if one.invited_by == found.name:
                session.invitations.remove(one.id)
        now = clock()
        programs, hooks = session.api_tokens.remove_of(staff), session.webhooks.end_of(staff, now)
        session.access.remove(staff)
        gone = [
            f"removed {found.name}",
            *([f"{programs} of their API tokens"] if programs else []),
            *([f"{hooks} of their webhooks"] if hooks else []),
        ]
        _note(session, now, by, spoken.listed(gone))
    return found


def reset_factor(store: Store, clock: Clock, by: By, staff: str) -> Staff:
    """Take away the second factor of somebody who has lost it, and log them out everywhere.

    Raises NotFound; Refused where they have none, and for one's own.
    """
    with store.writing() as session:
        found = _get(session, staff)
        if not found.has_second_factor:
            raise Refused(f"{found.name} has no second factor.", "They log in with their pass phrase alone.")
        if found.name == by.name:
            # whoever sits at a browser that was left open must not get around it
            raise Refused("Your own is turned off under My account.", "It asks for your pass phrase and a code.")
        session.access.set_factor(staff, "", 0, ())
        session.access.end_all(staff)
        _note(session, clock(), by, f"reset the second factor of {found.name}")
    return found


def able(store: Store, least: Role) -> list[str]:
    """Return the names of all who may do what is for a role and above, the first one first."""
    return [one.name for one in access.everybody(store) if one.role.may(least)]


def is_last_admin(store: Store, staff: Staff) -> bool:
    """Tell whether nobody else may change settings and staff."""
    return staff.role == Role.ADMIN and not any(
        one.role == Role.ADMIN for one in access.everybody(store) if one.id != staff.id
    )


def _get(session: Session, staff: str) -> Staff:
    found = session.access.get(staff)
    if found is None:
        raise NotFound("Nobody has this account any more.", "Look at the list again.")
    return found


def _another_admin(session: Session, staff: Staff) -> None:
    others = [one for one in session.access.everybody() if one.role == Role.ADMIN and one.id != staff.id]
    if staff.role == Role.ADMIN and not others:
        raise Refused(f"{staff.name} is the only admin.", "Make somebody else an admin first.")


def _works(session: Session, token: str, now: datetime) -> Invitation | None:
    found = session.invitations.by_key(tokens.kept_as(token))
    return found if found is not None and now < found.ends_at else None


def _note(session: Session, now: datetime, by: By, what: str) -> None:
    session.audit.note(noted(now, by.name, Matter.STAFF, what, whence=by.whence))
