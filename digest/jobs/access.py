"""Access: who may use the desk, in which browser, and how somebody gets in who is not in yet.

::

    nobody has an account ─► offer ─► a link ─► first: an account that may do all, and logged in
    a pass phrase is forgotten ─► offer, forgotten ─► a link ─► renew: a new one, and every sitting ends
    address and pass phrase (app/access.py) ─► begin, or with a second factor begin_with ─► a token in a cookie
    a token ─► found, at each request ─► end

A token is drawn, handed out once, and kept as its SHA-256 alone: a copy of the database lets nobody in.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.domain.errors import Refused
from digest.domain.model import NOWHERE, Matter, OneTimeLink, Opens, Sitting, Staff, Whence
from digest.domain.ports import Clock, Session, Store
from digest.jobs import tokens
from digest.jobs.audit import COMMAND, noted

#: a sitting that nobody used for so long is over
UNUSED = timedelta(hours=12)
#: and every one after so long
LONGEST = timedelta(days=14)
#: a one-time link works for so long
LINK_FOR = timedelta(hours=24)
#: and one that was mailed to whoever asked for it
MAILED_LINK_FOR = timedelta(hours=1)
#: who asks again sooner gets no other: the one that is on its way must not die of it
_ASKED_EVERY = timedelta(minutes=10)
#: that a sitting is in use is written down this seldom: a page that is only looked at costs no commit
_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What somebody shows besides their pass phrase: a code of their second factor, or one to recover with."""

    #: time step of the code (RFC 6238 4.2); 0 for none
    step: int = 0
    #: what is kept of a recovery code
    code: str = ""


def everybody(store: Store) -> list[Staff]:
    """Return all staff, the first one first."""
    with store.reading() as session:
        return session.access.everybody()


def by_id(store: Store, staff: str) -> Staff | None:
    """Return somebody by their id; None where nobody has it."""
    with store.reading() as session:
        return session.access.get(staff)


def by_address(store: Store, address: str) -> Staff | None:
    """Return whose address it is; None where nobody has an account under it."""
    with store.reading() as session:
        return session.access.by_address(address)


def offer(store: Store, clock: Clock, staff: Staff | None = None) -> str:
    """Return the token of a new one-time link; one for the same that was not used works no more.

    staff: whose pass phrase it changes; None for the first account. Raises Refused where somebody has one by now.
    """
    token, now = secrets.token_urlsafe(32), clock()
    opens, whose = (Opens.FIRST, "") if staff is None else (Opens.PHRASE, staff.id)
    with store.writing() as session:
        if staff is None:
            _nobody_yet(session)
        else:
            what = f"made a link for a new pass phrase of {staff.name}"
            session.audit.note(noted(now, COMMAND, Matter.ACCOUNT, what))
        link = OneTimeLink(key=tokens.kept_as(token), opens=opens, staff=whose, ends_at=now + LINK_FOR)
        session.access.offer(link)
    return token


def forgotten(store: Store, clock: Clock, address: str, whence: Whence = NOWHERE) -> tuple[Staff, str] | None:
    """Return whom to mail a link for a new pass phrase, and its token; None where there is nobody to mail one to.

    address: as somebody typed it. Who asked for one just now gets no other.
    """
    now = clock()
    with store.writing() as session:
        staff = session.access.by_address(address)
        if staff is None:
            what = "asked for a new pass phrase under an address that nobody has"
            session.audit.count(noted(now, "", Matter.LOG_IN, what, whence=whence))
            return None
        before = session.access.offered(staff.id, Opens.FORGOTTEN)
        if before is not None and before.ends_at > now + MAILED_LINK_FOR - _ASKED_EVERY:
            return None
        token = secrets.token_urlsafe(32)
        session.access.offer(
            OneTimeLink(key=tokens.kept_as(token), opens=Opens.FORGOTTEN, staff=staff.id, ends_at=now + MAILED_LINK_FOR)
        )
        what = f"asked for a new pass phrase of {staff.name}"
        session.audit.note(noted(now, "", Matter.LOG_IN, what, whence=whence))
    return staff, token


def not_mailed(store: Store, clock: Clock, token: str) -> None:
    """Let a link that could not be mailed work no more, so that whoever asks again gets another."""
    with store.writing() as session:
        session.access.use(tokens.kept_as(token), clock())


def opened(store: Store, clock: Clock, token: str) -> tuple[OneTimeLink, Staff | None] | None:
    """Return a one-time link that still works, and whose pass phrase it changes; None for any other token."""
    with store.reading() as session:
        return _works(session, token, clock())


def first(store: Store, clock: Clock, token: str, staff: Staff, whence: Whence = NOWHERE) -> str | None:
    """Give the first person their account and log them in; return the sitting's token, None where the link is dead."""
    now = clock()
    with store.writing() as session:
        found = _works(session, token, now)
        if found is None or found[0].opens != Opens.FIRST or not session.access.use(tokens.kept_as(token), now):
            return None
        session.access.add(staff)
        session.audit.note(noted(now, staff.name, Matter.STAFF, "made the first account", whence=whence))
        return _begin(session, staff, now, whence)


def renew(store: Store, clock: Clock, token: str, phrase: str, whence: Whence = NOWHERE) -> Staff | None:
    """Give somebody a new pass phrase and end all their sittings; return who it is, as they are now.

    phrase: its hash. None where the link is dead.
    """
    now = clock()
    with store.writing() as session:
        found = _works(session, token, now)
        if found is None or found[1] is None or not session.access.use(tokens.kept_as(token), now):
            return None
        staff = found[1]
        session.access.set_phrase(staff.id, phrase)
        session.access.drop_links(staff.id)
        session.access.end_all(staff.id)
        session.audit.note(noted(now, staff.name, Matter.ACCOUNT, "set a new pass phrase by a link", whence=whence))
    return replace(staff, phrase=phrase)


def begin(store: Store, clock: Clock, staff: Staff, *, phrase: str = "", whence: Whence = NOWHERE) -> str:
    """Log somebody in; return the token that their browser is to hold.

    phrase: a hash of the same pass phrase at today's costs, where the one that is kept is cheaper.
    """
    now = clock()
    with store.writing() as session:
        session.access.forget(now - UNUSED, now)
        if phrase:
            session.access.set_phrase(staff.id, phrase)
        return _begin(session, staff, now, whence)


def begin_with(store: Store, clock: Clock, staff: Staff, proof: Proof, whence: Whence = NOWHERE) -> str | None:
    """Log somebody in who has shown a code besides; return the token that their browser is to hold.

    None where the code counted before, or their pass phrase or second factor is another by now.
    """
    now = clock()
    with store.writing() as session:
        known = session.access.get(staff.id)
        if known is None or (known.phrase, known.factor) != (staff.phrase, staff.factor):
            return None
        if not proven(session, staff, proof):
            return None
        session.access.forget(now - UNUSED, now)
        if proof.code:
            left = session.access.codes_left(staff.id)
            what = f"used a recovery code; {left} left"
            session.audit.note(noted(now, staff.name, Matter.ACCOUNT, what, whence=whence))
        return _begin(session, staff, now, whence)


def proven(session: Session, staff: Staff, proof: Proof) -> bool:
    """Let a code count; False where it did before."""
    if proof.code:
        return session.access.use_code(staff.id, proof.code)
    return session.access.count_step(staff.id, proof.step)


def failed(store: Store, clock: Clock, staff: Staff | None, typed: str, whence: Whence) -> None:
    """Count a try that let nobody in. It is nobody's deed: who tries an account need not be whose it is.

    staff: whose account was tried; None where nobody has that address. typed: what was wrong.
    """
    what = f"typed {typed} for {staff.name}" if staff else "typed an address that nobody has"
    with store.writing() as session:
        session.audit.count(noted(clock(), "", Matter.LOG_IN, what, whence=whence))


def found(store: Store, clock: Clock, token: str) -> tuple[Sitting, Staff] | None:
    """Return the sitting that a browser holds the token of, and whose it is; None where there is none, or it ended."""
    now = clock()
    with store.reading() as session:
        known = session.access.sitting(tokens.kept_as(token))
    if known is None or not is_open(known[0], now):
        return None
    sitting, staff = known
    if now - sitting.seen_at < _NOTED_EVERY:
        return known
    with store.writing() as session:
        session.access.seen(sitting.key, now)
    return replace(sitting, seen_at=now), staff


def is_open(sitting: Sitting, now: datetime) -> bool:
    """Tell whether a sitting is not over yet."""
    return now < sitting.ends_at and now - sitting.seen_at < UNUSED


def end(store: Store, clock: Clock, sitting: Sitting, staff: Staff, whence: Whence = NOWHERE) -> None:
    """Log a browser out."""
    with store.writing() as session:
        session.access.end(sitting.key)
        session.audit.note(noted(clock(), staff.name, Matter.LOG_IN, "logged out", whence=whence))


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


def _begin(session: Session, staff: Staff, now: datetime, whence: Whence) -> str:
    token = secrets.token_urlsafe(32)
    session.access.begin(
        Sitting(
            key=tokens.kept_as(token),
            staff=staff.id,
            begun_at=now,
            seen_at=now,
            ends_at=now + LONGEST,
            secret=secrets.token_hex(32),
            remote=whence.remote,
            browser=whence.browser,
        )
    )
    session.audit.note(noted(now, staff.name, Matter.LOG_IN, "logged in", whence.browser, whence=whence))
    return token
