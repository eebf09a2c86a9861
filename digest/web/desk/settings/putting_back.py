"""Putting back: what somebody changed in digest.toml is as it was, with one button."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from digest.app import founding, passwords, settings
from digest.domain.model import Workspace
from digest.web.desk.frame import Desk, local
from digest.web.desk.guard import NotAllowed
from digest.web.desk.settings import rights
from digest.web.desk.settings.forms import Saving
from digest.web.desk.settings.servers import FIRST, name_of, signing_out


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
        served = _addresses(app.loaded.workspace)
        done = founding.put_back(app, self._desk.by(request), before, after)
        self._let_go(served)
        return self._saving.told(request, done, "It is as it was before.", local(fields.one("back", "/")))

    def _let_go(self, served: Mapping[str, str]) -> None:
        """Take away what was given for servers that are elsewhere now, or gone, as their pages do."""
        app, now = self._desk.app, _addresses(self._desk.app.loaded.workspace)
        for server, address in served.items():
            if now.get(server) != address:
                signing_out(app, server)
            if server not in now:
                passwords.forget(app.loaded.folder, name_of(server))


def _addresses(workspace: Workspace) -> dict[str, str]:
    """Return a server's part of a path -> its address with its user, of all servers."""
    return {FIRST: workspace.server.url, **{one.id: one.url for one in workspace.servers}}


def add(web: FastAPI, desk: Desk) -> None:
    """Add the route."""
    web.post("/settings/put-back")(PuttingBack(desk).put_back)
