"""Fetch: the web, asked politely. One bounded GET; redirects are followed by hand, so that every hop is judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from digest.domain.errors import AddressRefused, FetchError
from digest.domain.model import NO_VALIDATORS, LinkAnswer, Validators
from digest.net import answer as answers
from digest.net.address import Address, judged, onward
from digest.net.answer import Answer
from digest.net.ask import AGENT, Asker
from digest.net.deadline import Deadline
from digest.net.look import LOOK_SECONDS, answered, unanswered
from digest.net.pace import Pace
from digest.net.robots import Robots

#: bounds of one fetch: unpacked bytes, seconds for all of it, hops
MOST_BYTES = 10 * 1024 * 1024
MOST_SECONDS = 30.0
MOST_HOPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What an address gave. `content` is None where the server says that nothing changed (304)."""

    content: bytes | None
    #: where it was found in the end, after redirects
    address: str
    content_type: str = ""
    validators: Validators = NO_VALIDATORS
    #: the end of a chain made only of permanent redirects (301, 308), else empty
    moved_to: str = ""


class Web:
    """The web, asked politely: connections, robots.txt and the pace of each host are shared by all who ask.

    contact: address of the organisation's website, named to the servers that are asked.
    """

    def __init__(self, contact: str = "") -> None:
        self._pace = Pace()
        self._asker = Asker(_agent(contact), self._pace)
        self._robots = Robots(self._asker, self._pace)

    def fetch(
        self,
        address: str,
        validators: Validators = NO_VALIDATORS,
        *,
        allow_private: bool = False,
        as_robot: bool = False,
    ) -> Fetched:
        """Get an address. Any number of threads may.

        validators: what the server gave last time; allow_private: ask private addresses and any port, too;
        as_robot: ask the site's robots.txt first. Raises AddressRefused for an address that must not be asked,
        Gone where it is gone for good, RobotsRefused where robots.txt says so, FetchError for everything else
        that fails.
        """
        here = first = judged(address, allow_private)
        deadline = Deadline(MOST_SECONDS)
        has_moved = True
        for _ in range(MOST_HOPS + 1):
            if as_robot:
                self._robots.heed(here, allow_private, deadline)
            # an ETag may be as telling as a cookie: another host does not get it
            known = validators if here.host == first.host else NO_VALIDATORS
            answer = self._asker.ask(here, deadline, MOST_BYTES, allow_private=allow_private, validators=known)
            if not answer.is_redirect:
                return _fetched(answer, here, known, here.text if has_moved and here is not first else "")
            there = onward(here, answers.location(answer, here), allow_private)
            # From https to http is followed, since nothing secret is sent or read and https itself said so, but
            # never for good: everybody on the way could alter the page from then on.
            has_moved = has_moved and answer.is_permanent and not (here.scheme == "https" and there.scheme == "http")
            here = there
        raise FetchError(f"{first.shown} leads on and on to other addresses.", "Give the address it ends at.")

    def look(self, address: str, *, allow_private: bool = False, seconds: float = LOOK_SECONDS) -> LinkAnswer:
        """Return what an address answers to whoever follows a link to it; nothing beyond heads is read.

        allow_private: as in `fetch`. robots.txt is not asked: this follows one link as a person does who was given it,
        and RFC 9309 is for programs that find their own way. Any number of threads may; nothing is raised.
        """
        try:
            return self._looked(judged(address, allow_private), Deadline(seconds), allow_private)
        except FetchError as fault:
            return unanswered(fault)

    def _looked(self, here: Address, deadline: Deadline, allow_private: bool) -> LinkAnswer:
        method, hops = "HEAD", 0
        while hops <= MOST_HOPS:
            answer = self._asker.head(method, here, deadline, allow_private=allow_private)
            if answer.is_redirect:
                here, hops = onward(here, answers.location(answer, here), allow_private), hops + 1
            elif method == "GET" or answer.status in (*range(200, 400), 429):
                return answered(answer.status)
            else:
                # many servers answer HEAD with an error that a person following the link never sees
                method = "GET"
        return answered(0, f"it leads on and on: more than {MOST_HOPS} times")

    def close(self) -> None:
        """Close every connection; who waits for a turn or an answer gets a FetchError."""
        self._pace.end()
        self._asker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _fetched(answer: Answer, address: Address, known: Validators, moved_to: str) -> Fetched:
    if answer.status == 304 and known != NO_VALIDATORS:
        return Fetched(content=None, address=address.text, validators=known, moved_to=moved_to)
    if not answer.is_page:
        raise answers.refusal(answer, address, datetime.now(UTC))
    if not answer.is_whole:
        raise FetchError(
            f"{address.shown} is larger than {MOST_BYTES // 1024 // 1024} MB.", "Give the address of a smaller page."
        )
    return Fetched(
        content=answer.content,
        address=address.text,
        content_type=answer.headers.get("content-type", ""),
        validators=answers.validators(answer),
        moved_to=moved_to,
    )


def _agent(contact: str) -> str:
    """Return the User-Agent, with the organisation's website if it is an address."""
    try:
        website = judged(contact, allow_private=True).text
    except AddressRefused:
        return AGENT
    # a bracket would end the comment (RFC 9110 5.6.5)
    website = website.replace("(", "%28").replace(")", "%29").replace("\\", "%5C")
    return f"Digest/0.1 (+{website}; email digest)"
