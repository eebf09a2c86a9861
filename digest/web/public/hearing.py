"""Hearing: where providers tell what became of the mail. For programs: answers have no words."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app.hooks import Hooks, Verdict
from digest.feedback.hooks import telling
from digest.web.bounds import body_of
from digest.web.public.frame import HEADERS, PRIVATE

_PATH = "/hooks/"
_STATUS = {
    Verdict.TAKEN: 200,
    Verdict.UNREADABLE: 400,
    Verdict.UNSIGNED: 401,
    Verdict.UNKNOWN: 404,
    Verdict.CLOSED: 503,
}
#: an answer 401 names a way to prove oneself (RFC 9110 11.6.1); the one that is not a signature
_BASIC = {"WWW-Authenticate": 'Basic realm="hooks"'}


class Hearing:
    """The route of providers."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    def is_hook(self, path: str) -> bool:
        """Tell whether a path is one at which a provider tells something."""
        return path.startswith(_PATH) and self._hooks.find(path.removeprefix(_PATH)) is not None

    def hear(self, request: Request, hook: str) -> Response:
        """Take what a provider tells; answered once it is on the disk, so that it is told again where it is not."""
        told = telling.Request(headers=dict(request.headers), body=body_of(request))
        verdict = self._hooks.hear(hook, told)
        headers = {**HEADERS, **PRIVATE, **(_BASIC if verdict == Verdict.UNSIGNED else {})}
        return Response(status_code=_STATUS[verdict], headers=headers)


def add(web: FastAPI, hearing: Hearing) -> None:
    """Add the route."""
    web.post("/hooks/{hook}")(hearing.hear)
