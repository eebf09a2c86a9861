"""Changed: articles whose sources tell them otherwise than the edition in which they stand.

What an edition was made of changes by a person alone. What a source says now is kept beside it, shown as a finding, and
taken over as a step of that person's: it can be undone, and takes an approval back like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.domain.errors import NotFound
from digest.domain.model import Edition, Finding, Insight, Placement, Severity
from digest.domain.ports import Store
from digest.domain.states import OPEN
from digest.jobs import editing
from digest.jobs.editing import Editing
from digest.jobs.edition import find

#: what is compared: texts that readers see
_TEXTS = ("title", "summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A story that its source tells otherwise now; what staff worded themselves is as they want it."""

    placement: Placement
    #: the lead as its source has it now
    now: Insight

    @property
    def texts(self) -> dict[str, str]:
        """Return what is another: "title", "summary" -> the source's words."""
        mine, shown = self.placement.wording, self.placement.shown
        said = {name: str(getattr(self.now, name)) for name in _TEXTS}
        return {name: text for name, text in said.items() if not getattr(mine, name) and text != getattr(shown, name)}


def changed(store: Store, placements: Sequence[Placement]) -> list[Changed]:
    """Return which of an edition's own stories their sources tell otherwise now."""
    with store.reading() as session:
        now = session.insights.said_now([one.story.id for one in placements])
    told = [Changed(placement=one, now=now[one.story.id]) for one in placements if one.story.id in now]
    return [one for one in told if one.texts]


def findings(store: Store, edition: Edition, placements: Sequence[Placement]) -> tuple[Finding, ...]:
    """Say which articles were changed at their sources; nothing once the edition leaves."""
    if edition.state not in OPEN:
        return ()
    return tuple(_finding(edition, one) for one in changed(store, placements))


def take(work: Editing, story: str) -> Edition:
    """Take over what a story's source says now, as one step; what staff worded themselves stays.

    Raises NotFound where it says nothing else, and as editing.write does.
    """
    edition = find(work.store, work.edition)
    with work.store.reading() as session:
        placements = session.editions.content(edition).placements
    found = next((one for one in changed(work.store, placements) if one.placement.story.id == story), None)
    if found is None:
        raise NotFound("The source says nothing else of this story.", "Look at the edition again.")
    typed = {f"story/{story}/{name}": text for name, text in found.texts.items()}
    return editing.write(work, typed, edition.step)


def _finding(edition: Edition, one: Changed) -> Finding:
    before, story = one.placement.shown.title, one.placement.story.id
    if "title" in one.texts:
        what, field = f"“{before}” was changed at its source: its title is “{one.now.title}” now.", "title"
    else:
        what, field = f"“{before}” was changed at its source: its summary is another now.", "summary"
    return Finding(
        code="review.changed",
        severity=Severity.LOOK_AT,
        where=edition.id,
        what=what,
        why="Readers see what it said when the draft was made.",
        mend="Take the change over, or leave it as it is: nothing changes by itself.",
        about=f"story/{story}/{field}",
    )
