"""Account: what somebody may change of their own account, and in which browsers they are logged in.

Whoever may do it has been asked for their pass phrase, and for a code, before (app/account.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import Matter, Sitting, Staff, Whence
from digest.domain.ports import Clock, Session, Store
from digest.domain.states import OPEN
from digest.jobs import access, naming
from digest.jobs.access import Proof
from digest.jobs.audit import noted
from digest.jobs.mending import comparable

#: characters of a sitting's key that name it on a page: the whole of it is nobody's business
_SHORT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who changes their own account, in which sitting, and from where."""

    staff: Staff
    sitting: Sitting
    whence: Whence


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """A browser in which somebody is logged in."""

    #: what it is called in a form
    id: str
    sitting: Sitting
    #: it is the one that asks
    here: bool


def logged(store: Store, clock: Clock, me: Me) -> list[Logged]:
    """Return the browsers in which somebody is logged in, the one that asks first."""
    now = clock()
    with store.reading() as session:
        every = [one for one in session.access.sittings(me.staff.id) if access.is_open(one, now)]
    made = [Logged(id=one.key[:_SHORT], sitting=one, here=one.key == me.sitting.key) for one in every]
    return sorted(made, key=lambda one: not one.here)


def codes_left(store: Store, staff: Staff) -> int:
    """Count somebody's recovery codes that were not used."""
    with store.reading() as session:
        return session.access.codes_left(staff.id)


def rename(store: Store, clock: Clock, me: Me, name: str, address: str) -> None:
    """Give somebody another name and address.

    Raises Unfit by the fields “name” and “address”, also where their name still says who may approve an edition.
    """
    with store.writing() as session:
        called, reached = naming.fit(session, name, address, but=me.staff.id)
        if called != me.staff.name:
            _counts_nowhere(session, me.staff.name)
        session.access.set_name(me.staff.id, called, reached)
        if called != me.staff.name:
            _note(session, clock, me, f"took the name {called}")
        if reached != me.staff.address:
            # one that was mailed lies where somebody else may read by now
            session.access.drop_links(me.staff.id)
            _note(session, clock, me, "changed their address")


def set_phrase(store: Store, clock: Clock, me: Me, phrase: str) -> None:
    """Give somebody another pass phrase, and end every sitting of theirs but this one. phrase: its hash.

    Links by which another could be set work no more.
    """
    with store.writing() as session:
        session.access.set_phrase(me.staff.id, phrase)
        session.access.drop_links(me.staff.id)
        session.access.end_all(me.staff.id, but=me.sitting.key)
        _note(session, clock, me, "changed their pass phrase")


def set_factor(store: Store, clock: Clock, me: Me, factor: str, step: int, codes: Sequence[str]) -> None:
    """Have a code asked of somebody from now on; every other sitting of theirs ends.

    factor: what codes are made from, encrypted; step: time step of the code that proved it; codes: what is kept of
    their recovery codes. Raises Refused where they have a second factor.
    """
    with store.writing() as session:
        known = session.access.get(me.staff.id)
        if known is None or known.has_second_factor:
            raise Refused("You have a second factor already.", "Turn it off first, then set up the other one.")
        session.access.set_factor(me.staff.id, factor, step, codes)
        session.access.end_all(me.staff.id, but=me.sitting.key)
        _note(session, clock, me, "set up a second factor")


def drop_factor(store: Store, clock: Clock, me: Me, proof: Proof) -> bool:
    """Ask no code of somebody any more; False where the code that they showed counted before."""
    with store.writing() as session:
        if not access.proven(session, me.staff, proof):
            return False
        session.access.set_factor(me.staff.id, "", 0, ())
        _note(session, clock, me, "turned their second factor off")
    return True


def set_codes(store: Store, clock: Clock, me: Me, codes: Sequence[str]) -> None:
    """Give somebody other recovery codes, by what is kept of them; those of before work no more."""
    with store.writing() as session:
        session.access.set_codes(me.staff.id, codes)
        _note(session, clock, me, "made new recovery codes")


def end(store: Store, clock: Clock, me: Me, which: str) -> None:
    """End a sitting of somebody's own. which: as `logged` calls it; raises NotFound."""
    with store.writing() as session:
        found = next((one for one in session.access.sittings(me.staff.id) if one.key[:_SHORT] == which), None)
        if found is None:
            raise NotFound("You are not logged in there any more.", "Look at the list again.")
        session.access.end(found.key)
        _note(session, clock, me, "logged themselves out elsewhere", found.browser)


def end_others(store: Store, clock: Clock, me: Me) -> None:
    """End every sitting of somebody but this one."""
    with store.writing() as session:
        if len(session.access.sittings(me.staff.id)) > 1:
            session.access.end_all(me.staff.id, but=me.sitting.key)
            _note(session, clock, me, "logged themselves out everywhere else")


def _note(session: Session, clock: Clock, me: Me, what: str, about: str = "") -> None:
    session.audit.note(noted(clock(), me.staff.name, Matter.ACCOUNT, what, about, whence=me.whence))


def _counts_nowhere(session: Session, name: str) -> None:
    """Refuse to let go of a name by which an edition under way knows who changed or approved it.

    Who may approve is told by names: with another one somebody would approve what they changed themselves.
    """
    for edition in session.editions.every():
        if edition.state not in OPEN:
            continue
        signed = [one.who for one in session.editions.approvals(edition.id) if one.stands]
        changed = [one.who for one in session.editions.steps(edition.id)]
        if comparable(name) in {comparable(one) for one in (*signed, *changed)}:
            what = f"You changed or approved No. {edition.number}, which has not gone out yet."
            raise Unfit({"name": f"{what} Keep your name until it has."})
