"""Report: what an edition's send came to, and its messages as they were signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.app.preview import message
from digest.jobs import edition as editions
from digest.jobs import report as job
from digest.jobs.report import Report

if TYPE_CHECKING:
    from digest.app import App


def look(app: App, edition_id: str) -> Report:
    """Return what an edition came to.

    Raises NotFound, and Refused for an edition that nobody got.
    """
    found = editions.find(app.store, edition_id)
    drafted = app.as_drafted(found)
    newsletter = app.newsletter_of(found)
    return job.report(app.store, app.clock, newsletter, edition_id, drafted.newsletter, drafted.base_url)


def messages(app: App, report: Report) -> dict[str, bytes]:
    """Return an edition's message of each variant, by its slug, filled in for a reader that the program makes up."""
    composer = app.composer(report.edition.id)
    return {
        slug: message(composer, variant, report.began_at)
        for slug, variant in composer.variants.items()
        if not variant.is_web_version
    }
