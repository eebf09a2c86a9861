"""Notices: mail to one person because of what they did, from the workspace's newsletters, brand and keys."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from digest.app.signing import alone
from digest.domain.model import Newsletter, Notice, NoticeKind, Parcel
from digest.jobs import notices, readers
from digest.jobs.press import brand_values
from digest.stages import notices as wording
from digest.stages import render, track, words
from digest.stages.layout import MONTHS
from digest.transports.mime.notice import Content, parcel

if TYPE_CHECKING:
    from digest.app import App

#: what a token in a link is for
CONFIRM, KEEP = "confirm", "keep"


def send(app: App) -> int:
    """Answer what people asked for, and send the mail that is promised; return how many mails a server took.

    Raises ServerTrouble where the mail server does not serve, ConfigurationError for what it cannot be used with.
    """
    if not app.loaded.workspace.base_url:
        # every one of them has a button that leads to a page
        return 0
    readers.look_at(app.store, app.clock, app.suppression_key, app.new_id)
    if not notices.is_due(app.store, app.clock):
        return 0
    return notices.send(app.store, app.clock, app.transport(), lambda one: write(app, one), app.stopping.is_set)


def write(app: App, notice: Notice) -> Parcel:
    """Return the message of a notice.

    Raises ValueError for an address that cannot be written, a newsletter that is no more, or a button that nobody can
    press in time; ConfigurationError for a key that signs and cannot be used.
    """
    newsletter = next((one for one in app.loaded.workspace.newsletters if one.id == notice.newsletter), None)
    if newsletter is None:
        raise ValueError("digest.toml has no such newsletter any more")
    if notice.kind == NoticeKind.CONFIRM and app.clock() > notice.made_at + readers.CONFIRM_WITHIN:
        raise ValueError("the time to confirm was over before it could be mailed")
    brand = app.loaded.workspace.brand
    say = words.speaking(brand.language, brand.words)
    way = _way(app, newsletter, notice)
    since = _since(app, notice, say) if notice.kind == NoticeKind.KEEP else ""
    made = wording.lay_out(notice.kind, brand.organisation, newsletter.name, way, say, since)
    values = brand_values(brand)
    content = Content(
        subject=made.subject,
        text=render.text(made, values, say, app.templates),
        page=render.html(made, values, say, app.templates),
        unsubscribe=way.unsubscribe,
    )
    sign = alone(app, newsletter)
    return parcel(newsletter, notice.id, notice.subscriber, content, app.secret, app.clock(), sign)


def _way(app: App, newsletter: Newsletter, notice: Notice) -> wording.Way:
    base, person = app.loaded.workspace.base_url, notice.subscriber.id
    if notice.kind == NoticeKind.CONFIRM:
        until = notice.made_at + readers.CONFIRM_WITHIN
        return wording.Way(act=f"{base}/c/{track.dated(app.secret, CONFIRM, notice.asking, until)}")

    def own(page: str, purpose: str) -> str:
        return f"{base}/{page}/{track.token(app.secret, purpose, newsletter.id, person)}"

    act = own("k", KEEP) if notice.kind == NoticeKind.KEEP else own("p", "preferences")
    return wording.Way(act=act, unsubscribe=own("u", "unsubscribe"))


def _since(app: App, notice: Notice, say: words.Say) -> str:
    found = readers.place(app.store, notice.newsletter, notice.subscriber.id)
    at: datetime = (found and found.subscription.consent_at) or notice.made_at
    return f"{say(MONTHS[at.month - 1])} {at.year}"
