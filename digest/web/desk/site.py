"""Site: the application that serves the desk."""

from __future__ import annotations

from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.responses import PlainTextResponse
from starlette.types import ASGIApp

from digest.app import App
from digest.web.bounds import Bounded
from digest.web.desk import access, beginning, editions, home, people, reading, segments, trouble
from digest.web.desk.cookies import Cookies
from digest.web.desk.editions.looking import Looking
from digest.web.desk.frame import HEADERS, Desk
from digest.web.desk.guard import Guard, hosts
from digest.web.desk.people.importing import MOST_OCTETS, PATH
from digest.web.desk.rendering import FILES

_FOR_EVER = "public, max-age=31536000, immutable"
#: forms that may carry another form, and so be longer than one
_CARRYING = frozenset({"/log-in"})
#: where files are sent -> octets at most
_UPLOADS = {PATH: MOST_OCTETS}


def site(app: App) -> ASGIApp:
    """Return the desk, within its bounds."""
    return Bounded(
        routed(app),
        _CARRYING.__contains__,
        uploads=_UPLOADS,
        hosts=hosts(app),
        headers=HEADERS,
        refusal=trouble.refusal,
    )


def routed(app: App) -> FastAPI:
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
    trouble.add(web, desk, access.add(web, desk))
    looking = Looking(app)
    home.add(web, desk, looking)
    beginning.add(web, desk)
    editions.add(web, desk, looking)
    reading.add(web, desk, looking)
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
