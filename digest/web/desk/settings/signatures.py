"""Signatures: the keys that show mail to be yours, and what the DNS says of them and of the senders."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI, Request, Response

from digest.app import naming, signing
from digest.app.noting import noted
from digest.config.change import Add, Remove
from digest.config.dns import is_domain
from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import Matter
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import Saving, Typed, attempt
from digest.web.desk.settings.trying import Tries, Trying

_PATH = "/settings/dkim"


class Signatures:
    """The routes of the keys."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)
        self._tries = tries

    def show(self, request: Request, look: str = "") -> Response:
        """Show the keys, and what a look at the DNS came to, by its key."""
        sender = self._app.loaded.workspace.newsletters[0].sender.address
        return self._page(request, Typed(texts={"domain": sender.rpartition("@")[2]}), look)

    def look(self, request: Request) -> Response:
        """Begin to look what the DNS says."""
        key = self._tries.begin(Trying.DNS, "the DNS", partial(naming.look, self._app))
        return self._desk.redirect(request, f"{_PATH}?look={key}")

    def make(self, request: Request) -> Response:
        """Make keys for a domain; nothing is signed with them yet."""
        texts = {"domain": self._desk.fields(request).one("domain").lower()}

        def save() -> Response:
            if not is_domain(texts["domain"]):
                raise Unfit({"domain": "This is no domain. Write what follows the @ in the sender’s address."})
            month = f"digest-{self._app.clock():%Y%m}"
            signing.make(
                self._app.loaded.folder, texts["domain"], {one: f"{month}-{one}" for one in ("rsa", "ed25519")}
            )
            by = self._desk.by(request)
            with self._app.store.writing() as session:
                noted(self._app, by, f"made keys to sign the mail of {texts['domain']}", Matter.SETTINGS)(session)
            words = "Made two keys. Send their records to whoever runs the DNS, then look what it says."
            return self._desk.redirect(request, _PATH, Said(words=words))

        tried = attempt(texts, save)
        return self._page(request, tried) if isinstance(tried, Typed) else tried

    def use(self, request: Request) -> Response:
        """Sign with a key, once the DNS shows it."""
        fields = self._desk.fields(request)
        name = fields.one("key")
        key = next((key for key, in_use in signing.kept(self._app) if key.name == name and not in_use), None)
        if key is None:
            raise NotFound("There is no such key that waits.", "Open the page of the signatures again.")
        if not naming.shows(key):
            what = f"The DNS does not show {key.name} yet, and receivers would not believe the signature."
            raise Refused(what, "Wait until the record is seen; it may take an hour.")
        adding = Add(to=("dkim",), values={"domain": key.domain, "selector": key.selector})
        return self._saving.save(request, [adding], f"Mail is signed with {key.name} from now on.", _PATH)

    def leave(self, request: Request) -> Response:
        """Sign with a key no more; the key stays where it lies."""
        name = self._desk.fields(request).one("key")
        every = [f"{one.selector}._domainkey.{one.domain}" for one in self._app.loaded.workspace.dkim]
        if name not in every:
            raise NotFound("Nothing is signed with this key.", "Open the page of the signatures again.")
        removing = Remove(at=("dkim", every.index(name)))
        return self._saving.save(request, [removing], f"Nothing is signed with {name} any more.", _PATH)

    def _page(self, request: Request, typed: Typed, look: str = "") -> Response:
        tried = self._tries.known(Trying.DNS, look) if look else None
        waits = tried is not None and not tried.over.is_set() and not self._tries.is_late(tried)
        records = tried.result if tried is not None and tried.over.is_set() else None
        return self._saving.page(
            request,
            "signatures",
            typed,
            keys=[
                (key.name, key.record, key.algorithm.startswith("rsa"), in_use)
                for key, in_use in signing.kept(self._app)
            ],
            waits=waits,
            records=records or (),
            looked=tried is not None,
            fault=f"{tried.fault.what} {tried.fault.mend}".strip() if tried and tried.fault else "",
        )


def add(web: FastAPI, desk: Desk, tries: Tries) -> None:
    """Add the routes."""
    routes = Signatures(desk, tries)
    web.get(_PATH)(routes.show)
    web.post(_PATH)(routes.make)
    web.post(f"{_PATH}/look")(routes.look)
    web.post(f"{_PATH}/use")(routes.use)
    web.post(f"{_PATH}/leave")(routes.leave)
