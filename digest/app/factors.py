"""Second factors: codes of an app on a telephone (TOTP, RFC 6238), and codes to recover with where it is lost.

What codes are made from is encrypted under a key of the workspace's secret, and bound to whose it is: a copy of the
database makes no codes. Of recovery codes a keyed hash is kept.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
from cryptography.fernet import Fernet, InvalidToken

from digest.domain.model import Sitting, Staff
from digest.jobs.access import Proof
from digest.stages import track

if TYPE_CHECKING:
    from digest.app import App

#: recovery codes that somebody is given
CODES = 10
#: what is offered to be scanned may be proven for so long
OFFERED_FOR = timedelta(minutes=30)
#: clocks may differ by one time step to either side (RFC 6238 5.2)
_STEPS_AROUND = (0, -1, 1)
_DIGITS = 6
#: octets of a recovery code: nobody can try so many, also beside the database
_OCTETS = 10
#: characters of a group of one
_GROUP = 4
#: what people read for letters of a recovery code, whose alphabet has neither (RFC 4648 6)
_MISREAD = str.maketrans("01", "ol")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What somebody scans to set up a second factor, before they have proven that they did."""

    #: the same, encrypted, for the form that brings it back
    sealed: str
    #: what the picture says (otpauth:)
    uri: str = field(repr=False)
    #: what is typed where no picture can be scanned, in groups of four
    written: str = field(repr=False)


def offer(app: App, staff: Staff, sitting: Sitting) -> Offer:
    """Return something new to scan; nothing is kept of it."""
    return _offered(app, staff, sitting, pyotp.random_base32())


def offered(app: App, staff: Staff, sitting: Sitting, sealed: str) -> Offer | None:
    """Return what a form brought back; None where it is another sitting's, too old, or no such thing."""
    secret = _opened(app, sitting.key, sealed, OFFERED_FOR)
    return _offered(app, staff, sitting, secret) if secret else None


def prove(app: App, staff: Staff, sitting: Sitting, sealed: str, code: str) -> tuple[str, int] | None:
    """Return what is kept of a second factor, and the time step of the code that proves it; None for a wrong code."""
    secret = _opened(app, sitting.key, sealed, OFFERED_FOR)
    step = _step(app, secret, code) if secret else 0
    return (_sealed(app, staff.id, secret), step) if step else None


def proof(app: App, staff: Staff, typed: str) -> Proof | None:
    """Return what a code that somebody typed proves, whether it counted before or not; None where it is wrong.

    typed: six digits, or a recovery code, with whatever space or hyphens.
    """
    if is_recovery(typed):
        return Proof(code=kept_as(app, typed))
    secret = _opened(app, staff.id, staff.factor)
    step = _step(app, secret, typed) if secret else 0
    return Proof(step=step) if step else None


def is_recovery(typed: str) -> bool:
    """Tell whether something has the length of a recovery code: it cannot be guessed, so need not be slowed."""
    return len(_bare(typed)) > _DIGITS


def fresh_codes() -> list[str]:
    """Draw recovery codes, as they are shown: abcd-efgh-ijkl-mnop."""
    drawn = (b32encode(secrets.token_bytes(_OCTETS)).decode().lower() for _ in range(CODES))
    return [_grouped(one, "-") for one in drawn]


def kept_as(app: App, code: str) -> str:
    """Return what is kept of a recovery code, in hexadecimal."""
    return track.keyed(app.secret, "recovery code", _bare(code).translate(_MISREAD)).hex()


def _offered(app: App, staff: Staff, sitting: Sitting, secret: str) -> Offer:
    name = app.loaded.workspace.brand.organisation
    uri = pyotp.TOTP(secret).provisioning_uri(name=staff.address, issuer_name=f"Digest {name}".replace(":", " "))
    return Offer(sealed=_sealed(app, sitting.key, secret), uri=uri, written=_grouped(secret, " "))


def _step(app: App, secret: str, typed: str) -> int:
    """Return the time step of a code; 0 where it is wrong. All three are compared, whichever is right."""
    made, now = pyotp.TOTP(secret), app.clock()
    at, found = made.timecode(now), 0
    for around in _STEPS_AROUND:
        if hmac.compare_digest(made.generate_otp(at + around).encode(), _bare(typed).encode()):
            found = at + around
    return found


def _sealed(app: App, whose: str, secret: str) -> str:
    said = f"{whose} {secret}".encode()
    return _box(app).encrypt_at_time(said, int(app.clock().timestamp())).decode()


def _opened(app: App, whose: str, sealed: str, lasting: timedelta | None = None) -> str:
    """Return what was sealed for somebody; empty where it was not, or is too old."""
    box, token = _box(app), sealed.encode("utf-8", "replace")
    try:
        if lasting is None:
            said = box.decrypt(token)
        else:
            said = box.decrypt_at_time(token, int(lasting.total_seconds()), int(app.clock().timestamp()))
    except InvalidToken:
        return ""
    owner, _, secret = said.decode().partition(" ")
    return secret if owner == whose else ""


def _box(app: App) -> Fernet:
    return Fernet(urlsafe_b64encode(track.keyed(app.secret, "second factor")))


def _bare(typed: str) -> str:
    return "".join(one for one in typed if one.isalnum()).lower()


def _grouped(text: str, between: str) -> str:
    return between.join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
