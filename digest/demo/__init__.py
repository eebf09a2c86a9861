"""The demo: a sample organisation's week in a minute, on this machine only.

Its site is served on loopback, its mail goes to a sink on loopback (a process of its own), and all
between them is the program as it always works. Run again it finds nothing new and mails nobody.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from digest import bundle, config
from digest.app import App
from digest.app.sink import keeping
from digest.config import Loaded
from digest.domain.errors import DigestError
from digest.domain.model import NO_VALIDATORS, Edition, Newsletter, Server, Source, Validators
from digest.domain.states import UNDER_WAY
from digest.net.fetch import Fetched, Web
from digest.store.database import Database

_HERE = Path(__file__).parent
_SITE = _HERE / "site"
#: sources of the sample's digest.toml -> files of its site
_PAGES = {"our-insights": "insights.html", "harbour-schools": "partner.xml"}
#: addresses of the sample's pictures begin like this; they lie in its site, too
_PICTURES = re.compile(r"https://www\.(tidewell|harbourschools)\.example\.org/pictures/")
#: tells a workspace of the demo from a real one
_MARK = ".made-by-demo"


class _Near(Web):
    """The web, but the sample's pictures are asked for on this machine."""

    def __init__(self, site: str) -> None:
        super().__init__()
        self._site = site

    def fetch(
        self,
        address: str,
        validators: Validators = NO_VALIDATORS,
        *,
        allow_private: bool = False,
        as_robot: bool = False,
    ) -> Fetched:
        """Get an address."""
        here = _PICTURES.sub(f"{self._site}/pictures/", address)
        return super().fetch(here, validators, allow_private=allow_private or here != address, as_robot=as_robot)


class _Sample(App):
    """The sample organisation's workspace."""

    def __init__(self, loaded: Loaded, store: Database, site: str) -> None:
        super().__init__(loaded, store)
        self._site = site

    def web(self) -> Web:
        """Return what asks the web."""
        return _Near(self._site)


@contextmanager
def sample(folder: Path, mail: Path) -> Iterator[App]:
    """Yield the sample organisation's workspace, opened, with its site and its mail server running.

    folder: the workspace; made where it is not there; mail: where the server keeps what it receives.
    """
    _make_workspace(folder)
    with _site() as site, keeping(mail) as sink:
        yield _Sample(
            _on_loopback(config.load(folder, bundle.templates()), site, sink.port),
            Database.open(folder / config.DATABASE, folder / config.PRIVATE / "database"),
            site,
        )


def under_way(app: App, newsletter: Newsletter) -> Edition | None:
    """Return the edition that an interrupted demo left half done."""
    with app.store.reading() as session:
        editions = session.editions.every(newsletter.id)
    return next((edition for edition in editions if edition.state in UNDER_WAY), None)


def _make_workspace(folder: Path) -> None:
    if (folder / _MARK).exists():
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DigestError(
            f"{folder} is not empty, and no demo made it.", "Name a folder that is new: the demo approves and sends."
        )
    # made beside it and moved as a whole: what is stopped half-way leaves nothing that looks like a workspace
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    shutil.copyfile(bundle.SAMPLE_CONFIGURATION, draft / config.FILE)
    shutil.copyfile(bundle.SAMPLE_SUBSCRIBERS, draft / "subscribers.csv")
    shutil.copytree(_HERE / "notes", draft / "notes")
    (draft / _MARK).write_text("This workspace was made by `digest demo`.\n")
    if folder.exists():
        folder.rmdir()
    draft.rename(folder)


def _on_loopback(loaded: Loaded, site: str, port: int) -> Loaded:
    """Let the sample's web addresses and its mail server stand for the ones on this machine."""

    def local(source: Source) -> Source:
        page = _PAGES.get(source.id)
        return replace(source, address=f"{site}/{page}", allow_private=True) if page else source

    newsletters = tuple(
        replace(newsletter, sources=tuple(map(local, newsletter.sources)))
        for newsletter in loaded.workspace.newsletters
    )
    server = Server(url=f"smtp://127.0.0.1:{port}", tls="none", timeout=60)
    return replace(loaded, workspace=replace(loaded.workspace, newsletters=newsletters, server=server))


@contextmanager
def _site() -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(_SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
