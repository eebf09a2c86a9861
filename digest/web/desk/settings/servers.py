"""Servers: by which mail servers mail leaves, what each wants to know, and a test that it works."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from urllib.parse import quote, unquote, urlsplit

from fastapi import FastAPI, Request, Response

from digest import config
from digest.app import App, passwords, trying
from digest.app.noting import noted
from digest.config.change import Add, Put, Remove
from digest.config.ids import unique_id
from digest.config.places import Place, plain
from digest.domain.errors import NotFound
from digest.domain.model import Matter, Server, WarmUp
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import (
    DAY,
    NUMBER,
    TEXT,
    WHOLE,
    Kind,
    Saving,
    Typed,
    attempt,
    missing,
    put,
    sent,
    texts_of,
)
from digest.web.desk.settings.trying import Tries, Trying

#: the [server] without an id, in paths: no id is like it
FIRST = "-"
_FIELDS: Mapping[str, Kind] = {
    "tls": TEXT,
    "connections": WHOLE,
    "messages_a_minute": WHOLE,
    "messages_a_day": WHOLE,
    "timeout": WHOLE,
    "messages_a_connection": WHOLE,
    "seconds_a_connection": WHOLE,
    "weight": WHOLE,
}
#: a plan for a sender that nobody knows yet; without its first day there is none
_WARM_UP: Mapping[str, Kind] = {"warm_up.starts": DAY, "warm_up.first_day": WHOLE, "warm_up.factor": NUMBER}
_PLANNED = WarmUp(starts=date(2026, 1, 1))
#: of what the address of a server in digest.toml is made
PARTS = ("host", "port", "user")
_NEEDED = {"host": "Write its name, such as smtp.example.org."}
_NO_SERVER = "This is no name of a mail server with a port. Write them like smtp.example.org and 587."
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:]+")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
TLS = [
    ("starttls", "STARTTLS, usual with port 587"),
    ("tls", "TLS from the first octet, usual with port 465"),
    ("none", "None: only for a server on this machine"),
]


class Servers:
    """The routes of the mail servers."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)
        self._tries = tries

    def every(self, request: Request) -> Response:
        """Show the mail servers."""
        return self._every(request, Typed(texts={"host": "", "port": "587", "user": ""}))

    def make(self, request: Request) -> Response:
        """Add a further server; the mail is shared among all."""
        fields = self._desk.fields(request)
        texts = {name: fields.one(name) for name in PARTS}

        def save() -> Response:
            made = unique_id(texts["host"], [one.id for one in self._app.loaded.workspace.servers], "server")
            adding = Add(to=("servers",), values={"id": made, "url": url_of(texts)})
            path = f"/settings/servers/{made}"
            return self._saving.save(request, [adding], f"Added {texts['host']}.", path, misnamed(texts))

        tried = attempt_server(texts, save)
        return self._every(request, tried) if isinstance(tried, Typed) else tried

    def show(self, request: Request, server: str, test: str = "") -> Response:
        """Show a server, to be changed; test: what a test came to, by its key."""
        return self._page(request, server, Typed(texts=self._texts(server)), test)

    def save(self, request: Request, server: str) -> Response:
        """Change a server, and keep its password where one was typed."""
        before, fields = server_of(self._app, server), self._desk.fields(request)
        texts = {**sent(fields, {**_FIELDS, **_WARM_UP}), **{name: fields.one(name) for name in PARTS}}

        def save() -> Response:
            change, wrong = put(place_of(server), {**_FIELDS, **(_WARM_UP if texts["warm_up.starts"] else {})}, texts)
            unplanned = [] if texts["warm_up.starts"] else [Put(at=change.at, values={"warm_up": None})]
            is_elsewhere = parts_of(before) != {name: texts[name] for name in PARTS}
            url = [Put(at=change.at, values={"url": url_of(texts)})] if is_elsewhere else []
            made = self._saving.save(
                request,
                [*url, *unplanned, change],
                f"Saved {texts['host']}.",
                f"/settings/servers/{server}",
                wrong | misnamed(texts),
            )
            if is_elsewhere:
                # what somebody signed in for is shown to no other server, as no password is
                signing_out(self._app, server)
            return self._with_password(request, server, made)

        tried = attempt_server(texts, save)
        return self._page(request, server, tried) if isinstance(tried, Typed) else tried

    def remove(self, request: Request, server: str) -> Response:
        """Take a further server out; its password goes with it."""
        known = server_of(self._app, server)
        if server == FIRST:
            raise NotFound("There is always a first server.", "Change its name instead.")
        words = f"Mail no longer leaves by {urlsplit(known.url).hostname}."
        made = self._saving.save(request, [Remove(at=place_of(server))], words, "/settings/servers")
        passwords.forget(self._app.loaded.folder, name_of(server))
        signing_out(self._app, server)
        return made

    def try_it(self, request: Request, server: str) -> Response:
        """Send a few words by a server."""
        address = self._desk.fields(request).one("to")
        if not ADDRESS.fullmatch(address):
            wrong = {"to": "This is no email address. Write it like name@example.org."}
            return self._page(request, server, Typed(texts=self._texts(server), wrong=wrong, status=422), to=address)
        key = self._tries.begin(
            Trying.SERVER, address, partial(trying.send_to_try, self._app, name_of(server), address)
        )
        return self._desk.redirect(request, f"/settings/servers/{server}?test={key}")

    def _with_password(self, request: Request, server: str, answer: Response) -> Response:
        """Keep a password that was typed: of the server as it is now."""
        typed = self._desk.fields(request).exactly("password")
        if not typed:
            return answer
        known = server_of(self._app, server)
        passwords.keep(self._app.loaded.folder, name_of(server), known, typed)
        host = urlsplit(known.url).hostname
        with self._app.store.writing() as session:
            noted(self._app, self._desk.by(request), f"kept a password for {host}", Matter.SETTINGS)(session)
        words = "Saved, with the password. Nobody is shown it again."
        return self._desk.redirect(request, f"/settings/servers/{server}", Said(words=words))

    def _every(self, request: Request, typed: Typed) -> Response:
        workspace = self._app.loaded.workspace
        rows = [(FIRST, workspace.server), *((one.id, one) for one in workspace.servers)]
        shown = [(name, parts_of(one), one, secret_of(self._app, name_of(name), one)) for name, one in rows]
        return self._saving.page(request, "servers", typed, rows=shown)

    def _page(self, request: Request, server: str, typed: Typed, test: str = "", to: str = "") -> Response:
        known = server_of(self._app, server)
        tried = self._tries.known(Trying.SERVER, test) if test else None
        return self._saving.page(
            request,
            "server",
            typed,
            server=server,
            first=server == FIRST,
            host=parts_of(known)["host"],
            secret=secret_of(self._app, name_of(server), known),
            oauth=known.oauth,
            tls=TLS,
            tried=tried,
            waits=tried is not None and not tried.over.is_set() and not self._tries.is_late(tried),
            to=to or (tried.about if tried else self._desk.who(request).address),
        )

    def _texts(self, server: str) -> dict[str, str]:
        texts, known = texts_of(self._app, place_of(server), _FIELDS), server_of(self._app, server)
        plan = plain(known.warm_up or _PLANNED) | ({} if known.warm_up else {"starts": None})
        planned = {name: kind.shown(plan[name.partition(".")[2]]) for name, kind in _WARM_UP.items()}
        return {**texts, **planned, **parts_of(known)}


def server_of(app: App, server: str) -> Server:
    """Return a server by its part of a path; raises NotFound."""
    workspace = app.loaded.workspace
    if server == FIRST:
        return workspace.server
    known = next((one for one in workspace.servers if one.id == server), None)
    if known is None:
        raise NotFound(f"There is no mail server “{server}”.", "The page of the mail servers shows those there are.")
    return known


def secret_of(app: App, name: str, known: Server) -> str:
    """Say what there is of a server's password, and never the password; name: its id, empty for the first."""
    if config.password(name):
        return "Set where the program is started."
    if passwords.kept(app.loaded.folder, name, known):
        return "Kept for this server and user."
    return "None is kept."


def place_of(server: str) -> Place:
    """Return where a server stands in digest.toml."""
    return ("server",) if server == FIRST else ("servers", server)


def name_of(server: str) -> str:
    """Return what the program calls a server: nothing for the first."""
    return "" if server == FIRST else server


def signing_out(app: App, server: str) -> None:
    """Take away what lasts of a sign-in for a server, where there is any."""
    # what signs in is loaded only where somebody does
    from digest.app.tokens import Drawer

    drawer = Drawer(app.loaded.folder, name_of(server))
    if drawer.file.exists():
        with drawer.held():
            drawer.remove()


def parts_of(server: Server) -> dict[str, str]:
    """Return name of a field -> the part of a server's address that it shows."""
    parts = urlsplit(server.url)
    return {"host": parts.hostname or "", "port": str(parts.port or 25), "user": unquote(parts.username or "")}


def url_of(texts: Mapping[str, str]) -> str:
    """Return the address of a server, as digest.toml has it, from the fields of a form."""
    user = f"{quote(texts['user'], safe='')}@" if texts["user"] else ""
    host = f"[{texts['host']}]" if ":" in texts["host"] else texts["host"]
    return f"smtp://{user}{host}:{texts['port'] or '25'}"


def misnamed(texts: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with the name of a server, beyond what digest.toml would not take."""
    if texts["host"] and not _HOST.fullmatch(texts["host"]):
        return {"host": _NO_SERVER}
    return missing(texts, _NEEDED)


def attempt_server(texts: Mapping[str, str], save: Callable[[], Response]) -> Response | Typed:
    """Save; what is wrong with the address of a server stands beside its name."""
    tried = attempt(texts, save)
    if isinstance(tried, Typed) and "url" in tried.wrong:
        kept = {name: words for name, words in tried.wrong.items() if name != "url"}
        return Typed(texts=texts, wrong={"host": _NO_SERVER, **kept}, status=tried.status)
    return tried


def add(web: FastAPI, desk: Desk, tries: Tries) -> None:
    """Add the routes."""
    routes = Servers(desk, tries)
    web.get("/settings/servers")(routes.every)
    web.post("/settings/servers")(routes.make)
    web.get("/settings/servers/{server}")(routes.show)
    web.post("/settings/servers/{server}")(routes.save)
    web.post("/settings/servers/{server}/remove")(routes.remove)
    web.post("/settings/servers/{server}/test")(routes.try_it)
