"""Frame: what the routes of the API are handed, and how a route is offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from digest.app import App
from digest.domain.errors import NotFound
from digest.domain.model import ApiToken, Newsletter, Scope
from digest.web.api.guard import SCHEME, Guard, Limits
from digest.web.api.problems import MEDIA_TYPE

#: an id as this program makes them
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
#: what every route may answer besides
_ALWAYS: Mapping[int, str] = {
    401: "No token that works",
    403: "The token lacks the scope",
    422: "A field is not what it should be",
    429: "Too many requests",
    503: "The database cannot be used now",
}
_OF_BODIES: Mapping[int, str] = {413: "More than a request may hold", 415: "It is no JSON"}
_MORE: Mapping[int, str] = {404: "There is nothing like that", 409: "The present state does not allow it"}


@dataclass(frozen=True, kw_only=True)
class Api:
    """The API, as routes see it."""

    app: App
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def guard(self) -> Guard:
        """What stands before every route."""
        return Guard(self.app, self.limits)

    def token(self, request: Request) -> ApiToken:
        """Return the token of the program that asks."""
        return self.guard.known(request)

    def who(self, request: Request) -> str:
        """Return the name under which is recorded what a program does."""
        return self.token(request).who

    def take_time(self, request: Request) -> None:
        """Count a request that takes long; raises Trouble where a program sends too many of those."""
        self.limits.count(f"slow {self.token(request).id}", self.limits.of_slow)

    def newsletter(self, name: str) -> Newsletter:
        """Return a newsletter by its id; raises NotFound, naming those that there are."""
        known = {one.id: one for one in self.app.loaded.workspace.newsletters}
        if name not in known:
            raise NotFound(f"There is no newsletter “{name}”.", f"Name one of: {', '.join(known)}.")
        return known[name]


def offer(
    web: APIRouter,
    method: str,
    path: str,
    scope: Scope | None,
    route: Callable[..., Any],
    *,
    may: tuple[int, ...] = (),
    made: type | None = None,
    status: int = 201,
    also: Mapping[int, type] | None = None,
) -> None:
    """Offer a route to programs whose tokens have a scope; None: to any that has a token.

    may: which of 404 and 409 it may answer; made, status: what is in its good answer where the route does not say it;
    also: further good answers, status -> what is in them.
    """
    said = {
        **_ALWAYS,
        **(_OF_BODIES if method in ("POST", "PUT", "DELETE") else {}),
        **{one: _MORE[one] for one in may},
    }
    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": words} | _PROBLEM for status, words in said.items()
    }
    answers |= {status: {"model": model, "description": "Made"} for status, model in (also or {}).items()}
    answered: dict[str, Any] = {} if made is None else {"response_model": made, "status_code": status}
    words = [line.strip() for line in (route.__doc__ or "").strip().splitlines()]
    web.add_api_route(
        path,
        route,
        methods=[method],
        name=route.__name__,
        operation_id=route.__name__,
        summary=words[0].rstrip("."),
        description=" ".join(words[1:]).strip() or words[0],
        responses=answers,
        response_description="Done",
        tags=[str(scope).partition(":")[0].capitalize() if scope else "Description"],
        **answered,
        openapi_extra={"security": [{SCHEME: [scope] if scope else []}]},
    )
