"""Programs: what lets them use the API, made and withdrawn by people, and looked up at each request.

A token is drawn, shown once, and kept as its SHA-256 alone, as all tokens are (jobs/tokens.py). What a program does
with it is recorded in the name of who answers for it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.domain.errors import NotFound, Unfit
from digest.domain.model import ApiToken, Matter, Replay, Role, Scope, Staff
from digest.domain.ports import Clock, Store
from digest.jobs import tokens
from digest.jobs.audit import noted
from digest.jobs.staffing import BY_COMMAND, By

#: what scanners for secrets find it by, and a person
PREFIX = "dg_"
#: 256 bits in base64url are 43 characters
_FORM = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
#: that a token is in use is written down this seldom
_NOTED_EVERY = timedelta(minutes=1)
#: an answer may be asked for again for so long
REPLAYED_FOR = timedelta(hours=24)
#: what a token may do at most is what who answers for it may do; whoever has an account may do the rest
_NEEDS = {
    Scope.EDITIONS_APPROVE: Role.APPROVER,
    Scope.SOURCES_WRITE: Role.ADMIN,
    # page by page a program has the whole list, which is an export, and one after the other it puts a whole list on it
    Scope.SUBSCRIBERS_READ: Role.ADMIN,
    Scope.SUBSCRIBERS_WRITE: Role.ADMIN,
    Scope.SUBSCRIBERS_ERASE: Role.ADMIN,
    Scope.SUPPRESSIONS_WRITE: Role.ADMIN,
}
NAME_CHARACTERS = 100
MOST_DAYS = 3_650


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a token is to be."""

    name: str
    scopes: Collection[str]
    #: None: it works until it is withdrawn
    days: int | None = None


def make(
    store: Store, clock: Clock, new_id: Callable[[], str], staff: Staff, wanted: Wanted, by: By = BY_COMMAND
) -> tuple[str, ApiToken]:
    """Make a token that somebody answers for; return it, which nobody can read again, and what is kept of it.

    by: who makes it. Raises Unfit by the fields “name”, “scopes” and “days”.
    """
    faults = _faults(wanted)
    if faults:
        raise Unfit(faults)
    now, drawn = clock(), PREFIX + secrets.token_urlsafe(32)
    made = ApiToken(
        id=new_id(),
        key=tokens.kept_as(drawn),
        name=" ".join(wanted.name.split()),
        scopes=tuple(one for one in Scope if one in wanted.scopes),
        staff=staff.id,
        owner=staff.name,
        made_at=now,
        ends_at=None if wanted.days is None else now + timedelta(days=wanted.days),
    )
    with store.writing() as session:
        session.api_tokens.add(made)
        what = f"made an API token for {made.name}, which {staff.name} answers for"
        session.audit.note(noted(now, by.name, Matter.SETTINGS, what, ", ".join(made.scopes), whence=by.whence))
    return drawn, made


def found(store: Store, clock: Clock, written: str) -> ApiToken | None:
    """Return the token that somebody sent, with the scopes that are left to it; None where it works no more.

    It opens no more than who answers for it may open, and nothing when their account is gone.
    """
    if not _FORM.fullmatch(written):
        return None
    now = clock()
    with store.reading() as session:
        token = session.api_tokens.by_key(tokens.kept_as(written))
        staff = {one.id: one for one in session.access.everybody()}
    owner = staff.get(token.staff) if token is not None else None
    if token is None or owner is None or not token.works(now):
        return None
    left = tuple(one for one in token.scopes if owner.role.may(_NEEDS.get(one, Role.EDITOR)))
    token = replace(token, scopes=left)
    if token.used_at is not None and now - token.used_at < _NOTED_EVERY:
        return token
    with store.writing() as session:
        session.api_tokens.used(token.id, now)
    return replace(token, used_at=now)


def every(store: Store) -> list[ApiToken]:
    """Return all tokens, the newest first, those that work no more among them."""
    with store.reading() as session:
        return session.api_tokens.every()


def withdraw(store: Store, clock: Clock, token: str, by: By = BY_COMMAND) -> ApiToken:
    """End a token for good, by its id or its name where one that works bears it; return it. Twice is once.

    by: who ends it. Raises NotFound.
    """
    now = clock()
    known = every(store)
    fitting = [one for one in known if one.id == token] or [
        one for one in known if one.name == token and one.works(now)
    ]
    if len(fitting) != 1:
        what = f"There are several tokens “{token}”." if fitting else f"There is no token “{token}”."
        raise NotFound(what, "Name one by its id: `digest api tokens` lists them.")
    with store.writing() as session:
        if session.api_tokens.withdraw(fitting[0].id, now):
            what = f"withdrew the API token for {fitting[0].name}"
            session.audit.note(noted(now, by.name, Matter.SETTINGS, what, whence=by.whence))
    return fitting[0]


def begin(store: Store, clock: Clock, token: ApiToken, key: str, request: str) -> Replay | None:
    """Begin a request that bears an Idempotency-Key; return what that key was used for before, None where it is new.

    request: its SHA-256 (hex).
    """
    now = clock()
    with store.writing() as session:
        session.api_tokens.forget(now - REPLAYED_FOR)
        if session.api_tokens.claim(token.id, key, request, now):
            return None
        return session.api_tokens.replay(token.id, key)


def end(store: Store, token: ApiToken, key: str, answer: tuple[int, str] | None) -> None:
    """End such a request; answer: status and body (JSON), None where it came to nothing and may be sent again."""
    with store.writing() as session:
        if answer is None:
            session.api_tokens.release(token.id, key)
        else:
            session.api_tokens.keep(token.id, key, *answer)


def standing(token: ApiToken, now: datetime) -> str:
    """Return in a word how a token stands."""
    if token.withdrawn_at is not None:
        return "withdrawn"
    return "works" if token.works(now) else "ended"


def _faults(wanted: Wanted) -> dict[str, str]:
    faults = {}
    name = " ".join(wanted.name.split())
    if not name or len(name) > NAME_CHARACTERS or not name.isprintable():
        faults["name"] = f"Say which program it is for, in at most {NAME_CHARACTERS} characters."
    strange: Sequence[str] = sorted(set(wanted.scopes) - set(Scope))
    if strange:
        faults["scopes"] = f"There is no scope “{strange[0]}”. There are {', '.join(Scope)}."
    elif not wanted.scopes:
        faults["scopes"] = "Choose what it may do: one at least."
    if wanted.days is not None and not 1 <= wanted.days <= MOST_DAYS:
        faults["days"] = f"Write a number of days from 1 to {MOST_DAYS:,}, or leave it empty."
    return faults
