"""Access to the desk: addresses, pass phrases and links put together; what is kept of them is in jobs/access.py."""

from __future__ import annotations

from digest.app import App, phrases
from digest.domain.errors import NotFound
from digest.domain.model import Desk, Staff
from digest.jobs import access
from digest.jobs.access import LINK_FOR

#: hours for which a one-time link works
LINK_HOURS = int(LINK_FOR.total_seconds()) // 3_600


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
    staff = access.everybody(app.store)
    if not staff and not whose:
        return _link(app, address, None), None
    known = {one.address.casefold(): one for one in staff}
    found = known.get(whose.casefold()) if whose else (staff[0] if len(staff) == 1 else None)
    if found is None:
        names = ", ".join(one.address for one in staff) or "nobody"
        raise NotFound(f"No account has the address “{whose}”.", f"These have one: {names}.")
    return _link(app, address, found), found


def log_in(app: App, address: str, phrase: str) -> str | None:
    """Log somebody in; return the token for their browser, None where address or pass phrase is wrong.

    It takes as long whether the address is known or not.
    """
    staff = access.by_address(app.store, address)
    if not phrases.is_right(staff.phrase if staff else "", phrase) or staff is None:
        return None
    dearer = phrases.hashed(phrase) if phrases.is_cheap(staff.phrase) else ""
    return access.begin(app.store, app.clock, staff, phrase=dearer)


def _link(app: App, address: str, staff: Staff | None) -> str:
    return f"{address or address_of(app.loaded.workspace.desk)}/first/{access.offer(app.store, app.clock, staff)}"
