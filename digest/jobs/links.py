"""Links: every address that an edition leads its readers to is followed, side by side, and what it answers is kept.

::

    edition ─ links_of ─► addresses ─ asked: eight at once, two a host, a minute in all ─► answers ─ one commit

The network is outside every transaction. A link that had no turn in time stays as it was: not checked is no finding.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest.domain import spoken
from digest.domain.model import (
    Edition,
    Finding,
    LinkAnswer,
    LinkChecked,
    LinkState,
    Newsletter,
    Placement,
    Severity,
)
from digest.domain.ports import AskLink, Clock, Store
from digest.domain.states import OPEN
from digest.jobs.edition import find
from digest.jobs.press import free_blocks
from digest.stages import layout

#: links followed at once, and of one site
AT_ONCE, OF_A_HOST = 8, 2
#: seconds that the links of an edition may take in all
MOST_SECONDS = 60.0
#: so long an answer is kept that nobody asks for
KEPT = timedelta(days=90)
#: so long before a slot the links are checked once more
BEFORE_SLOT = timedelta(hours=1)

# as mail programs make links of what is typed; what ends a sentence is no part of it
_TYPED = re.compile(r"https?://[^\s<>“”\"]+[^\s<>“”\".,;:!?)’']")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """What checking an edition's links needs."""

    store: Store
    clock: Clock
    ask: AskLink
    newsletter: Newsletter
    #: id of the edition
    edition: str
    seconds: float = MOST_SECONDS
    #: asked before each link: is the program ending?
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """An address that an edition leads to, and where it stands first."""

    address: str
    #: in words: “TITLE”, your button “Book a place”, the introduction
    where: str
    #: path of it in the content (stages/editing); empty where it stands in no text of this edition alone
    about: str = ""
    #: it may be an address on a private network
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An edition's links, and what is known of each; None of those that were never checked."""

    edition: Edition
    links: tuple[tuple[Linked, LinkChecked | None], ...]

    @property
    def broken(self) -> list[tuple[Linked, LinkChecked]]:
        """Return those whose readers most likely find nothing."""
        return [(link, one) for link, one in self.links if one is not None and one.answer.state.is_broken]


def check(work: Checking) -> Checked:
    """Follow every link of an edition and keep what each answers; return what is known of them then.

    Raises NotFound where there is no such edition; what goes wrong with a link is its answer.
    """
    wanted = _links(work.store, work.newsletter, find(work.store, work.edition))
    answers = asked(work.ask, wanted, work.seconds, work.stop)
    now = work.clock()
    with work.store.writing() as session:
        before = session.links.checked(list(answers))
        session.links.keep([_remembered(one, answer, before.get(one), now) for one, answer in answers.items()])
        session.links.forget(now - KEPT)
    return known(work.store, work.newsletter, work.edition)


def check_before_slot(work: Checking) -> Checked:
    """Check an edition's links once more shortly before it leaves, and record that this was done.

    Where the program is ending amid it, it is done again.
    """
    checked = check(work)
    if not work.stop():
        with work.store.writing() as session:
            session.links.checked_for(checked.edition.id, checked.edition.slot, work.clock())
    return checked


def known(store: Store, newsletter: Newsletter, edition: str) -> Checked:
    """Return what is known of an edition's links; nothing is asked. Raises NotFound."""
    found = find(store, edition)
    wanted = _links(store, newsletter, found)
    with store.reading() as session:
        checked = session.links.checked(list(wanted))
    return Checked(edition=found, links=tuple((one, checked.get(one.address)) for one in wanted.values()))


def links_of(newsletter: Newsletter, edition: Edition, placements: Iterable[Placement]) -> dict[str, Linked]:
    """Return the links of an edition by their addresses, each where it stands first: stories, blocks, texts."""
    found: dict[str, Linked] = {}
    stories = (link for placement in placements for link in _of_story(newsletter, placement))
    for link in (*stories, *_of_blocks(newsletter, edition), *_of_introduction(newsletter, edition)):
        before = found.setdefault(link.address, link)
        # where one of those who name it may not ask a private address, nobody does
        found[link.address] = replace(before, private=before.private and link.private)
    return found


def findings(
    store: Store, newsletter: Newsletter, edition: Edition, placements: Sequence[Placement]
) -> tuple[Finding, ...]:
    """Say which links of an edition lead nowhere, and which could not be checked; nothing once it leaves."""
    if edition.state not in OPEN:
        return ()
    wanted = links_of(newsletter, edition, placements)
    with store.reading() as session:
        checked = session.links.checked(list(wanted))
    zone = newsletter.schedule.timezone
    found = [_finding(edition, wanted[one], checked[one], zone) for one in wanted if one in checked]
    return tuple(one for one in found if one is not None)


def told(link: Linked, checked: LinkChecked, zone: str) -> str:
    """Say in a sentence what became of a link."""
    return f"The link of {link.where} {_answers(link, checked.answer)} since {spoken.when(checked.since, zone)}."


def _links(store: Store, newsletter: Newsletter, edition: Edition) -> dict[str, Linked]:
    with store.reading() as session:
        return links_of(newsletter, edition, session.editions.placements(edition.id))


def _of_story(newsletter: Newsletter, placement: Placement) -> Iterator[Linked]:
    private = {source.id: source.allow_private for source in newsletter.sources}
    for insight in placement.story.insights:
        # without tags: the statistics of the site are for readers
        address = layout.destination(insight, newsletter, {})
        if address:
            yield Linked(
                address=address,
                where=f"“{placement.shown.title if insight is placement.story.lead else insight.title}”",
                about="" if placement.first_in else f"story/{placement.story.id}/link",
                private=private.get(insight.source, False),
            )


def _of_blocks(newsletter: Newsletter, edition: Edition) -> Iterator[Linked]:
    own = {id(one.block): one.id for one in edition.written.blocks}
    for block in free_blocks(newsletter, edition):
        where, about = f"your {block.kind}", f"block/{own[id(block)]}/link" if id(block) in own else ""
        if block.words or block.title:
            where += f" “{block.words or block.title}”"
        if block.link.startswith(("https://", "http://")):
            yield Linked(address=block.link, where=where, about=about)
        for address in _TYPED.findall(block.text):
            yield Linked(address=address, where=where, about=about.replace("/link", "/text"))


def _of_introduction(newsletter: Newsletter, edition: Edition) -> Iterator[Linked]:
    own = edition.written.introduction
    for text in (newsletter.introduction if own is None else own, newsletter.correction):
        for address in _TYPED.findall(text):
            yield Linked(address=address, where="the introduction", about="introduction")


def asked(
    ask: AskLink, wanted: Mapping[str, Linked], seconds: float, stop: Callable[[], bool] = lambda: False
) -> dict[str, LinkAnswer]:
    """Follow links side by side; one that had no turn or no answer by the end is missing in the result.

    seconds: for all of it; stop: asked before each.
    """
    queue = _Queue(list(wanted.values()))
    end = time.monotonic() + seconds
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="links")
    answers: dict[str, LinkAnswer] = {}
    try:
        while (queue or queue.running) and not stop() and time.monotonic() < end:
            for link in queue.next_ones():
                queue.running[pool.submit(ask, link.address, link.private)] = link
            done, _ = wait(queue.running, timeout=max(0.0, end - time.monotonic()), return_when=FIRST_COMPLETED)
            answers |= queue.taken(done)
    finally:
        # who is still waiting for a server is not waited for; closing the web ends them
        pool.shutdown(wait=False, cancel_futures=True)
    return answers


@dataclass(slots=True)
class _Queue:
    """Links that wait for their turn: a slow site holds up none but its own."""

    waiting: list[Linked]
    running: dict[Future[LinkAnswer], Linked] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.waiting)

    def next_ones(self) -> list[Linked]:
        """Take those whose turn it is."""
        busy = Counter(_host(one.address) for one in self.running.values())
        chosen: list[Linked] = []
        for link in self.waiting:
            host = _host(link.address)
            if len(self.running) + len(chosen) < AT_ONCE and busy[host] < OF_A_HOST:
                busy[host] += 1
                chosen.append(link)
        self.waiting = [one for one in self.waiting if one not in chosen]
        return chosen

    def taken(self, done: Iterable[Future[LinkAnswer]]) -> dict[str, LinkAnswer]:
        """Take what was answered; a fault of this program says nothing of the link."""
        ended = [(self.running.pop(one), one) for one in done]
        return {link.address: one.result() for link, one in ended if one.exception() is None}


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


def _remembered(address: str, answer: LinkAnswer, before: LinkChecked | None, now: datetime) -> LinkChecked:
    same = before is not None and (before.answer.state, before.answer.status) == (answer.state, answer.status)
    return LinkChecked(address=address, answer=answer, at=now, since=before.since if before and same else now)


def _finding(edition: Edition, link: Linked, checked: LinkChecked, zone: str) -> Finding | None:
    state = checked.answer.state
    if state == LinkState.OK:
        return None
    return Finding(
        code="review.link" if state.is_broken else "review.link-unchecked",
        severity=Severity.LOOK_AT if state.is_broken else Severity.NOTE,
        where=edition.id,
        what=told(link, checked, zone) if state.is_broken else _unchecked(link, checked.answer),
        why="Readers who follow it find nothing."
        if state.is_broken
        else "Nobody knows whether readers find something.",
        mend=f"Follow it yourself: {link.address}. "
        + ("Then mend it, or leave it out." if state.is_broken else "If it opens, nothing is to be done."),
        about=link.about,
    )


def _answers(link: Linked, answer: LinkAnswer) -> str:
    if answer.state == LinkState.NO_HOST:
        return f"leads to {_host(link.address)}, which nobody knows,"
    if answer.state in (LinkState.NO_ANSWER, LinkState.TIMED_OUT):
        return "gets no answer" if answer.state == LinkState.NO_ANSWER else "gets no answer in time"
    kind = {404: " (gone)", 410: " (gone for good)"}.get(answer.status, " (the site is in trouble)")
    return f"answers {answer.status}{kind}"


def _unchecked(link: Linked, answer: LinkAnswer) -> str:
    why = f"the site answers {answer.status} to programs" if answer.status else answer.said
    return f"The link of {link.where} could not be checked: {why}."
