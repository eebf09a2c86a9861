"""Cookies: what a browser keeps for the desk, and under which names."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from digest.app.access import HALF_FOR
from digest.domain.model import Sitting
from digest.jobs.access import LONGEST
from digest.stages import track

#: a log-in form may stay open for so long
_FORM_FOR = timedelta(hours=2)
#: seconds in which the page that says what was done is asked for
_SAID_SECONDS = 120
_YEAR_SECONDS = 31_536_000
#: characters of what was done: a cookie has room for four thousand
_MOST_SAID = 400
_FORM = "desk form"
_SITTING, _BEFORE, _HALF = "desk", "desk-form", "desk-half"
_SAID, _COLOURS, _KEYS = "desk-said", "desk-colours", "desk-keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody may do about what was just done: a link, or with `fields` a form of one button."""

    label: str
    path: str
    #: hidden fields of the form; None for a link
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was just done, in a sentence, and what may be done about it. Shown once, on the next page."""

    words: str
    acts: tuple[Act, ...] = ()


def undo(path: str, **fields: str) -> Act:
    """Return the button that takes back what was just done."""
    return Act(label="Undo", path=path, fields=fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """Reads and writes them. secret: the workspace's; https: whether the desk is reached by it."""

    secret: bytes
    https: bool

    def token(self, request: Request) -> str:
        """Return the token of the browser's sitting; empty where it holds none."""
        return self._get(request, _SITTING)

    def keep(self, response: Response, token: str) -> None:
        """Let the browser hold a sitting's token, and forget what came before it."""
        self._set(response, _SITTING, token, int(LONGEST.total_seconds()))
        self._drop(response, _BEFORE)
        self._drop(response, _HALF)

    def forget(self, response: Response) -> None:
        """Let the browser forget its sitting."""
        self._drop(response, _SITTING)
        self._drop(response, _SAID)

    def form(self, request: Request, now: datetime) -> tuple[str, str]:
        """Return the token for a form before the log-in, and the cookie that it is bound to.

        Forms in several windows share what they are bound to, or the second would end the first.
        """
        drawn = self._drawn(request, now) or secrets.token_hex(16)
        return self._form_token(drawn), track.dated(self.secret, _FORM, drawn, now + _FORM_FOR)

    def bind(self, response: Response, cookie: str) -> None:
        """Let the browser hold what a form before the log-in is bound to."""
        self._set(response, _BEFORE, cookie, int(_FORM_FOR.total_seconds()))

    def is_bound(self, request: Request, token: str, now: datetime) -> bool:
        """Tell whether a form from before the log-in was made for this browser, and not long ago."""
        drawn = self._drawn(request, now)
        return bool(drawn) and hmac.compare_digest(self._form_token(drawn).encode(), token.encode())

    def browser(self, request: Request, now: datetime) -> str:
        """Return what forms before the log-in are bound to in this browser; empty where it is too old."""
        return self._drawn(request, now)

    def half(self, request: Request) -> str:
        """Return what a browser holds whose user has typed the pass phrase and owes a code; empty for nothing."""
        return self._get(request, _HALF)

    def keep_half(self, response: Response, written: str) -> None:
        """Let a browser hold it."""
        self._set(response, _HALF, written, int(HALF_FOR.total_seconds()))

    def say(self, response: Response, sitting: Sitting, said: Said) -> None:
        """Have something said on the next page."""
        values = asdict(said) | {"words": said.words[:_MOST_SAID]}
        written = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
        self._set(response, _SAID, f"{written}.{_said_mark(sitting, written)}", _SAID_SECONDS)

    def said(self, request: Request, sitting: Sitting) -> Said | None:
        """Return what is to be said on this page; None for what was not written for this sitting."""
        written, _, mark = self._get(request, _SAID).partition(".")
        if not written or not hmac.compare_digest(_said_mark(sitting, written).encode(), mark.encode()):
            return None
        values = json.loads(base64.urlsafe_b64decode(written))
        return Said(words=values["words"], acts=tuple(Act(**one) for one in values["acts"]))

    def unsay(self, response: Response) -> None:
        """Let the browser forget what was said."""
        self._drop(response, _SAID)

    def colours(self, request: Request) -> str:
        """Return which colours somebody wants: light, dark, or empty for those of their system."""
        chosen = self._get(request, _COLOURS)
        return chosen if chosen in ("light", "dark") else ""

    def set_colours(self, response: Response, chosen: str) -> None:
        """Keep which colours somebody wants."""
        self._set(response, _COLOURS, chosen, _YEAR_SECONDS)

    def keys(self, request: Request) -> bool:
        """Tell whether single letters are shortcuts."""
        return self._get(request, _KEYS) != "off"

    def set_keys(self, response: Response, *, on: bool) -> None:
        """Keep whether single letters are shortcuts."""
        self._set(response, _KEYS, "on" if on else "off", _YEAR_SECONDS)

    def _drawn(self, request: Request, now: datetime) -> str:
        opened = track.opened_dated(self.secret, _FORM, self._get(request, _BEFORE), now)
        return opened[0] if opened and opened[1] else ""

    def _form_token(self, drawn: str) -> str:
        return track.keyed(self.secret, "desk form token", drawn).hex()[:32]

    def _name(self, name: str) -> str:
        # with this beginning no other host of the domain can set it (RFC 6265bis 4.1.3.2)
        return f"__Host-{name}" if self.https else name

    def _get(self, request: Request, name: str) -> str:
        return request.cookies.get(self._name(name), "")

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            self._name(name), value, max_age=seconds, path="/", secure=self.https, httponly=True, samesite="lax"
        )

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(self._name(name), path="/", secure=self.https, httponly=True, samesite="lax")


def form_token(sitting: Sitting) -> str:
    """Return a token for a form of this sitting: each time another, so that no compressed length tells it."""
    drawn = secrets.token_hex(8)
    return f"{drawn}.{_form_mark(sitting, drawn)}"


def is_of(sitting: Sitting, token: str) -> bool:
    """Tell whether a form was made for this sitting."""
    drawn, _, mark = token.partition(".")
    return hmac.compare_digest(_form_mark(sitting, drawn).encode(), mark.encode())


def _form_mark(sitting: Sitting, drawn: str) -> str:
    return track.keyed(bytes.fromhex(sitting.secret), "form", drawn).hex()[:32]


def _said_mark(sitting: Sitting, written: str) -> str:
    return track.keyed(bytes.fromhex(sitting.secret), "said", written).hex()[:32]
