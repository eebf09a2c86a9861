"""Site: the application that serves the desk."""

from __future__ import annotations

from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.responses import PlainTextResponse
from starlette.routing import Mount, Router
from starlette.types import ASGIApp

from digest.app import App
from digest.web.api import site as api
from digest.web.bounds import Bounded
from digest.web.desk import (
    access,
    arriving,
    beginning,
    editions,
    finding,
    home,
    people,
    reading,
    segments,
    settings,
    trouble,
)
from digest.web.desk.cookies import Cookies
from digest.web.desk.editions.checking import PATIENCE, Checks
from digest.web.desk.editions.looking import Looking
from digest.web.desk.frame import HEADERS, Desk
from digest.web.desk.guard import Guard, hosts
from digest.web.desk.people.importing import MOST_OCTETS, PATH
from digest.web.desk.rendering import FILES

_FOR_EVER = "public, max-age=31536000, immutable"
#: forms that may carry another form, and so be longer than one
_CARRYING = frozenset({"/log-in", "/log-in/code"})
#: where files are sent -> octets at most
_UPLOADS = {PATH: MOST_OCTETS}


def site(app: App, patience: float = PATIENCE) -> ASGIApp:
    """Return the desk, and the API beside it, each within its bounds: neither guard serves the other.

    patience: seconds for which pages wait for what is looked for beside them.
    """
    named = hosts(app)
    desk = Bounded(
        routed(app, patience),
        _CARRYING.__contains__,
        uploads=_UPLOADS,
        hosts=named,
        headers=HEADERS,
        refusal=trouble.refusal,
    )
    places = [Mount(api.AT, api.site(app, named)), Mount("", desk)]
    return Router(places, redirect_slashes=False)


def routed(app: App, patience: float = PATIENCE) -> FastAPI:
    """Return the desk's application, which `site` puts within bounds: the guard stands before every route."""
    cookies = Cookies(secret=app.secret, https=app.loaded.workspace.desk.address.startswith("https:"))
    guard = Guard(app, cookies)
    # a redirect that FastAPI makes bears the Host that was asked for, and its pages of documentation load scripts
    web = FastAPI(
        title="Digest", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        dependencies=[Depends(guard)],
    )  # fmt: skip
    desk = Desk(app=app, cookies=cookies, guard=guard)
    web.get("/static/{mark}/{name}")(_file)
    web.get("/healthz")(_health)
    routes = access.add(web, desk)
    trouble.add(web, desk, routes)
    arriving.add(web, desk, routes)
    looking = Looking(app, Checks(patience))
    home.add(web, desk, looking)
    finding.add(web, desk)
    beginning.add(web, desk)
    editions.add(web, desk, looking)
    reading.add(web, desk, looking)
    settings.add(web, desk)
    people.add(web, desk)
    segments.add(web, desk)
    return web


def _file(mark: str, name: str) -> Response:
    found = FILES.get(name)
    if found is None or found.mark != mark:
        raise HTTPException(404)
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": _FOR_EVER})


def _health() -> Response:
    return PlainTextResponse("ok\n")
