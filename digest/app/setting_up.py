"""Setting up: how far a new workspace is on its way to its first edition, told from digest.toml and the database.

::

    what digest.toml says, less what `digest init` wrote ─┐
    people, editions                                       ├─► which steps are done ─► the next one
    what nothing else can tell (.digest/setting-up.json)  ─┘

Three things cannot be seen anywhere else and are kept: that the day and time of the example are wanted, that somebody
looked what the DNS says or leaves it as it is, and that nobody wants to be reminded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from digest import config
from digest.app import naming
from digest.bundle import STARTER
from digest.domain.errors import Refused
from digest.domain.model import EditionState, Matter, Newsletter, Source, Workspace
from digest.domain.states import MAILED
from digest.jobs import audit

if TYPE_CHECKING:
    from digest.app import App
    from digest.jobs.edition import Drafted
    from digest.jobs.staffing import By

_FILE = "setting-up.json"
#: an edition in one of these is none that anybody sees
_NONE = (EditionState.SKIPPED, EditionState.MISSED, EditionState.DISCARDED)


class Step(StrEnum):
    """What is set up, in the order in which it is offered; any other does as well."""

    BRAND = "brand"
    SENDER = "sender"
    DNS = "dns"
    SOURCE = "source"
    PEOPLE = "people"
    SCHEDULE = "schedule"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far it is."""

    done: frozenset[Step]
    #: nobody need be reminded: all is done, an edition has gone out, or somebody put it away
    is_over: bool = False
    #: somebody put it away
    is_away: bool = False

    def after(self, step: Step | None = None) -> Step | None:
        """Return the first step that is left after one, and then of all; None where all is done."""
        every = list(Step)
        at = every.index(step) + 1 if step else 0
        left = [one for one in every[at:] + every[:at] if one not in self.done and one != step]
        return next(iter(left), None)


@cache
def example() -> Workspace:
    """Return what `digest init` writes into digest.toml."""
    return config.parse((STARTER / config.FILE).read_text(encoding="utf8"))


def untouched(workspace: Workspace) -> list[str]:
    """Return the names of settings that still say what `digest init` wrote, and that nobody can want."""
    was = example()
    names = ("organisation", "legal_name", "postal_address", "website", "privacy_url")
    left = [f"brand.{name}" for name in names if getattr(workspace.brand, name) == getattr(was.brand, name)]
    if workspace.server.url == was.server.url:
        left.append("server.url")
    if workspace.base_url == was.base_url:
        left.append("base_url")
    sender = was.newsletters[0].sender
    for one in workspace.newsletters:
        same = [name for name in ("name", "address", "reply_to") if getattr(one.sender, name) == getattr(sender, name)]
        left += [f"{one.id}: sender.{name}" for name in same]
    return left


def examples(app: App, newsletter: Newsletter) -> list[Source]:
    """Return the sources that `digest init` wrote, while the file that they name is as it came."""
    was = example().newsletters[0].sources
    return [one for one in newsletter.sources if one in was and _is_as_it_came(app.loaded.folder / one.address)]


def standing(app: App) -> Standing:
    """Return how far it is."""
    workspace, kept = app.loaded.workspace, _kept(app)
    newsletter = workspace.newsletters[0]
    left = untouched(workspace)
    with app.store.reading() as session:
        somebody = bool(session.people.page(newsletter.id, "", 1))
        editions = [one for one in session.editions.every() if one.state not in _NONE]
    is_done = {
        Step.BRAND: not any(one.startswith("brand.") for one in left),
        Step.SENDER: not any(not one.startswith("brand.") for one in left),
        Step.DNS: kept.get(Step.DNS) == _domains(workspace),
        Step.SOURCE: len(newsletter.sources) > len(examples(app, newsletter)),
        Step.PEOPLE: somebody,
        Step.SCHEDULE: bool(kept.get(Step.SCHEDULE)) or newsletter.schedule != example().newsletters[0].schedule,
        Step.DRAFT: any(one.newsletter == newsletter.id for one in editions),
    }
    done = frozenset(step for step, is_it in is_done.items() if is_it)
    has_gone_out = any(one.state in MAILED for one in editions)
    is_away = bool(kept.get("away"))
    return Standing(done=done, is_over=is_away or has_gone_out or len(done) == len(Step), is_away=is_away)


def is_new(app: App) -> bool:
    """Tell whether nobody has told a workspace yet whose it is: it is as `digest init` made it."""
    return "brand.organisation" in untouched(app.loaded.workspace) and not standing(app).is_over


def confirm_schedule(app: App) -> None:
    """Keep that the day and time that digest.toml says are wanted. Raises Refused where it cannot be written."""
    _keep(app, {Step.SCHEDULE: "confirmed"})


def leave_dns(app: App) -> None:
    """Keep that nobody wants to change what the DNS says of the senders now. Raises Refused as above."""
    _keep(app, {Step.DNS: _domains(app.loaded.workspace)})


def look(app: App) -> list[naming.Said]:
    """Return what the DNS says of the senders; where all of it is well, that step is done. Raises Refused as above."""
    found = naming.look(app)
    if all(one.tone == "ok" for one in found):
        leave_dns(app)
    return found


def put_away(app: App, by: By, *, away: bool) -> None:
    """Remind nobody any more, or again. Raises Refused where it cannot be written."""
    _keep(app, {"away": by.name if away else ""})
    words = "put the set-up away" if away else "took up the set-up again"
    audit.note(app.store, audit.noted(app.clock(), by.name, Matter.SETTINGS, words, whence=by.whence))


def first_draft(app: App) -> Drafted:
    """Ask all sources, and draft the next edition of what they give, as the clock does before each slot.

    Raises Refused where only the example could be told.
    """
    newsletter = app.loaded.workspace.newsletters[0]
    if len(newsletter.sources) == len(examples(app, newsletter)):
        raise Refused("There is no news of yours yet: the only source is the example.", "Add your first source.")
    app.import_people(newsletter)
    app.collect(newsletter)
    return app.draft(newsletter)


def _domains(workspace: Workspace) -> str:
    return " ".join(sorted({one.sender.address.rpartition("@")[2].lower() for one in workspace.newsletters}))


def _is_as_it_came(file: Path) -> bool:
    try:
        return file.read_bytes() == (STARTER / file.name).read_bytes()
    except OSError:
        return False


def _kept(app: App) -> dict[str, str]:
    try:
        found = json.loads((app.loaded.folder / config.PRIVATE / _FILE).read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(words) for name, words in found.items()} if isinstance(found, dict) else {}


def _keep(app: App, said: Mapping[str, str]) -> None:
    try:
        file = config.private(app.loaded.folder) / _FILE
        config.write_private(file, json.dumps({**_kept(app), **said}).encode())
    except OSError as fault:
        what = f"It could not be kept how far the set-up is ({fault.strerror})."
        raise Refused(what, "Free some space, then try again.") from fault
