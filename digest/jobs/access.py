"""Access: who may use the desk, in which browser, and how somebody gets in who is not in yet.

::

    nobody has an account ─► offer ─► a link ─► first: an account, and logged in
    a pass phrase is forgotten ─► offer ─► a link ─► renew: a new one, every sitting ends, and logged in
    address and pass phrase (app/access.py) ─► begin ─► a token in a cookie ─► found, at each request ─► end

A token is drawn, handed out once, and kept as its SHA-256 alone: a copy of the database lets nobody in.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from digest.domain.errors import Refused
from digest.domain.model import OneTimeLink, Opens, Sitting, Staff
from digest.domain.ports import Clock, Session, Store
from digest.jobs import tokens

#: a sitting that nobody used for so long is over
UNUSED = timedelta(hours=12)
#: and every one after so long
LONGEST = timedelta(days=14)
#: a one-time link works for so long
LINK_FOR = timedelta(hours=24)
#: that a sitting is in use is written down this seldom: a page that is only looked at costs no commit
_NOTED_EVERY = timedelta(minutes=5)


def everybody(store: Store) -> list[Staff]:
    """Return all staff, the first one first."""
    with store.reading() as session:
        return session.access.everybody()


def by_address(store: Store, address: str) -> Staff | None:
    """Return whose address it is; None where nobody has an account under it."""
    with store.reading() as session:
        return session.access.by_address(address)


def offer(store: Store, clock: Clock, staff: Staff | None = None) -> str:
    """Return the token of a new one-time link; one for the same that was not used works no more.

    staff: whose pass phrase it changes; None for the first account. Raises Refused where somebody has one by now.
    """
    token = secrets.token_urlsafe(32)
    opens, whose = (Opens.FIRST, "") if staff is None else (Opens.PHRASE, staff.id)
    with store.writing() as session:
        if staff is None:
            _nobody_yet(session)
        link = OneTimeLink(key=tokens.kept_as(token), opens=opens, staff=whose, ends_at=clock() + LINK_FOR)
        session.access.offer(link)
    return token


def opened(store: Store, clock: Clock, token: str) -> tuple[OneTimeLink, Staff | None] | None:
    """Return a one-time link that still works, and whose pass phrase it changes; None for any other token."""
    with store.reading() as session:
        return _works(session, token, clock())


def first(store: Store, clock: Clock, token: str, staff: Staff) -> str | None:
    """Give the first person their account and log them in; return the sitting's token, None where the link is dead."""
    now = clock()
    with store.writing() as session:
        found = _works(session, token, now)
        if found is None or found[0].opens != Opens.FIRST or not session.access.use(tokens.kept_as(token), now):
            return None
        session.access.add(staff)
        return _begin(session, staff, now)


def renew(store: Store, clock: Clock, token: str, phrase: str) -> str | None:
    """Give somebody a new pass phrase, end all their sittings, log them in; return the new sitting's token.

    phrase: its hash. None where the link is dead.
    """
    now = clock()
    with store.writing() as session:
        found = _works(session, token, now)
        if found is None or found[1] is None or not session.access.use(tokens.kept_as(token), now):
            return None
        session.access.set_phrase(found[1].id, phrase)
        session.access.end_all(found[1].id)
        return _begin(session, found[1], now)


def begin(store: Store, clock: Clock, staff: Staff, *, phrase: str = "") -> str:
    """Log somebody in; return the token that their browser is to hold.

    phrase: a hash of the same pass phrase at today's costs, where the one that is kept is cheaper.
    """
    now = clock()
    with store.writing() as session:
        session.access.forget(now - UNUSED, now)
        if phrase:
            session.access.set_phrase(staff.id, phrase)
        return _begin(session, staff, now)


def found(store: Store, clock: Clock, token: str) -> tuple[Sitting, Staff] | None:
    """Return the sitting that a browser holds the token of, and whose it is; None where there is none, or it ended."""
    now = clock()
    with store.reading() as session:
        known = session.access.sitting(tokens.kept_as(token))
    if known is None or now >= known[0].ends_at or now - known[0].seen_at >= UNUSED:
        return None
    sitting, staff = known
    if now - sitting.seen_at < _NOTED_EVERY:
        return known
    with store.writing() as session:
        session.access.seen(sitting.key, now)
    return replace(sitting, seen_at=now), staff


def end(store: Store, sitting: Sitting) -> None:
    """Log a browser out."""
    with store.writing() as session:
        session.access.end(sitting.key)


def _nobody_yet(session: Session) -> None:
    if session.access.everybody():
        raise Refused("Somebody has an account already.", "Log in, or run `digest desk link` for a new pass phrase.")


def _works(session: Session, token: str, now: datetime) -> tuple[OneTimeLink, Staff | None] | None:
    link = session.access.link(tokens.kept_as(token))
    if link is None or link.used_at is not None or now >= link.ends_at:
        return None
    everybody = session.access.everybody()
    if link.opens == Opens.FIRST:
        return None if everybody else (link, None)
    staff = next((one for one in everybody if one.id == link.staff), None)
    return None if staff is None else (link, staff)


def _begin(session: Session, staff: Staff, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.access.begin(
        Sitting(
            key=tokens.kept_as(token),
            staff=staff.id,
            begun_at=now,
            seen_at=now,
            ends_at=now + LONGEST,
            secret=secrets.token_hex(32),
        )
    )
    return token
