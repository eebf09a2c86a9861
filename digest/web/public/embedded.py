"""Embedded: the sign-up form as it stands on the organisation's own website."""

from __future__ import annotations

from pathlib import Path

import jinja2

from digest.app import App
from digest.domain.model import Newsletter
from digest.web.public.joining import consent_words


def form(app: App, newsletter: Newsletter) -> str:
    """Return a form that asks for a newsletter, as HTML that any page may hold: no script, no style sheet."""
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return pages.get_template("embed.html.j2").render(
        newsletter=newsletter,
        base_url=app.loaded.workspace.base_url,
        consent_words=consent_words(app, newsletter),
    )
