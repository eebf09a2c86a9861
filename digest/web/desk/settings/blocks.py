"""Blocks: what stands beside the stories in every edition of a newsletter, until somebody takes it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from fastapi import FastAPI, Request, Response

from digest.app import settings
from digest.config.change import Add, Put, Remove
from digest.config.places import Place
from digest.domain.errors import NotFound
from digest.domain.model import FREE_BLOCKS, FreeBlock, Newsletter
from digest.web.desk.editions.page import KINDS
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import LONG, TEXT, Kind, Saving, Typed, attempt, missing, put, sent, texts_of
from digest.web.desk.settings.newsletters import place_of

#: where a block stands -> its words
PLACES: Mapping[str, str] = {"top": "Above the top story", "middle": "Below the top story", "end": "Above the footer"}
#: fields that a block of templates of one's own may show
_OWN: Mapping[str, str] = {
    "title": "Heading",
    "text": "Text",
    "when": "When",
    "where": "Where",
    "who": "Who",
    "link": "Link",
    "words": "Words of the link",
    "picture": "Address of the picture",
    "alt": "What it shows",
}
_SEVERAL_LINES = ("text",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A block, as the list shows it."""

    number: int
    kind: str
    words: str
    place: str
    #: whether another stands before it, or after it, at the same place
    may_rise: bool
    may_fall: bool


class Blocks:
    """The routes of a newsletter's blocks. They have no ids: one is known by its position."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)

    def every(self, request: Request, newsletter: str) -> Response:
        """Show them all."""
        settings.read_anew(self._app)
        chosen = self._app.newsletter(newsletter)
        rows = [_row(chosen, number) for number in range(len(chosen.blocks))]
        kinds = {kind: words for kind, (words, _) in KINDS.items()}
        return self._saving.page(request, "blocks", Typed(texts={}), newsletter=chosen, rows=rows, kinds=kinds)

    def fresh(self, request: Request, newsletter: str, kind: str) -> Response:
        """Ask for a new one."""
        chosen, fields = self._app.newsletter(newsletter), _fields(_known(kind))
        texts = {**dict.fromkeys(fields, ""), "place": "end"}
        return self._page(request, chosen, kind, None, Typed(texts=texts))

    def make(self, request: Request, newsletter: str, kind: str) -> Response:
        """Add it."""
        chosen, kinds = self._app.newsletter(newsletter), _kinds(_known(kind))
        texts = sent(self._desk.fields(request), kinds)

        def save() -> Response:
            change, wrong = put((), kinds, texts)
            given = {str(name): value for name, value in change.values.items() if value}
            adding = Add(to=(*place_of(chosen), "blocks"), values={"kind": kind, **given})
            words = "Added. It stands in every edition from the next draft on."
            return self._saving.save(request, [adding], words, _path(chosen), wrong | _missing(kind, texts))

        tried = attempt(texts, save)
        return self._page(request, chosen, kind, None, tried) if isinstance(tried, Typed) else tried

    def show(self, request: Request, newsletter: str, number: int) -> Response:
        """Show one, to be changed."""
        chosen, one = self._found(newsletter, number)
        texts = texts_of(self._app, _place(chosen, number), _kinds(one.kind))
        return self._page(request, chosen, one.kind, number, Typed(texts=texts))

    def save(self, request: Request, newsletter: str, number: int) -> Response:
        """Change it."""
        chosen, one = self._found(newsletter, number)
        texts = sent(self._desk.fields(request), _kinds(one.kind))

        def save() -> Response:
            change, wrong = put(_place(chosen, number), _kinds(one.kind), texts)
            words = "Saved. The next draft has it so."
            return self._saving.save(request, [change], words, _path(chosen), wrong | _missing(one.kind, texts))

        tried = attempt(texts, save)
        return self._page(request, chosen, one.kind, number, tried) if isinstance(tried, Typed) else tried

    def move(self, request: Request, newsletter: str, number: int) -> Response:
        """Let it stand before the one above it at its place, or after the one below."""
        chosen, one = self._found(newsletter, number)
        by = -1 if self._desk.fields(request).one("by") == "up" else 1
        other = _neighbour(chosen, number, by)
        # they have no ids by which they could be put in order: each says what the other said
        swapped = [] if other is None else [(number, chosen.blocks[other]), (other, one)]
        changes = [Put(at=_place(chosen, place), values=_said(block)) for place, block in swapped]
        return self._saving.save(request, changes, "The order is another from the next draft on.", _path(chosen))

    def remove(self, request: Request, newsletter: str, number: int) -> Response:
        """Take it out; editions that were sent keep theirs."""
        chosen, _ = self._found(newsletter, number)
        removing = [Remove(at=_place(chosen, number))]
        return self._saving.save(request, removing, "It is in no edition from the next draft on.", _path(chosen))

    def _found(self, newsletter: str, number: int) -> tuple[Newsletter, FreeBlock]:
        chosen = self._app.newsletter(newsletter)
        if not 0 <= number < len(chosen.blocks):
            raise NotFound("This block is not there any more.", "The page of the blocks shows those there are.")
        return chosen, chosen.blocks[number]

    def _page(self, request: Request, chosen: Newsletter, kind: str, number: int | None, typed: Typed) -> Response:
        return self._saving.page(
            request,
            "block",
            typed,
            newsletter=chosen,
            named=_named(kind),
            fields=[(name, words, 4 if name in _SEVERAL_LINES else 0) for name, words in _fields(kind).items()],
            spots=list(PLACES.items()),
            number=number,
            path=f"{_path(chosen)}/{'-/' + kind if number is None else number}",
        )


def _known(kind: str) -> str:
    if kind not in FREE_BLOCKS:
        raise NotFound(f"There is no block “{kind}”.", "The page of the blocks shows those there are.")
    return kind


def _named(kind: str) -> str:
    return KINDS[kind][0] if kind in KINDS else kind.capitalize()


def _fields(kind: str) -> Mapping[str, str]:
    """Return the fields of a kind, with their labels."""
    return KINDS[kind][1] if kind in KINDS else _OWN


def _kinds(kind: str) -> dict[str, Kind]:
    return {**{name: LONG if name in _SEVERAL_LINES else TEXT for name in _fields(kind)}, "place": TEXT}


def _missing(kind: str, texts: Mapping[str, str]) -> dict[str, str]:
    needed = FREE_BLOCKS.get(kind, ())
    return missing(texts, {name: f"Needed: {_fields(kind)[name].lower()}." for name in needed})


def _row(newsletter: Newsletter, number: int) -> Row:
    one = newsletter.blocks[number]
    words = one.title or one.words or one.alt or one.text
    return Row(
        number=number,
        kind=_named(one.kind),
        words=words.split("\n")[0],
        place=PLACES[one.place],
        may_rise=_neighbour(newsletter, number, -1) is not None,
        may_fall=_neighbour(newsletter, number, 1) is not None,
    )


def _neighbour(newsletter: Newsletter, number: int, by: int) -> int | None:
    """Return the position of the block above one at its place (by: -1), or below it (1); None for none."""
    every = newsletter.blocks
    mine = [place for place, one in enumerate(every) if one.place == every[number].place]
    at = mine.index(number) + by
    return mine[at] if 0 <= at < len(mine) else None


def _said(block: FreeBlock) -> dict[str | tuple[str, ...], object]:
    """Return all that a block says; what it says nothing of is taken out where it is written."""
    return {name: value or None for name, value in asdict(block).items()}


def _path(newsletter: Newsletter) -> str:
    return f"/settings/newsletters/{newsletter.id}/blocks"


def _place(newsletter: Newsletter, number: int) -> Place:
    return (*place_of(newsletter), "blocks", number)


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Blocks(desk)
    at = "/settings/newsletters/{newsletter}/blocks"
    web.get(at)(routes.every)
    web.get(f"{at}/-/{{kind}}")(routes.fresh)
    web.post(f"{at}/-/{{kind}}")(routes.make)
    web.get(f"{at}/{{number}}")(routes.show)
    web.post(f"{at}/{{number}}")(routes.save)
    web.post(f"{at}/{{number}}/move")(routes.move)
    web.post(f"{at}/{{number}}/remove")(routes.remove)
