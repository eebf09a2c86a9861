"""Workers: which machines work for the workspace, what they do, and what waits for one that is free."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app import workers
from digest.web.desk.frame import Desk

PATH = "/settings/workers"


def add(web: FastAPI, desk: Desk) -> None:
    """Add the route."""

    @web.get(PATH)
    def working(request: Request) -> Response:
        return desk.page(request, "workers", shown=workers.shown(desk.app), is_shared=desk.app.is_shared)
