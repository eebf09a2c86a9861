"""The whole: every step, which are done, and that nobody need be reminded."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from digest.app import setting_up, settings
from digest.web.desk.cookies import Said, undo
from digest.web.desk.frame import Desk
from digest.web.desk.settings.setting_up.steps import PATH, listed, path_of, summary


class Whole:
    """The routes of the list of steps."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def show(self, request: Request) -> Response:
        """Show every step."""
        settings.seen(self._app)
        standing = setting_up.standing(self._app)
        following = standing.after()
        return self._desk.page(
            request,
            "setting_up",
            steps=listed(standing),
            following=following,
            following_path=path_of(following),
            standing=standing,
            far=summary(standing),
        )

    def put_away(self, request: Request) -> Response:
        """Show the card on Home no more."""
        setting_up.put_away(self._app, self._desk.by(request), away=True)
        words = "Put away. You find it again under Settings, Set up Digest."
        return self._desk.redirect(request, "/", Said(words=words, acts=(undo(f"{PATH}/take-up"),)))

    def take_up(self, request: Request) -> Response:
        """Show the card on Home again, until all is done."""
        setting_up.put_away(self._app, self._desk.by(request), away=False)
        return self._desk.redirect(request, PATH, Said(words="It is on Home again until all is done."))


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Whole(desk)
    web.get(PATH)(routes.show)
    web.post(f"{PATH}/put-away")(routes.put_away)
    web.post(f"{PATH}/take-up")(routes.take_up)
