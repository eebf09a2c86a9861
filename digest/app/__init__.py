"""The program, built: every adapter is chosen and handed over here, and the clock is wound here."""

from __future__ import annotations

import copy
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from digest import bundle, config
from digest.app import former, listening, pictures
from digest.app.drafted import Drafted, as_drafted, press_as_drafted
from digest.app.showing import Preview, shown
from digest.app.step import Step
from digest.app.turns import Turns
from digest.app.way_out import way_out
from digest.config import Loaded
from digest.domain.errors import DigestError, NotFound, Refused
from digest.domain.model import (
    Edition,
    EditionState,
    Newsletter,
    Severity,
    Tls,
)
from digest.domain.ports import Progress, Transport
from digest.domain.states import OPEN
from digest.jobs import approvals, edition, harvest, people, pinning, send
from digest.jobs.press import Press
from digest.net.fetch import Web
from digest.queue import Queue
from digest.sources.asking import Asking
from digest.sources.reader import Reader
from digest.stages import health, pictured, render, slots, track
from digest.store.database import Database
from digest.transports.mime import Composer

if TYPE_CHECKING:
    from digest import encoders
    from digest.app.sending import Show


def now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def nothing(done: int, of: int) -> None:
    """Show no progress."""


class App:
    """A workspace with everything that works on it."""

    def __init__(self, loaded: Loaded, store: Database, clock: Callable[[], datetime] = now) -> None:
        self.loaded = loaded
        self.store = store
        self.clock = clock
        self.stopping = threading.Event()
        #: which newsletter mails, where several are at work at the same time
        self.turns = Turns()
        self._reading = threading.Lock()
        #: what it knows of other machines
        self.step = Step()
        #: the day on which it was last looked for what is kept too long
        self.forgotten_on: date | None = None
        #: newsletter -> its file of subscribers as it was when the clock last looked
        self.lists: dict[str, tuple[int, int]] = {}
        #: what digest.toml said when it was last looked which newsletters are no more, and those (former.py)
        self.former: tuple[Loaded, Mapping[str, Newsletter]] | None = None

    @classmethod
    def open(cls, folder: Path) -> App:
        """Open a workspace.

        Raises ConfigurationError, StoreError.
        """
        loaded = config.load(folder, bundle.templates())
        mark = folder / config.PRIVATE / "database"
        address = loaded.workspace.database
        if address:
            return cls(loaded, Database.at(address, config.database_password(), mark, Queue()))
        return cls(loaded, Database.open(folder / config.DATABASE, mark))

    @cached_property
    def secret(self) -> bytes:
        """The workspace's secret; made where there is none and no mail was ever planned with one."""
        from digest.app import in_step

        return in_step.secret(self)

    @property
    def is_shared(self) -> bool:
        """Several machines may work for this workspace: what is to be done is wanted of the queue."""
        return bool(self.store.line)

    @cached_property
    def templates(self) -> render.Templates:
        """The workspace's templates, compiled."""
        return render.Templates(self.loaded.template)

    def newsletter(self, name: str | None = None) -> Newsletter:
        """Return a newsletter by its id; the only one where no name is given."""
        return self.loaded.newsletter(name)

    def newsletter_of(self, found: Edition) -> Newsletter:
        """Return the newsletter of an edition, which may be no more in digest.toml."""
        return former.newsletter_of(self, found)

    def press(self, newsletter: Newsletter) -> Press:
        """Return what makes the bytes of a newsletter's editions."""
        return Press(
            newsletter=newsletter,
            brand=self.loaded.workspace.brand,
            base_url=self.loaded.workspace.base_url,
            revision=self.loaded.revision,
            files=self.loaded.files,
            templates=self.templates,
            encoder=lambda: self.encoder(newsletter).encoder,
            languages=self._tell,
            secret=self.secret,
            pictures=partial(pictures.names, self.store),
            as_drafted=partial(press_as_drafted, self),
        )

    def press_of(self, edition_id: str) -> Press:
        """Return what makes the bytes of an edition; raises NotFound where there is none."""
        return self.press(self.newsletter_of(edition.find(self.store, edition_id)))

    def encoder(self, newsletter: Newsletter) -> encoders.Chosen:
        """Return what compares the texts of a newsletter, and what is to be said of that."""
        # with numpy it takes a tenth of a second to load, which commands that group nothing need not wait for
        from digest import encoders

        return encoders.chosen(newsletter.themes, self.loaded.workspace.brand.language)

    def _tell(self) -> Callable[[str, str], str]:
        # a new one each time: what it has loaded goes when the draft is made
        from digest.encoders.language import Detector

        return Detector().tell

    def web(self) -> Web:
        """Return what asks the web in the organisation's name; who uses it closes it."""
        return Web(self.loaded.workspace.brand.website or self.loaded.workspace.base_url)

    @contextmanager
    def asking(self) -> Iterator[Asking]:
        """Yield what asks sources; its connections and child processes end with the block."""
        with self.web() as web, Reader() as reader:
            yield Asking(self.loaded.folder, web, reader)

    def collect(
        self,
        newsletter: Newsletter,
        progress: Progress = nothing,
        only: Sequence[str] | None = None,
        trusted: Sequence[str] = (),
    ) -> list[harvest.Harvested]:
        """Ask the sources of a newsletter.

        only: ids of those to ask; all where none are given. trusted: ids of those that are taken as they are now,
        although none of their known articles is there.
        """
        with self.asking() as asking:
            work = harvest.Harvest(
                store=self.store,
                clock=self.clock,
                gather=asking.gather,
                article=asking.article,
                progress=progress,
                trusted=frozenset(trusted),
                stop=self.stopping.is_set,
            )
            return harvest.harvest(work, newsletter, only)

    def sources_due(self, newsletter: Newsletter, *, drafting: bool = False) -> list[str]:
        """Return the ids of the sources that are to be asked now; before a draft, all that were not asked just now."""
        ask = harvest.stale if drafting else harvest.due
        return ask(self.store, newsletter, self.clock())

    def conditions(self, newsletter: Newsletter) -> list[health.Health]:
        """Return how each source of a newsletter fares."""
        return harvest.conditions(self.store, newsletter, self.clock())

    def import_people(self, newsletter: Newsletter) -> people.Imported:
        """Read the newsletter's file of subscribers where it changed; of several machines, one has it."""
        from digest.app import in_step

        if not in_step.leads(self):
            return people.Imported(same_file=True)
        return people.import_people(self.importing(newsletter))

    def list_mark(self, newsletter: Newsletter) -> tuple[int, int] | None:
        """Return what is another when the newsletter's file of subscribers was written; None where there is none."""
        try:
            found = (self.loaded.folder / newsletter.subscribers).stat()
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns

    def importing(self, newsletter: Newsletter) -> people.Importing:
        """Return what importing a newsletter's people needs."""
        return people.Importing(
            store=self.store,
            clock=self.clock,
            newsletter=newsletter,
            folder=self.loaded.folder,
            suppression_key=partial(track.suppression_key, self.secret),
        )

    def draft(
        self, newsletter: Newsletter, slot: datetime | None = None, *, again: bool = False, record: bool = False
    ) -> edition.Drafted:
        """Draft the edition of a slot; of the next one that is not under way where none is given."""
        wanted = slot or self.next_slot(newsletter)
        return edition.draft(
            self.store,
            self.clock,
            self.press(newsletter),
            wanted,
            again=again,
            record=record,
            gather_pictures=lambda chosen: pictures.gather(self, newsletter, chosen),
        )

    def next_slot(self, newsletter: Newsletter) -> datetime:
        """Return the first slot ahead whose edition is still a draft, or not made yet.

        Raises Refused where there is none, as after the last term.
        """
        slot = self.upcoming(newsletter)
        if slot is None:
            raise Refused(f"No date of “{newsletter.name}” is ahead.", "Add your next terms, or change its schedule.")
        return slot

    def upcoming(self, newsletter: Newsletter) -> datetime | None:
        """Return the first slot ahead whose edition is still a draft, or not made yet; None where there is none."""
        slot = slots.after(newsletter.schedule, self.clock())
        with self.store.reading() as session:
            taken = {one.slot for one in session.editions.every(newsletter.id) if one.state != EditionState.DRAFT}
        while slot is not None and slot in taken:
            slot = slots.after(newsletter.schedule, slot)
        return slot

    def latest(self, newsletter: str | None = None) -> str:
        """Return the id of the edition that is looked at next: the first draft ahead, else the last one.

        newsletter: only editions of this one, by its id. Raises NotFound where there is none.
        """
        with self.store.reading() as session:
            editions = session.editions.every(newsletter)
        drafts = [one for one in reversed(editions) if one.state in OPEN]
        seen = drafts or [one for one in editions if one.state not in (EditionState.SKIPPED, EditionState.MISSED)]
        if not seen:
            raise NotFound("There is no edition yet.", "Run `digest collect`, then `digest draft`.")
        return seen[0].id

    def preview(self, edition_id: str) -> Preview:
        """Return an edition as the present configuration and templates make it, with the findings about it.

        A draft that they change is kept as they make it; an approval that they change is taken back.
        """
        return shown(self, self.current(edition_id))

    def stored(self, edition_id: str) -> Preview:
        """Return an edition as it is stored; nothing is rendered or changed."""
        with self.store.reading() as session:
            variants = session.editions.variants(edition_id)
        return shown(self, edition.Current(edition=edition.find(self.store, edition_id), variants=variants))

    def approve(self, edition_id: str, who: str, seen: approvals.Seen | str = "") -> Preview:
        """Sign an edition's bytes; seen: as in approvals.hold_against.

        Raises Refused where a finding must be mended first, or they may not; ApprovalTakenBack.
        """
        found = self.current(edition_id)
        preview = shown(self, found)
        blocking = [one for one in preview.findings if one.severity == Severity.MUST_MEND]
        if blocking:
            raise Refused(f"{blocking[0].what} ({blocking[0].where})", blocking[0].mend)
        newsletter = self.newsletter(found.edition.newsletter)
        return replace(preview, edition=approvals.approve(self.store, self.clock, newsletter, found, who, seen))

    def pin(self, edition_id: str, words: str, who: str, *, pinned: bool = True) -> str:
        """Set a story at the top of a draft, or let it go; return its title.

        Raises NotFound, Refused.
        """
        decide = pinning.pin if pinned else pinning.unpin
        return decide(self.store, self.clock, self.press_of(edition_id), edition_id, words, who)

    def composer(self, edition_id: str) -> Composer:
        """Return what writes an edition's messages, with the sender and the addresses that were signed."""
        # what only a sender needs is loaded by a sender
        from digest.app.signing import signer

        workspace = self.as_drafted(edition.find(self.store, edition_id))
        with self.store.reading() as session:
            variants = {variant.slug: variant for variant in session.editions.variants(edition_id)}
        parts = [name for variant in variants.values() for name in pictured.embedded(variant.html)]
        return Composer(
            newsletter=workspace.newsletter,
            edition=edition_id,
            variants=variants,
            base_url=workspace.base_url,
            secret=self.secret,
            pictures=pictures.held(self.store, parts),
            sign=signer(self, workspace.newsletter),
        )

    def leave(self, address: str) -> bool:
        """Keep an address off for good; tell whether it was known."""
        return people.leave(self.store, self.clock, address, self.suppression_key)

    def transport(self, server: str = "", tls: Tls | None = None) -> Transport:
        """Return the way out: the configured servers, or the one given instead."""
        return way_out(self, server, tls)

    def send(self, edition_id: str, transport: Transport, who: str, show: Show | None = None) -> send.Sent:
        """Send an approved edition, or go on with one that was interrupted.

        show: told after each message how it stands.

        Raises Refused, ApprovalTakenBack, ServerTrouble.
        """
        # what only a sender needs is loaded by a sender
        from digest.app import sending

        return sending.send(self, edition_id, transport, who, show or sending.unseen)

    def reload(self, say: Callable[[str], None]) -> None:
        """Read digest.toml and the templates anew; what was read before stays where they have a fault."""
        try:
            loaded = config.load(self.loaded.folder, bundle.templates())
        except DigestError as fault:
            say(f"{fault.what} {fault.mend} Until then the configuration from before is used.")
            return
        with self._reading:
            if loaded.revision != self.loaded.revision:
                self.loaded = loaded
                self.__dict__.pop("templates", None)

    def apart(self) -> App:
        """Return the same program for work of its own: what is read anew meanwhile changes nothing there."""
        with self._reading:
            return copy.copy(self)

    def suppression_key(self, comparable: str) -> str:
        """Return the keyed hash under which an address is kept off, by its comparable spelling."""
        return track.suppression_key(self.secret, comparable)

    def new_id(self) -> str:
        """Draw an id that tells nothing."""
        return secrets.token_hex(8)

    def wait(self, seconds: float) -> None:
        """Wait, until the program is told to stop, or somebody did what should be seen soon."""
        listening.wait(self.store, self.stopping, seconds)

    def current(self, edition_id: str) -> edition.Current:
        """Return an edition as the present configuration and templates make it; an approval that they change is taken
        back.
        """
        return edition.current(self.store, self.clock, self.press_of(edition_id), edition_id)

    def as_drafted(self, found: Edition) -> Drafted:
        """Return the newsletter as digest.toml said when the edition's bytes were made."""
        return as_drafted(self, found)
