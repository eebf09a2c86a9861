"""Make the README's pictures: plays the demo, then photographs what it made in headless Chromium.

python tools/pictures.py [CHROMIUM]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from digest.app.preview import write
from digest.cli.playing import play
from digest.demo import sample

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


if __name__ == "__main__":
    main()
