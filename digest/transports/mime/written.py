"""Written: a message by the standard library's EmailMessage. A compiled message is cut from one."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from email.message import EmailMessage
from functools import lru_cache

from digest.domain.model import Newsletter, Picture
from digest.stages import pictured
from digest.transports.mime.fields import POLICY, mailbox, words

#: what a message says of one person, beside what its parts say: the mailbox it is to, its Date, the mark that its
#: Message-ID and its boundaries bear, the address that ends the subscription
FIELDS = ("to", "date", "mark", "unsubscribe")
#: with the mark, the boundary between a page and its pictures
PICTURES_BOUNDARY = "=_"


def written(
    newsletter: Newsletter,
    edition: str,
    subject: str,
    fields: Mapping[str, str],
    text: str,
    page: str,
    pictures: str = "",
    *,
    one_click: bool = True,
) -> bytes:
    """Write a message: CRLF line ends, no line over 998 octets.

    fields: a value for each of FIELDS, as it stands on the wire; pictures: what stands for the pictures in a part
    beside the page (RFC 2387), where there are any; one_click: what ends the subscription is an https address, else a
    mail. Raises ValueError for a value that would be more than one field.
    """
    message = EmailMessage(policy=POLICY)
    _head(message, newsletter, subject, fields)
    _list_head(message, newsletter, edition, fields["unsubscribe"], one_click=one_click)
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    if pictures:
        _make_room(message, pictures, fields["mark"])
    # boundaries are random by default; the same letter has the same bytes at every attempt
    # no line of quoted-printable or base64 can hold either of them
    message.set_boundary(f"=-{fields['mark']}")
    return message.as_bytes()


@lru_cache(maxsize=256)
def picture_part(picture: Picture) -> bytes:
    """Return a picture as a part of a message, in lines of 76 characters (RFC 2045 6.8), without a last line end."""
    # the email package takes 3 ms a picture, and they are the same for everybody
    head = (
        f"Content-Type: {picture.content_type}",
        "Content-Transfer-Encoding: base64",
        f"Content-ID: <{pictured.content_id(picture.name)}>",
        f'Content-Disposition: inline; filename="{picture.name}"',
    )
    body = base64.encodebytes(picture.content).replace(b"\n", b"\r\n").rstrip()
    return "\r\n".join([*head, "", ""]).encode() + body


def _head(message: EmailMessage, newsletter: Newsletter, subject: str, fields: Mapping[str, str]) -> None:
    sender = newsletter.sender
    message["From"] = mailbox(sender.name, sender.address)
    message["To"] = fields["to"]
    if sender.reply_to:
        message["Reply-To"] = mailbox(sender.reply_to_name, sender.reply_to)
    message["Subject"] = words(subject)
    message["Date"] = fields["date"]
    message["Message-ID"] = f"<{fields['mark']}@{_domain(newsletter)}>"


def _list_head(
    message: EmailMessage, newsletter: Newsletter, edition: str, unsubscribe: str, *, one_click: bool
) -> None:
    to = newsletter.sender.unsubscribe_mailto
    mailto = f", <mailto:{to}?subject=unsubscribe>" if one_click and to else ""
    message["List-Id"] = f"<{newsletter.id}.{_domain(newsletter)}>"
    message["List-Unsubscribe"] = f"<{unsubscribe}>{mailto}"
    if one_click:
        # RFC 8058 3.1: only beside an https address
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Feedback-ID"] = f"{edition}:{newsletter.id}:digest:{_domain(newsletter)}"


def _make_room(message: EmailMessage, pictures: str, mark: str) -> None:
    page = list(message.iter_parts())[-1]
    assert isinstance(page, EmailMessage)
    page.make_related()
    room = EmailMessage(policy=POLICY)
    room.set_payload(pictures)
    page.attach(room)
    page.set_param("type", "text/html")
    page.set_boundary(f"{PICTURES_BOUNDARY}{mark}")


def _domain(newsletter: Newsletter) -> str:
    return newsletter.sender.address.rpartition("@")[2]
