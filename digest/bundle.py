"""Files that come with the program: templates, the starter workspace, the sample organisation."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

_PACKAGE = Path(__file__).parent
_BUNDLED = _PACKAGE / "bundled"
#: in a checkout the bundled files stand at the top level, as the workspace they are
_ROOT = _BUNDLED if _BUNDLED.is_dir() else _PACKAGE.parent

STARTER = _PACKAGE / "starter"
TEMPLATES = _ROOT / "templates"
SAMPLE_CONFIGURATION = _ROOT / "digest.toml"
SAMPLE_SUBSCRIBERS = _ROOT / "subscribers.csv"


def new_workspace(folder: Path) -> list[Path]:
    """Copy the starter files into a folder; what is there already stays as it is.

    Returns the files that were made.
    """
    made = []
    for origin in sorted(STARTER.iterdir()):
        target = folder / origin.name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(origin, target)
            made.append(target)
    return made


@cache
def templates() -> Mapping[str, str]:
    """Return path -> text of the templates that come with the program, as a workspace would have them."""
    found = {file.relative_to(TEMPLATES).as_posix(): file for file in sorted(TEMPLATES.rglob("*.j2"))}
    return MappingProxyType({f"templates/{name}": file.read_text(encoding="utf8") for name, file in found.items()})
