"""A workspace whose database is shared: over PostgreSQL, with a queue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from digest.app import App
from digest.config import Loaded, parse
from digest.queue import Queue
from digest.store.database import Database
from tests.conftest import Clock
from tests.jobs.conftest import CONFIGURATION, Workbench, _App, _files
from tests.postgresql import Server

#: kept by a server, so that no test makes the tables anew
_TEMPLATE = "digest_queued"


def shared_database(server: Server) -> str:
    """Make an empty database with a queue; return its address."""
    if not server.run(f"SELECT 1 FROM pg_database WHERE datname = '{_TEMPLATE}'"):
        server.run(f"CREATE DATABASE {_TEMPLATE}")
        Database.at(server.address(_TEMPLATE), queue=Queue()).close()
    name = server.name()
    server.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    return server.address(name)


class SharedBench(Workbench):
    """A workspace with the clock, the sources and the wire in the test's hands, over a database that others share."""

    def __init__(self, folder: Path, clock: Clock, address: str, text: str = CONFIGURATION) -> None:
        self.address = address
        self._text = text
        folder.mkdir(parents=True, exist_ok=True)
        private = folder / ".digest"
        private.mkdir(exist_ok=True)
        (private / "secret").write_text(f"{'5ecret' * 11}\n")
        super().__init__(folder, clock)

    def configure(self, text: str, **templates: str) -> None:
        self.app = self.opened(self._text if text is CONFIGURATION else text, **templates)
        self.newsletter = self.app.newsletter()

    def opened(self, text: str, **templates: str) -> App:
        files = _files() | {f"templates/{name}": text for name, text in templates.items()} | {"digest.toml": text}
        loaded = Loaded(folder=self.folder, workspace=parse(text), files=files)
        return _App(loaded, Database.at(self.address, queue=Queue()), self.clock)


#: makes a workspace in a folder of the test, all over the same database
Sharing = Callable[..., SharedBench]
