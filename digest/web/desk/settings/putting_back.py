"""Putting back: what somebody changed in digest.toml is as it was, with one button."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app import settings
from digest.config.differences import Difference
from digest.domain.model import Role
from digest.web.desk.frame import Desk, local
from digest.web.desk.guard import NotAllowed
from digest.web.desk.settings.forms import Saving

_OF_EDITORS = (("sources",), ("themes",), ("rules",))


class PuttingBack:
    """The route of the button that follows every change."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._saving = Saving(desk)

    def put_back(self, request: Request) -> Response:
        """Take a change back; what others changed since stays."""
        fields = self._desk.fields(request)
        before, after = fields.one("before"), fields.one("after")
        if not self._desk.who(request).role.may(Role.ADMIN) and not all(
            _is_editors(one) for one in settings.between(self._desk.app, before, after)
        ):
            # what an admin changed is for admins to take back
            raise NotAllowed(Role.ADMIN)
        done = settings.put_back(self._desk.app, self._desk.by(request), before, after)
        return self._saving.told(request, done, "It is as it was before.", local(fields.one("back", "/")))


def _is_editors(difference: Difference) -> bool:
    """Tell whether something is what editors change: newsletters/ID/sources, themes or rules."""
    return difference.at[:1] == ("newsletters",) and difference.at[2:3] in _OF_EDITORS


def add(web: FastAPI, desk: Desk) -> None:
    """Add the route."""
    web.post("/settings/put-back")(PuttingBack(desk).put_back)
