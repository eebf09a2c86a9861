"""Reading: a head or a trustee without an account looks at an edition by a link, and says something to it.

::

    invite ─► a token, once ─► opened, as often as they like ─► comment ─► comments ─► settle
                            └► its end, or withdraw: from then on it is as if it had never been

A token is drawn, handed out once, and kept as its SHA-256 alone: a copy of the database opens nothing. To open a link
changes nothing; only a comment does.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import Comment, ReadingLink
from digest.domain.ports import Clock, Event, Session, Store
from digest.domain.states import NEVER_SENT
from digest.jobs import tokens
from digest.jobs.edition import find
from digest.stages.growth import months_before

#: days for which a link works, where nobody says otherwise, and at most
DAYS, MOST_DAYS = 7, 60
#: comments that come by one link, and characters of one: whoever has it can fill no disk
MOST_COMMENTS, MOST_CHARACTERS = 50, 2_000
#: characters of the name of whom a link is for
MOST_OF_A_NAME = 100
#: links and comments are kept for so many months after the time of their edition
KEPT_MONTHS = 12
#: what stands behind somebody's name in a history where they have no account
BY_LINK = ", by a reading link"
#: octets of a token: 128 bits
_OCTETS = 16
#: controls but for the end of a line (Cc), halves of surrogate pairs, and what turns the direction of all that follows
_NO_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def invite(store: Store, clock: Clock, edition_id: str, who: str, name: str, days: int = DAYS) -> str:
    """Make a link for somebody to read an edition by; return its token, which nobody can ask for again.

    who: who lets them; name: whom it is for. Raises NotFound, Unfit by the fields “name” and “days”, Refused.
    """
    called = " ".join(_plain(name).split())
    _check(called, days)
    if not who.strip():
        raise Refused("A reading link needs the name of who makes it.", "Say who you are.")
    edition = find(store, edition_id)
    if edition.state in NEVER_SENT:
        raise Refused(f"{edition_id} is {edition.state}: there is nothing to read.", "Invite them to the next one.")
    token, now = secrets.token_urlsafe(_OCTETS), clock()
    link = ReadingLink(
        key=tokens.kept_as(token),
        edition=edition_id,
        name=called,
        made_by=who.strip(),
        made_at=now,
        ends_at=now + timedelta(days=days),
    )
    with store.writing() as session:
        session.reading.add(link)
        session.editions.tell(edition_id, Event(at=now, who=link.made_by, what=f"invited {called} to read it"))
    return token


def opened(store: Store, clock: Clock, token: str) -> ReadingLink | None:
    """Return the link of a token; None, after the same look, where it is unknown, over or withdrawn."""
    with store.reading() as session:
        return _works(session, token, clock())


def links(store: Store, edition_id: str) -> list[ReadingLink]:
    """Return the links of an edition, the first one first, those that work no more among them."""
    with store.reading() as session:
        return list(session.reading.of(edition_id))


def withdraw(store: Store, clock: Clock, key: str, who: str) -> None:
    """Let a link work no more; what was said by it stays. To withdraw twice is to withdraw.

    key: as `links` tells it. Raises NotFound, Refused where nobody says who they are.
    """
    if not who.strip():
        raise Refused("Who withdraws a reading link has a name.", "Say who you are.")
    now = clock()
    with store.writing() as session:
        link = session.reading.get(key)
        if link is None:
            raise NotFound("There is no such reading link.", "Look at the edition again.")
        if session.reading.withdraw(key, who.strip(), now):
            event = Event(at=now, who=who.strip(), what=f"withdrew the reading link of {link.name}")
            session.editions.tell(link.edition, event)


def comment(store: Store, clock: Clock, token: str, text: str, story: str = "") -> Comment:
    """Keep what somebody said to an edition, or to one of its stories by its id.

    Raises NotFound where the link works no more, Unfit by the field “text”, Refused where it has said enough.
    """
    said = _said(text)
    now = clock()
    with store.writing() as session:
        link = _works(session, token, now)
        if link is None:
            raise NotFound("This link works no more.", "Ask whoever sent it for another one.")
        if session.reading.said(link.key) >= MOST_COMMENTS:
            raise Refused(f"{MOST_COMMENTS} comments have come by this link.", f"Write to {link.made_by}.")
        edition = session.editions.get(link.edition)
        assert edition is not None, "an edition is never deleted"
        made = Comment(
            id=secrets.token_hex(8),
            edition=link.edition,
            reading=link.key,
            name=link.name,
            at=now,
            step=edition.step,
            # one that was left out meanwhile is told as a comment on the whole
            story=story if any(one.story.id == story for one in session.editions.placements(link.edition)) else "",
            text=said,
        )
        session.reading.say(made)
        session.editions.tell(link.edition, Event(at=now, who=f"{link.name}{BY_LINK}", what="said something to it"))
    return made


def comments(store: Store, edition_id: str) -> list[Comment]:
    """Return what was said to an edition, the first one first."""
    with store.reading() as session:
        return list(session.reading.comments(edition_id))


def settle(store: Store, clock: Clock, edition_id: str, comment_id: str, who: str) -> bool:
    """Mark what was said to an edition as settled; False where somebody did before, or nothing like it was said."""
    if not who.strip():
        raise Refused("Who settles a comment has a name.", "Say who you are.")
    now = clock()
    with store.writing() as session:
        found = next((one for one in session.reading.comments(edition_id) if one.id == comment_id), None)
        if found is None or not session.reading.settle(comment_id, who.strip(), now):
            return False
        session.editions.tell(edition_id, Event(at=now, who=who.strip(), what=f"settled what {found.name} said"))
    return True


def forget(store: Store, clock: Clock) -> int:
    """Forget the links and comments of editions of long ago; return how many links there were."""
    with store.writing() as session:
        return session.reading.forget(months_before(clock(), KEPT_MONTHS))


def _check(name: str, days: int) -> None:
    faults = {}
    if not name:
        faults["name"] = "Say whom it is for."
    elif len(name) > MOST_OF_A_NAME:
        faults["name"] = f"{len(name):,} characters. It may have {MOST_OF_A_NAME}."
    if not 1 <= days <= MOST_DAYS:
        faults["days"] = f"A link works for 1 to {MOST_DAYS} days."
    if faults:
        raise Unfit(faults)


def _said(text: str) -> str:
    said = _plain(text).strip()
    if not said:
        raise Unfit({"text": "Write what you want to say."})
    if len(said) > MOST_CHARACTERS:
        raise Unfit({"text": f"{len(said):,} characters. It may have {MOST_CHARACTERS:,}."})
    return said


def _plain(text: str) -> str:
    return _NO_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def _works(session: Session, token: str, now: datetime) -> ReadingLink | None:
    link = session.reading.get(tokens.kept_as(token))
    return link if link is not None and link.withdrawn_at is None and now < link.ends_at else None
