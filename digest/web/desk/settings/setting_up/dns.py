"""DNS: what it says of the sender's domain, and that it may stay as it is for now."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI, Request, Response

from digest.app import setting_up
from digest.app.setting_up import Step
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import Typed, attempt
from digest.web.desk.settings.setting_up.steps import StepPage, path_of
from digest.web.desk.settings.trying import Tries, Trying


class Routes:
    """The routes of this step."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._step = StepPage(desk, Step.DNS)
        self._app = desk.app
        self._tries = tries

    def show(self, request: Request, look: str = "") -> Response:
        """Show what it is about, and what a look came to, by its key."""
        return self._page(request, Typed(texts={}), look)

    def act(self, request: Request) -> Response:
        """Begin to look, or leave it as it is and go on."""

        def done() -> Response:
            if self._step.desk.fields(request).one("act") == "leave":
                setting_up.leave_dns(self._app)
                return self._step.go_on(request, "It stays as it is. “Signatures and DNS” under Settings looks again.")
            key = self._tries.begin(Trying.DNS, "the DNS", partial(setting_up.look, self._app))
            return self._step.desk.redirect(request, f"{path_of(Step.DNS)}?look={key}")

        tried = attempt({}, done)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    def _page(self, request: Request, typed: Typed, look: str = "") -> Response:
        tried = self._tries.known(Trying.DNS, look) if look else None
        is_over = tried is not None and tried.over.is_set()
        untouched = setting_up.untouched(self._app.loaded.workspace)
        return self._step.show(
            request,
            typed,
            domain=self._step.newsletter.sender.address.rpartition("@")[2],
            is_example=f"{self._step.newsletter.id}: sender.address" in untouched,
            waits=tried is not None and not is_over and not self._tries.is_late(tried),
            records=(tried.result if tried is not None and is_over else None) or (),
            looked=tried is not None,
            fault=f"{tried.fault.what} {tried.fault.mend}".strip() if tried and tried.fault else "",
        )


def add(web: FastAPI, desk: Desk, tries: Tries) -> None:
    """Add the routes."""
    routes = Routes(desk, tries)
    web.get(path_of(Step.DNS))(routes.show)
    web.post(path_of(Step.DNS))(routes.act)
