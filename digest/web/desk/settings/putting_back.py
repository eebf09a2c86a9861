"""Putting back: what somebody changed in digest.toml is as it was, with one button."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app import founding, settings
from digest.web.desk.frame import Desk, local
from digest.web.desk.guard import NotAllowed
from digest.web.desk.settings import rights
from digest.web.desk.settings.forms import Saving


class PuttingBack:
    """The route of the button that follows every change."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._saving = Saving(desk)

    def put_back(self, request: Request) -> Response:
        """Take a change back; what others changed since stays. Whoever may make what that comes to may do it."""
        fields, app = self._desk.fields(request), self._desk.app
        before, after = fields.one("before"), fields.one("after")
        # what the file says by now is read before it is asked whose it is
        settings.seen(app)
        needed = rights.least(app.loaded.workspace, settings.between(app, after, before))
        if not self._desk.who(request).role.may(needed):
            raise NotAllowed(needed)
        done = founding.put_back(app, self._desk.by(request), before, after)
        return self._saving.told(request, done, "It is as it was before.", local(fields.one("back", "/")))


def add(web: FastAPI, desk: Desk) -> None:
    """Add the route."""
    web.post("/settings/put-back")(PuttingBack(desk).put_back)
