"""Webhooks: made and ended by people, and told what happened.

::

    a trigger writes what happened, in its own commit ─► due ─► claim: one more try, one commit ─► post (the network)
                                                                    ├─► taken: dropped
                                                                    ├─► not taken: later, at last given up
                                                                    └─► 410: the webhook ends

A message is told at least once: where a process is killed between the post and its commit, it is told again, under the
same id. In which order messages come is not promised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest.domain.errors import NotFound, Unfit
from digest.domain.model import Matter, Posted, Webhook, WebhookCount, WebhookEvent, WebhookMessage
from digest.domain.ports import Clock, Session, Store
from digest.jobs.audit import noted
from digest.jobs.staffing import BY_COMMAND, By
from digest.stages import hooking

#: posts one message to its webhook; never raises for what the receiver does
Post = Callable[[Webhook, WebhookMessage, bytes], Posted]
#: messages of a round, and how long a try may take before another process may try
AT_ONCE, _TRY_FOR = 100, timedelta(minutes=1)
#: what was given up is shown for so long
SHOWN_FOR = timedelta(days=30)
#: the answer of who wants to hear no more (Standard Webhooks, RFC 9110 15.5.11)
_GONE = 410
#: why an edition is paused may quote a mail server, and that a reader's address
_ADDRESS = re.compile(r"\S+@\S+")


def make(
    store: Store,
    clock: Clock,
    new_id: Callable[[], str],
    who: str,
    *,
    address: str,
    events: Collection[str],
    with_addresses: bool,
    staff: str = "",
    by: By = BY_COMMAND,
) -> Webhook:
    """Make a webhook; who makes sure before that its address may be asked. by: who makes it.

    who, staff: name and id of who answers for it; no id where they have no account. Raises Unfit by “events”.
    """
    strange = sorted(set(events) - set(WebhookEvent))
    if strange:
        raise Unfit({"events": f"There is no event “{strange[0]}”. There are {', '.join(WebhookEvent)}."})
    if not events:
        raise Unfit({"events": "Choose what it is told: one event at least."})
    made = Webhook(
        id=new_id(),
        address=address,
        events=tuple(one for one in WebhookEvent if one in events),
        with_addresses=with_addresses,
        who=who,
        staff=staff,
        made_at=clock(),
    )
    with store.writing() as session:
        session.webhooks.add(made)
        more = ", people’s addresses among it" if with_addresses else ""
        _note(session, made.made_at, by, f"had {host(made)} told what happens{more}")
    return made


def every(store: Store) -> list[tuple[Webhook, WebhookCount]]:
    """Return all webhooks that are told anything, the oldest first, and how what they are to be told stands."""
    with store.reading() as session:
        counts = session.webhooks.counts()
        return [(one, counts.get(one.id, WebhookCount())) for one in session.webhooks.every()]


def find(store: Store, webhook: str) -> Webhook:
    """Return a webhook by its id; raises NotFound."""
    with store.reading() as session:
        return _found(session, webhook)


def host(webhook: Webhook) -> str:
    """Return to whom a webhook leads: the rest of its address may be a secret of theirs."""
    return urlsplit(webhook.address).hostname or ""


def renew(store: Store, clock: Clock, webhook: str, by: By = BY_COMMAND) -> Webhook:
    """Give a webhook its next secret; for a day both sign. by: who does. Raises NotFound."""
    now = clock()
    until = now + hooking.BOTH_FOR
    with store.writing() as session:
        found = _found(session, webhook)
        session.webhooks.renew(webhook, found.generation + 1, until)
        _note(session, now, by, f"made a new secret for the webhook to {host(found)}")
    return replace(found, generation=found.generation + 1, both_until=until)


def end(store: Store, clock: Clock, webhook: str, by: By = BY_COMMAND) -> None:
    """Tell a webhook no more. by: who wishes it. Raises NotFound where it is told nothing now."""
    now = clock()
    with store.writing() as session:
        found = _found(session, webhook)
        if not session.webhooks.end(found.id, now):
            raise _missing(webhook)
        _note(session, now, by, f"had {host(found)} told nothing more")


def tell(store: Store, clock: Clock, post: Post) -> list[str]:
    """Tell webhooks what is due; return in sentences what went wrong for good.

    After one try that fails a webhook gets no more of this round: whoever is down need not be asked a hundred times.
    """
    with store.reading() as session:
        due = session.webhooks.due(clock(), AT_ONCE)
        known = {one.id: one for one in session.webhooks.every()} if due else {}
    failed: set[str] = set()
    said = []
    for message in due:
        webhook = known.get(message.webhook)
        if webhook is None or message.webhook in failed:
            continue
        told = _tell(store, clock, post, webhook, message)
        if told is None:
            continue
        failed.add(webhook.id)
        said += [told] if told else []
    return said


def forget(store: Store, clock: Clock) -> None:
    """Drop what was given up long ago."""
    with store.writing() as session:
        session.webhooks.forget(clock() - SHOWN_FOR)


def _tell(store: Store, clock: Clock, post: Post, webhook: Webhook, message: WebhookMessage) -> str | None:
    """Try one message. None: it was taken, or another process has it; else what to say, which may be nothing."""
    now = clock()
    with store.writing() as session:
        if not session.webhooks.claim(message, now, now + _TRY_FOR):
            return None
        about = _about(session, webhook, message)
    tried = replace(message, tries=message.tries + 1, first_try=message.first_try or now)
    answer = post(webhook, tried, hooking.body(message, about))
    return _settle(store, webhook, tried, answer, clock())


def _settle(store: Store, webhook: Webhook, tried: WebhookMessage, answer: Posted, now: datetime) -> str | None:
    with store.writing() as session:
        if answer.is_taken:
            session.webhooks.told(tried, now)
            return None
        fault = answer.fault or f"It answered {answer.status}."
        if answer.status == _GONE:
            session.webhooks.end(webhook.id, now, fault)
            return f"Webhook {webhook.id}: its receiver says that it is gone (410). It is told nothing more."
        again = hooking.again(tried, now)
        session.webhooks.failed(tried, now, fault, again)
        if again is not None:
            session.webhooks.put_off(webhook.id, again, now)
            return ""
    return f"Webhook {webhook.id}: {tried.event} was given up after three days. {fault}"


def _about(session: Session, webhook: Webhook, message: WebhookMessage) -> dict[str, object]:
    """Return what is said of an event: ids, and as little else as makes sense of them."""
    if not message.edition:
        said: dict[str, object] = {"newsletter": message.newsletter, "subscriber": message.subscriber}
        address = session.webhooks.addresses([message.subscriber]).get(message.subscriber)
        return said | {"address": address} if webhook.with_addresses else said
    edition = session.editions.get(message.edition)
    assert edition is not None, "editions are never removed"
    return {
        "newsletter": edition.newsletter,
        "edition": edition.id,
        "number": edition.number,
        "slot": edition.slot.isoformat().replace("+00:00", "Z"),
        "who": message.who,
        "why": _ADDRESS.sub("…", message.why),
    }


def _note(session: Session, now: datetime, by: By, what: str) -> None:
    session.audit.note(noted(now, by.name, Matter.SETTINGS, what, whence=by.whence))


def _found(session: Session, webhook: str) -> Webhook:
    found = session.webhooks.get(webhook)
    if found is None:
        raise _missing(webhook)
    return found


def _missing(webhook: str) -> NotFound:
    return NotFound(f"There is no webhook “{webhook}”.", "`digest api webhooks` lists them.")
