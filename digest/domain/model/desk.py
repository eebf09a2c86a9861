"""The desk: what digest.toml says of the staff's pages, and who may use them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    #: webhooks may be told on this machine and on private networks, without https and on any port
    private_webhooks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Somebody who may use the desk."""

    id: str
    name: str
    #: their mail address, by which they log in, as they write it
    address: str
    #: Argon2id of their pass phrase, with its salt and costs (RFC 9106)
    phrase: str
    created_at: datetime


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
    secret: str


class Opens(StrEnum):
    """What a one-time link is for."""

    #: the account of who is the first
    FIRST = "first"
    #: a new pass phrase for somebody who has an account
    PHRASE = "phrase"


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
