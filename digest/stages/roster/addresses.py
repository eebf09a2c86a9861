"""Spelling: how an address is written on envelopes, and how it is compared.

email-validator judges addresses. Nearly all of a list are plain ones, whose verdict is known without it: of these
what a regular expression finds is what email-validator finds (tests/stages/test_roster_spelling.py proves it), forty
times as fast.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES, EMAIL_MAX_LENGTH

__all__ = ["EmailNotValidError", "Spelling", "spelling"]

_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
# RFC 5321 4.1.2 without quoted strings and literals; the last label is letters, as all of the internet's are
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+[a-zA-Z]{{1,63}})", re.ASCII)
#: RFC 2142: these mean the same in capitals
_ROLES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
#: RFC 6761 and others: names that no mail goes to
_SPECIAL = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)


class Spelling(NamedTuple):
    """An address as it is written on envelopes, and as it is compared."""

    address: str
    comparable: str


def spelling(address: str) -> Spelling:
    """Return the spellings of an address, its domain in ASCII (RFC 5891), its local part in any script (RFC 6531).

    Raises EmailNotValidError. Local parts are case sensitive by RFC 5321 2.4; no server that matters
    makes use of it, and a person mailed twice is an embarrassment: they are compared in lower case.
    """
    return plain(address) or judged(address)


def plain(address: str) -> Spelling | None:
    """Return the spellings of a plain address; None where email-validator must be asked."""
    found = _PLAIN.fullmatch(address) if len(address) <= EMAIL_MAX_LENGTH else None
    if found is None:
        return None
    local, domain = found.groups()
    if "--" in domain:
        return None
    domain = domain.lower()
    comparable = f"{local.lower()}@{domain}"
    if f".{domain}".endswith(_SPECIAL):
        return None
    if comparable[: -len(domain) - 1] in _ROLES:
        return Spelling(comparable, comparable)
    return Spelling(f"{local}@{domain}", comparable)


def judged(address: str) -> Spelling:
    """Return the spellings of any address, as email-validator finds them. Raises EmailNotValidError."""
    found = validate_email(address, check_deliverability=False, allow_smtputf8=True)
    written = f"{found.local_part}@{found.ascii_domain}"
    return Spelling(written, unicodedata.normalize("NFC", written.casefold()))
