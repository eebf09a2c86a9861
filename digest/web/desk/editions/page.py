"""Page: the page of an edition, with what a person typed where it could not be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import Annotated
from urllib.parse import urlencode

from fastapi import FastAPI, Path, Request, Response

from digest.app import pictures
from digest.domain.errors import DigestError, TypedOver, Unfit
from digest.domain.model import EditionState
from digest.domain.states import MAILED
from digest.jobs import edition as editions
from digest.jobs.editing import Editing
from digest.web.desk.editions.looking import Looked, Looking
from digest.web.desk.editions.showing import Screen, screen
from digest.web.desk.frame import Desk

#: an id as this program makes them
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
#: what the preview beside the content may show -> its words
VIEWS: Mapping[str, str] = {"desktop": "Desktop", "mobile": "Mobile", "dark": "Dark", "text": "Text"}
#: blocks of staff's own: kind -> its words, and the fields that it shows, each with its label
KINDS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "text": ("Text", {"title": "Heading", "text": "Text"}),
    "event": (
        "Event",
        {
            "title": "Name",
            "when": "When",
            "where": "Where",
            "text": "Text",
            "link": "Link",
            "words": "Words of the link",
        },
    ),
    "quote": ("Quote", {"text": "What was said", "who": "Who said it"}),
    "button": ("Button", {"words": "Words on it", "link": "Where it leads"}),
    "picture": (
        "Picture",
        {"picture": "Address of the picture", "alt": "What it shows", "text": "Words below it", "link": "Link"},
    ),
    "divider": ("Line", {}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Addresses of the page of an edition, each with what is chosen on it."""

    edition: str
    segment: str = ""
    view: str = ""
    reader: str = ""

    @property
    def path(self) -> str:
        """The page's address with nothing chosen."""
        return f"/editions/{self.edition}"

    @property
    def shown(self) -> str:
        """What the preview shows."""
        return self.view if self.view in VIEWS else next(iter(VIEWS))

    def to(self, at: str = "", **chosen: str) -> str:
        """Return the address with something else chosen; at: id of the part of the page."""
        usual = {"segment": self.segment, "view": self.view, "as": self.reader}
        asked = {name: value for name, value in {**usual, **chosen}.items() if value}
        return self.path + (f"?{urlencode(asked)}" if asked else "") + (f"#{at}" if at else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """What the frame of the preview holds."""

    src: str
    #: desktop, mobile, dark or text
    view: str
    #: id of the made-up reader
    reader: str
    #: what it is, for who does not see it
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typing:
    """What somebody typed that is not kept yet, and why not."""

    #: path of a field -> its text
    texts: Mapping[str, str]
    #: path of a field -> what is wrong with it
    faults: Mapping[str, str] = field(default_factory=dict)
    #: path of a field -> what somebody else made of it meanwhile
    theirs: Mapping[str, str] = field(default_factory=dict)
    who: str = ""

    @classmethod
    def unfit(cls, texts: Mapping[str, str], fault: Unfit) -> Typing:
        """Return what cannot be kept as it is."""
        return cls(texts=texts, faults=fault.faults)

    @classmethod
    def over(cls, texts: Mapping[str, str], fault: TypedOver) -> Typing:
        """Return what would overwrite somebody else's words."""
        return cls(texts=texts, theirs={name: theirs for name, (theirs, _) in fault.fields.items()}, who=fault.who)

    @property
    def edit(self) -> str:
        """What stands open for it: "story/ID", "block/ID", "new/KIND" or "inbox"."""
        if "kind" in self.texts:
            return f"new/{self.texts['kind']}"
        kind, _, rest = next(iter(self.texts), "").partition("/")
        return f"{kind}/{rest.partition('/')[0]}" if rest else "inbox"


NOTHING_TYPED = Typing(texts={})


class Page:
    """Shows the page of an edition."""

    def __init__(self, desk: Desk, looking: Looking) -> None:
        self._desk = desk
        self._looking = looking

    def shown(
        self,
        request: Request,
        edition: str,
        status: int = 200,
        *,
        typing: Typing = NOTHING_TYPED,
        trouble: DigestError | None = None,
    ) -> Response:
        """Return the page; what is open on it stands in the request's query."""
        asked = request.query_params
        looked = self._looking.at(editing_of(self._desk, request, edition))
        made: Screen = screen(self._desk.app, looked, asked.get("segment", ""))
        links = Links(edition=edition, segment=made.segment, view=asked.get("view", ""), reader=asked.get("as", ""))
        return self._desk.page(
            request,
            "edition",
            status,
            screen=made,
            typing=typing,
            trouble=trouble or looked.trouble,
            edit=asked.get("edit", "") if typing is NOTHING_TYPED else typing.edit,
            moving=asked.get("move", ""),
            spots=_spots(made, asked.get("move", "")),
            links=links,
            tabs=[(tab.name, links.to(segment=tab.id), tab.current, tab.people) for tab in made.tabs],
            views=[(words, links.to(view=view), view == links.shown) for view, words in VIEWS.items()],
            samples=looked.samples_of(made.segment),
            framed=_framed(made, looked, links),
            kinds=KINDS,
        )


def add(web: FastAPI, desk: Desk, page: Page) -> None:
    """Add the route."""

    @web.get("/editions/{edition}")
    def show(request: Request, edition: str) -> Response:
        state = editions.find(desk.app.store, edition).state
        if state in MAILED:
            # it is no longer to be mended, but to be followed
            return desk.redirect(
                request, f"/editions/{edition}/{'report' if state == EditionState.SENT else 'sending'}"
            )
        return page.shown(request, edition)


def editing_of(desk: Desk, request: Request, edition: str) -> Editing:
    """Return one person's work at an edition; raises NotFound where there is none."""
    app = desk.app
    return Editing(
        store=app.store,
        clock=app.clock,
        press=app.press(app.newsletter_of(editions.find(app.store, edition))),
        edition=edition,
        who=desk.who(request).name,
        new_id=app.new_id,
        have_picture=partial(pictures.have, app),
    )


def _spots(made: Screen, moving: str) -> list[tuple[str, str]]:
    """Return the places among the others of its theme where a story may be put: words, and the story before which."""
    row = made.row(moving)
    if row is None:
        return []
    here = next((list(one.rows) for one in made.headings if one.id == row.theme), [])
    others = [one for one in here if one.id != moving]
    spots = [("Top", others[0].id)] if others else []
    spots += [
        (f"After {one.title}", after.id if after else "") for one, after in zip_longest(others, others[1:]) if one
    ]
    # where it stands now is no place to go to; the top story stands apart from the others
    at = here.index(row) if row in here else None
    return [spot for place, spot in enumerate(spots) if place != at]


def _framed(made: Screen, looked: Looked, links: Links) -> Framed | None:
    """Return what is seen beside the content: as the chosen reader gets it, or the first of the segment's."""
    if not made.variants:
        return None
    sample = looked.sample(made.segment, links.reader)
    variant = looked.variants[sample.variant] if sample else made.variants[0]
    ending = "txt" if links.shown == "text" else "html"
    # other bytes have another address, so that the same ones are not loaded again
    asked = {"as": sample.subscriber.id if sample else "", "v": variant.sha256[:12]}
    return Framed(
        src=f"{links.path}/mail/{variant.slug}.{ending}?{urlencode(asked)}",
        view=links.shown,
        reader=asked["as"],
        title=f"{VIEWS[links.shown]}: {variant.subject}",
    )
