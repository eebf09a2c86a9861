"""The API over a real database, asked as programs ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from digest.domain.model import Role, Scope, Staff
from digest.jobs import programs
from digest.jobs.programs import Wanted
from tests.conftest import Clock
from tests.web.desk.conftest import ADDRESS, Office

AT = "/api/v1"


class Program:
    """A program with a token; without one where it is empty."""

    def __init__(self, web: Any, token: str = "", remote: str = "192.0.2.9") -> None:
        self.client = TestClient(web, base_url=ADDRESS, follow_redirects=False, client=(remote, 50_000))
        self.token = token

    def ask(self, method: str, path: str, value: object = None, **headers: str) -> httpx2.Response:
        every = dict(headers)
        if self.token:
            every.setdefault("Authorization", f"Bearer {self.token}")
        named = {name.replace("_", "-"): text for name, text in every.items()}
        if value is None:
            return self.client.request(method, f"{AT}{path}", headers=named)
        # in ASCII, so that what is no text can be sent, too
        named.setdefault("Content-Type", "application/json")
        return self.client.request(method, f"{AT}{path}", content=json.dumps(value), headers=named)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.ask("GET", path, **headers)

    def post(self, path: str, value: object = None, **headers: str) -> httpx2.Response:
        return self.ask("POST", path, value, **headers)

    def put(self, path: str, value: object = None, **headers: str) -> httpx2.Response:
        return self.ask("PUT", path, value, **headers)


class Served:
    """A workspace whose API is served."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.office = Office(folder, clock)
        self.app, self.bench, self.web, self.clock = self.office.app, self.office.bench, self.office.web, clock
        self.hannah = Staff(
            id="s1",
            name="Hannah Cole",
            address="hannah@fernhill.example.org",
            phrase="",
            role=Role.ADMIN,
            created_at=clock(),
        )
        with self.app.store.writing() as session:
            session.access.add(self.hannah)

    def token(self, *scopes: Scope, days: int | None = None, staff: Staff | None = None) -> str:
        wanted = Wanted(name="CRM", scopes=scopes or tuple(Scope), days=days)
        made, _ = programs.make(self.app.store, self.clock, self.app.new_id, staff or self.hannah, wanted)
        return made

    def program(self, *scopes: Scope, **values: Any) -> Program:
        return Program(self.web, self.token(*scopes, **values))

    def somebody(self, name: str, role: Role = Role.ADMIN) -> Staff:
        made = Staff(
            id=self.app.new_id(),
            name=name,
            address=f"{name}@x.example.org",
            phrase="",
            role=role,
            created_at=self.clock(),
        )
        with self.app.store.writing() as session:
            session.access.add(made)
        return made


@pytest.fixture
def served(tmp_path: Path, clock: Clock) -> Iterator[Served]:
    made = Served(tmp_path, clock)
    yield made
    made.app.store.close()
