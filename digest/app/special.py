"""A special edition, with all that drafting needs put together."""

from __future__ import annotations

from digest.app import App, pictures
from digest.domain.errors import NotFound, Unfit
from digest.domain.model import Newsletter
from digest.jobs import special as job
from digest.jobs.edition import Drafted
from digest.stages import slots


def draft(app: App, newsletter: Newsletter, at: str, like: str = "") -> job.Special:
    """Draft an edition for a time beside the schedule; arguments and errors as in jobs/special.py."""
    return job.special(
        app.store,
        app.clock,
        app.press(newsletter),
        at,
        gather_pictures=lambda chosen: pictures.gather(app, newsletter, chosen),
        like=like,
    )


def again(app: App, newsletter: Newsletter, at: str) -> Drafted:
    """Make the special edition of a time anew from what is there now.

    Raises Unfit by the field “at”, NotFound where that time has none, Refused where it is no draft any more.
    """
    slot = slots.named(newsletter.schedule, at)
    if slot is None:
        raise Unfit({"at": job.HOW})
    with app.store.reading() as session:
        found = session.editions.at_slot(newsletter.id, slot)
    if found is None or not found.special:
        raise NotFound("There is no special edition at that time.", "`digest status` lists the editions.")
    return app.draft(newsletter, slot, again=True)
