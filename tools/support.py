"""Make digest/stages/review/lint/clients.py anew: what the mail programs that count support, by caniemail.

python tools/support.py ../shared/email/caniemail.json

To be run when a newer copy of that file is taken; a test holds the module equal to what this makes of it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

MODULE = Path(__file__).parent.parent / "digest" / "stages" / "review" / "lint" / "clients.py"

#: family and platform in caniemail -> family and name for people
CLIENTS = {
    ("gmail", "desktop-webmail"): ("Gmail", "on the web"),
    ("gmail", "ios"): ("Gmail", "on iOS"),
    ("gmail", "android"): ("Gmail", "on Android"),
    ("gmail", "mobile-webmail"): ("Gmail", "in a phone's browser"),
    ("outlook", "windows"): ("Outlook", "classic"),
    ("outlook", "outlook-com"): ("Outlook", "new and on the web"),
    ("outlook", "macos"): ("Outlook", "on macOS"),
    ("outlook", "ios"): ("Outlook", "on iOS"),
    ("outlook", "android"): ("Outlook", "on Android"),
    ("apple-mail", "macos"): ("Apple Mail", "on macOS"),
    ("apple-mail", "ios"): ("Apple Mail", "on iOS"),
    ("yahoo", "desktop-webmail"): ("Yahoo", "on the web"),
    ("yahoo", "ios"): ("Yahoo", "on iOS"),
    ("yahoo", "android"): ("Yahoo", "on Android"),
}
#: no features of a message's HTML
LEFT_OUT = ("_template", "amp", "bimi")


def distilled(known: dict[str, Any]) -> str:
    """Return the module's text for the content of caniemail.json."""
    rows = []
    for feature in sorted(known["data"], key=lambda one: str(one["slug"])):
        letters = "".join(_letter(feature["stats"].get(family, {}).get(platform, {})) for family, platform in CLIENTS)
        if feature["slug"] not in LEFT_OUT and letters.strip("yu"):
            title = " ".join(feature["title"].split()).removesuffix(" property").removesuffix(" logical properties")
            rows.append(f"    {_quoted(feature['slug'])}: ({_quoted(title)}, {_quoted(letters)}),")
    clients = [f"    ({_quoted(family)}, {_quoted(name)})," for family, name in CLIENTS.values()]
    return "\n".join([*_head(known), "CLIENTS = (", *clients, ")", "", *_ABOUT, "FEATURES = {", *rows, "}", ""])


_ABOUT = ("#: feature -> its name, and a letter for each client: y supported, a partly, n not, u not known",)


def _letter(versions: dict[str, str]) -> str:
    # versions stand in the order of time
    return list(versions.values())[-1][0] if versions else "u"


def _quoted(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'


def _head(known: dict[str, Any]) -> list[str]:
    return [
        '"""What mail programs support: made by tools/support.py, not by hand.',
        "",
        f"Source: {known['source']}, commit {known['commit']} of {known['commit_date'][:10]},",
        f"under the {known['licence']} licence:",
        "",
        *known["licence_text"].strip().splitlines(),
        '"""',
        "",
        "#: who counts: family, and which of it",
    ]


def main() -> None:
    """Read caniemail.json and write the module."""
    known = json.loads(Path(sys.argv[1]).read_text(encoding="utf8"))
    MODULE.write_text(distilled(known), encoding="utf8")
    print(f"{MODULE} written")


if __name__ == "__main__":
    main()
