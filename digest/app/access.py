"""Access to the desk: addresses, pass phrases and links put together; what is kept of them is in jobs/access.py."""

from __future__ import annotations

import hmac
from datetime import timedelta

from digest.app import App, factors, phrases
from digest.domain.errors import NotFound
from digest.domain.model import NOWHERE, Desk, Staff, Whence
from digest.jobs import access
from digest.jobs.access import LINK_FOR
from digest.stages import track

#: hours for which a one-time link works
LINK_HOURS = int(LINK_FOR.total_seconds()) // 3_600
#: between the pass phrase and the code may lie so long
HALF_FOR = timedelta(minutes=10)
_HALF = "desk half way"


def address_of(desk: Desk) -> str:
    """Return the address under which staff reach the desk, without a slash at its end."""
    return desk.address.rstrip("/") or f"http://{desk.listen}"


def first_link(app: App, address: str = "") -> str | None:
    """Return a new link for the first account; None where somebody has one.

    address: where the desk is reached; as digest.toml says where none is given.
    """
    return None if access.everybody(app.store) else _link(app, address, None)


def link_for(app: App, whose: str = "", address: str = "") -> tuple[str, Staff | None]:
    """Return a new one-time link, and whose pass phrase it changes: None for the first account.

    whose: their address; the only one where none is given. Raises NotFound.
    """
    if not whose and not access.everybody(app.store):
        return _link(app, address, None), None
    found = somebody(app, whose)
    return _link(app, address, found), found


def somebody(app: App, whose: str = "") -> Staff:
    """Return whose address it is, or the only one who has an account where none is given. Raises NotFound."""
    every = access.everybody(app.store)
    if not every:
        raise NotFound(
            "Nobody has an account yet.", "`digest desk link` without an address makes the first one’s link."
        )
    if not whose and len(every) == 1:
        return every[0]
    found = next((one for one in every if one.address.casefold() == whose.casefold()), None)
    if found is None:
        what = f"No account has the address “{whose}”." if whose else "Several people have an account."
        raise NotFound(what, f"These have one: {', '.join(one.address for one in every)}.")
    return found


def recognised(app: App, address: str, phrase: str, whence: Whence = NOWHERE) -> Staff | None:
    """Return whose address and pass phrase these are; None, after the same work, where they do not belong together."""
    staff = access.by_address(app.store, address)
    if not phrases.is_right(staff.phrase if staff else "", phrase) or staff is None:
        access.failed(app.store, app.clock, staff, "a wrong pass phrase", whence)
        return None
    return staff


def begin(app: App, staff: Staff, phrase: str = "", whence: Whence = NOWHERE) -> str:
    """Log somebody in; return the token for their browser. phrase: as they typed it, where they just did."""
    dearer = phrases.hashed(phrase) if phrase and phrases.is_cheap(staff.phrase) else ""
    return access.begin(app.store, app.clock, staff, phrase=dearer, whence=whence)


def begin_with(app: App, staff: Staff, code: str, whence: Whence = NOWHERE) -> str | None:
    """Log somebody in who knew their pass phrase and types a code; None where it is wrong, or counted before."""
    proof = factors.proof(app, staff, code)
    token = access.begin_with(app.store, app.clock, staff, proof, whence) if proof else None
    if token is None:
        access.failed(app.store, app.clock, staff, "the right pass phrase and a wrong code", whence)
    return token


def half_way(app: App, staff: Staff, browser: str) -> str:
    """Return what a browser holds whose user has typed the right pass phrase and owes a code.

    browser: what its forms are bound to. It gives nothing: with it a code is asked for, once more no pass phrase.
    """
    return track.dated(app.secret, _HALF, _half(app, staff, browser), app.clock() + HALF_FOR)


def is_half_way(app: App, written: str, browser: str) -> Staff | None:
    """Return who owes a code in a browser; None where nobody does, it was too long ago, or their account is another."""
    opened = track.opened_dated(app.secret, _HALF, written, app.clock())
    if opened is None or not opened[1]:
        return None
    staff = access.by_id(app.store, opened[0].partition("-")[0])
    if staff is None or not staff.has_second_factor:
        return None
    return staff if hmac.compare_digest(_half(app, staff, browser), opened[0]) else None


def _half(app: App, staff: Staff, browser: str) -> str:
    # with another pass phrase, or another second factor, it is worth nothing
    said = " ".join((staff.id, staff.phrase, staff.factor, browser))
    return f"{staff.id}-{track.keyed(app.secret, _HALF, said).hex()[:32]}"


def _link(app: App, address: str, staff: Staff | None) -> str:
    return f"{address or address_of(app.loaded.workspace.desk)}/first/{access.offer(app.store, app.clock, staff)}"
