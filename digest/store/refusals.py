"""What PostgreSQL refuses, in plain English: what happened, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from digest.domain.errors import Collided, StoreError

#: where the password is looked for
PASSWORD_VARIABLE = "DIGEST_DATABASE_PASSWORD"
_NOTHING = "Nothing was changed."
_LATER = "Wait until whatever it does has ended, then run this again."
_DAMAGED = "Nothing more was sent. Have whoever runs the server look at it."
#: SQLSTATE of who would have to wait for each other for ever, or has read what is another by now
_COLLIDED = ("40001", "40P01")
#: of a server that ends or begins, and of a line that is lost
_AWAY = ("57P01", "57P02", "57P03", "08000", "08001", "08003", "08006")
#: part of what is said where nobody gets as far as a SQLSTATE -> what happened, what to do
_AT_THE_DOOR = {
    "starting up": ("is just being started", "Wait a moment, then run this again."),
    "shutting down": ("is just being stopped", "Start it again, or wait until whoever runs it has."),
    "refused": ("is not running", "Start it, and see that host and port in “database” are right."),
    "no such file": ("is not running", "Start it, and see that host and port in “database” are right."),
    "timeout": ("did not answer", "See that host and port in “database” are right, and that no firewall is between."),
    "could not translate": ("has a name that stands for no machine", "See that the host in “database” is right."),
    "failed to resolve": ("has a name that stands for no machine", "See that the host in “database” is right."),
    "password": (
        "did not take the password",
        f"See that {PASSWORD_VARIABLE}, or the file that {PASSWORD_VARIABLE}_FILE names, holds that of this user.",
    ),
    "authentication failed": ("did not let this user in", "See that the user in “database” is right, and may log in."),
    "pg_hba": ("lets nobody in from this machine", "Have this machine added to its pg_hba.conf."),
    "too many": ("has no line free", "Raise its max_connections, or end programs that use it."),
    "remaining connection": ("has no line free", "Raise its max_connections, or end programs that use it."),
    "role": ("has no such user", "See that the user in “database” is right, or make it: `createuser NAME`."),
    "does not exist": ("has no such database", "Make it: `createdb -T template0 -E UTF8 NAME`."),
}
#: SQLSTATE -> what happened, what to do
_ANSWERS = {
    "55P03": ("Another program has held the database {name} for more than 20 seconds.", _LATER),
    "57014": ("The database {name} took longer than ten minutes for one step.", _LATER),
    "25P03": ("This program was stopped amid its work for too long.", "Run it again."),
    "53100": ("The disk of the database {name} is full.", "Free some space there, then run this again."),
    "53200": ("The database {name} has not enough memory.", "End other work on it, then run this again."),
    "25006": ("The database {name} may only be read.", "Name the server that writes, and no copy of it."),
    "42501": ("The database {name} does not let this user do that.", "Make the user the owner of the database."),
    "XX001": ("The database {name} is damaged.", _DAMAGED),
    "XX002": ("The database {name} is damaged.", _DAMAGED),
}


def driven(make: Callable[[], sa.Engine]) -> sa.Engine:
    """Make an engine. Raises StoreError where its driver is not installed."""
    try:
        return make()
    except ModuleNotFoundError as fault:
        what = "“database” names PostgreSQL, and what speaks to it is not installed."
        raise StoreError(what, "Install it: `pip install 'digest[postgres]'`.") from fault


def judge(name: str, found: int, oldest: int, encoding: str, *, standby: bool) -> None:
    """Raise StoreError where a server that let this program in cannot be worked with."""
    if found < oldest:
        what = f"The server of the database {name} is PostgreSQL {found}; this program needs {oldest} or newer."
        raise StoreError(what, f"Use a server of version {oldest} or newer.")
    if encoding != "UTF8":
        what = f"The database {name} keeps text as {encoding}, in which not every name can be written."
        raise StoreError(what, "Make one that keeps UTF-8: `createdb -T template0 -E UTF8 NAME`.")
    if standby:
        raise StoreError(*(one.format(name=name) for one in _ANSWERS["25006"]))


def of_clocks(name: str, ahead: timedelta) -> StoreError:
    """Return what is said where this machine's clock and the server's differ."""
    seconds = abs(ahead).total_seconds()
    side = "behind" if ahead > timedelta(0) else "ahead of"
    what = f"This machine's clock is {seconds:,.0f} seconds {side} that of the database {name}."
    return StoreError(what, "Set both clocks by a time server (NTP): by them it is known which program still works.")


def is_away(fault: sa.exc.DBAPIError) -> bool:
    """Tell whether a server is not there, or goes, so that it may be there again in a moment."""
    if _state(fault):
        return _state(fault) in _AWAY
    words = str(fault.orig).lower()
    return fault.connection_invalidated or any(one in words for one in ("starting up", "shutting down", "refused"))


def explained(fault: sa.exc.DBAPIError, name: str) -> StoreError:
    """Return what a fault of the driver means."""
    state = _state(fault)
    if state in _COLLIDED:
        return Collided("Somebody else changed the same at the same moment. " + _NOTHING, "Do it again.")
    if state in _ANSWERS:
        what, mend = (one.format(name=name) for one in _ANSWERS[state])
        return StoreError(f"{what} {_NOTHING}", mend)
    if fault.connection_invalidated or state in _AWAY:
        return StoreError(
            f"The line to the database {name} was lost.",
            "What was being saved is saved whole or not at all: look which, before you do it again.",
        )
    # a server's further lines may tell of people
    words = str(fault.orig).strip() if not state else _first_line(fault)
    for part, (what, mend) in _AT_THE_DOOR.items():
        if not state and part in words.lower():
            return StoreError(f"The server of the database {name} {what}.", mend)
    return StoreError(f"The database {name} refused: {words}.", "Run `digest check`.")


def _state(fault: sa.exc.DBAPIError) -> str:
    return str(getattr(fault.orig, "sqlstate", None) or "")


def _first_line(fault: sa.exc.DBAPIError) -> str:
    return str(fault.orig).strip().partition("\n")[0]
