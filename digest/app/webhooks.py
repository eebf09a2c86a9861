"""Webhooks with all that they need: where they may lead, the secrets that sign, and the post.

A webhook's secret is made from the workspace's own and kept nowhere: a copy of the database signs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from digest.app import App
from digest.domain.errors import AddressRefused, DigestError, FetchError, Unfit
from digest.domain.model import Posted, Webhook, WebhookMessage
from digest.jobs import access, webhooks
from digest.jobs.staffing import BY_COMMAND, By
from digest.net.address import Address, judged
from digest.net.ask import hand_over
from digest.net.deadline import Deadline
from digest.stages import hooking, track

#: bounds of one post: seconds for all of it, octets of the answer that are read
MOST_SECONDS, MOST_BYTES = 10.0, 4_096
#: characters of an address
_LONGEST = 2_000
Say = Callable[[str], None]


def make(
    app: App,
    who: str,
    *,
    address: str,
    events: Collection[str],
    with_addresses: bool = False,
    by: By = BY_COMMAND,
) -> tuple[Webhook, str]:
    """Make a webhook; return it and its secret. by: who makes it. Raises Unfit by “address” and “events”.

    who: name of who answers for it: it ends with their account, where they have one.
    """
    _judged(app, address.strip())
    # what secrets are made of is there before anything is kept
    _ = app.secret
    # no two accounts bear the same name
    staff = next((one.id for one in access.everybody(app.store) if one.name == who), "")
    made = webhooks.make(
        app.store,
        app.clock,
        app.new_id,
        who,
        address=address.strip(),
        events=events,
        with_addresses=with_addresses,
        staff=staff,
        by=by,
    )
    return made, secret(app, made)


def renew(app: App, webhook: str, by: By = BY_COMMAND) -> tuple[Webhook, str]:
    """Give a webhook its next secret; return both. by: who does. Raises NotFound."""
    made = webhooks.renew(app.store, app.clock, webhook, by)
    return made, secret(app, made)


def secret(app: App, webhook: Webhook) -> str:
    """Return what a webhook's receiver checks signatures with."""
    return hooking.secret(_key(app, webhook, webhook.generation))


def tell(app: App, say: Say) -> None:
    """Tell webhooks what is due; what cannot be told stops nothing."""
    try:
        for words in webhooks.tell(app.store, app.clock, lambda *told: _post(app, *told)):
            say(words)
    except DigestError as fault:
        say(f"Webhooks: {fault.what} {fault.mend}".rstrip())
    except Exception as fault:
        # a fault of the program: the clock must outlive it
        say(f"Webhooks: an unexpected fault, {type(fault).__name__}. It is tried again.")


def _post(app: App, webhook: Webhook, message: WebhookMessage, content: bytes) -> Posted:
    now = app.clock()
    keys = [_key(app, webhook, one) for one in hooking.generations(webhook, now)]
    lines = hooking.headers(keys, message, content, now)
    try:
        # judged anew at each try: digest.toml may say something else by now
        address = _judged(app, webhook.address)
        private = app.loaded.workspace.desk.private_webhooks
        answer = hand_over(address, content, lines, Deadline(MOST_SECONDS), MOST_BYTES, allow_private=private)
    except (FetchError, Unfit) as fault:
        return Posted(status=0, fault=fault.what)
    return Posted(status=answer.status)


def _key(app: App, webhook: Webhook, generation: int) -> bytes:
    return track.keyed(app.secret, "webhook", webhook.id, str(generation))


def _judged(app: App, address: str) -> Address:
    private = app.loaded.workspace.desk.private_webhooks
    try:
        made = judged(address, allow_private=private)
    except AddressRefused as fault:
        raise Unfit({"address": fault.what}) from fault
    if made.scheme != "https" and not private:
        raise Unfit({"address": "Webhooks are told by https alone: write an address that begins with https://."})
    if len(address) > _LONGEST:
        raise Unfit({"address": f"This is longer than {_LONGEST:,} characters."})
    return made
