"""What one state of digest.toml says and another does not: for the record of who changed what, and to take it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from digest.config.inset import same
from digest.config.places import Place, identified


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is another. Entries of a list stand in it by their id."""

    at: Place
    #: None: it was not there, or is not any more
    before: Any
    after: Any
    #: the entries are the same, in another order; before and after are their ids
    in_order: bool = False
    #: an entry of a list that came or went, and its position there
    entry: int | None = None


def differences(before: Any, after: Any, at: Place = ()) -> Iterator[Difference]:
    """Yield what differs between what two states of the file say."""
    if same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from differences(before.get(key), after.get(key), (*at, key))
    elif _are_entries(before or []) and _are_entries(after or []) and (before or after):
        yield from _entries(before or [], after or [], at)
    else:
        yield Difference(at=at, before=before, after=after)


def _entries(before: list[Any], after: list[Any], at: Place) -> Iterator[Difference]:
    old, new = (identified(one) if one else [] for one in (before, after))
    if old is None or new is None:
        yield from _nameless(before, after, at)
        return
    for number, name in enumerate(old):
        if name not in new:
            yield Difference(at=(*at, name), before=before[number], after=None, entry=number)
    for number, name in enumerate(new):
        if name not in old:
            yield Difference(at=(*at, name), before=None, after=after[number], entry=number)
        else:
            yield from differences(before[old.index(name)], after[number], (*at, name))
    kept, now = [name for name in old if name in new], [name for name in new if name in old]
    if kept != now:
        yield Difference(at=at, before=old, after=new, in_order=True)


def _nameless(before: list[Any], after: list[Any], at: Place) -> Iterator[Difference]:
    came_or_went = list(_come_or_gone(before, after, at))
    yield from came_or_went
    if not came_or_went:
        # the same ones in another order, which nothing but what each says can tell
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, (*at, number))


def _come_or_gone(before: list[Any], after: list[Any], at: Place) -> Iterator[Difference]:
    left = list(after)
    for number, one in enumerate(before):
        if one in left:
            left.remove(one)
        else:
            yield Difference(at=(*at, number), before=one, after=None, entry=number)
    known = list(before)
    for number, one in enumerate(after):
        if one in known:
            known.remove(one)
        else:
            yield Difference(at=(*at, number), before=None, after=one, entry=number)


def _are_entries(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)
