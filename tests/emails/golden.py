"""Golden emails: what one reader gets, kept in tests/golden/emails, and how a change of it is shown to a person.

python -m tests.emails.golden     writes them anew and shows what changed (make golden)

HTML is one long line in places. It is kept with a line break inside each tag, before its “>”: so a change of one story
is a change of a few lines, the page still shows the same to the pixel when it is opened, and joined again it is the
very bytes. Breaks between tags would be space that a reader sees, and could not be taken out again.
"""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.emails import FEW, LOOKS, USUAL, email

FOLDER = Path(__file__).parents[1] / "golden" / "emails"
COMMAND = "make golden"
#: name of a case -> language, stories, whether pictures are shown, whether everything that may stand in one does
CASES = {
    "few": ("english", FEW, False, False),
    "usual": ("english", USUAL, True, False),
    "everything": ("english", USUAL, True, True),
    "right-to-left": ("arabic", USUAL, True, False),
    "welsh": ("welsh", FEW, False, False),
    "no-pages": ("english", FEW, False, False),
}
#: cases of workspaces without public pages
_PAGELESS = ("no-pages",)
#: names of the files without their ending
NAMES = tuple(f"{look}-{case}" for look in LOOKS for case in CASES)
_LOOKS = {str(look): look for look in LOOKS}
#: lines of a difference that are shown of one file
LINES = 60

# a tag’s end; what begins or ends a comment is left alone, since nothing may stand inside it
_END = re.compile(r"(?<![-\]])>(?!\n|$)")


def made(name: str) -> Mapping[str, str]:
    """Make an email anew; return the name of each of its files -> what is in it."""
    look, _, case = name.partition("-")
    language, stories, pictures, everything = CASES[case]
    made_of = email(
        language,
        stories,
        look=_LOOKS[look],
        pictures=pictures,
        everything=everything,
        pages=case not in _PAGELESS,
    )
    html, text = made_of.parts()
    return {f"{name}.html": parted(html), f"{name}.txt": text}


def parted(page: str) -> str:
    """Return a page with a line break before the end of each tag."""
    return _END.sub("\n>", page)


def whole(parts: str) -> str:
    """Return the page that was parted."""
    return parts.replace("\n>", ">")


def difference(file: str, before: str, after: str, lines: int = LINES) -> str:
    """Return what differs, line by line, with the lines around it; nothing where nothing does."""
    told = list(
        difflib.unified_diff(before.splitlines(), after.splitlines(), f"{file} (kept)", f"{file} (now)", "", "", 1, "")
    )
    more = [f"… and {len(told) - lines} more lines"] if len(told) > lines else []
    return "\n".join(told[:lines] + more)


def differences(name: str) -> Iterator[str]:
    """Yield what differs between an email as it is kept and as it is made now, a file at a time."""
    for file, now in made(name).items():
        kept = FOLDER / file
        before = kept.read_text(encoding="utf8") if kept.is_file() else ""
        if before != now:
            yield difference(file, before, now) or f"{file}: it ends otherwise, or is empty"


def main() -> int:
    """Write all emails anew; print what changed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    changed = 0
    wanted = set()
    for name in NAMES:
        for told in differences(name):
            changed += 1
            print(told, end="\n\n")
        for file, now in made(name).items():
            wanted.add(file)
            (FOLDER / file).write_text(now, encoding="utf8", newline="\n")
    for left in sorted(FOLDER.iterdir()):
        if left.name not in wanted:
            print(f"{left.name}: no such email any more; removed")
            left.unlink()
            changed += 1
    print(f"{changed or 'No'} golden {'file' if changed == 1 else 'files'} changed.", flush=True)
    # against what was committed, which an earlier run may have changed already
    subprocess.run(["git", "diff", "--stat", "--", str(FOLDER)], check=False, stderr=subprocess.DEVNULL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
