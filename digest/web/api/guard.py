"""Guard: which program asks, and whether it may. It stands before every route; one that names no scope opens nothing.

A program shows its token in the header Authorization (RFC 6750), and nothing else counts: no cookie of the desk opens
the API, so that no page elsewhere can have a browser do anything here, and no form needs a token of its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from digest.app import App
from digest.domain.model import ApiToken
from digest.jobs import programs
from digest.web.api.problems import Fault, Trouble
from digest.web.bounds import body_of
from digest.web.whence import household, remote_of

#: what one token may ask
OF_TOKEN = (RateLimitItemPerMinute(600), RateLimitItemPerSecond(50))
#: what one token may ask of what takes long: to have sites asked, an edition made, the database's file written anew
OF_SLOW = (RateLimitItemPerMinute(20),)
#: what one network address may ask with tokens that do not work
OF_WRONG = (RateLimitItemPerMinute(30),)
#: where the OpenAPI description of a route holds the scope that it needs, under the name of the security scheme
SCHEME = "token"
_MAKE_ONE = "An admin makes one on the desk under API, or with `digest api token`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Counts requests."""

    of_token: tuple[RateLimitItem, ...] = OF_TOKEN
    of_slow: tuple[RateLimitItem, ...] = OF_SLOW
    of_wrong: tuple[RateLimitItem, ...] = OF_WRONG
    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def count(self, who: str, allowed: tuple[RateLimitItem, ...]) -> None:
        """Count a request; raises Trouble where it is one too many."""
        full = [one for one in allowed if not self.limiter.hit(one, who)]
        if not full:
            return
        ends = max(self.limiter.get_window_stats(one, who).reset_time for one in full)
        wait = max(1, math.ceil(ends - time.time()))
        raise Trouble(
            429, "too_many", "Too many requests", f"That is more than {full[0]}.",
            f"Wait {wait} seconds, as Retry-After says.", headers={"Retry-After": str(wait)},
        )  # fmt: skip


class Guard:
    """Finds out which program asks, and lets it through or not."""

    def __init__(self, app: App, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    def __call__(self, request: Request) -> None:
        """Let a request through; raises Trouble."""
        token = self.known(request)
        route = request.scope["route"]
        needs = _needs(route.openapi_extra or {})
        if needs is None or (needs and needs not in token.scopes):
            raise _may_not(needs or "")
        _no_strangers(request)
        _is_json(request)

    def known(self, request: Request) -> ApiToken:
        """Return the token of who asks; raises Trouble where it is none that works. Looked up once a request."""
        if hasattr(request.state, "token"):
            found: ApiToken = request.state.token
            return found
        scheme, _, written = request.headers.get("authorization", "").partition(" ")
        token = None
        if scheme.lower() == "bearer":
            token = programs.found(self._app.store, self._app.clock, written.strip())
        if token is None:
            self._limits.count(f"wrong {household(remote_of(request))}", self._limits.of_wrong)
            raise _no_token(is_sent=bool(scheme))
        self._limits.count(f"token {token.id}", self._limits.of_token)
        request.state.token = token
        return token


def _no_token(*, is_sent: bool) -> Trouble:
    # RFC 6750 3.1: who sent none is told nothing of errors
    error = ', error="invalid_token"' if is_sent else ""
    return Trouble(
        401, "token", "No token that works",
        "The token is not known, was withdrawn, or has ended." if is_sent else "No token was sent.",
        f"Send one as “Authorization: Bearer dg_…”. {_MAKE_ONE}",
        headers={"WWW-Authenticate": f'Bearer realm="digest"{error}'},
    )  # fmt: skip


def _may_not(needs: str) -> Trouble:
    what = f"It needs the scope {needs}." if needs else "This address is open to no token."
    return Trouble(
        403, "scope", "This token may not do that", what, "Make a token that may, and give it no more than it needs.",
        headers={"WWW-Authenticate": f'Bearer realm="digest", error="insufficient_scope", scope="{needs}"'},
    )  # fmt: skip


def _needs(extra: Mapping[str, Any]) -> str | None:
    """Return the scope that a route needs: empty where any token will do, None where it says nothing."""
    for one in extra.get("security", ()):
        scopes: list[str] = one.get(SCHEME, [])
        return scopes[0] if scopes else ""
    return None


def _no_strangers(request: Request) -> None:
    """Refuse what stands in the query and means nothing: whoever wrote it believed that it does."""
    known = {one.alias for one in request.scope["route"].dependant.query_params}
    strange = [name for name in request.query_params if name not in known]
    if strange:
        faults = [Fault(field=name[:100], what="There is no such parameter.") for name in strange[:20]]
        raise Trouble(
            422, "unfit", "This could not be read", f"“{strange[0][:100]}” is no parameter of this route.",
            "Leave it out.", errors=faults,
        )  # fmt: skip


def _is_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body_of(request) and kind != "application/json":
        raise Trouble(
            415, "media_type", "This is no JSON", f"It is sent as {kind[:100] or 'nothing'}.",
            "Send JSON, with the header Content-Type: application/json.",
        )  # fmt: skip
