"""Programs: tokens for the API, made for somebody who has an account."""

from __future__ import annotations

from digest.app import App
from digest.domain.errors import NotFound, Refused
from digest.domain.model import ApiToken, Staff
from digest.jobs import access, programs
from digest.jobs.programs import Wanted


def make(app: App, whose: str, wanted: Wanted) -> tuple[str, ApiToken]:
    """Make a token; return it, which nobody can read again, and what is kept of it.

    whose: the address of who answers for it; the only one with an account where none is given. Raises NotFound,
    Refused where nobody has an account, Unfit.
    """
    return programs.make(app.store, app.clock, app.new_id, _owner(app, whose), wanted)


def _owner(app: App, whose: str) -> Staff:
    staff = access.everybody(app.store)
    if not staff:
        raise Refused("Nobody has an account yet, and a token is somebody's.", "`digest desk` makes the first account.")
    names = ", ".join(one.address for one in staff)
    if not whose and len(staff) > 1:
        raise Refused("Several people have an account.", f"Say whose token it is: --owner, one of {names}.")
    found = next((one for one in staff if one.address.casefold() == whose.casefold()), None) if whose else staff[0]
    if found is None:
        raise NotFound(f"No account has the address “{whose}”.", f"These have one: {names}.")
    return found
