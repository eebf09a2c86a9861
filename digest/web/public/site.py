"""Site: the application that serves the public pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from digest.app import App, hooks
from digest.domain.errors import StoreError
from digest.domain.model import Asking, Report
from digest.jobs import clicks, readers
from digest.jobs.clicks import Click
from digest.jobs.readers import Leaving
from digest.jobs.together import Together
from digest.web.bounds import Bounded
from digest.web.public import choosing, clicking, hearing, joining, reading
from digest.web.public.frame import HEADERS, Frame


@contextmanager
def site(app: App, promised: Callable[[], None]) -> Iterator[ASGIApp]:
    """Yield the application; what writes for many at once ends with the block.

    promised: called when a mail was promised to somebody.
    """

    def ask(askings: Sequence[Asking]) -> list[None]:
        readers.ask(app.store, askings)
        return [None for _ in askings]

    def leave(leavings: Sequence[Leaving]) -> list[bool]:
        return readers.leave(app.store, app.clock, leavings)

    def count(clicked: Sequence[Click]) -> list[None]:
        clicks.count(app.store, app.clock, clicked)
        return [None for _ in clicked]

    def take(told: Sequence[Sequence[Report]]) -> list[None]:
        hooks.apply(app, [report for reports in told for report in reports])
        return [None for _ in told]

    with (
        Together(leave) as leaving,
        Together(ask) as asking,
        Together(count) as counting,
        Together(take) as taking,
    ):
        frame = Frame(app=app, leave=leaving, ask=asking, count=counting, promised=promised)
        heard = hearing.Hearing(hooks.Hooks(app, taking))
        yield Bounded(_built(frame, heard), heard.is_hook)


def _built(frame: Frame, heard: hearing.Hearing) -> FastAPI:
    # a redirect that FastAPI makes bears the Host that was asked for, which anybody may choose
    web = FastAPI(title="Digest", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)

    @web.get("/public.css")
    def style() -> Response:
        headers = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
        return Response(frame.style, media_type="text/css", headers=headers)

    @web.get("/healthz")
    def health() -> Response:
        return PlainTextResponse("ok\n", headers=HEADERS)

    @web.exception_handler(HTTPException)
    def nowhere(request: Request, fault: Exception) -> Response:
        return frame.nowhere()

    @web.exception_handler(RequestValidationError)
    def unreadable(request: Request, fault: Exception) -> Response:
        return frame.unreadable()

    @web.exception_handler(StoreError)
    def failed(request: Request, fault: Exception) -> Response:
        return frame.failed(503)

    @web.exception_handler(Exception)
    def broken(request: Request, fault: Exception) -> Response:
        return frame.failed()

    joining.add(web, frame)
    choosing.add(web, frame)
    clicking.add(web, frame)
    reading.add(web, frame)
    hearing.add(web, heard)
    return web
