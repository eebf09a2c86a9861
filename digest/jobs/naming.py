"""Naming: how staff may be called, and under which address they are reached."""

from __future__ import annotations

from digest.domain.errors import Unfit
from digest.domain.ports import Session
from digest.jobs.audit import COMMAND
from digest.jobs.mending import comparable
from digest.stages import roster

#: characters of a name that is none any more
MOST = 100
#: who histories have for what no person did: with such a name somebody would be taken for the program
_NOT_PEOPLE = frozenset({"digest", "the clock", "the program", COMMAND})


def fit(session: Session, name: str, address: str, but: str = "") -> tuple[str, str]:
    """Return a name and an address as they are kept.

    but: id of whose they are already. Raises Unfit by the fields “name” and “address”.
    """
    called, wrong = " ".join(name.split()), {}
    others = [one for one in session.access.everybody() if one.id != but]
    invited = [one for one in session.invitations.every() if one.id != but]
    if not called or len(called) > MOST or not called.isprintable():
        wrong["name"] = f"Write a name of at most {MOST} characters. Others see it beside what this person does."
    elif comparable(called) in _NOT_PEOPLE:
        wrong["name"] = "The program calls itself so. Write a person’s name."
    elif comparable(called) in {*(comparable(one.name) for one in others), *(comparable(one.name) for one in invited)}:
        # histories and approvals know people by their names
        wrong["name"] = "Somebody here has this name. Add a second name or a letter, so that it is another."
    reached = _spelled(address)
    if not reached:
        wrong["address"] = "This is no email address. Write it like name@example.org."
    elif reached.casefold() in {one.address.casefold() for one in others}:
        wrong["address"] = "Somebody here has this address."
    elif reached.casefold() in {one.address.casefold() for one in invited}:
        wrong["address"] = "Somebody with this address is invited already. Send that invitation again."
    if wrong:
        raise Unfit(wrong)
    return called, reached


def _spelled(address: str) -> str:
    try:
        return roster.spelling(address.strip()).address
    except ValueError:
        return ""
