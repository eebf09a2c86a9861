"""Signing in: somebody signs in at a mail provider for a server, in the place of a password (docs/oauth.md).

::

    Sign in ─► a Landing waits on this machine ─► the provider's page in another tab, and the browser comes back
      it runs on this machine: the Landing has the answer          ─┐
      it runs elsewhere: its page cannot open, and is pasted here  ─┴► tokens are asked for, and kept
"""

from __future__ import annotations

import select
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response

from digest.app.noting import noted
from digest.config.change import Act as Change
from digest.config.change import Put
from digest.config.oauth import CLIENT_SECRET_VARIABLE
from digest.domain.errors import ConfigurationError, DigestError, NotFound, Refused, SignInFailed
from digest.domain.model import Matter, Server
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import TEXT, Kind, Saving, Typed, attempt, missing, sent
from digest.web.desk.settings.servers import FIRST, name_of, parts_of, place_of, server_of
from digest.web.landing import Landing, is_answer

if TYPE_CHECKING:
    from digest.app import App
    from digest.app.grant import SignIn
    from digest.app.tokens import Mailbox
    from digest.jobs.staffing import By

#: seconds for which an answer is waited for, and for which a page waits for what becomes of one
PATIENCE = 600.0
_SOON = 4.0
_FIELDS: Mapping[str, Kind] = dict.fromkeys(("oauth.provider", "oauth.client_id", "oauth.tenant"), TEXT)
_NEEDED = {"oauth.client_id": "Write what the provider calls this program, once it is registered there."}
_PROVIDERS = {"google": "Google", "microsoft": "Microsoft"}
#: where a provider of nobody's acquaintance has its addresses
_OWN = "Another: its addresses are in digest.toml"
_AGAIN = "“Sign in” on this page"


@dataclass(slots=True, kw_only=True)
class _UnderWay:
    """A sign-in that was begun."""

    sign_in: SignIn
    landing: Landing
    #: an answer came, by the browser or pasted
    came: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    fault: DigestError | None = None


class SigningIn:
    """The routes of signing in. One sign-in a server is under way: who begins anew ends the one before."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)
        self._under_way: dict[str, _UnderWay] = {}
        self._lock = threading.Lock()

    def show(self, request: Request, server: str) -> Response:
        """Show whether somebody is signed in, and what is under way."""
        return self._page(request, server, Typed(texts=self._texts(server)))

    def save(self, request: Request, server: str) -> Response:
        """Say which provider it is, and what it calls this program."""
        known, texts = self._found(server), sent(self._desk.fields(request), _FIELDS)

        def save() -> Response:
            change = Put(at=place_of(server), values=_values(texts))
            path = f"/settings/servers/{server}/sign-in"
            wrong = missing(texts, _NEEDED)
            if not parts_of(known)["user"]:
                wrong[""] = "The server names nobody who could sign in. Give it a user first: the mailbox’s address."
            return self._saving.save(request, [change], "Saved. Sign in next.", path, wrong)

        tried = attempt(texts, save)
        return self._page(request, server, tried) if isinstance(tried, Typed) else tried

    def begin(self, request: Request, server: str) -> Response:
        """Begin a sign-in."""
        mailbox, landing = self._mailbox(server), Landing()
        one = _UnderWay(sign_in=mailbox.sign_in(landing.port), landing=landing)
        with self._lock:
            before = self._under_way.get(server)
            self._under_way[server] = one
        if before is not None:
            before.landing.take("-")
        work = (self._app, self._desk.by(request), mailbox, one)
        threading.Thread(target=_wait, args=work, name="sign-in", daemon=True).start()
        return self._desk.redirect(request, f"/settings/servers/{server}/sign-in")

    def paste(self, request: Request, server: str) -> Response:
        """Take the address that the browser ended on, where that runs on another machine."""
        self._found(server)
        one, address = self._under_way.get(server), self._desk.fields(request).one("address")
        if one is None or one.over.is_set():
            raise Refused("No sign-in is under way.", "Begin it anew.")
        if not is_answer(address):
            words = "That is not where a sign-in ends. Copy all of the address, up to its last letter."
            return self._page(request, server, Typed(texts=self._texts(server), wrong={"address": words}, status=422))
        one.landing.take(address)
        one.came.set()
        return self._desk.redirect(request, f"/settings/servers/{server}/sign-in")

    def leave(self, request: Request, server: str) -> Response:
        """Use a password again: what lasts of the sign-in is taken away."""
        mailbox = self._mailbox(server)
        changes: list[Change] = [Put(at=place_of(server), values={"oauth": None})]
        words = f"{mailbox.host} wants a password again. Nobody is signed in for it any more."
        answer = self._saving.save(request, changes, words, f"/settings/servers/{server}")
        mailbox.forget()
        return answer

    def _page(self, request: Request, server: str, typed: Typed) -> Response:
        known, one = self._found(server), self._under_way.get(server)
        if one is not None and one.came.is_set():
            one.over.wait(_SOON)
        waits = one is not None and not one.over.is_set()
        providers = list(_PROVIDERS.items())
        if known.oauth is not None and known.oauth.provider is None:
            providers.append(("", _OWN))
        variable = CLIENT_SECRET_VARIABLE + (f"_{server.replace('-', '_').upper()}" if name_of(server) else "")
        return self._saving.page(
            request,
            "sign_in",
            typed,
            server=server,
            host=parts_of(known)["host"],
            user=parts_of(known)["user"],
            oauth=known.oauth,
            providers=providers,
            named=_PROVIDERS.get((known.oauth.provider or "") if known.oauth else "", "your provider"),
            standing=_standing(self._app, server),
            address=one.sign_in.address if one is not None and waits else "",
            waits=waits,
            asks=waits and one is not None and one.came.is_set(),
            fault=one.fault if one is not None else None,
            variable=variable,
        )

    def _texts(self, server: str) -> dict[str, str]:
        oauth = self._found(server).oauth
        if oauth is None:
            return {"oauth.provider": "google", "oauth.client_id": "", "oauth.tenant": ""}
        tenant = oauth.tenant if oauth.tenant != "common" else ""
        return {"oauth.provider": oauth.provider or "", "oauth.client_id": oauth.client_id, "oauth.tenant": tenant}

    def _found(self, server: str) -> Server:
        return server_of(self._app, server)

    def _mailbox(self, server: str) -> Mailbox:
        mailbox = _mailbox(self._app, server)
        if mailbox is None:
            raise NotFound(
                "This server wants a password, and nobody signs in for it.", "Say first which provider it is."
            )
        return mailbox


def _values(texts: Mapping[str, str]) -> dict[str | tuple[str, ...], object]:
    """Return the settings that a form means; the addresses of a provider of one's own stay as they are."""
    values: dict[str | tuple[str, ...], object] = {"oauth.client_id": texts["oauth.client_id"]}
    if texts["oauth.provider"]:
        values["oauth.provider"] = texts["oauth.provider"]
        values["oauth.tenant"] = texts["oauth.tenant"] or "common"
        values |= {f"oauth.{name}": None for name in ("authorize_url", "token_url", "scopes")}
    return values


def _mailbox(app: App, server: str) -> Mailbox | None:
    from digest.app.tokens import Mailbox

    known = server_of(app, server)
    if known.oauth is None:
        return None
    return Mailbox(app.loaded.folder, name_of(server), known, known.oauth, again=_AGAIN)


def _standing(app: App, server: str) -> tuple[str, str]:
    """Return whether somebody is signed in, in words, and their tone."""
    try:
        mailbox = _mailbox(app, server)
        if mailbox is None:
            return "", ""
        mailbox.kept()
    except SignInFailed as fault:
        return f"{fault.what} No mail leaves through it.", "warn"
    except ConfigurationError as fault:
        return f"{fault.what} {fault.mend}", "stop"
    return f"Somebody is signed in: mail leaves through {mailbox.host} as {mailbox.user}.", "ok"


def _wait(app: App, by: By, mailbox: Mailbox, one: _UnderWay) -> None:
    """Wait for the answer of a sign-in, and keep what lasts of it."""
    try:
        with one.landing as landing:
            ready, _, _ = select.select([landing], [], [], PATIENCE)
            if not ready:
                minutes = f"{PATIENCE / 60:g} minutes"
                raise SignInFailed(f"Nobody signed in within {minutes}.", "Nothing has changed. Begin it anew.")
            answer = landing.answer()
        one.came.set()
        granted = one.sign_in.finish(answer)
        known = parts_of(server_of(app, mailbox.name or FIRST))
        if (known["host"], known["user"]) != (mailbox.host, mailbox.user):
            # what is given for one server is shown to no other
            raise SignInFailed("The server is another since this sign-in was begun.", "Nothing is kept. Begin it anew.")
        mailbox.keep(granted)
        with app.store.writing() as session:
            noted(app, by, f"signed in for the mail server {mailbox.host}", Matter.SETTINGS)(session)
    except DigestError as fault:
        one.fault = fault
    except OSError as fault:
        one.fault = Refused(
            f"The sign-in could not be kept ({fault.strerror}).", "Free some space, then sign in again."
        )
    finally:
        one.over.set()


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = SigningIn(desk)
    at = "/settings/servers/{server}/sign-in"
    web.get(at)(routes.show)
    web.post(at)(routes.save)
    web.post(f"{at}/begin")(routes.begin)
    web.post(f"{at}/paste")(routes.paste)
    web.post(f"{at}/leave")(routes.leave)
