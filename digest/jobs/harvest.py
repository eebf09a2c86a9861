"""Harvest: the sources of a newsletter are asked, many at once.

::

    for each source, in a thread of its own:
        ask it, read it                              (network, child processes)
        hold it against what is stored               (reads the database)
        ask the pages of new articles, where wanted  (network)
    for those that have answered meanwhile, in this thread:
        one commit: insights, validators, what is remembered of each

What fails fails alone, and a program that is stopped half-way has kept what was committed. A commit waits for the
disk, so that it takes all who came while the one before did; of a source all is kept or nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from queue import SimpleQueue

from digest.domain.errors import DigestError, FetchError, Gone
from digest.domain.model import (
    NO_VALIDATORS,
    Article,
    Finding,
    Gathered,
    Insight,
    Newsletter,
    Reading,
    Severity,
    Source,
)
from digest.domain.ports import AskArticle, Clock, Gather, Progress, Session, SourceState, Store
from digest.jobs import articles
from digest.stages import collect, health, vanish

#: sources asked at once; more is slower (DESIGN.md, "Fetching")
AT_ONCE = 20
#: known insights of a source that those of a changed page are held against
COMPARED = 30
#: what was asked less long ago is not asked again for a draft: one that cannot be made is tried every few minutes
FRESH = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvested:
    """What asking one source came to."""

    source: str
    #: entries that the source shows now, and how many of them were not known
    found: int = 0
    new: int = 0
    unchanged: bool = False
    #: not asked, since it asked for patience or is gone; a finding says so
    skipped: bool = False
    findings: tuple[Finding, ...] = ()


def _no_article(source: Source, link: str) -> Article:
    raise FetchError(f"{link} was not asked.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What a harvest works with."""

    store: Store
    clock: Clock
    gather: Gather
    article: AskArticle = _no_article
    progress: Progress = lambda done, of: None
    at_once: int = AT_ONCE
    #: asked before each request of a source or article: is the program ending?
    stop: Callable[[], bool] = lambda: False
    #: ids of sources that are taken as they are now, although none of their known articles is there
    trusted: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What a thread brings back of a source: nothing in it is stored yet."""

    source: Source
    before: SourceState
    now: datetime
    gathered: Gathered | None = None
    collected: collect.Collected = collect.NOTHING
    vanished: vanish.Vanished | None = None
    #: some of what is new waits for the next harvest
    unfinished: bool = False
    #: the site of its articles asked for patience
    wait_until: datetime | None = None
    fault: DigestError | None = None
    #: not asked, since the program is ending
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """What is kept of what a source brought, and what is said of it."""

    result: Harvested
    state: SourceState
    insights: tuple[Insight, ...] = ()


def harvest(work: Harvest, newsletter: Newsletter, only: Collection[str] | None = None) -> list[Harvested]:
    """Ask the sources of a newsletter; return one result a source that was to be asked, in their order.

    only: ids of the sources to ask; None for all.
    """
    wanted = [one for one in newsletter.sources if only is None or one.id in only]
    results: dict[str, Harvested] = {}
    with work.store.reading() as session:
        states = _states(session, wanted)
    now = work.clock()
    for source in wanted:
        waits = states[source.id].gone or not health.may_be_asked(states[source.id], now)
        if waits and source.id not in work.trusted:
            results[source.id] = _left_alone(source, states[source.id])
    asked = [source for source in wanted if source.id not in results]
    work.progress(0, len(asked))
    with _threads(work.at_once) as start:
        # futures.wait would look at all that are still waiting each time one comes
        finished: SimpleQueue[Future[_Answer]] = SimpleQueue()
        for source in asked:
            start(_ask, work, source, states[source.id]).add_done_callback(finished.put)
        settled = 0
        while settled < len(asked):
            done = _all_of(finished)
            results |= _settle(work, done)
            settled += len(done)
            work.progress(settled, len(asked))
    return [results[source.id] for source in wanted]


def due(store: Store, newsletter: Newsletter, now: datetime) -> list[str]:
    """Return the ids of the sources that are to be asked now."""
    every = timedelta(hours=newsletter.schedule.collect_every_hours)
    with store.reading() as session:
        states = _states(session, newsletter.sources)
    times = {name: health.next_due(state, every, now) for name, state in states.items()}
    return [name for name, time in times.items() if time is not None and time <= now]


def stale(store: Store, newsletter: Newsletter, now: datetime) -> list[str]:
    """Return the ids of the sources that are to be asked before a draft is made: who was not asked just now."""
    with store.reading() as session:
        states = _states(session, newsletter.sources)
    return [name for name, one in states.items() if one.last_asked is None or now - one.last_asked >= FRESH]


def conditions(store: Store, newsletter: Newsletter, now: datetime) -> list[health.Health]:
    """Return how each source of a newsletter fares, in their order."""
    every = timedelta(hours=newsletter.schedule.collect_every_hours)
    since = now - timedelta(weeks=health.WEEKS)
    with store.reading() as session:
        states = _states(session, newsletter.sources)
        counts = session.insights.since([one.id for one in newsletter.sources], since)
    return [health.health(one, states[one.id], counts.get(one.id, 0), every, now) for one in newsletter.sources]


def _states(session: Session, sources: Iterable[Source]) -> dict[str, SourceState]:
    known = session.insights.states()
    return {one.id: _state(known.get(one.id, SourceState(source=one.id)), one) for one in sources}


def _state(before: SourceState, source: Source) -> SourceState:
    """What is remembered of a source; of one that is now asked otherwise, only what it gave."""
    asked_as = _asked_as(source)
    if before.asked_as in ("", asked_as):
        return replace(before, asked_as=asked_as)
    return SourceState(
        source=before.source, asked_as=asked_as, last_success=before.last_success, last_new=before.last_new
    )


def _asked_as(source: Source) -> str:
    # what readers see of it changes nothing in how it is asked; links in a file are relative to its website
    website = source.website if source.kind == "file" else ""
    return hashlib.sha256(repr(replace(source, name="", website=website)).encode()).hexdigest()


@contextmanager
def _threads(at_once: int) -> Iterator[Callable[..., Future[_Answer]]]:
    pool = ThreadPoolExecutor(at_once)
    try:
        yield pool.submit
    except BaseException:
        # Ctrl-C: nothing more is begun, and what is under way is not waited for
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _ask(work: Harvest, source: Source, before: SourceState) -> _Answer:
    """Ask a source and hold what it says against what is stored; runs in a thread and writes nothing."""
    now = work.clock()
    if work.stop():
        return _Answer(source=source, before=before, now=now, stopped=True)
    try:
        gathered = work.gather(source, before.validators)
        if gathered.reading is None:
            return _Answer(source=source, before=before, now=now, gathered=gathered)
        return _held(work, _Answer(source=source, before=before, now=now, gathered=gathered), gathered.reading)
    except DigestError as fault:
        return _Answer(source=source, before=before, now=now, fault=fault)
    except Exception as fault:
        # a fault of this program: it must not take the other sources with it
        words = f"An unexpected fault: {type(fault).__name__}: {fault}"
        return _Answer(source=source, before=before, now=now, fault=DigestError(words, "It is tried again next time."))


def _held(work: Harvest, answer: _Answer, reading: Reading) -> _Answer:
    """Hold what a source says against what is stored of it."""
    source = answer.source
    with work.store.reading() as session:
        stored = session.insights.stored(list(collect.identified(source, reading)))
        latest = session.insights.latest(source.id, COMPARED)
    found = collect.insights(source, reading, stored, answer.now)
    lost = vanish.look(source, answer.before.last_new, found.insights, found.new, latest)
    answer = replace(answer, collected=found, vanished=lost)
    taken = lost is None or lost.taken or source.id in work.trusted
    return _with_articles(work, answer) if taken and (source.articles or reading.untitled) else answer


def _with_articles(work: Harvest, answer: _Answer) -> _Answer:
    """Ask the pages of new articles for what the source left out.

    What is beyond those that are asked at once, and what has no title then, waits for the next harvest.
    """
    source, found, now = answer.source, answer.collected, answer.now
    wanted = [one for one in found.insights if one.id in found.new and one.link]
    pages = articles.ask(work.article, source, wanted, now, work.stop)
    filled = {id_: collect.filled(one, page, now) for one, page in pages.read for id_ in (one.id,)}
    left = found.new - pages.asked
    insights = [filled.get(one.id, one) for one in found.insights if one.id not in left or not one.link]
    titled = tuple(one for one in insights if one.title)
    said = (articles.failed(source, pages),) if pages.faults else ()
    kept = {one.id for one in titled}
    return replace(
        answer,
        collected=replace(found, insights=titled, new=found.new & kept, findings=(*found.findings, *said)),
        unfinished=bool(found.new - kept),
        wait_until=now + pages.patience if pages.patience is not None else None,
    )


def _all_of(finished: SimpleQueue[Future[_Answer]]) -> list[Future[_Answer]]:
    """Wait for one that has finished, and take all who have by then."""
    found = [finished.get()]
    while not finished.empty():
        found.append(finished.get())
    return found


def _settle(work: Harvest, done: Sequence[Future[_Answer]]) -> dict[str, Harvested]:
    """Commit what these sources brought; what ended a thread is raised after that."""
    ended = [one.exception() for one in done]
    answers = [one.result() for one, fault in zip(done, ended, strict=True) if fault is None]
    settled = [_settled(work, answer) for answer in answers if not answer.stopped]
    with work.store.writing() as session:
        session.insights.add([insight for one in settled for insight in one.insights])
        session.insights.remember([one.state for one in settled])
    for fault in filter(None, ended):
        raise fault
    stopped = {one.source.id: Harvested(source=one.source.id, skipped=True) for one in answers if one.stopped}
    return stopped | {one.result.source: one.result for one in settled}


def _settled(work: Harvest, answer: _Answer) -> _Settled:
    """Decide what is kept of what a source brought."""
    if answer.fault is not None:
        return _failed(answer, answer.fault)
    lost = answer.vanished
    if lost is not None and not lost.taken and answer.source.id not in work.trusted:
        return _vanished(answer, lost.finding)
    return _kept(answer)


def _kept(answer: _Answer) -> _Settled:
    gathered, found = answer.gathered, answer.collected
    assert gathered is not None
    state = replace(
        answer.before,
        # what was left for next time is found again only if all is read again
        validators=NO_VALIDATORS if answer.unfinished else gathered.validators,
        last_asked=answer.now,
        last_success=answer.now,
        last_new=answer.now if found.new else answer.before.last_new,
        failing_since=None,
        failures=0,
        fault="",
        wait_until=answer.wait_until,
        gone=False,
    )
    result = Harvested(
        source=answer.source.id,
        found=len(found.insights),
        new=len(found.new),
        unchanged=gathered.reading is None,
        findings=(
            *(gathered.reading.findings if gathered.reading is not None else ()),
            *found.findings,
            *((answer.vanished.finding,) if answer.vanished is not None else ()),
            *((_moved(answer.source, gathered.moved_to),) if gathered.moved_to else ()),
        ),
    )
    return _Settled(result=result, state=state, insights=found.insights)


def _vanished(answer: _Answer, finding: Finding) -> _Settled:
    """Keep nothing of a page whose list vanished: it is read anew next time, and said again."""
    said = answer.gathered.reading.findings if answer.gathered and answer.gathered.reading else ()
    result = Harvested(source=answer.source.id, found=len(answer.collected.insights), findings=(*said, finding))
    return _Settled(result=result, state=_state_of_a_failure(answer, finding.what))


def _failed(answer: _Answer, fault: DigestError) -> _Settled:
    wait = fault.retry_after if isinstance(fault, FetchError) else None
    state = _state_of_a_failure(
        answer, fault.what, wait_until=answer.now + wait if wait else None, gone=isinstance(fault, Gone)
    )
    found = health.health(answer.source, state, 0, timedelta(), answer.now)
    hiccup = Finding(
        code="collect.failed",
        severity=Severity.NOTE,
        where=answer.source.id,
        what=fault.what,
        why="Nothing new came from it this time; what it gave before is kept.",
        mend=fault.mend,
    )
    result = Harvested(source=answer.source.id, findings=tuple(health.findings([found])) or (hiccup,))
    return _Settled(result=result, state=state)


def _state_of_a_failure(
    answer: _Answer, fault: str, wait_until: datetime | None = None, *, gone: bool = False
) -> SourceState:
    return replace(
        answer.before,
        validators=NO_VALIDATORS if answer.vanished is not None else answer.before.validators,
        last_asked=answer.now,
        failing_since=answer.before.failing_since or answer.now,
        failures=answer.before.failures + 1,
        fault=fault,
        wait_until=wait_until,
        gone=gone,
    )


def _left_alone(source: Source, state: SourceState) -> Harvested:
    until = state.wait_until
    words = (
        "It said that it is gone for good, so it is not asked any more."
        if state.gone or until is None
        else f"It asked not to be asked before {until.day} {until:%B %Y, %H:%M} UTC."
    )
    finding = Finding(
        code="source.gone" if state.gone else "source.waits",
        severity=Severity.LOOK_AT if state.gone else Severity.NOTE,
        where=source.id,
        what=words,
        why="Nothing new came from it this time; what it gave before is kept.",
        mend="Write its new address under this source in digest.toml, or remove it. If it is back after all, "
        f"`digest sources accept {source.id}` asks it again."
        if state.gone
        else f"`digest sources accept {source.id}` asks it now all the same.",
    )
    return Harvested(source=source.id, skipped=True, findings=(finding,))


def _moved(source: Source, address: str) -> Finding:
    return Finding(
        code="source.moved",
        severity=Severity.NOTE,
        where=source.id,
        what=f"It has moved for good to {address}.",
        why="The old address may stop leading there.",
        mend="Write the new address under this source in digest.toml.",
    )
