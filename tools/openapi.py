"""Write docs/openapi.json: the description of the API, as the code gives it."""

from __future__ import annotations

import json
from pathlib import Path

from digest import config
from digest.app import App
from digest.store.database import Database
from digest.web.api.site import described, routed

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "openapi.json"


def text() -> str:
    """Return the description; no workspace is opened, since it is the same for all."""
    app = App(config.load(ROOT), Database(ROOT / "never-opened.db"))
    return f"{json.dumps(described(routed(app)), indent=2, ensure_ascii=False)}\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf8")
