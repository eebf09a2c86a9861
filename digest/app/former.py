"""Former: newsletters that digest.toml has no longer, as it had them when their last edition was made.

What they sent stays: staff read its editions, readers the archive, and whoever has one of its mails may still leave.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from digest.app.drafted import as_drafted
from digest.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from digest.app import App
    from digest.domain.model import Edition, Newsletter


def newsletter_of(app: App, edition: Edition) -> Newsletter:
    """Return an edition's newsletter: as digest.toml has it now; where it has it no more, as the edition was made."""
    now = next((one for one in app.loaded.workspace.newsletters if one.id == edition.newsletter), None)
    return now or newsletters(app).get(edition.newsletter) or as_drafted(app, edition).newsletter


def newsletters(app: App) -> Mapping[str, Newsletter]:
    """Return the newsletters that are no more, by their ids: those that ever had an edition."""
    # which they are is another only where digest.toml is
    if app.former is None or app.former[0] is not app.loaded:
        app.former = app.loaded, _found(app)
    return app.former[1]


def _found(app: App) -> dict[str, Newsletter]:
    present = {one.id for one in app.loaded.workspace.newsletters}
    with app.store.reading() as session:
        gone = [one for one in session.editions.every() if one.newsletter not in present]
    # the latest first: it says last what the newsletter was
    last: dict[str, Edition] = {}
    for edition in gone:
        last.setdefault(edition.newsletter, edition)
    found = {}
    for name, edition in last.items():
        # what an older version of this program took for right may be a fault by now; the others are known all the same
        with suppress(ConfigurationError):
            found[name] = as_drafted(app, edition).newsletter
    return found
