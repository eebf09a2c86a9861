"""Rendering: pages from their templates. What is the same for everybody is made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import jinja2

from digest.domain import colour
from digest.domain.model import Newsletter, Workspace
from digest.stages import slots

_FILES = Path(__file__).parent / "pages"


class Rendered:
    """The pages of a workspace. Where it is read anew, they are made anew."""

    def __init__(self, workspace: Callable[[], Workspace]) -> None:
        """workspace: gives what digest.toml says now."""
        self._workspace = workspace
        self._made = _Made(workspace())

    def style(self) -> str:
        """Return the style sheet, in the brand's colours."""
        return self._now().style

    def page(self, name: str, **values: object) -> str:
        """Return a page made of a template."""
        made = self._now()
        return _template(name).render(
            brand=made.workspace.brand, newsletters=made.workspace.newsletters, style=made.mark, **values
        )

    def same(self, name: str, newsletter: Newsletter | None = None) -> bytes:
        """Return a page that is the same for everybody, made when it is first asked for."""
        made = self._now()
        key = (name, newsletter.id if newsletter else "")
        if key not in made.pages:
            made.pages[key] = self.page(name, newsletter=newsletter).encode()
        return made.pages[key]

    def _now(self) -> _Made:
        workspace = self._workspace()
        if self._made.workspace is not workspace:
            self._made = _Made(workspace)
        return self._made


class _Made:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.pages: dict[tuple[str, str], bytes] = {}

    @cached_property
    def style(self) -> str:
        brand = self.workspace.brand
        return _PAGES.get_template("public.css.j2").render(
            accent=brand.accent,
            accent_ink=colour.ink_on(brand.accent),
            accent_dark=brand.accent_dark,
            accent_dark_ink=colour.ink_on(brand.accent_dark),
        )

    @cached_property
    def mark(self) -> str:
        """What tells browsers that the style sheet is another."""
        return hashlib.sha256(self.style.encode()).hexdigest()[:12]


def masked(address: str) -> str:
    """Return an address so that its owner knows it and nobody else: a•••@example.org."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FILES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals["masked"] = masked
    made.filters["comes"] = slots.for_readers
    return made


def _template(name: str) -> jinja2.Template:
    return _PAGES.get_template(f"{name}.html.j2")


_PAGES = _environment()
