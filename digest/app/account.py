"""Account: what somebody changes of their own account, once they have shown again that it is theirs."""

from __future__ import annotations

from dataclasses import dataclass

from digest.app import App, factors, phrases
from digest.domain.errors import Refused, Unfit
from digest.domain.model import Role, Staff, Whence
from digest.jobs import access, account, naming, staffing
from digest.jobs.account import Me

_WRONG_PHRASE = "This is not your pass phrase. It stays as it was."
#: whoever needs a code types one that did not count yet
WRONG_CODE = "This code does not count. Each counts once, for about a minute: type the one that is shown now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What somebody has when their second factor is set up: the codes to recover with, shown once."""

    codes: tuple[str, ...]


def rename(app: App, me: Me, name: str, address: str, phrase: str) -> None:
    """Give somebody another name and address. phrase: their pass phrase. Raises Unfit."""
    _is_theirs(me, phrase)
    account.rename(app.store, app.clock, me, name, address)


def set_phrase(app: App, me: Me, old: str, new: str) -> None:
    """Give somebody another pass phrase. Raises Unfit by the fields “old_phrase” and “new_phrase”."""
    wrong = {}
    if not phrases.is_right(me.staff.phrase, old):
        wrong["old_phrase"] = _WRONG_PHRASE
    fault = phrases.fault(new, me.staff.name, me.staff.address)
    if fault:
        wrong["new_phrase"] = fault
    if wrong:
        raise Unfit(wrong)
    account.set_phrase(app.store, app.clock, me, phrases.hashed(new))


def start_factor(app: App, me: Me, sealed: str, code: str, phrase: str) -> Started:
    """Have a code asked of somebody from now on; whoever finds their browser open must not.

    sealed: what they scanned. Raises Unfit by the fields “code” and “phrase”.
    """
    proven, wrong = factors.prove(app, me.staff, me.sitting, sealed, code), {}
    if proven is None:
        wrong["code"] = "This code is not right. Type the six digits that your app shows now."
    if not phrases.is_right(me.staff.phrase, phrase):
        wrong["phrase"] = _WRONG_PHRASE
    if proven is None or wrong:
        raise Unfit(wrong)
    codes = factors.fresh_codes()
    account.set_factor(app.store, app.clock, me, *proven, [factors.kept_as(app, one) for one in codes])
    return Started(codes=tuple(codes))


def renew_codes(app: App, me: Me, phrase: str) -> Started:
    """Give somebody other recovery codes. Raises Unfit by the field “phrase”."""
    _is_theirs(me, phrase)
    if not me.staff.has_second_factor:
        raise Refused("You have no second factor.", "Set one up first: the codes come with it.")
    codes = factors.fresh_codes()
    account.set_codes(app.store, app.clock, me, [factors.kept_as(app, one) for one in codes])
    return Started(codes=tuple(codes))


def stop_factor(app: App, me: Me, phrase: str, code: str) -> None:
    """Ask no code of somebody any more. Raises Unfit by the fields “phrase” and “code”, Refused where all need one."""
    if app.loaded.workspace.desk.second_factor == "everybody":
        raise Refused("Everybody here needs a second factor.", "digest.toml says so: second_factor under [desk].")
    _is_theirs(me, phrase)
    proof = factors.proof(app, me.staff, code)
    if proof is None or not account.drop_factor(app.store, app.clock, me, proof):
        raise Unfit({"code": WRONG_CODE})


def first(app: App, token: str, name: str, address: str, phrase: str, whence: Whence) -> str | None:
    """Make the first account, which may do everything; return the token of its sitting, None where the link is dead.

    Raises Unfit by the fields “name”, “address” and “phrase”.
    """
    wrong = _faults_of_phrase(phrase, name, address)
    called, reached = "", ""
    try:
        with app.store.reading() as session:
            called, reached = naming.fit(session, name, address)
    except Unfit as fault:
        wrong = {**fault.faults, **wrong}
    if wrong:
        raise Unfit(wrong)
    staff = Staff(
        id=app.new_id(), name=called, address=reached, phrase=phrases.hashed(phrase), created_at=app.clock(),
        role=Role.ADMIN,
    )  # fmt: skip
    return access.first(app.store, app.clock, token, staff, whence)


def renew(app: App, token: str, phrase: str, whence: Whence) -> Staff | None:
    """Give somebody a new pass phrase by a one-time link; return who it is, None where it is dead. Raises Unfit."""
    found = access.opened(app.store, app.clock, token)
    if found is None or found[1] is None:
        return None
    wrong = _faults_of_phrase(phrase, found[1].name, found[1].address)
    if wrong:
        raise Unfit(wrong)
    return access.renew(app.store, app.clock, token, phrases.hashed(phrase), whence)


def join(app: App, token: str, phrase: str, whence: Whence) -> Staff | None:
    """Make the account of somebody who is invited; return it, None where the invitation is dead. Raises Unfit."""
    found = staffing.invited(app.store, app.clock, token)
    if found is None:
        return None
    wrong = _faults_of_phrase(phrase, found.name, found.address)
    if wrong:
        raise Unfit(wrong)
    return staffing.join(app.store, app.clock, token, app.new_id(), phrases.hashed(phrase), whence)


def _is_theirs(me: Me, phrase: str) -> None:
    if not phrases.is_right(me.staff.phrase, phrase):
        raise Unfit({"phrase": _WRONG_PHRASE})


def _faults_of_phrase(phrase: str, *guessed: str) -> dict[str, str]:
    fault = phrases.fault(phrase, *guessed)
    return {"phrase": fault} if fault else {}
