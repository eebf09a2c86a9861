"""The desk: what digest.toml says of the staff's pages, who may use them, and what is kept of who did what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The staff's pages: where they are served, and who is told of what needs a person."""

    #: address and port on which `digest desk` and `digest run` listen
    listen: str = "127.0.0.1:8026"
    #: https address under which staff reach it; empty: http and `listen`. Links in mails to staff are built on it
    address: str = ""
    #: network addresses of the web servers before it: what they say of who asks is believed, and of nobody else
    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    #: addresses that are mailed about what needs a person
    tell: tuple[str, ...] = ()
    #: of whom a code is asked at the log-in besides the pass phrase
    second_factor: Literal["who wants it", "everybody"] = "who wants it"
    #: webhooks may be told on this machine and on private networks, without https and on any port
    private_webhooks: bool = False


class Role(StrEnum):
    """What somebody may do on the desk; whoever comes later may do all of what comes before."""

    #: edits editions, sends tests, reads everything of editions
    EDITOR = "editor"
    #: approves, takes back, pauses, resumes, cancels, retries, sends again, corrects
    APPROVER = "approver"
    #: settings, people and staff
    ADMIN = "admin"

    def may(self, least: Role) -> bool:
        """Tell whether this role may do what is for another one and above."""
        order = list(Role)
        return order.index(self) >= order.index(least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Somebody who may use the desk."""

    id: str
    name: str
    #: their mail address, by which they log in, as they write it
    address: str
    #: Argon2id of their pass phrase, with its salt and costs (RFC 9106)
    phrase: str = field(repr=False)
    created_at: datetime
    role: Role
    #: when they used the desk last, to five minutes; None where they never did
    seen_at: datetime | None = None
    #: what their codes are made from (RFC 6238), encrypted; empty: they have no second factor
    factor: str = field(default="", repr=False)
    #: the time step of the last code that let them in: it and those before it count no more
    factor_step: int = 0

    @property
    def has_second_factor(self) -> bool:
        """Tell whether a code is asked of them at the log-in."""
        return bool(self.factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whence:
    """From where somebody uses the desk."""

    #: network address; empty where it is not known
    remote: str = ""
    #: “Firefox on Windows”; empty where it is not known
    browser: str = ""


#: of who uses no browser
NOWHERE = Whence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One browser in which somebody is logged in."""

    #: SHA-256 (hex) of the token that the browser holds
    key: str
    #: id of who it is
    staff: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    #: what the tokens of its forms are made with (hex)
    secret: str = field(repr=False)
    #: from where somebody logged in
    remote: str = ""
    browser: str = ""


class Opens(StrEnum):
    """What a one-time link is for."""

    #: the account of who is the first
    FIRST = "first"
    #: a new pass phrase for somebody who has an account; whoever runs the program hands it over
    PHRASE = "phrase"
    #: the same, mailed to whoever says at the log-in that they forgot it
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeLink:
    """A link that works once, and not for long."""

    #: SHA-256 (hex) of the token in it
    key: str
    opens: Opens
    #: id of whose pass phrase it changes; empty for the first account
    staff: str
    ends_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody who may make an account for themselves, by a link that works once."""

    id: str
    #: SHA-256 (hex) of the token in the link
    key: str
    name: str
    address: str
    role: Role
    #: name of who invited them
    invited_by: str
    invited_at: datetime
    ends_at: datetime


class Matter(StrEnum):
    """What something that staff did is about; editions, and links to read them by, have histories of their own."""

    LOG_IN = "log-in"
    ACCOUNT = "account"
    STAFF = "staff"
    PEOPLE = "people"
    SETTINGS = "settings"
    EDITION = "editions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something that was done on the desk, or with a command. No subscriber's address is kept in it."""

    at: datetime
    #: the name of who did it; empty where nobody knows
    who: str
    matter: Matter
    #: what they did, as it stands after their name: “invited Marcus Webb as editor”
    what: str
    #: what it was done to, or why: an edition's id, a section of the settings
    about: str = ""
    #: network address; empty for a command, and for what the program does
    remote: str = ""
    #: how often, within the hour: failed log-ins are counted
    times: int = 1
    #: revisions of digest.toml from which and to which it led; empty for what is no change of it
    before: str = ""
    after: str = ""
