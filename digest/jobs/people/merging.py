"""Merging: what a row says of somebody who is known already.

A row that did not change since it was read last is not looked at here: it takes back nothing that a reader chose. One
that changed counts, but a column that the file lacks, or a cadence it does not say, leaves what is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from digest.domain.model import Subscriber, Subscription, SubscriptionState
from digest.domain.ports.roster import Known, Staying


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What becomes of somebody, and whether it is anything else than before."""

    subscriber: Subscriber
    subscription: Subscription
    #: they were known, and not of this newsletter
    joins: bool
    changed: bool
    #: they get it from now on, and did not before
    begins: bool


def merged(known: Known, staying: Staying) -> Merged:
    """Return what a row makes of somebody who is known."""
    place = known.place
    old = next((one for one in known.places if one.newsletter == place.newsletter), None)
    subscriber = _person(known, staying, alone=all(one is old for one in known.places))
    if old is None:
        active = place.state == SubscriptionState.ACTIVE
        return Merged(subscriber=subscriber, subscription=place, joins=True, changed=True, begins=active)
    subscription = _place(known, old, staying)
    changed = (subscriber, subscription) != (known.before, old)
    begins = subscription.state == SubscriptionState.ACTIVE != old.state
    return Merged(subscriber=subscriber, subscription=subscription, joins=False, changed=changed, begins=begins)


def _person(known: Known, staying: Staying, alone: bool) -> Subscriber:
    read, old = known.read, known.before
    tags = old.tags if staying.tags else read.tags
    fields = {name: value for name, value in old.fields.items() if name not in staying.fields} | {**read.fields}
    if not alone:
        # tags and fields are one person's: the file of one newsletter takes nothing away that another's gave
        tags, fields = tuple(dict.fromkeys([*old.tags, *tags])), {**old.fields, **fields}
    return replace(
        read,
        first_name=old.first_name if staying.first_name else read.first_name,
        last_name=old.last_name if staying.last_name else read.last_name,
        tags=tags,
        fields=fields,
    )


def _place(known: Known, old: Subscription, staying: Staying) -> Subscription:
    read = known.place
    told = bool(read.consent_source) and read.consent_at is not None
    recorded = bool(old.consent_source) and old.consent_at is not None
    # who asked again after they had left has a record from before, and must confirm themselves
    confirms = old.state == SubscriptionState.PENDING and read.state == SubscriptionState.ACTIVE and not recorded
    return replace(
        old,
        state=SubscriptionState.ACTIVE if confirms and not known.off else old.state,
        themes=old.themes if staying.themes else read.themes,
        cadence=old.cadence if known.cadence_unsaid else read.cadence,
        # a consent record is never lost because a column went missing
        consent_source=read.consent_source if told else old.consent_source,
        consent_at=read.consent_at if told else old.consent_at,
    )
