"""Rendering: pages from their templates, and the files that lie beside them."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

import jinja2

from digest.web.desk import spoken

PAGES = Path(__file__).parent / "pages"
#: endings of what is served as it lies there
_ENDINGS = (".css", ".js", ".svg")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that pages load. Its address holds a mark of its content, so that browsers may keep it for ever."""

    name: str
    content: bytes
    media_type: str
    mark: str

    @property
    def path(self) -> str:
        """Where it is served."""
        return f"/static/{self.mark}/{self.name}"


def _files() -> dict[str, File]:
    found = {}
    for file in sorted(PAGES.iterdir()):
        if file.suffix in _ENDINGS:
            content = file.read_bytes()
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            mark = hashlib.sha256(content).hexdigest()[:12]
            found[file.name] = File(name=file.name, content=content, media_type=kind, mark=mark)
    return found


#: every style sheet, script and picture of the pages, by its name
FILES = _files()


def environment(*further: Path) -> jinja2.Environment:
    """Return what makes pages of templates.

    further: folders with more of them. In templates: the filters of spoken.py; `static(NAME)`, a file's path.
    """
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([PAGES, *further]), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters.update(spoken.FILTERS)
    made.globals["static"] = lambda name: FILES[name].path
    made.globals["STATES"] = spoken.STATES
    return made


_PAGES = environment()


def page(name: str, **values: object) -> str:
    """Return a page made of the template NAME.html.j2."""
    return _PAGES.get_template(f"{name}.html.j2").render(values)
