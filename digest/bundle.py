"""Files that come with the program: templates, the starter workspace, the sample organisation."""

from __future__ import annotations

import shutil
from pathlib import Path

_PACKAGE = Path(__file__).parent
_BUNDLED = _PACKAGE / "bundled"
#: in a checkout the bundled files stand at the top level, as the workspace they are
_ROOT = _BUNDLED if _BUNDLED.is_dir() else _PACKAGE.parent

STARTER = _PACKAGE / "starter"
TEMPLATES = _ROOT / "templates"
SAMPLE_CONFIGURATION = _ROOT / "digest.toml"
SAMPLE_SUBSCRIBERS = _ROOT / "subscribers.csv"


def new_workspace(folder: Path) -> list[Path]:
    """Copy the starter files and the templates into a folder; what is there already stays as it is.

    Returns the files that were made.
    """
    made = []
    pairs = [(file, folder / file.name) for file in sorted(STARTER.iterdir())]
    pairs += [(file, folder / "templates" / file.relative_to(TEMPLATES)) for file in sorted(TEMPLATES.rglob("*.j2"))]
    for origin, target in pairs:
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin, target)
            made.append(target)
    return made
