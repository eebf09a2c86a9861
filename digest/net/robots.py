"""Robots: what a site's robots.txt allows programs to ask (RFC 9309)."""

from __future__ import annotations

import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

from protego import Protego

from digest.domain.errors import AddressRefused, FetchError, RobotsRefused
from digest.net.address import Address, judged, onward
from digest.net.answer import Answer, location, refusal
from digest.net.ask import Asker
from digest.net.deadline import Deadline
from digest.net.pace import Pace

#: what robots.txt calls this program (RFC 9309 2.2.1)
TOKEN = "Digest"
#: bytes of a robots.txt that are read; what follows is not heeded (RFC 9309 2.5)
MOST_BYTES = 500 * 1024
#: redirects of a robots.txt that are followed (RFC 9309 2.3.1.2)
MOST_HOPS = 5

_AGENT = re.compile(r"\s*user[- ]?agent\s*[:\s]\s*([^#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a site said. Neither: everything is allowed. `fault`: nobody knows, so nothing is."""

    rules: Protego | None = None
    fault: FetchError | None = None


class Robots:
    """Every robots.txt is asked for once, by whoever comes first; the others wait for it.

    asker: asks for it; pace: is told how much time a site wants between requests.
    """

    def __init__(self, asker: Asker, pace: Pace) -> None:
        self._asker = asker
        self._pace = pace
        self._lock = threading.Lock()
        self._files: dict[tuple[str, bool], Future[_Told]] = {}

    def heed(self, address: Address, allow_private: bool, deadline: Deadline) -> None:
        """Return if programs may ask an address.

        Raises RobotsRefused if not, FetchError if the site could not say (5xx or no answer, RFC 9309 2.3.1.4),
        AddressRefused if its host must not be asked at all.
        """
        told = self._file(address, allow_private, deadline)
        if told.fault is not None:
            # a new one each time: others may be raising theirs at this moment
            raise type(told.fault)(told.fault.what, told.fault.mend, retry_after=told.fault.retry_after)
        if told.rules is not None and not told.rules.can_fetch(address.text, TOKEN):
            raise RobotsRefused(
                f"{address.shown} was not asked: the robots.txt of {address.host} asks programs to stay away from it.",
                "Ask whoever runs the site to let Digest in, or use the site's feed.",
            )

    def _file(self, address: Address, allow_private: bool, deadline: Deadline) -> _Told:
        mine: Future[_Told] = Future()
        with self._lock:
            found = self._files.setdefault((address.origin, allow_private), mine)
        if found is not mine:
            with deadline.paused():
                return found.result()
        told = _Told(fault=FetchError(f"The robots.txt of {address.host} was not read: collecting was stopped."))
        try:
            told = self._asked(address, allow_private, deadline)
        finally:
            # whatever happens, nobody may wait for ever
            mine.set_result(told)
        return told

    def _asked(self, address: Address, allow_private: bool, deadline: Deadline) -> _Told:
        here = first = judged(f"{address.origin}/robots.txt", allow_private)
        answer: Answer | None = None
        try:
            for _ in range(MOST_HOPS + 1):
                answer = self._asker.ask(here, deadline, MOST_BYTES, allow_private=allow_private)
                if not answer.is_redirect:
                    return self._read(answer, here, address.host)
                here = onward(here, location(answer, here), allow_private)
        except FetchError as fault:
            # before any answer, it is the page's own host that must not be asked
            is_refused = isinstance(fault, AddressRefused) and answer is None
            return _Told(fault=fault if is_refused else _unknown(first, fault))
        return _Told()

    def _read(self, answer: Answer, here: Address, host: str) -> _Told:
        if answer.is_page:
            content = answer.content if answer.is_whole else answer.content.rpartition(b"\n")[0]
            rules = Protego.parse(ours(content.decode("utf-8-sig", "replace")))
            self._pace.slow(host, rules.crawl_delay(TOKEN) or 0.0)
            return _Told(rules=rules)
        # 429 is temporary whatever RFC 9309 calls it: who is asked too much already is not asked more
        if answer.status == 204 or (400 <= answer.status < 500 and answer.status != 429):
            return _Told()
        return _Told(fault=_unknown(here, refusal(answer, here, datetime.now(UTC))))


def ours(text: str) -> str:
    """Return a robots.txt in which every other program has the same name.

    Protego keeps the rules of every program named; 17,000 names with 27,000 rules, which fit into 500 KiB,
    would take all memory. Nor would it compare whole names: a group for "Dig" is none for Digest.
    """
    return "\n".join(_renamed(line) for line in text.splitlines())


def _renamed(line: str) -> str:
    found = _AGENT.match(line)
    if found is None:
        return line
    name = found[1].strip()
    if name == "*":
        return "User-agent: *"
    token = re.match(r"[A-Za-z_-]*", name)
    is_ours = token is not None and token[0].lower() == TOKEN.lower()
    return f"User-agent: {TOKEN}" if is_ours else "User-agent: another"


def _unknown(address: Address, fault: FetchError) -> FetchError:
    return FetchError(
        f"Whether programs may read {address.host} is not known: {fault.what}",
        "It is asked again next time; what it gave before is kept.",
        retry_after=fault.retry_after,
    )
