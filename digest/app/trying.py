"""Trying: one variant of an edition as a mail to one address, so that somebody sees it where they read their mail."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.app.preview import SAMPLE
from digest.app.signing import alone
from digest.app.way_out import one_of
from digest.domain.errors import NotFound, Refused, ServerTrouble
from digest.domain.model import (
    Accepted,
    Deferred,
    Delivery,
    DeliveryState,
    Edition,
    InDoubt,
    Letter,
    Outcome,
    Parcel,
    Rejected,
    Server,
    Subscriber,
    Unwritable,
    Variant,
)
from digest.jobs import people
from digest.transports.mime.notice import Content, parcel

if TYPE_CHECKING:
    from digest.app import App

#: how the subject of a mail begins that is none of the edition's own
TEST = "Test: "
#: seconds that a server is waited for, for each answer
TRY_SECONDS = 15
_PORTS = "Mostly it is port 587 with STARTTLS, or port 465 with TLS; your mail provider’s help says which."
#: how the transport names a setting -> how a form does
_PLAIN = {
    "Check the user in [server] and DIGEST_SMTP_PASSWORD": "Type user and password once more; some providers want an "
    "app password instead of your own",
    "tls under [server]": "the encryption",
    " of [server]": "",
    'Write tls = "starttls" or "tls" under [server]': "Choose STARTTLS or TLS as the encryption",
}
_WORDS = Content(
    subject="Test from Digest",
    text="This is a test from Digest. The mail server took it, and it came to you.\n",
    page="<p>This is a test from Digest. The mail server took it, and it came to you.</p>",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A test that a mail server took."""

    edition: Edition
    variant: str
    address: str
    reply: str


def send_test(app: App, edition_id: str, address: str, variant: str = "", person: Subscriber = SAMPLE) -> Tried:
    """Mail one variant of an edition as a test, with the very parts that people get; no ledger knows of it.

    variant: its slug; the one for most people where none is given. person: whose name fills the slots; the links in it
    are of somebody who is on no list, so that following them changes nobody. Whether the address may be mailed a test
    is for the caller to decide. Raises NotFound; Refused for an address that is kept off or that no mail can be written
    to, and where the server does not take it; ServerTrouble, ApprovalTakenBack.
    """
    _may_be_mailed(app, address)
    found = app.current(edition_id)
    chosen = _chosen(found.edition, found.variants, variant)
    # another id each time: mail programs show one Message-ID once
    reader = replace(person, id=f"test-{app.new_id()}", address=address.strip())
    parcel = _parcel(app, edition_id, chosen, reader)
    for _, outcome in app.transport().deliver([parcel], begin=lambda parcel: None):
        return Tried(edition=found.edition, variant=chosen.slug, address=address, reply=_taken(outcome))
    raise Refused("The mail server was not asked.", "Try again.")


def send_to_try(app: App, server: str, address: str) -> str:
    """Mail a few words by one server, so that somebody sees whether it works; return what it answered.

    server: its id, empty for [server]. Raises Refused for an address that is kept off or that no mail can be written
    to, and where the server does not take it; ServerTrouble, ConfigurationError, NotFound.
    """
    _may_be_mailed(app, address)
    newsletter = app.loaded.workspace.newsletters[0]
    person = Subscriber(id="", address=address.strip())
    try:
        written = parcel(
            newsletter, f"try {app.new_id()}", person, _WORDS, app.secret, app.clock(), alone(app, newsletter)
        )
    except ValueError as fault:
        raise Refused(f"No mail can be written to “{address}”.", "Write it like name@example.org.") from fault
    try:
        for _, outcome in one_of(app, server, TRY_SECONDS).deliver([written], begin=lambda parcel: None):
            return _taken(outcome)
    except ServerTrouble as fault:
        raise _plainly(fault, _server(app, server)) from fault
    raise Refused("The mail server was not asked.", "Try again.")


def _server(app: App, name: str) -> Server:
    workspace = app.loaded.workspace
    return next((one for one in workspace.servers if one.id == name), workspace.server)


def _plainly(fault: ServerTrouble, server: Server) -> ServerTrouble:
    """Return why a server does not serve, in words for who fills in a form and has never seen digest.toml."""
    parts = urlsplit(server.url)
    host, port, cause = parts.hostname, parts.port or 25, fault.__cause__
    if isinstance(cause, socket.gaierror):
        what = f"There is no server called {host}, or this machine is not online."
        return ServerTrouble(what, "Look at its name, letter by letter, in your mail provider’s help.")
    if isinstance(cause, ConnectionRefusedError):
        return ServerTrouble(f"{host} is there, but no mail server answers at port {port}.", _PORTS)
    if isinstance(cause, TimeoutError):
        what = f"Nothing answered at {host}, port {port}, within {TRY_SECONDS} seconds."
        return ServerTrouble(what, f"{_PORTS} Some networks let no mail out: ask who runs yours.")
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLCertVerificationError):
        what = f"{host} does not speak this encryption at port {port}."
        return ServerTrouble(what, _PORTS)
    mend = fault.mend
    for technical, plain in _PLAIN.items():
        mend = mend.replace(technical, plain)
    return ServerTrouble(fault.what, mend)


def _may_be_mailed(app: App, address: str) -> None:
    with app.store.reading() as session:
        off = session.people.kept_off(app.suppression_key(people.compared(address)))
    if off is not None:
        raise Refused(f"{address} is kept off ({off.reason}): no mail goes there.", "Give another address.")


def _chosen(edition: Edition, variants: Sequence[Variant], slug: str) -> Variant:
    mailed = [one for one in variants if not one.is_web_version]
    if not mailed:
        raise NotFound(f"{edition.id} has nothing to mail.", "Look at it: `digest status` says what became of it.")
    if not slug:
        return max(mailed, key=lambda one: one.people)
    found = next((one for one in mailed if one.slug == slug), None)
    if found is None:
        raise NotFound(f"{edition.id} has no variant “{slug}”.", f"There are: {', '.join(one.slug for one in mailed)}.")
    return found


def _parcel(app: App, edition_id: str, variant: Variant, reader: Subscriber) -> Parcel:
    composer = app.composer(edition_id)
    # a test that cannot be delivered comes back to the sender, and is no bounce of anybody's
    sender = replace(composer.newsletter.sender, bounces="")
    composer = replace(
        composer,
        newsletter=replace(composer.newsletter, sender=sender),
        variants={variant.slug: replace(variant, subject=f"{TEST}{variant.subject}")},
    )
    delivery = Delivery(edition=edition_id, subscriber=reader.id, state=DeliveryState.CLAIMED, variant=variant.slug)
    [made] = [one for one in composer.parcels([Letter(delivery=delivery, subscriber=reader)], app.clock) if one]
    if isinstance(made, Unwritable):
        raise Refused(f"No mail can be written to {reader.address}: {made.why}.", "Give another address.")
    return made


def _taken(outcome: Outcome) -> str:
    """Return what the server said where it took the mail; raises Refused where it did not."""
    if isinstance(outcome, Accepted):
        return outcome.reply
    if isinstance(outcome, InDoubt):
        raise Refused(f"Nobody can say whether the test arrived: {outcome.reason}.", "Look there, then try again.")
    said = outcome.reply if isinstance(outcome, Rejected | Deferred) else outcome.reason
    raise Refused(f"The mail server did not take the test: {said}", "Mend what it says, then try again.")
