"""Exporting: subscribers become a file that imports to the same. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator

from digest.domain.model import Newsletter, Subscriber, Subscription, SubscriptionState
from digest.domain.ports import Session, Store
from digest.stages import roster

_PAGE = 1_000


def export(store: Store, newsletter: Newsletter) -> Iterator[str]:
    """Yield the lines of a file with a newsletter's people, as they were at one moment."""
    with store.reading() as session:
        fields = session.people.field_names(newsletter.id)
        yield from roster.exported(_people(session, newsletter.id), fields)


def _people(session: Session, newsletter: str) -> Iterator[tuple[Subscriber, Subscription]]:
    after = ""
    while page := session.people.page(newsletter, after, _PAGE):
        for one in page:
            # of who was erased nothing is written anywhere
            if one.subscription.state != SubscriptionState.ERASED:
                yield one.subscriber, one.subscription
        after = page[-1].subscriber.id
