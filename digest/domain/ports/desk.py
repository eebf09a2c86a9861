"""What the jobs need of the database to know who may use the desk, and to keep what they did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from digest.domain.model import Invitation, Matter, Noted, OneTimeLink, Opens, Role, Sitting, Staff


class Access(Protocol):
    """Staff, the browsers in which they are logged in, one-time links, and second factors."""

    def everybody(self) -> list[Staff]:
        """Return all staff, the first one first."""
        ...

    def get(self, staff: str) -> Staff | None:
        """Return somebody by their id."""
        ...

    def by_address(self, address: str) -> Staff | None:
        """Return whose address it is, however its letters are written."""
        ...

    def add(self, staff: Staff) -> None:
        """Give somebody an account."""
        ...

    def set_phrase(self, staff: str, phrase: str) -> None:
        """Give somebody another pass phrase, by its hash."""
        ...

    def set_name(self, staff: str, name: str, address: str) -> None:
        """Give somebody another name and address."""
        ...

    def set_role(self, staff: str, role: Role) -> None:
        """Let somebody do other things."""
        ...

    def remove(self, staff: str) -> None:
        """Take somebody's account away, with all that belongs to it: sittings, links, codes."""
        ...

    def begin(self, sitting: Sitting) -> None:
        """Keep that somebody logged in."""
        ...

    def sitting(self, key: str) -> tuple[Sitting, Staff] | None:
        """Return a sitting and whose it is, also where it has ended by now."""
        ...

    def sittings(self, staff: str) -> list[Sitting]:
        """Return the sittings of somebody, the one in use last first, also those that have ended by now."""
        ...

    def seen(self, key: str, at: datetime) -> None:
        """Record that a sitting is in use, and with it whose it is."""
        ...

    def end(self, key: str) -> None:
        """End a sitting."""
        ...

    def end_all(self, staff: str, but: str = "") -> None:
        """End every sitting of somebody; but: the key of one that goes on."""
        ...

    def offer(self, link: OneTimeLink) -> None:
        """Keep a one-time link; one for the same that was not used works no more."""
        ...

    def offered(self, staff: str, opens: Opens) -> OneTimeLink | None:
        """Return the link for something that was not used, also where it is too old."""
        ...

    def link(self, key: str) -> OneTimeLink | None:
        """Return a one-time link, also where it was used or is too old."""
        ...

    def use(self, key: str, at: datetime) -> bool:
        """Use a one-time link; False where it was used before."""
        ...

    def drop_links(self, staff: str) -> None:
        """Let no link of somebody's that was not used work any more."""
        ...

    def set_factor(self, staff: str, factor: str, step: int, codes: Sequence[str]) -> None:
        """Give somebody a second factor in the place of any other; empty: take it away.

        factor: what codes are made from, encrypted; step: time step of the code that proved it; codes: what is kept of
        their recovery codes.
        """
        ...

    def set_codes(self, staff: str, codes: Sequence[str]) -> None:
        """Give somebody other recovery codes, by what is kept of them."""
        ...

    def count_step(self, staff: str, step: int) -> bool:
        """Let the code of a time step count, once; False where it or a later one did already."""
        ...

    def use_code(self, staff: str, code: str) -> bool:
        """Use a recovery code by what is kept of it; False where it is none, or was used."""
        ...

    def codes_left(self, staff: str) -> int:
        """Count somebody's recovery codes that were not used."""
        ...

    def forget(self, unused_since: datetime, now: datetime) -> None:
        """Drop sittings that are over, and links that are too old."""
        ...


class Invitations(Protocol):
    """Who may make an account for themselves."""

    def add(self, invitation: Invitation) -> None:
        """Invite somebody."""
        ...

    def every(self) -> list[Invitation]:
        """Return all invitations, the first one first, also those that are too old."""
        ...

    def get(self, invitation: str) -> Invitation | None:
        """Return an invitation by its id, also where it is too old."""
        ...

    def by_key(self, key: str) -> Invitation | None:
        """Return an invitation by what is kept of its link's token, also where it is too old."""
        ...

    def renew(self, invitation: str, key: str, ends_at: datetime) -> None:
        """Give an invitation another link in the place of its old one."""
        ...

    def remove(self, invitation: str) -> bool:
        """Take an invitation away; False where there is none."""
        ...

    def forget(self, now: datetime) -> None:
        """Drop those that are too old."""
        ...


class Audit(Protocol):
    """What was done, and by whom. Whoever does something notes it in the same transaction."""

    def note(self, noted: Noted) -> None:
        """Keep what was done; whatever looks like a mail address in it is left out."""
        ...

    def count(self, noted: Noted) -> None:
        """Keep it as `note` does, and where the same was kept within this hour, only that it came once more."""
        ...

    def page(self, who: str, matter: Matter | None, limit: int, offset: int = 0) -> list[Noted]:
        """Return what was done, the last first, and the histories of all editions with it.

        who: of one person; empty: of everybody. matter: of one kind; None: of all.
        """
        ...

    def settings(self, limit: int, offset: int = 0) -> list[Noted]:
        """Return what led from one revision of digest.toml to another, the last first."""
        ...

    def names(self) -> list[str]:
        """Return the names of all who did anything, in the order of the alphabet."""
        ...

    def forget(self, before: datetime) -> int:
        """Drop what was done before then; return how many there were. Histories of editions stay."""
        ...
