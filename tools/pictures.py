"""Make the pictures of README and docs/start.md: plays the demo, photographs what it made, and the desk, in Chromium.

python -m tools.pictures [CHROMIUM]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import Page, sync_playwright

from digest.app import App
from digest.app import access as accounts
from digest.app.preview import write
from digest.cli.playing import play
from digest.demo import sample
from digest.web.desk.site import site
from digest.web.listening import listening
from tools.start_pictures import photograph_week

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ACCOUNT = {"name": "Hannah Cole", "address": "hannah@tidewell.example.org", "phrase": "four words that fit"}
#: seconds: on a picture is also what pages look for beside them
PATIENCE = 60.0
#: Chromium's windows are at least 500 px wide: a phone is a frame inside a page
PHONE = """<!DOCTYPE html><html lang="en"><title>Phone</title>
<style>
body { margin: 0; background: #e4e9ee; display: flex; justify-content: center; }
iframe { margin: 32px 0; border: 10px solid #0b0f14; border-radius: 36px; width: 390px; height: 1316px; }
</style>
<iframe src="PAGE" title="Email"></iframe>
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def photograph(chromium: str, address: str, picture: Path, width: int, height: int, *extra: str) -> None:
    """Write a picture of an address."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                chromium,
                *FLAGS,
                *extra,
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
                f"--screenshot={picture}",
                address,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


@contextmanager
def desk(app: App) -> Iterator[str]:
    """Serve the desk of a workspace; yield where."""
    listener = listening("127.0.0.1:0")
    server = uvicorn.Server(uvicorn.Config(site(app, PATIENCE), lifespan="off", log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def photograph_desk(chromium: str, app: App) -> None:
    """Write pictures of the desk with the sample's draft."""
    newsletter = app.newsletter()
    app.collect(newsletter)
    app.import_people(newsletter)
    edition = app.draft(newsletter).edition
    assert edition is not None, "the sample has news"
    first = accounts.first_link(app)
    assert first is not None, "nobody has an account"
    with desk(app) as root, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        # "null": frames follow the colour scheme of the element that holds them
        page = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="null").new_page()
        _make_account(page, root + urlsplit(first).path)
        path = f"{root}/editions/{edition.id}"
        for name, address in (
            ("home", root),
            ("edition", path),
            ("wall", f"{path}/wall"),
            ("review", f"{path}/review"),
            ("segment", f"{root}/segments/{newsletter.id}/{newsletter.segments[0].id}"),
        ):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=PICTURES / f"desk-{name}.png")
        other = browser.new_context(color_scheme="null").new_page()
        photograph_week(other, root, f"/editions/{edition.id}", app, PICTURES, lambda: _log_in(other))
        browser.close()


def _make_account(page: Page, link: str) -> None:
    page.goto(link)
    for name, text in ACCOUNT.items():
        page.fill(f"[name={name}]", text)
    page.click("button.primary")
    page.wait_for_load_state()


def _log_in(page: Page) -> None:
    for name in ("address", "phrase"):
        page.fill(f"[name={name}]", ACCOUNT[name])
    page.click("button.primary")
    page.wait_for_load_state()


def main() -> None:
    """Make all pictures."""
    chromium = sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium") or "chromium"
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        play(folder)
        with sample(folder / "workspace", folder / "mail") as app:
            page = write(app, app.preview(app.latest()), folder / "pages")[0]
        (page.parent / "phone.html").write_text(PHONE.replace("PAGE", page.name))
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(page.parent)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_address[1]}"
        photograph(chromium, f"{root}/{page.name}", PICTURES / "email.png", 700, 1400)
        dark = "--blink-settings=preferredColorScheme=0"
        photograph(chromium, f"{root}/phone.html", PICTURES / "email-phone-dark.png", 500, 1400, dark)
        server.shutdown()
        with sample(folder / "desk", folder / "no-mail") as app:
            photograph_desk(chromium, app)


if __name__ == "__main__":
    main()
