"""Notice: the bytes of a mail to one person that is no part of a mailing (RFC 5322, 3834)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from digest.domain.model import Delivery, DeliveryState, Letter, Newsletter, Parcel, Subscriber
from digest.stages.track import letter_mark, return_path
from digest.transports.mime.fields import POLICY, date_of, mailbox, words

#: signs a message whose head and body are given: returns the fields that go before all others
SignOne = Callable[[bytes, bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What stands in a notice."""

    subject: str
    text: str
    page: str
    #: address of a page on which one POST ends the subscription (RFC 8058); empty for none
    unsubscribe: str = ""


def parcel(
    newsletter: Newsletter, name: str, person: Subscriber, content: Content, secret: bytes, now: datetime, sign: SignOne
) -> Parcel:
    """Return the message of a notice: ASCII but for an address, CRLF line ends, no line over 998 octets.

    name: what tells it from every other mail; the parcel bears it in the place of an edition. person: one without an id
    is no subscriber, and what cannot be delivered comes back to the sender. Raises ValueError for an address that is
    not plain (see fields.mailbox).
    """
    sender = newsletter.sender
    mark = letter_mark(secret, name, person.id)
    # an address with other letters stands in its field as it is (RFC 6532 3.2), and servers that carry none refuse it
    message = EmailMessage(policy=POLICY if person.address.isascii() else POLICY.clone(utf8=True))
    message["From"] = mailbox(sender.name, sender.address)
    # no name: whoever asked may have typed anything for it
    message["To"] = mailbox("", person.address)
    if sender.reply_to:
        message["Reply-To"] = mailbox(sender.reply_to_name, sender.reply_to)
    message["Subject"] = words(content.subject)
    message["Date"] = date_of(now)
    message["Message-ID"] = f"<{mark}@{sender.address.rpartition('@')[2]}>"
    # nobody's holiday message answers it (RFC 3834 5)
    message["Auto-Submitted"] = "auto-generated"
    if content.unsubscribe:
        message["List-Unsubscribe"] = f"<{content.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(content.text, cte="quoted-printable")
    message.add_alternative(content.page, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=-{mark}")
    head, gap, body = message.as_bytes().partition(b"\r\n\r\n")
    head += b"\r\n"
    letter = Letter(
        delivery=Delivery(edition=name, subscriber=person.id, state=DeliveryState.CLAIMED),
        subscriber=person,
    )
    return Parcel(
        letter=letter,
        envelope_from=return_path(secret, newsletter.id, person.id, sender.bounces)
        if sender.bounces and person.id
        else sender.address,
        envelope_to=person.address,
        content=b"".join((sign(head, body), head, gap[2:], body)),
    )
