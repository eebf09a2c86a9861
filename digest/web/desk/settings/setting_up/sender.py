"""Sender: who the mail is from, by which server it leaves, and a test mail to oneself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import FastAPI, Request, Response

from digest.app import passwords, setting_up, trying
from digest.app.setting_up import Step
from digest.config.change import Put
from digest.web.desk.frame import Desk
from digest.web.desk.settings import servers
from digest.web.desk.settings.forms import TEXT, Kind, Typed, missing, put, sent, texts_of
from digest.web.desk.settings.servers import PARTS, TLS
from digest.web.desk.settings.setting_up.steps import StepPage, path_of
from digest.web.desk.settings.trying import Tries, Trying

_SENDER: Mapping[str, Kind] = {
    "sender.name": TEXT,
    "sender.address": TEXT,
    "sender.reply_to": TEXT,
    "sender.unsubscribe_mailto": TEXT,
}
_WHOLE: Mapping[str, Kind] = {"base_url": TEXT}
_SERVER: Mapping[str, Kind] = {"tls": TEXT}
_NEEDED = {
    "sender.name": "Write who it is from. Readers see it in their inbox.",
    "sender.address": "Write the address that mail comes from, such as news@example.org.",
}
_LEAVE = (
    "Needed where there are no pages for readers: a mailbox that somebody reads, to which people write who want no "
    "more mail."
)
_NO_ADDRESS = "This is no email address. Write it like name@example.org."


class Routes:
    """The routes of this step."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._step = StepPage(desk, Step.SENDER)
        self._app = desk.app
        self._tries = tries

    def show(self, request: Request, test: str = "") -> Response:
        """Show the fields; test: what a test mail came to, by its key."""
        return self._page(request, Typed(texts=self._texts()), test)

    def save(self, request: Request) -> Response:
        """Save it and go on, or send a test mail by what was saved."""
        fields = self._step.desk.fields(request)
        texts = sent(fields, {**_SENDER, **_WHOLE, **_SERVER}) | {name: fields.one(name) for name in PARTS}
        tests, to = fields.one("act") == "test", fields.one("to")

        def save() -> Response:
            wrong = self._wrong(texts)
            if tests and not servers.ADDRESS.fullmatch(to):
                wrong["to"] = _NO_ADDRESS
            done = self._step.change(request, self._acts(texts), wrong)
            typed = fields.exactly("password")
            if typed and self._app.loaded.workspace.server.oauth is None:
                passwords.keep(self._app.loaded.folder, "", self._app.loaded.workspace.server, typed)
            if not tests:
                return self._step.go_on(request, "Saved who it is from, and by which server it leaves.", done)
            key = self._tries.begin(Trying.SERVER, to, partial(trying.send_to_try, self._app, "", to))
            return self._step.desk.redirect(request, f"{path_of(Step.SENDER)}?test={key}#test")

        tried = servers.attempt_server(texts, save)
        return self._page(request, tried, to=to) if isinstance(tried, Typed) else tried

    def _acts(self, texts: Mapping[str, str]) -> list[Put]:
        server = self._app.loaded.workspace.server
        is_elsewhere = servers.parts_of(server) != {name: texts[name] for name in PARTS}
        url = [Put(at=("server",), values={"url": servers.url_of(texts)})] if is_elsewhere else []
        # what cannot be read of a text never happens: all are texts
        pages, sender = put((), _WHOLE, texts)[0], put(self._at, _SENDER, texts)[0]
        return [sender, pages, *url, put(("server",), _SERVER, texts)[0]]

    def _wrong(self, texts: Mapping[str, str]) -> dict[str, str]:
        wrong = missing(texts, _NEEDED) | servers.misnamed(texts)
        if not texts["base_url"] and not texts["sender.unsubscribe_mailto"]:
            wrong["sender.unsubscribe_mailto"] = _LEAVE
        return wrong

    def _texts(self) -> dict[str, str]:
        """Return what the fields show: an example's values are not shown as one's own."""
        workspace = self._app.loaded.workspace
        untouched = setting_up.untouched(workspace)
        parts = servers.parts_of(workspace.server)
        if "server.url" in untouched:
            parts = {**parts, "host": "", "user": ""}
        texts = texts_of(self._app, self._at, _SENDER) | texts_of(self._app, (), _WHOLE)
        own = {name: "" if self._is_example(name, untouched) else text for name, text in texts.items()}
        return {**own, **texts_of(self._app, ("server",), _SERVER), **parts}

    def _is_example(self, name: str, untouched: list[str]) -> bool:
        return name in untouched or f"{self._step.newsletter.id}: {name}" in untouched

    @property
    def _at(self) -> tuple[str | int, ...]:
        return ("newsletters", self._step.newsletter.id)

    def _page(self, request: Request, typed: Typed, test: str = "", to: str = "") -> Response:
        server = self._app.loaded.workspace.server
        tried = self._tries.known(Trying.SERVER, test) if test else None
        return self._step.show(
            request,
            typed,
            tls=TLS,
            secret=servers.secret_of(self._app, "", server),
            oauth=server.oauth,
            tried=tried,
            waits=tried is not None and not tried.over.is_set() and not self._tries.is_late(tried),
            to=to or (tried.about if tried else self._step.desk.who(request).address),
        )


def add(web: FastAPI, desk: Desk, tries: Tries) -> None:
    """Add the routes."""
    routes = Routes(desk, tries)
    web.get(path_of(Step.SENDER))(routes.show)
    web.post(path_of(Step.SENDER))(routes.save)
