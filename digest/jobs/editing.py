"""Editing: what a person changes of an edition on a screen, each change a step that can be undone.

What was typed is held against the content that was on the screen: of two people who type in the same field the second
sees both texts, and nothing is overwritten. All else that people do is done to the content as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from digest.domain.errors import NotFound, Refused, TypedOver, Unfit
from digest.domain.model import (
    FREE_BLOCKS,
    Content,
    Edition,
    FreeBlock,
    OwnBlock,
    Placement,
    Step,
    Story,
    Turn,
)
from digest.domain.ports import Clock, Event, Store
from digest.domain.states import OPEN
from digest.jobs import grouping, reviewing
from digest.jobs.edition import find, new_stories
from digest.jobs.mending import Change, keep_mended, mended, remade
from digest.jobs.press import Press
from digest.stages import editing


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """One person at one edition."""

    store: Store
    clock: Clock
    press: Press
    #: id of the edition
    edition: str
    who: str
    #: makes ids that tell nothing
    new_id: Callable[[], str]
    #: has the picture at an address, and returns a sentence where it cannot be had
    have_picture: Callable[[str], str] = lambda address: ""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How an edition came to be what it is."""

    steps: tuple[Step, ...]
    undoable: Step | None
    redoable: Step | None


def write(work: Editing, typed: Mapping[str, str], seen: int) -> Edition:
    """Keep what a person typed: path of a field -> its text (stages/editing).

    seen: the step whose content was on the screen. Raises Unfit, and TypedOver where somebody else typed in one of the
    fields since then.
    """
    content, edition = _now(work)
    before = _seen(work, edition, content, seen)
    there = {field: text for field, text in typed.items() if _is_touched(work, content, before, field, text)}
    faults = editing.faults(content, there) or _without_picture(work, there)
    if faults:
        raise Unfit(faults)
    _hold_against(work, before, content, there, seen)
    changed = editing.written(content, there)
    if changed == content:
        return edition
    return _change(work, lambda now: editing.written(now, there), _told(content, changed, work))


def move(work: Editing, story: str, theme: str) -> Edition:
    """Put a story under a theme, by its id, or keep it where it stands; the themes learn from it."""
    place = _number(work, story)
    wanted = reviewing.decision(work.store, work.clock, work.press, work.edition, place, work.who, theme or None)
    return reviewing.decide(work.store, work.press, wanted)


def place(work: Editing, story: str, theme: str, before: str = "") -> bool:
    """Put a story under a theme, before another one there; empty: at the end. It is one step.

    Tell whether it stood under another theme, from which the themes learn. Raises NotFound for a story or a theme that
    is not there.
    """
    if _story(work, story).theme == theme:
        put(work, story, before)
        return False
    wanted = reviewing.decision(
        work.store,
        work.clock,
        work.press,
        work.edition,
        _number(work, story),
        work.who,
        theme,
        lambda content: editing.placed_at(content, story, before),
    )
    reviewing.decide(work.store, work.press, wanted)
    return True


def put(work: Editing, story: str, before: str = "", by: int = 0) -> Edition:
    """Put a story before another one of its theme; empty: at the end. by: by so many places down instead, or up."""
    placement = _story(work, story)
    if by:
        before = _neighbour(_now(work)[0], placement, by)
    what = f"put “{placement.shown.title}” in another place"
    return _change(work, lambda content: editing.placed_at(content, story, before), what)


def put_theme(work: Editing, theme: str, by: int) -> Edition:
    """Put a theme by so many places further down, or up."""
    content, _ = _now(work)
    order = list(dict.fromkeys(one.theme for one in content.placements))
    if theme not in order:
        raise NotFound("No story stands under this theme.", "Look at the edition again.")
    themes = editing.moved_theme(order, theme, by)
    name = reviewing.theme_names(work.press.newsletter).get(theme, theme)
    return _change(
        work,
        lambda now: replace(now, written=replace(now.written, themes=themes)),
        f"put {name} in another place",
    )


def pin(work: Editing, story: str, *, pinned: bool = True) -> Edition:
    """Set a story at the top in place of one that was pinned before, or let it go."""
    title = _story(work, story).shown.title

    def change(content: Content) -> Content:
        stories = [replace(one, pinned=pinned and one.story.id == story) for one in content.placements]
        return replace(content, placements=tuple(stories))

    return _change(work, change, f"pinned “{title}” to the top" if pinned else f"unpinned “{title}”")


def leave_out(work: Editing, story: str) -> Edition:
    """Leave a story out; it stays at hand, and comes in no other edition.

    Raises Refused for the only one.
    """
    out = _story(work, story)
    if len(_now(work)[0].placements) == 1:
        raise Refused(f"“{out.shown.title}” is the only story.", "An edition needs one: discard the draft instead.")
    return _change(work, lambda content: editing.without(content, out), f"left out “{out.shown.title}”")


def put_back(work: Editing, story: str) -> Edition:
    """Put a story back that was left out."""
    content, _ = _now(work)
    title = next((one.shown.title for one in content.left_out if one.story.id == story), None)
    if title is None:
        raise NotFound("This story is not left out any more.", "Look at the edition again.")
    return _change(work, lambda now: editing.put_back(now, story), f"put back “{title}”")


def late(work: Editing) -> tuple[Story, ...]:
    """Return the stories that are new since the draft was made: they are offered, and never added by themselves."""
    edition = find(work.store, work.edition)
    if edition.state not in OPEN:
        return ()
    stories, _ = new_stories(work.store, work.press, edition.slot, edition)
    content, _ = _now(work)
    here = {insight.id for one in content.placements for insight in one.story.insights}
    return tuple(one for one in stories if here.isdisjoint(insight.id for insight in one.insights))


def add_late(work: Editing, story: str) -> Edition:
    """Take in a story that came after the draft was made, under the theme where it belongs."""
    wanted = [one for one in late(work) if one.id == story]
    if not wanted:
        raise NotFound("This story is no longer on offer.", "Look at the edition again.")
    placed = tuple(grouping.placed(work.store, work.clock, work.press, wanted))
    return _change(
        work,
        lambda content: replace(content, placements=(*content.placements, *placed)),
        f"added “{wanted[0].lead.title}”",
    )


def add_block(work: Editing, block: FreeBlock) -> Edition:
    """Add something of staff's own; raises Unfit where it lacks what its kind needs."""
    own = OwnBlock(id=work.new_id(), block=block)
    if block.kind not in FREE_BLOCKS:
        raise Refused(f"There is no block “{block.kind}”.", f"There are: {', '.join(FREE_BLOCKS)}.")

    def change(content: Content) -> Content:
        return replace(content, written=replace(content.written, blocks=(*content.written.blocks, own)))

    names = {*FREE_BLOCKS[block.kind], *(name for name in ("title", "text", "link") if getattr(block, name))}
    typed = {f"block/{own.id}/{name}": str(getattr(block, name)) for name in names}
    faults = editing.faults(change(_now(work)[0]), typed) or _without_picture(work, typed)
    if faults:
        raise Unfit({field.rpartition("/")[2]: fault for field, fault in faults.items()})
    return _change(work, change, f"added a block: {block.kind}")


def remove_block(work: Editing, block: str) -> Edition:
    """Take out something of staff's own."""
    content, _ = _now(work)
    kind = next((one.block.kind for one in content.written.blocks if one.id == block), None)
    if kind is None:
        raise NotFound("This block is not there any more.", "Look at the edition again.")

    def change(now: Content) -> Content:
        kept = tuple(one for one in now.written.blocks if one.id != block)
        return replace(now, written=replace(now.written, blocks=kept))

    return _change(work, change, f"took out a block: {kind}")


def history(store: Store, edition: str) -> History:
    """Return the steps of an edition's content, and what undo and redo would do."""
    with store.reading() as session:
        steps = tuple(session.editions.steps(edition))
    return History(steps=steps, undoable=editing.undoable(steps), redoable=editing.redoable(steps))


def undo(work: Editing) -> Step:
    """Take back the last step that stands, whosever it is; return it.

    Raises Refused where there is none.
    """
    step = history(work.store, work.edition).undoable
    if step is None:
        raise Refused("There is nothing to undo.", "The edition is as it was drafted.")
    _turn(work, step, Turn.UNDO, step.number - 1, f"undid: {step.what}")
    return step


def redo(work: Editing) -> Step:
    """Do again what was undone last; return it.

    Raises Refused where there is none.
    """
    step = history(work.store, work.edition).redoable
    if step is None:
        raise Refused("There is nothing to do again.", "Something else was changed since the last undo.")
    _turn(work, step, Turn.REDO, step.number, f"did again: {step.what}")
    return step


def _turn(work: Editing, step: Step, turn: Turn, to: int, what: str) -> None:
    before = find(work.store, work.edition)
    event = Event(at=work.clock(), who=work.who, what=what)
    with work.store.reading() as session:
        content = session.editions.content_at(work.edition, to)
    assert content is not None, "every step keeps its content"
    made = replace(remade(work.store, work.press, _changeable(before), content, event), turn=turn, of=step.number)
    with work.store.writing() as session:
        keep_mended(session, work.press, made, event)
        # the themes learn nothing from what was taken back
        session.reviews.turn(work.edition, step.at, withdrawn=turn == Turn.UNDO)


def _changeable(edition: Edition) -> Edition:
    if edition.state not in OPEN:
        raise Refused(f"{edition.id} is {edition.state}: it can no longer be changed.", "Change the next edition.")
    return edition


def _change(work: Editing, change: Change, what: str) -> Edition:
    event = Event(at=work.clock(), who=work.who, what=what)
    made = mended(work.store, work.press, work.edition, change, event)
    with work.store.writing() as session:
        keep_mended(session, work.press, made, event)
    return find(work.store, work.edition)


def _now(work: Editing) -> tuple[Content, Edition]:
    edition = find(work.store, work.edition)
    with work.store.reading() as session:
        return session.editions.content(edition), edition


def _story(work: Editing, story: str) -> Placement:
    content, _ = _now(work)
    found = next((one for one in content.placements if one.story.id == story), None)
    if found is None:
        raise NotFound("This story is not in the edition any more.", "Look at the edition again.")
    return found


def _number(work: Editing, story: str) -> str:
    """Return the number of a story in the edition, by which `reviewing` knows it."""
    _story(work, story)
    with work.store.reading() as session:
        ids = [one.story.id for one in session.editions.placements(work.edition)]
    return str(ids.index(story) + 1)


def _neighbour(content: Content, placement: Placement, by: int) -> str:
    order = [one.story.id for one in content.placements if one.theme == placement.theme]
    at = order.index(placement.story.id)
    rest = [one for one in order if one != placement.story.id]
    to = min(max(at + by, 0), len(rest))
    return rest[to] if to < len(rest) else ""


def _seen(work: Editing, edition: Edition, now: Content, seen: int) -> Content:
    """Return the content that was on the screen; what is there now where that is not known."""
    if seen >= edition.step:
        return now
    with work.store.reading() as session:
        return session.editions.content_at(work.edition, seen) or now


def _is_touched(work: Editing, now: Content, before: Content, field: str, text: str) -> bool:
    """Tell whether a person typed in a field: a form without a script sends all of its fields."""
    said = editing.value(before, field)
    if editing.value(now, field) is None:
        # what it is of is no longer there
        return False
    if field == "introduction" and before.written.introduction is None:
        said = work.press.newsletter.introduction
    return said is None or text.replace("\r\n", "\n").strip() != said.strip()


def _hold_against(work: Editing, before: Content, now: Content, typed: Mapping[str, str], seen: int) -> None:
    clashing = editing.clashes(before, now, typed)
    if clashing:
        with work.store.reading() as session:
            steps = [one for one in session.editions.steps(work.edition) if one.number > seen]
        who, at = _last(work, steps, clashing[0].field)
        raise TypedOver({one.field: (one.theirs, one.yours) for one in clashing}, who, at)


def _last(work: Editing, steps: list[Step], field: str) -> tuple[str, datetime]:
    """Return who changed a field last, and when."""
    with work.store.reading() as session:
        for step in reversed(steps):
            after = session.editions.content_at(work.edition, step.number)
            before = session.editions.content_at(work.edition, step.number - 1)
            if before is None or after is None or editing.value(before, field) != editing.value(after, field):
                return step.who, step.at
    return steps[-1].who, steps[-1].at


def _without_picture(work: Editing, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with addresses of pictures: field -> why it cannot be had. What can is held from now on."""
    wanted = {field: text.strip() for field, text in typed.items() if field.rpartition("/")[2] == "picture"}
    found = {field: work.have_picture(address) for field, address in wanted.items() if address}
    return {field: fault for field, fault in found.items() if fault}


def _told(before: Content, after: Content, work: Editing) -> str:
    """Return what a person did in words that follow their name."""
    found = editing.changes(before, after, reviewing.theme_names(work.press.newsletter))
    first = found[0].what if found else "a text"
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"changed: {first[:1].lower()}{first[1:]}{more}"
