"""Looking: an edition as the present configuration makes it, kept for the next look.

Its page is asked for with every act. What is kept is of one state of the edition, so that whoever changed it sees what
they changed. What is wrong with it is looked for beside (checking.py).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from digest.app import App
from digest.app.preview import SAMPLE, leads
from digest.app.showing import Preview
from digest.domain.errors import ApprovalTakenBack, DigestError
from digest.domain.model import Edition, Story, Subscriber, Variant
from digest.jobs import editing
from digest.jobs import edition as editions
from digest.jobs.editing import Editing
from digest.jobs.samples import Sample, samples
from digest.transports.mime import Composer
from digest.web.desk.editions.checking import Check, Checks

#: seconds for which is believed what does not lie in the edition itself: how sources fare, which stories are new
BELIEVED = 20.0
#: editions that are kept
_MOST = 4


class Looked:
    """An edition, looked at. What is dear and not always asked for is made when it is."""

    def __init__(
        self,
        app: App,
        preview: Preview,
        check: Check,
        late: tuple[Story, ...],
        trouble: DigestError | None = None,
    ) -> None:
        """late: stories that are new since it was drafted; trouble: why its approval was taken back just now."""
        self._app = app
        self.preview = preview
        self.check = check
        self.late = late
        self.trouble = trouble

    @cached_property
    def variants(self) -> Mapping[str, Variant]:
        """Its variants by their slugs, the web version with them."""
        return {one.slug: one for one in self.preview.variants}

    @cached_property
    def composer(self) -> Composer:
        """What fills its variants in for a reader."""
        return self._app.composer(self.preview.edition.id)

    @cached_property
    def leads(self) -> dict[str, str]:
        """Where the links lead that readers' clicks are counted by."""
        return leads(self._app, self.preview.edition.id)

    @cached_property
    def samples(self) -> Sequence[Sample]:
        """Made-up readers, who see every branch of it."""
        newsletter = self._app.newsletter_of(self.preview.edition)
        return samples(newsletter, self.preview.variants, [*self.preview.placements, *self.preview.earlier])

    def samples_of(self, segment: str) -> list[Sample]:
        """Return the made-up readers of a segment."""
        mine = {one.slug for one in self.preview.variants if one.segment == segment}
        return [one for one in self.samples if one.variant in mine]

    def sample(self, segment: str, reader: str) -> Sample | None:
        """Return a made-up reader of a segment by their id; the first one where it is nobody's."""
        mine = self.samples_of(segment)
        return next((one for one in mine if one.subscriber.id == reader), mine[0] if mine else None)

    def reader(self, variant: Variant, reader: str) -> Subscriber:
        """Return who a variant is filled in for: somebody who would get it."""
        mine = [one.subscriber for one in self.samples if one.variant == variant.slug]
        return next((one for one in mine if one.id == reader), mine[0] if mine else SAMPLE)


class Looking:
    """Looks at editions, and remembers."""

    def __init__(self, app: App, checks: Checks, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._checks = checks
        self._monotonic = monotonic
        self._kept: OrderedDict[tuple[object, ...], tuple[float, Looked]] = OrderedDict()
        self._lock = threading.Lock()
        #: edition -> whose turn it is to look at it
        self._turns: dict[str, threading.Lock] = {}

    def at(self, work: Editing) -> Looked:
        """Return an edition as it is now; raises NotFound where there is none."""
        known = self.known(work.edition)
        if known is not None:
            return known
        with self._lock:
            turn = self._turns.setdefault(work.edition, threading.Lock())
        with turn:
            # who asked at the same time, from another page, has looked meanwhile: nothing is checked twice
            known = self.known(work.edition)
            if known is not None:
                return known
            looked = self._look(work)
            if looked.trouble is None:
                # of what was looked at, and not of what somebody made of it meanwhile
                self._keep(self._key(looked.preview.edition), looked)
            return looked

    def known(self, edition: str) -> Looked | None:
        """Return an edition as it was looked at, where that is not long ago and nobody changed it since.

        While what is wrong with it is still being looked for, it is not begun anew.
        """
        key = self._key(editions.find(self._app.store, edition))
        with self._lock:
            until, known = self._kept.get(key, (0.0, None))
        if known is None or (self._monotonic() >= until and not known.check.is_under_way):
            return None
        return known

    def forget(self) -> None:
        """Look anew at the next time."""
        with self._lock:
            self._kept.clear()

    def _look(self, work: Editing) -> Looked:
        trouble: DigestError | None = None
        try:
            preview = self._app.preview(work.edition)
        except ApprovalTakenBack as fault:
            # it is a draft by now, as the configuration makes it
            trouble, preview = fault, self._app.preview(work.edition)
        return Looked(self._app, preview, self._checks.begin(preview), editing.late(work), trouble)

    def _key(self, found: Edition) -> tuple[object, ...]:
        return (found.id, found.state, found.note, found.step, found.drafted_at, self._app.loaded.revision)

    def _keep(self, key: tuple[object, ...], looked: Looked) -> None:
        with self._lock:
            for of, (_, before) in self._kept.items():
                if of[0] == key[0]:
                    before.check.drop()
            self._kept[key] = (self._monotonic() + BELIEVED, looked)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)


def read_only(app: App, edition: str) -> Editing:
    """Return the work of the program itself at an edition, to look at it for somebody who changes nothing.

    Raises NotFound where there is none.
    """
    return Editing(
        store=app.store, clock=app.clock, press=app.press_of(edition), edition=edition, who="digest", new_id=app.new_id
    )
