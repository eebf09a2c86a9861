"""Site: the application that serves the API beside the desk, and its description (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import ASGIApp

from digest.app import App
from digest.domain.errors import DigestError
from digest.web.api import deciding, editions, problems, sources, status, subscribers, suppressions
from digest.web.api.frame import Api, offer
from digest.web.api.guard import SCHEME, Limits
from digest.web.api.problems import MEDIA_TYPE, Problem, Trouble
from digest.web.bounds import Bounded

#: where it is served
AT = "/api/v1"
#: what every answer bears: it is data, shown by nothing and kept by nobody
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
_ABOUT = (
    "What programs may ask of Digest and do with it. Each has a token of its own, sent as "
    "`Authorization: Bearer dg_…`, and may do what its scopes say. Times are RFC 3339 in UTC. What does not work is "
    "answered with problem details (RFC 9457). docs/api.md explains all of it, webhooks too."
)
#: what problems bear besides, as it is described
_HEADERS: dict[str, dict[str, Any]] = {
    "401": {"headers": {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}},
    "403": {"headers": {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}},
    "429": {
        "headers": {
            "Retry-After": {
                "description": "Seconds to wait.", "required": True, "schema": {"type": "integer", "minimum": 1},
            },
        },
    },
}  # fmt: skip


def site(app: App, hosts: frozenset[str], limits: Limits | None = None) -> ASGIApp:
    """Return the API, within its bounds. hosts: the names by which it may be asked."""
    return Bounded(routed(app, limits), hosts=hosts, headers=HEADERS, refusal=problems.refusal)


def routed(app: App, limits: Limits | None = None) -> FastAPI:
    """Return the API's application, which `site` puts within bounds: the guard stands before every route."""
    api = Api(app=app, limits=limits or Limits())
    web = FastAPI(
        title="Digest", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        dependencies=[Depends(api.guard)],
    )  # fmt: skip
    routes = APIRouter()
    for each in (status, subscribers, suppressions, sources, editions, deciding):
        each.add(routes, api)
    offer(routes, "GET", "/openapi.json", None, _described(web))
    web.include_router(routes)
    _answers(web, api, routes)
    return web


def described(web: FastAPI) -> dict[str, Any]:
    """Return the description of the API in OpenAPI 3.1."""
    found = get_openapi(title="Digest", version="1", openapi_version="3.1.0", description=_ABOUT, routes=web.routes)
    found["servers"] = [{"url": AT}]
    parts = found.setdefault("components", {})
    parts.setdefault("schemas", {}).update(_schemas())
    parts["responses"] = _shared(found["paths"])
    parts["securitySchemes"] = {
        SCHEME: {"type": "http", "scheme": "bearer", "description": "A token of the desk's page API."}
    }
    return found


def _described(web: FastAPI) -> Any:
    def openapi() -> JSONResponse:
        """Return this description.

        Any token will do.
        """
        return JSONResponse(described(web))

    return openapi


def _shared(paths: dict[str, Any]) -> dict[str, Any]:
    """Take the answers that many routes have out of them, and return them by the names under which they stand once."""
    found: dict[str, Any] = {}
    for route in (one for methods in paths.values() for one in methods.values()):
        for number, answer in route["responses"].items():
            if MEDIA_TYPE in answer.get("content", {}):
                name = f"Problem{number}"
                found[name] = answer | _HEADERS.get(number, {})
                route["responses"][number] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(found.items()))


def _schemas() -> dict[str, Any]:
    whole = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts: dict[str, Any] = whole.pop("$defs")
    return {"Problem": whole, **parts}


def _answers(web: FastAPI, api: Api, routes: APIRouter) -> None:
    """Add the answers to all that may be raised. Without a token nobody learns what there is."""

    def unreadable(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, RequestValidationError)
        # what is no JSON is found before the guard is asked
        return _to_known(api, request) or problems.unreadable(fault).answer()

    def http(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, HTTPException)
        if fault.status_code == 405:
            fault.headers = {"Allow": ", ".join(_allowed(routes, request))}
        return _to_known(api, request) or problems.http(fault).answer()

    web.exception_handler(Trouble)(lambda request, fault: fault.answer())
    web.exception_handler(RequestValidationError)(unreadable)
    web.exception_handler(HTTPException)(http)
    web.exception_handler(DigestError)(problems.of_digest)
    web.exception_handler(Exception)(problems.broken)


def _to_known(api: Api, request: Request) -> Response | None:
    try:
        api.guard.known(request)
    except Trouble as fault:
        return fault.answer()
    return None


def _allowed(routes: APIRouter, request: Request) -> list[str]:
    """Return what may be done at an address: each method of it is a route of its own."""
    found: set[str] = set()
    for route in routes.routes:
        if route.matches(request.scope)[0] != Match.NONE:
            found |= getattr(route, "methods", None) or set()
    return sorted(found)
