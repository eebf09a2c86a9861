"""Pictures: those of an edition's stories are asked for once, when it is drafted; what was kept is all that is shown.

The network is outside every transaction, the whole of it takes a minute at most, and nothing that goes wrong with a
picture is more than a finding: its story stands without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.domain.errors import DigestError, FetchError, Gone
from digest.domain.model import Edition, Finding, Newsletter, Placement, Severity, Shape, Shaped, Variant
from digest.domain.ports import AskPicture, Clock, PictureAsked, PictureKept, Resize, Store
from digest.jobs.press import first_themes
from digest.stages import pictured
from digest.stages.layout.strength import strongest_first, top_of

#: pictures asked for at once; of one site never more than two
AT_ONCE = 8
#: seconds that asking for the pictures of an edition may take in all
MOST_SECONDS = 60.0
#: after each failure it is not asked for again before so long; after the last it is left alone
WAITS = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
#: so long a picture is kept that stands in no edition
KEPT = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """What gathering works with."""

    store: Store
    clock: Clock
    ask: AskPicture
    resize: Resize
    at_once: int = AT_ONCE
    seconds: float = MOST_SECONDS
    #: asked before each picture: is the program ending?
    stop: Callable[[], bool] = lambda: False


class _Late(DigestError):
    """It was asked for and did not come in time."""


def addresses(newsletter: Newsletter, placements: Iterable[Placement]) -> dict[str, bool]:
    """Return the addresses of the pictures of stories and of staff's blocks, each with whether it may be a private one.

    A source decides that of its stories; one that two sources name is asked as the stricter of them allows.
    """
    private = {source.id: source.allow_private for source in newsletter.sources}
    found: dict[str, bool] = {}
    for lead in (placement.story.lead for placement in placements):
        if lead.image:
            found[lead.image] = found.get(lead.image, True) and private.get(lead.source, False)
    return found | {block.picture: False for block in newsletter.blocks if block.picture}


def gather(work: Gathering, wanted: Mapping[str, bool], *, anyway: bool = False) -> None:
    """Ask for the pictures that are not held and may be asked for now; one commit keeps what came.

    wanted: as `addresses` returns it; anyway: a person wants them now, however lately they could not be had.
    """
    now = work.clock()
    with work.store.reading() as session:
        known = session.pictures.asked(list(wanted))
    due = {
        address: private
        for address, private in wanted.items()
        if _is_due(known.get(address), now) or (anyway and known[address].failures)
    }
    if not due:
        return
    got = _asked(work, due)
    now = work.clock()
    asked = [_remembered(address, known.get(address), one, now) for address, one in got.items()]
    kept = [
        PictureKept(address=address, shape=shape, picture=picture, at=now)
        for address, one in got.items()
        if isinstance(one, Shaped)
        for shape, picture in one.pictures.items()
    ]
    with work.store.writing() as session:
        session.pictures.keep(asked, kept)
        session.pictures.forget(now - KEPT)


def have(work: Gathering, address: str) -> str:
    """Have the picture that a person names, asking for it now; return why it cannot be had, empty where it can."""
    gather(work, {address: False}, anyway=True)
    with work.store.reading() as session:
        asked = session.pictures.asked([address]).get(address)
    if asked is None:
        return "there was no time to ask for it"
    return asked.fault if asked.failures else ""


def findings(
    store: Store,
    newsletter: Newsletter,
    edition: Edition,
    variants: Sequence[Variant],
    placements: Sequence[Placement],
) -> list[Finding]:
    """Say which stories of an edition stand without their picture, and why; of those at the top, also a large one."""
    tops = _tops(newsletter, edition, variants, placements)
    illustrated = [one for one in placements if one.story.lead.image]
    addresses = [one.story.lead.image for one in illustrated]
    with store.reading() as session:
        known = session.pictures.asked(addresses)
        names = session.pictures.names(addresses, edition.drafted_at)
    telling = pictured.telling(names, addresses)
    found = []
    for placement in illustrated:
        address = placement.story.lead.image
        asked = known.get(address)
        if asked is None:
            found.append(_not_asked(edition, placement))
        elif asked.failures:
            found.append(_left_out(edition, placement, asked))
        elif address in names and address not in telling:
            found.append(_shared(edition, placement))
        elif asked.fault and placement.story.id in tops:
            found.append(_too_small(edition, placement, asked))
    return found


def _is_due(asked: PictureAsked | None, now: datetime) -> bool:
    return asked is None or (asked.next_at is not None and asked.next_at <= now)


def _asked(work: Gathering, due: Mapping[str, bool]) -> dict[str, Shaped | DigestError]:
    """Ask for pictures side by side; one whose turn never came is missing in the result."""
    pool = ThreadPoolExecutor(min(work.at_once, len(due)), thread_name_prefix="pictures")
    try:
        futures = {address: pool.submit(_one, work, address, private) for address, private in due.items()}
        wait(futures.values(), timeout=work.seconds)
        results = {address: _result(work, future) for address, future in futures.items()}
    finally:
        # who is still waiting for a server is not waited for; closing the web ends them
        pool.shutdown(wait=False, cancel_futures=True)
    return {address: one for address, one in results.items() if one is not None}


def _one(work: Gathering, address: str, private: bool) -> Shaped | DigestError | None:
    if work.stop():
        return None
    try:
        return work.resize(work.ask(address, private))
    except DigestError as fault:
        return fault
    except Exception as fault:
        # a fault of this program: a draft must not fail for a picture
        return DigestError(f"an unexpected fault: {type(fault).__name__}: {fault}")


def _result(work: Gathering, future: Future[Shaped | DigestError | None]) -> Shaped | DigestError | None:
    if future.done():
        return future.result()
    return None if future.cancel() else _Late(f"it did not come within {work.seconds:.0f} seconds")


def _remembered(address: str, before: PictureAsked | None, got: Shaped | DigestError, now: datetime) -> PictureAsked:
    if isinstance(got, Shaped):
        return PictureAsked(address=address, at=now, fault=next(iter(got.missing.values()), ""))
    failures = (before.failures if before is not None else 0) + 1
    again = None
    if failures <= len(WAITS) and not isinstance(got, Gone):
        patience = got.retry_after if isinstance(got, FetchError) else None
        again = now + max(WAITS[failures - 1], patience or timedelta())
    return PictureAsked(address=address, at=now, failures=failures, fault=got.what.rstrip("."), next_at=again)


def _tops(
    newsletter: Newsletter, edition: Edition, variants: Sequence[Variant], placements: Sequence[Placement]
) -> set[str]:
    tops = set()
    for variant in variants:
        share = [one for one in placements if one.story.id in variant.stories]
        ranked = strongest_first(share, newsletter, edition.slot)
        if ranked:
            tops.add(top_of(ranked, first_themes(newsletter, variant.segment)).story.id)
    return tops


def _not_asked(edition: Edition, placement: Placement) -> Finding:
    return _finding(
        "not-asked",
        edition,
        f"“{placement.shown.title}” stands without its picture: there was no time to ask for it.",
        "`digest draft --again` asks for it.",
    )


def _left_out(edition: Edition, placement: Placement, asked: PictureAsked) -> Finding:
    again = "`digest draft --again` asks for it again" if asked.next_at is not None else "It is not asked for again"
    return _finding(
        "left-out",
        edition,
        f"“{placement.shown.title}” stands without its picture: {asked.fault}.",
        f"Look at {asked.address}. {again}.",
    )


def _shared(edition: Edition, placement: Placement) -> Finding:
    return _finding(
        "shared",
        edition,
        f"“{placement.shown.title}” stands without its picture: another story has the same.",
        f"If it is the site’s own, nothing is to be done; else give one of them its own: {placement.story.lead.image}.",
    )


def _too_small(edition: Edition, placement: Placement, asked: PictureAsked) -> Finding:
    width, height = Shape.HERO.size
    return _finding(
        "small",
        edition,
        f"“{placement.shown.title}” stands at the top without its picture: {asked.fault}.",
        f"One of {2 * width} × {2 * height} is right. Or pin another story to the top: `digest pin`.",
    )


def _finding(code: str, edition: Edition, what: str, mend: str) -> Finding:
    return Finding(
        code=f"pictures.{code}",
        severity=Severity.NOTE,
        where=edition.id,
        what=what,
        why="The email is laid out without it.",
        mend=mend,
    )
