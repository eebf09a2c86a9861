"""Acting: what a person does to the content of an edition. Every act is a step that undo takes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields as members

from fastapi import FastAPI, Request, Response

from digest.app import themes
from digest.domain.errors import ConfigurationError, NotFound, Refused, TypedOver, Unfit
from digest.domain.model import FreeBlock, Step
from digest.jobs import changed, editing
from digest.jobs.editing import Editing
from digest.web.bounds import Fields
from digest.web.desk.cookies import Act, Said, undo
from digest.web.desk.editions.page import Id, Page, Typing, editing_of
from digest.web.desk.frame import Desk, local
from digest.web.desk.settings.forms import put_back

#: does something with what a form says; returns what was done
Do = Callable[[Editing, Fields], Said]
#: beginnings of the names of form fields that are paths of content (stages/editing)
_TYPED = ("subject", "preheader", "introduction", "story/", "block/")
_BLOCK = tuple(member.name for member in members(FreeBlock) if member.name not in ("kind", "place"))
_PLACES = ("top", "middle", "end")


class Acting:
    """The routes of all acts."""

    def __init__(self, desk: Desk, page: Page) -> None:
        self._desk = desk
        self._page = page

    def write(self, request: Request, edition: Id) -> Response:
        """Keep what was typed; the form says which content it was typed over."""

        def do(work: Editing, fields: Fields) -> Said:
            seen = fields.one("seen", "0")
            editing.write(work, _typed(fields), int(seen) if seen.isdecimal() else 0)
            return _said(edition, "Saved.")

        return self._act(request, edition, do)

    def move(self, request: Request, edition: Id, story: Id) -> Response:
        """Put a story under a theme."""
        return self._act(request, edition, lambda work, fields: _moved(work, story, fields.one("theme")))

    def keep(self, request: Request, edition: Id, story: Id) -> Response:
        """Say that a story is right where it stands."""

        def do(work: Editing, fields: Fields) -> Said:
            editing.move(work, story, "")
            return _said(edition, "Kept where it stands.")

        return self._act(request, edition, do)

    def always(self, request: Request, edition: Id, story: Id) -> Response:
        """Have insights like a story stand where it stands from now on."""

        def do(work: Editing, fields: Fields) -> Said:
            try:
                done = themes.always(self._desk.app, work.edition, story, self._desk.by(request))
            except ConfigurationError as fault:
                raise Refused(fault.what, fault.mend) from fault
            if done is None:
                return Said(words="That rule is there already.")
            words = "From now on insights like this stand there."
            return Said(words=words, acts=(put_back(done, f"/editions/{edition}"),))

        return self._act(request, edition, do)

    def put(self, request: Request, edition: Id, story: Id) -> Response:
        """Put a story elsewhere among those of its theme."""

        def do(work: Editing, fields: Fields) -> Said:
            by = {"up": -1, "down": 1}.get(fields.one("by"), 0)
            editing.put(work, story, fields.one("before"), by)
            return _said(edition, "Put in its new place.")

        return self._act(request, edition, do)

    def place(self, request: Request, edition: Id, story: Id) -> Response:
        """Put a story at a place under any theme, in one step."""

        def do(work: Editing, fields: Fields) -> Said:
            theme = fields.one("theme")
            is_moved = editing.place(work, story, theme, fields.one("before"))
            return _moved_to(work, story, theme) if is_moved else _said(edition, "Put in its new place.")

        return self._act(request, edition, do)

    def put_theme(self, request: Request, edition: Id, theme: Id) -> Response:
        """Put a theme elsewhere among the others."""

        def do(work: Editing, fields: Fields) -> Said:
            editing.put_theme(work, theme, -1 if fields.one("by") == "up" else 1)
            return _said(edition, "The theme is in its new place.")

        return self._act(request, edition, do)

    def pin(self, request: Request, edition: Id, story: Id) -> Response:
        """Set a story at the top, or let it go."""

        def do(work: Editing, fields: Fields) -> Said:
            pinned = fields.one("pinned") != "no"
            editing.pin(work, story, pinned=pinned)
            return _said(edition, "Now the top story." if pinned else "No longer pinned to the top.")

        return self._act(request, edition, do)

    def leave_out(self, request: Request, edition: Id, story: Id) -> Response:
        """Leave a story out."""
        return self._act(request, edition, _doing(edition, editing.leave_out, story, "Left out. It is kept below."))

    def take(self, request: Request, edition: Id, story: Id) -> Response:
        """Take over what the source of a story says by now."""
        return self._act(request, edition, _doing(edition, changed.take, story, "It says what its source says now."))

    def put_back(self, request: Request, edition: Id, story: Id) -> Response:
        """Put a story back."""
        return self._act(request, edition, _doing(edition, editing.put_back, story, "Put back."))

    def add_late(self, request: Request, edition: Id, story: Id) -> Response:
        """Take in a story that is on offer."""
        return self._act(request, edition, _doing(edition, editing.add_late, story, "Added to the edition."))

    def add_block(self, request: Request, edition: Id) -> Response:
        """Add something of one's own."""

        def do(work: Editing, fields: Fields) -> Said:
            editing.add_block(work, _block(fields))
            return _said(edition, "Added.")

        return self._act(request, edition, do, lambda fields: dict(fields.pairs()))

    def remove_block(self, request: Request, edition: Id, block: Id) -> Response:
        """Take out something of one's own."""
        return self._act(request, edition, _doing(edition, editing.remove_block, block, "Taken out."))

    def undo(self, request: Request, edition: Id) -> Response:
        """Take back the last step."""
        return self._act(request, edition, lambda work, _: _turned(editing.undo(work), work, "Undone", "redo"))

    def redo(self, request: Request, edition: Id) -> Response:
        """Do again what was undone last."""
        return self._act(request, edition, lambda work, _: _turned(editing.redo(work), work, "Done again", "undo"))

    def _act(
        self, request: Request, edition: str, do: Do, typed: Callable[[Fields], Mapping[str, str]] | None = None
    ) -> Response:
        """Do something and show what was done; what is refused is shown where it was asked for, as it was typed."""
        fields = self._desk.fields(request)
        texts = (typed or _typed)(fields)
        try:
            said = do(editing_of(self._desk, request, edition), fields)
        except TypedOver as fault:
            return self._page.shown(request, edition, 409, typing=Typing.over(texts, fault))
        except Unfit as fault:
            return self._page.shown(request, edition, 422, typing=Typing.unfit(texts, fault))
        except (Refused, NotFound) as fault:
            return self._page.shown(request, edition, 404 if isinstance(fault, NotFound) else 409, trouble=fault)
        return self._desk.redirect(request, local(fields.one("back", f"/editions/{edition}")), said)


def add(web: FastAPI, desk: Desk, page: Page) -> None:
    """Add the routes."""
    acting = Acting(desk, page)
    at = "/editions/{edition}"
    web.post(f"{at}/write")(acting.write)
    web.post(f"{at}/undo")(acting.undo)
    web.post(f"{at}/redo")(acting.redo)
    web.post(f"{at}/blocks")(acting.add_block)
    web.post(f"{at}/blocks/{{block}}/remove")(acting.remove_block)
    web.post(f"{at}/themes/{{theme}}/put")(acting.put_theme)
    of_story = {
        "move": acting.move,
        "keep": acting.keep,
        "always": acting.always,
        "put": acting.put,
        "place": acting.place,
        "pin": acting.pin,
        "leave-out": acting.leave_out,
        "take": acting.take,
        "put-back": acting.put_back,
        "add": acting.add_late,
    }
    for name, route in of_story.items():
        web.post(f"{at}/stories/{{story}}/{name}")(route)


def _doing(edition: str, do: Callable[[Editing, str], object], of: str, words: str) -> Do:
    def done(work: Editing, fields: Fields) -> Said:
        do(work, of)
        return _said(edition, words)

    return done


def _moved(work: Editing, story: str, theme: str) -> Said:
    editing.move(work, story, theme)
    return _moved_to(work, story, theme)


def _moved_to(work: Editing, story: str, theme: str) -> Said:
    name = next((one.name for one in work.press.newsletter.themes if one.id == theme), "Other")
    path = f"/editions/{work.edition}"
    always = Act(label="Always put insights like this there", path=f"{path}/stories/{story}/always", fields={})
    return Said(words=f"Moved to {name}.", acts=(undo(f"{path}/undo"), always))


def _turned(step: Step, work: Editing, word: str, back: str) -> Said:
    whose = "" if step.who == work.who else f" ({step.who})"
    act = Act(label=back.capitalize(), path=f"/editions/{work.edition}/{back}", fields={})
    return Said(words=f"{word}: {step.what}{whose}.", acts=(act,))


def _said(edition: str, words: str) -> Said:
    return Said(words=words, acts=(undo(f"/editions/{edition}/undo"),))


def _typed(fields: Fields) -> Mapping[str, str]:
    return {name: text for name, text in fields.pairs() if name.startswith(_TYPED)}


def _block(fields: Fields) -> FreeBlock:
    place = fields.one("place", "end")
    said = {name: fields.one(name) for name in _BLOCK}
    return FreeBlock(kind=fields.one("kind"), place=place if place in _PLACES else "end", **said)  # type: ignore[arg-type]
