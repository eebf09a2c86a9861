"""Themes: the headings that stories stand under, what people moved, what always stands where, and what might be one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response

from digest.app import themes as of_themes
from digest.app import theming
from digest.config.change import Add, Order, Remove
from digest.config.ids import unique_id
from digest.domain.errors import NotFound, Unfit
from digest.domain.model import OTHER, Newsletter, Review, Reviewed, Rule, Theme
from digest.domain.ports import Store
from digest.jobs import grouping
from digest.jobs.reviewing import theme_names
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import (
    LINES,
    LONG,
    NUMBER,
    TEXT,
    WORDS,
    Kind,
    Saving,
    Typed,
    attempt,
    missing,
    put,
    sent,
    texts_of,
)
from digest.web.desk.settings.trying import Tries, Trying

if TYPE_CHECKING:
    from digest.stages.group.suggest import Suggested

#: months over which it is told how themes are used, and from which some are suggested
MONTHS = 6
#: decisions of people that a page shows
_SHOWN = 20
_FIELDS: Mapping[str, Kind] = {
    "name": TEXT,
    "description": LONG,
    "keywords": WORDS,
    "categories": WORDS,
    "examples": LINES,
    "weight": NUMBER,
}
_NEEDED = {"name": "Write what the heading says. Readers see it."}
_NONE = {"name": "", "description": "", "keywords": "", "categories": "", "examples": "", "weight": "1"}
_NO_RULE = {"theme": "", "words": "", "like": "", "source": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What somebody decided about a story, as the page tells it."""

    reviewed: Reviewed
    words: str


class Themes:
    """The routes of the themes' list, of its rules and of what is suggested."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)
        self._tries = tries

    def show(self, request: Request, newsletter: str = "") -> Response:
        """Show the themes of a newsletter."""
        return self._page(request, self._desk.newsletter(newsletter), Typed(texts=_NO_RULE))

    def order(self, request: Request, newsletter: str) -> Response:
        """Put a theme one place further up or down."""
        chosen, fields = self._app.newsletter(newsletter), self._desk.fields(request)
        one = theming.found(chosen, fields.one("theme"))
        ids = [theme.id for theme in chosen.themes]
        place = ids.index(one.id)
        other = max(0, min(len(ids) - 1, place + (-1 if fields.one("by") == "up" else 1)))
        ids[place], ids[other] = ids[other], ids[place]
        changes = [Order(of=("newsletters", chosen.id, "themes"), ids=ids)]
        return self._saving.save(request, changes, f"Moved {one.name}.", f"/themes?newsletter={chosen.id}")

    def add_rule(self, request: Request, newsletter: str) -> Response:
        """Say what always stands under a theme."""
        chosen, fields = self._app.newsletter(newsletter), self._desk.fields(request)
        texts = {name: fields.one(name) for name in _NO_RULE}

        def save() -> Response:
            values = {**texts, "words": WORDS.read(texts["words"])}
            given = {name: value for name, value in values.items() if value}
            if given.keys() == {"theme"}:
                raise Unfit({"words": "Say for what it holds: words, a headline, or a source."})
            adding = [Add(to=("newsletters", chosen.id, "rules"), values=given)]
            words = f"From now on: {rule_in_words(chosen, Rule(**{**values, 'words': tuple(values['words'])}))}"
            return self._saving.save(request, adding, words, f"/themes?newsletter={chosen.id}#rules")

        tried = attempt(texts, save)
        return self._page(request, chosen, tried) if isinstance(tried, Typed) else tried

    def remove_rule(self, request: Request, newsletter: str) -> Response:
        """Take a rule out; what it placed stays where it is."""
        chosen, number = self._app.newsletter(newsletter), self._desk.fields(request).one("rule")
        if not number.isdigit():
            raise NotFound("There is no such rule.", "Open the page of the themes again.")
        removing = [Remove(at=("newsletters", chosen.id, "rules", int(number)))]
        words = "The rule is gone. Stories that it placed stay where they are."
        return self._saving.save(request, removing, words, f"/themes?newsletter={chosen.id}#rules")

    def suggest(self, request: Request, newsletter: str) -> Response:
        """Begin to look which themes the last months suggest."""
        chosen = self._app.newsletter(newsletter)
        key = self._tries.begin(Trying.THEMES, "themes", partial(of_themes.suggest, self._app, chosen, MONTHS))
        return self._desk.redirect(request, f"/themes/{chosen.id}/-/suggestions/{key}")

    def suggestions(self, request: Request, newsletter: str, key: str) -> Response:
        """Show which themes the last months suggest."""
        chosen, tried = self._app.newsletter(newsletter), self._tries.known(Trying.THEMES, key)
        if tried is None:
            raise NotFound("What was suggested is not kept any more.", "Ask for suggestions again.")
        found: Suggested | None = tried.result  # type: ignore[assignment]
        return self._desk.page(
            request,
            "suggestions",
            newsletter=chosen,
            key=key,
            waits=not tried.over.is_set() and not self._tries.is_late(tried),
            fault=f"{tried.fault.what} {tried.fault.mend}".strip() if tried.fault else "",
            found=found,
            names=theme_names(chosen),
            months=MONTHS,
        )

    def _page(self, request: Request, chosen: Newsletter, typed: Typed) -> Response:
        balance = of_themes.balance(self._app, chosen, MONTHS)
        names = theme_names(chosen)
        return self._saving.page(
            request,
            "themes",
            typed,
            newsletter=chosen,
            newsletters=self._app.loaded.workspace.newsletters,
            shares={one.theme: one for one in balance.shares},
            other=balance.other,
            rules=[rule_in_words(chosen, one) for one in chosen.rules],
            decided=decisions(self._app.store, chosen),
            themes=[(one.id, one.name) for one in chosen.themes] + [(OTHER, names[OTHER])],
            sources=[("", "Any source"), *((one.id, one.name or one.id) for one in chosen.sources)],
            months=MONTHS,
        )


class OneTheme:
    """The routes of a theme."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._desk = desk
        self._app = desk.app
        self._saving = Saving(desk)
        self._tries = tries

    def fresh(self, request: Request, newsletter: str, key: str = "", number: int = 0) -> Response:
        """Ask for a new theme; key, number: of a suggestion that it begins with."""
        chosen = self._app.newsletter(newsletter)
        return self._page(request, chosen, None, Typed(texts={**_NONE, **self._suggested(key, number)}))

    def make(self, request: Request, newsletter: str) -> Response:
        """Make a theme."""
        chosen = self._app.newsletter(newsletter)
        texts = sent(self._desk.fields(request), _FIELDS)

        def save() -> Response:
            change, wrong = put((), _FIELDS, texts)
            made = unique_id(texts["name"], [one.id for one in chosen.themes], "theme")
            values = {str(name): value for name, value in change.values.items() if value not in ("", [], 1.0)}
            adding = Add(to=("newsletters", chosen.id, "themes"), values={"id": made, **values})
            words = f"Made the theme {texts['name']}. The next draft heeds it."
            path = f"/themes?newsletter={chosen.id}"
            return self._saving.save(request, [adding], words, path, wrong | missing(texts, _NEEDED))

        tried = attempt(texts, save)
        return self._page(request, chosen, None, tried) if isinstance(tried, Typed) else tried

    def show(self, request: Request, newsletter: str, theme: str) -> Response:
        """Show a theme, to be changed."""
        chosen, one = self._found(newsletter, theme)
        return self._page(request, chosen, one, Typed(texts=texts_of(self._app, _place(chosen, one), _FIELDS)))

    def save(self, request: Request, newsletter: str, theme: str) -> Response:
        """Change a theme."""
        chosen, one = self._found(newsletter, theme)
        texts = sent(self._desk.fields(request), _FIELDS)

        def save() -> Response:
            change, wrong = put(_place(chosen, one), _FIELDS, texts)
            path = f"/themes/{chosen.id}/{one.id}"
            words = f"Saved {texts['name']}. The next draft heeds it."
            return self._saving.save(request, [change], words, path, wrong | missing(texts, _NEEDED))

        tried = attempt(texts, save)
        return self._page(request, chosen, one, tried) if isinstance(tried, Typed) else tried

    def leaving(self, request: Request, newsletter: str, theme: str) -> Response:
        """Ask before a theme goes."""
        return self._leaving(request, *self._found(newsletter, theme), Typed(texts={}))

    def remove(self, request: Request, newsletter: str, theme: str) -> Response:
        """Take a theme out, with what needs it."""
        chosen, one = self._found(newsletter, theme)

        def save() -> Response:
            words = f"{one.name} is no theme any more. What stood under it in sent editions stays."
            return self._saving.save(request, theming.removal(chosen, one.id), words, f"/themes?newsletter={chosen.id}")

        tried = attempt({}, save)
        return self._leaving(request, chosen, one, tried) if isinstance(tried, Typed) else tried

    def _found(self, newsletter: str, theme: str) -> tuple[Newsletter, Theme]:
        chosen = self._app.newsletter(newsletter)
        return chosen, theming.found(chosen, theme)

    def _suggested(self, key: str, number: int) -> dict[str, str]:
        tried = self._tries.known(Trying.THEMES, key) if key else None
        found: Suggested | None = tried.result if tried else None  # type: ignore[assignment]
        if found is None or not 0 <= number < len(found.suggestions):
            return {}
        one = found.suggestions[number]
        return {
            "name": one.name,
            "description": one.description,
            "keywords": WORDS.shown(one.keywords),
            "examples": LINES.shown(one.examples),
        }

    def _page(self, request: Request, chosen: Newsletter, one: Theme | None, typed: Typed) -> Response:
        share = None
        if one is not None:
            balance = of_themes.balance(self._app, chosen, MONTHS)
            share = next((every for every in balance.shares if every.theme == one.id), None)
        return self._saving.page(
            request,
            "theme",
            typed,
            newsletter=chosen,
            theme=one,
            share=share,
            decided=decisions(self._app.store, chosen, one.id) if one else (),
            months=MONTHS,
        )

    def _leaving(self, request: Request, chosen: Newsletter, one: Theme, typed: Typed) -> Response:
        use = theming.used(self._app, chosen, one.id)
        return self._saving.page(request, "remove_theme", typed, newsletter=chosen, theme=one, use=use)


def rule_in_words(newsletter: Newsletter, rule: Rule) -> str:
    """Write a rule as a sentence."""
    names = theme_names(newsletter)
    sources = {one.id: one.name or one.id for one in newsletter.sources}
    asked = []
    if rule.words:
        asked.append("with " + " and ".join(f"“{word}”" for word in rule.words))
    if rule.like:
        like = rule.like if len(rule.like) <= 80 else f"{rule.like[:79]}…"
        asked.append(f"like “{like}”")
    if rule.source:
        asked.append(f"from {sources.get(rule.source, rule.source)}")
    return f"insights {' '.join(asked)} always stand under {names.get(rule.theme, rule.theme)}."


def decisions(store: Store, newsletter: Newsletter, theme: str = "") -> Sequence[Decided]:
    """Return what people decided by hand, the latest first; theme: only what came to it, or went."""
    names = theme_names(newsletter)
    found = [
        one
        for one in grouping.decisions(store, newsletter.id)
        if one.review != Review.LEFT and theme in ("", one.theme, one.before)
    ]
    return [Decided(reviewed=one, words=_decided(one, names)) for one in found[:_SHOWN]]


def _decided(one: Reviewed, names: Mapping[str, str]) -> str:
    here = names.get(one.theme, one.theme)
    if one.review == Review.MOVED:
        return f"moved from {names.get(one.before, one.before)} to {here}"
    return f"kept under {here}"


def _place(newsletter: Newsletter, theme: Theme) -> tuple[str | int, ...]:
    return ("newsletters", newsletter.id, "themes", theme.id)


def add(web: FastAPI, desk: Desk, tries: Tries) -> None:
    """Add the routes; no theme has - as its id."""
    every, one = Themes(desk, tries), OneTheme(desk, tries)
    web.get("/themes")(every.show)
    web.post("/themes/{newsletter}/-/order")(every.order)
    web.post("/themes/{newsletter}/-/rules")(every.add_rule)
    web.post("/themes/{newsletter}/-/rules/remove")(every.remove_rule)
    web.post("/themes/{newsletter}/-/suggestions")(every.suggest)
    web.get("/themes/{newsletter}/-/suggestions/{key}")(every.suggestions)
    web.get("/themes/{newsletter}")(one.fresh)
    web.post("/themes/{newsletter}")(one.make)
    web.get("/themes/{newsletter}/{theme}")(one.show)
    web.post("/themes/{newsletter}/{theme}")(one.save)
    web.get("/themes/{newsletter}/{theme}/remove")(one.leaving)
    web.post("/themes/{newsletter}/{theme}/remove")(one.remove)
