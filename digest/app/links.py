"""Links: an edition's are followed in the organisation's name; what that, and its sources, say now are findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from digest.domain.model import Edition, Finding, Newsletter, Placement
from digest.jobs import changed, links
from digest.jobs import edition as editions

if TYPE_CHECKING:
    from digest.app import App


def check(app: App, edition_id: str, *, before_slot: bool = False) -> links.Checked:
    """Follow every link of an edition, within a minute, and keep what each answers.

    before_slot: it is the last look before it leaves, and need not be done again. Raises NotFound.
    """
    newsletter = app.newsletter_of(editions.find(app.store, edition_id))
    with app.web() as web:
        work = links.Checking(
            store=app.store,
            clock=app.clock,
            ask=lambda address, private: web.look(address, allow_private=private),
            newsletter=newsletter,
            edition=edition_id,
            stop=app.stopping.is_set,
        )
        return links.check_before_slot(work) if before_slot else links.check(work)


def findings(app: App, newsletter: Newsletter, edition: Edition, placements: Sequence[Placement]) -> Sequence[Finding]:
    """Say which links of an edition lead nowhere, and which articles were changed at their sources."""
    own = [one for one in placements if not one.first_in]
    return (
        *links.findings(app.store, newsletter, edition, placements),
        *changed.findings(app.store, edition, own),
    )
