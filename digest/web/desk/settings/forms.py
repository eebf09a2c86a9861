"""Forms: settings become the texts of fields, texts become settings, and what is wrong with them stands beside them.

A field is named as its setting is from the page's place on: "schedule.at". Each page bears the revision of digest.toml
that it was made from; what somebody else changed since is told beside the field, and is not overwritten unseen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from fastapi import Request, Response

from digest.app import App, settings
from digest.config import FILE
from digest.config.change import Act as Change
from digest.config.change import Put
from digest.config.places import Place, path_of, plain, value_at
from digest.domain.errors import ConfigurationError, Refused, TypedOver, Unfit
from digest.web.bounds import Fields
from digest.web.desk.cookies import Act, Said
from digest.web.desk.frame import Desk
from digest.web.desk.settings import rights

#: where a change is taken back
PUT_BACK = "/settings/put-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a field holds: how a setting is shown in it, how it is read, and how it comes with a form."""

    shown: Callable[[Any], str]
    #: raises ValueError with what to do
    read: Callable[[str], Any]
    sent: Callable[[Fields, str], str] = lambda fields, name: fields.one(name)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.replace("\n", ",").split(",") if word.strip()]


def _whole(text: str) -> int:
    try:
        return int(text.replace(",", ""))
    except ValueError:
        raise ValueError("Write a whole number, such as 12.") from None


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("Write a number, such as 1.5.")
    return number


def _named(text: str) -> dict[str, str]:
    named: dict[str, str] = {}
    for line in _lines(text):
        name, sign, words = (part.strip() for part in line.partition("="))
        if not (name and sign):
            raise ValueError(f"“{line}” names nothing. Write one a line, like NAME = its words.")
        if name in named:
            raise ValueError(f"“{name}” stands there twice. Take one of them out.")
        named[name] = words
    return named


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError("Write a day: year, month, day, such as 2026-12-01.") from None


def _plain(number: float) -> str:
    return f"{number:g}"


TEXT = Kind(shown=str, read=str)
#: several lines, as they stand
LONG = Kind(shown=str.strip, read=lambda text: text.replace("\r\n", "\n").replace("\r", "\n"))
WHOLE = Kind(shown=str, read=_whole)
NUMBER = Kind(shown=_plain, read=_number)
#: one a line
LINES = Kind(shown="\n".join, read=_lines)
#: parted by commas
WORDS = Kind(shown=", ".join, read=_words)
#: name = text, one a line
NAMED = Kind(shown=lambda named: "\n".join(f"{name} = {text}" for name, text in named.items()), read=_named)
#: a day, or nothing
DAY = Kind(shown=lambda day: "" if day is None else f"{day:%Y-%m-%d}", read=_day)
TICK = Kind(shown=lambda holds: "yes" if holds else "", read=bool)


def ticked(options: Sequence[str]) -> Kind:
    """Return the kind of a field in which several of these may be ticked."""
    return Kind(
        shown=",".join,
        read=_words,
        sent=lambda fields, name: ",".join(one for one in options if one in fields.every(name)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What stands in a form, and what is wrong with it."""

    texts: Mapping[str, str]
    #: name of a field -> what is wrong with it; empty for what is no field's fault
    wrong: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def texts_of(app: App, at: Place, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Return name of a field -> what it shows of what holds now. Raises NotFound for an entry that is not there."""
    settings.read_anew(app)
    whole = plain(app.loaded.workspace)
    there = path_of(whole, at)
    return {name: kind.shown(value_at(whole, (*there, *name.split(".")))) for name, kind in kinds.items()}


def sent(fields: Fields, kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Return name of a field -> what was typed."""
    return {name: kind.sent(fields, name) for name, kind in kinds.items()}


def put(at: Place, kinds: Mapping[str, Kind], texts: Mapping[str, str]) -> tuple[Put, dict[str, str]]:
    """Return the change that these texts mean, and name of a field -> what cannot be read in it."""
    values: dict[str | tuple[str, ...], Any] = {}
    wrong = {}
    for name, kind in kinds.items():
        try:
            values[name] = kind.read(texts[name])
        except ValueError as fault:
            wrong[name] = str(fault)
    return Put(at=at, values=values), wrong


def missing(texts: Mapping[str, str], needed: Mapping[str, str]) -> dict[str, str]:
    """Return what is asked for where a field that is needed is empty; needed: name of a field -> those words."""
    return {name: words for name, words in needed.items() if not texts[name]}


def put_back(done: settings.Done, path: str) -> Act:
    """Return the button that takes a change back, and then leads to a path."""
    fields = {"before": done.changed.before, "after": done.changed.after, "back": path}
    return Act(label="Put back", path=PUT_BACK, fields=fields)


class Saving:
    """Saves what a form says, or shows the form again with what is wrong."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.app = desk.app

    def save(
        self,
        request: Request,
        changes: Iterable[Change],
        words: str,
        path: str,
        wrong: Mapping[str, str] = MappingProxyType({}),
    ) -> Response:
        """Write changes into digest.toml, and lead to a path where `words` are said, with Put back.

        wrong: what is known to be wrong with what was typed. Raises as app.settings.change does.
        """
        by = self._desk.by(request)
        done = settings.change(self.app, by, self._desk.fields(request).one("seen"), changes, wrong)
        return self.told(request, done, words, path)

    def told(self, request: Request, done: settings.Done, words: str, path: str) -> Response:
        """Say what was done, and how it is put back."""
        if done.changed.before == done.changed.after:
            return self._desk.redirect(request, path, Said(words="Nothing was another, so nothing was saved."))
        return self._desk.redirect(request, path, Said(words=words, acts=self.acts(request, done, path)))

    def acts(self, request: Request, done: settings.Done, path: str) -> tuple[Act, ...]:
        """Return the button that takes a change back, where whoever made it may do that, too."""
        needed = rights.least(self.app.loaded.workspace, rights.turned(done.changed.differences))
        return (put_back(done, path),) if self._desk.who(request).role.may(needed) else ()

    def page(self, request: Request, template: str, typed: Typed, **values: object) -> Response:
        """Return the page of a form."""
        seen = settings.seen(self.app)
        fault = settings.fault(self.app)
        told = {"": _by_hand(fault)} if fault is not None and not typed.wrong else {}
        return self._desk.page(
            request, template, typed.status, typed=typed.texts, wrong={**typed.wrong, **told}, seen=seen, **values
        )


def attempt(texts: Mapping[str, str], save: Callable[[], Response]) -> Response | Typed:
    """Save; where that is not possible return the form as it is shown again: all that was typed, and what is wrong."""
    try:
        return save()
    except Unfit as fault:
        return Typed(
            texts=texts, wrong={name: _beside(name, words) for name, words in fault.faults.items()}, status=422
        )
    except TypedOver as fault:
        return Typed(texts=texts, wrong={name: _over(now) for name, (now, _) in fault.fields.items()}, status=409)
    except (ConfigurationError, Refused) as fault:
        return Typed(texts=texts, wrong={"": f"{fault.what} {fault.mend}"}, status=409)


def _beside(name: str, words: str) -> str:
    """Return what is wrong with a field as it stands beside it: it need not be named as in digest.toml."""
    named = f"“{name.rpartition('.')[2]}” "
    return f"This {words.removeprefix(named)}" if words.startswith(named) else words


def _by_hand(fault: ConfigurationError) -> str:
    """Say that the file was changed by hand, and is wrong now."""
    first = fault.findings[0]
    said = f"{FILE} has a fault that somebody wrote by hand ({first.where}): {first.what} {first.mend}"
    return f"{said} Until it is mended, nothing can be saved here."


def _over(now: str) -> str:
    there = f"It says “{now}” now" if now else "It is empty now"
    return f"Somebody else changed this while you wrote. {there}. Save again to keep yours."
