"""The readers' pages over a real database, with the mail that they promise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from starlette.testclient import TestClient

from digest.app import notices
from digest.domain.model import Consent, SubscriptionState
from digest.stages import track
from digest.web.public.site import site
from tests.conftest import Clock
from tests.jobs.conftest import Wire, Workbench

NEWS = "news"
#: what somebody fills in who wants no more than they must
FORM = {"email": "eve@example.net", "cadence": "weekly", "agreed": "yes"}


class Place:
    """A workspace whose pages are served and whose mail is kept."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.bench = Workbench(folder, clock)
        self.app = self.bench.app
        self.clock = clock
        self.wire = Wire()
        self.app.transport = lambda *_: self.wire  # type: ignore[method-assign, assignment]
        self.bench.app.import_people(self.bench.newsletter)
        self.client: TestClient

    def ask(self, address: str = FORM["email"], newsletter: str = NEWS, **fields: Any) -> httpx2.Response:
        return self.client.post(f"/subscribe/{newsletter}", data={**FORM, "email": address, **fields})

    def mailed(self) -> list[EmailMessage]:
        """Send what is promised; return it."""
        before = len(self.wire.parcels)
        notices.send(self.app)
        return [read(one.content) for one in self.wire.parcels[before:]]

    def joined(self, address: str = FORM["email"]) -> str:
        """Let somebody ask and confirm; return their id."""
        self.ask(address)
        [mail] = self.mailed()
        assert self.client.post(link(mail, "c")).status_code == 200
        self.mailed()
        return self.person(address)

    def token(self, purpose: str, person: str, newsletter: str = NEWS) -> str:
        return track.token(self.app.secret, purpose, newsletter, person)

    def person(self, address: str) -> str:
        with self.app.store.reading() as session:
            return session.people.by_address([address])[address][0].id

    def state(self, address: str, newsletter: str = NEWS) -> SubscriptionState | None:
        with self.app.store.reading() as session:
            known = session.people.by_address([address]).get(address)
        return next((one.state for one in known[1] if one.newsletter == newsletter), None) if known else None

    def consents(self, person: str) -> list[Consent]:
        with self.app.store.reading() as session:
            return session.readers.consents(person)

    def suppress(self, address: str, reason: str) -> None:
        with self.app.store.writing() as session:
            session.people.suppress(self.app.suppression_key(address), reason, self.clock())

    def everything(self) -> dict[str, list[Any]]:
        """Return every row of every table."""
        with self.app.store._engine.connect() as connection:
            names = sa.inspect(connection).get_table_names()
            return {name: connection.execute(sa.text(f"SELECT * FROM {name}")).all() for name in names}  # type: ignore[misc]


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def links(mail: EmailMessage) -> set[str]:
    """Return every address in a mail, head and both bodies."""
    page = mail.get_body(("html",))
    assert page is not None
    said = f"{mail['List-Unsubscribe'] or ''}\n{text_of(mail)}\n{page.get_content()}"
    return {one.rstrip(".,)") for one in re.findall(r"https?://[^\s\"'<>]+", said)}


def link(mail: EmailMessage, page: str) -> str:
    """Return the path of the one link to a page such as "c"."""
    [found] = {one for one in links(mail) if one.startswith(f"https://digest.example.org/{page}/")}
    return found.removeprefix("https://digest.example.org")


def watched(place: Place) -> list[str]:
    """Return a list that gets every statement from now on."""
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(place.app.store._engine, "before_cursor_execute", note)
    return statements


@pytest.fixture
def place(tmp_path: Path, clock: Clock) -> Iterator[Place]:
    made = Place(tmp_path, clock)
    with site(made.app, lambda: None) as web:
        made.client = TestClient(web, base_url="https://digest.example.org", follow_redirects=False)
        yield made
