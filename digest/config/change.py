"""Any setting of digest.toml is changed from a page; everything else in the file stays as it is, to the byte.

::

    the page's revision ─► base: the version it was made from
    base + acts ─► touched: what the person made another
    touched, and another in the file by now ─► TypedOver, or Refused; nothing is written
    file + touched ─► draft ─► writing: proven, accepted ─► the file
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from digest.config import FILE, judged, values
from digest.config.differences import Difference, differences
from digest.config.edges import CannotSplice
from digest.config.inset import revalued, same
from digest.config.lines import ValuePath
from digest.config.places import Place, path_of, plain, shown_at, value_at
from digest.config.splice import reordered, with_entry, without_entry
from digest.config.versions import keep, kept, revision_of
from digest.config.writing import Draft, Faulty, by_hand, written
from digest.domain.errors import ConfigurationError, NotFound, Refused, TypedOver, Unfit
from digest.domain.model import Finding, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Settings of a table, or of an entry of a list, say what is given; None takes one out.

    A dotted key leads into tables inside it, such as "sender.address"; a tuple leads there by its parts. A table that
    is given whole says nothing else afterwards.
    """

    at: Place = ()
    values: Mapping[str | tuple[str, ...], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """An entry goes into a list, at a position from 0, or last."""

    to: Place
    values: Mapping[str, Any]
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """An entry goes out of a list."""

    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The entries of a list stand in another order, by their ids."""

    of: Place
    ids: Sequence[str]


Act = Put | Add | Remove | Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What was done: both versions are kept, and `put_back` leads from `after` to `before`."""

    #: revisions; the same where nothing was another
    before: str
    after: str
    differences: tuple[Difference, ...] = ()
    #: the entries that went in or out, as they stand in the file
    entries: tuple[str, ...] = ()


@dataclass(slots=True)
class _State:
    """A state of the file: its text, what that says, and what holds with it."""

    text: str
    raw: dict[str, Any]
    workspace: Workspace


@dataclass(slots=True)
class _Work:
    """A change under way."""

    base: _State
    now: _State
    text: str
    raw: dict[str, Any]
    #: texts of the entries that go in or out
    entries: list[str] = field(default_factory=list)
    #: name of a field -> what the file says by now, and what was typed
    clashes: dict[str, tuple[str, str]] = field(default_factory=dict)


def change(
    folder: Path, revision: str, acts: Iterable[Act], wrong: Mapping[str, str] = MappingProxyType({})
) -> Changed:
    """Change settings of a workspace.

    revision: of the version that the person saw (versions.py); wrong: name of a field -> what is known to be wrong
    with it: then nothing is written, and it is told with all else. Raises Unfit with the name of each field as the act
    has it (empty for what is no field's fault); TypedOver with both values where the file says another thing since;
    Refused and NotFound where an entry that is to go or to move is another by now, or the version is not known any
    more; ConfigurationError where the file has a fault already, or cannot be edited. Then nothing was written.
    """
    done = tuple(acts)
    works: list[_Work] = []

    def draft(text: str) -> Draft:
        now = _state(text)
        works.append(_Work(_base(folder, revision, now), now, now.text, deepcopy(now.raw)))
        made = _drafted(folder, works[-1], done)
        if wrong:
            _, found = judged(made.text)
            raise Unfit({**_faults(found, works[-1].raw, done), **wrong})
        # before the file is another: what cannot be put back is not done
        for version in (text, made.text):
            keep(folder, version)
        return made

    try:
        before, after = written(folder, draft)
    except Faulty as fault:
        raise Unfit(_faults(fault.located, works[-1].raw, done)) from fault
    made = tuple(differences(values(before), values(after)))
    entries = tuple(works[-1].entries)
    return Changed(before=revision_of(before), after=revision_of(after), differences=made, entries=entries)


def put_back(folder: Path, before: str, after: str) -> Changed:
    """Take back a change that led from one version to another; what was changed since by others stays.

    Where nothing was, the bytes are those of before. Raises as `change`, Refused where one of the versions is not kept.
    """
    old, new = _known(folder, before), _known(folder, after)

    def draft(text: str) -> Draft:
        return Draft(old, values(old)) if text == new else Draft(text, values(text))

    done = written(folder, draft)
    if done == (new, old):
        made = tuple(differences(values(new), values(old)))
        return Changed(before=after, after=before, differences=made)
    return change(folder, after, _leading(differences(values(new), values(old))))


def between(folder: Path, before: str, after: str) -> tuple[Difference, ...]:
    """Return what differs between two versions: what `put_back` would take back. Raises Refused as it does."""
    return tuple(differences(values(_known(folder, before)), values(_known(folder, after))))


def _leading(found: Iterable[Difference]) -> list[Act]:
    """Return the acts that make these differences."""
    acts: list[Act] = []
    for one in found:
        if one.in_order:
            acts.append(Order(of=one.at, ids=one.after))
        elif one.entry is not None and one.before is None:
            acts.append(Add(to=one.at[:-1], values=one.after, position=one.entry))
        elif one.entry is not None:
            acts.append(Remove(at=one.at))
        else:
            acts.append(Put(at=one.at[:-1], values={(str(one.at[-1]),): one.after}))
    return acts


def _state(text: str) -> _State:
    workspace, found = judged(text)
    if workspace is None:
        raise ConfigurationError(tuple(finding for _, finding in found))
    return _State(text, values(text), workspace)


def _base(folder: Path, revision: str, now: _State) -> _State:
    return now if revision == revision_of(now.text) else _state(_known(folder, revision))


def _known(folder: Path, revision: str) -> str:
    text = kept(folder, revision)
    if text is None:
        raise Refused("The settings that this page was made from are not kept any more.", "Open the page again.")
    return text


def _drafted(folder: Path, work: _Work, acts: Sequence[Act]) -> Draft:
    try:
        for act in acts:
            _DO[type(act)](work, act)
    except CannotSplice as fault:
        raise by_hand(f"{FILE} is written in a way that leaves no place for it.") from fault
    except (TypeError, ValueError) as fault:
        raise by_hand(f"It cannot be written: {fault}.") from fault
    if work.clashes:
        at = datetime.fromtimestamp((folder / FILE).stat().st_mtime, UTC)
        raise TypedOver(work.clashes, "Somebody", at)
    return Draft(work.text, work.raw)


def _put(work: _Work, act: Put) -> None:
    was, at = path_of(work.base.raw, act.at), path_of(work.raw, act.at)
    for name, given in act.values.items():
        keys = _keys(name)
        value = plain(given)
        if not _differs(work.base, (*was, *keys), value):
            continue
        seen, there = _seen(work.base, (*was, *keys), value), _seen(work.now, (*at, *keys), value)
        if not same(seen, there) and not same(there, value):
            work.clashes[_name(name)] = (in_words(there), in_words(value))
            continue
        path = (*at, *keys)
        work.text = revalued(work.text, path, value_at(work.raw, path), value)
        _write(work.raw, path, value)


def _differs(state: _State, path: ValuePath, value: Any) -> bool:
    """Tell whether a person made a setting another than it was shown."""
    seen = _seen(state, path, value)
    # what a form gives back has lost the white space around it
    return seen.strip() != value.strip() if isinstance(seen, str) and isinstance(value, str) else not same(seen, value)


def _seen(state: _State, path: ValuePath, value: Any) -> Any:
    # what is taken out is compared with what the file says, and not with what holds where it says nothing
    return value_at(state.raw, path) if value is None else shown_at(state.workspace, path)


def _add(work: _Work, act: Add) -> None:
    *owner, kind = path_of(work.raw, act.to)
    if not isinstance(kind, str):
        raise CannotSplice
    entry = {key: plain(value) for key, value in act.values.items() if value is not None}
    if (
        act.position is not None
        and "id" in entry
        and entry["id"] in map(_id_of, value_at(work.raw, (*owner, kind)) or [])
    ):
        # what was taken out is put back a second time
        raise Refused(f"“{entry['id']}” is there already.", "Open the page again to see what is there.")
    work.text, written_in = with_entry(work.text, tuple(owner), kind, entry)
    work.entries.append(written_in)
    entries = [*(value_at(work.raw, (*owner, kind)) or []), entry]
    last = len(entries) - 1
    position = last if act.position is None else min(act.position, last)
    order = [*range(position), last, *range(position, last)]
    if position != last:
        work.text = reordered(work.text, tuple(owner), kind, order)
    _write(work.raw, (*owner, kind), [entries[place] for place in order])


def _id_of(entry: Any) -> Any:
    return entry.get("id") if isinstance(entry, Mapping) else None


def _remove(work: _Work, act: Remove) -> None:
    *around, place = _same_entry(work, act.at)
    *owner, kind = around
    if not isinstance(kind, str) or not isinstance(place, int):
        raise CannotSplice
    work.text, taken_out = without_entry(work.text, tuple(owner), kind, place)
    work.entries.append(taken_out)
    del value_at(work.raw, tuple(around))[place]


def _same_entry(work: _Work, place: Place) -> ValuePath:
    """Return where an entry stands by now; raises Refused where it is another since the page was made."""
    was = value_at(work.base.raw, path_of(work.base.raw, place))
    if isinstance(place[-1], str):
        path = path_of(work.raw, place)
        if value_at(work.raw, path) == was:
            return path
    else:
        # what has no id is known by what it says; its position may be another
        around = path_of(work.raw, place[:-1])
        entries = value_at(work.raw, around) or []
        if was in entries:
            number = place[-1] if entries[place[-1] : place[-1] + 1] == [was] else entries.index(was)
            return (*around, number)
    raise Refused("It was changed by somebody else since this page was made.", "Open the page again, and look at it.")


def _order(work: _Work, act: Order) -> None:
    *owner, kind = path_of(work.raw, act.of)
    entries = value_at(work.raw, (*owner, kind)) or []
    ids = [one.get("id") for one in entries]
    if sorted(map(str, ids)) != sorted(act.ids) or not isinstance(kind, str):
        raise Refused("Some were added or removed since this page was made.", "Open the page again, and order them.")
    order = [ids.index(one) for one in act.ids]
    if order != sorted(order):
        work.text = reordered(work.text, tuple(owner), kind, order)
        _write(work.raw, (*owner, kind), [entries[place] for place in order])


_DO: Mapping[type, Any] = {Put: _put, Add: _add, Remove: _remove, Order: _order}


def _write(raw: Any, path: ValuePath, value: Any) -> None:
    at = raw
    for part in path[:-1]:
        at = at.setdefault(part, {}) if isinstance(at, dict) else at[part]
    if value is None:
        at.pop(path[-1], None)
    else:
        at[path[-1]] = value


def _faults(located: Iterable[tuple[ValuePath, Finding]], raw: dict[str, Any], acts: Sequence[Act]) -> dict[str, str]:
    """Return name of a field -> what is wrong with it."""
    told: dict[str, str] = {}
    for path, finding in located:
        name = next((name for act in acts if (name := _field(act, raw, path)) is not None), "")
        told.setdefault(name, f"{finding.what} {finding.mend}".strip())
    return told


def _field(act: Act, raw: dict[str, Any], path: ValuePath) -> str | None:
    """Return the name of the field of an act in which a fault is; None where it is elsewhere."""
    try:
        if isinstance(act, Put):
            at = path_of(raw, act.at)
            return next(
                (_name(one) for one in act.values if path[: len(at) + len(_keys(one))] == (*at, *_keys(one))), None
            )
        if isinstance(act, Add):
            around = path_of(raw, act.to)
            entries = value_at(raw, around) or []
            place = next(number for number, one in enumerate(entries) if _holds(one, plain(act.values)))
            inside = path[len(around) + 1 :]
            return _inside(act.values, inside) if path[: len(around) + 1] == (*around, place) and inside else None
    except (NotFound, StopIteration):
        return None
    return None


def _holds(entry: Any, values: Mapping[str, Any]) -> bool:
    """Tell whether an entry says what it was added with; more may have come into it since, by further acts."""
    return isinstance(entry, Mapping) and all(entry.get(key) == one for key, one in values.items() if one is not None)


def _inside(values: Any, path: ValuePath) -> str:
    """Return the name of a field that a path inside an entry leads to: a dotted one, where a table is in it."""
    first, *rest = path
    deeper = values.get(first) if isinstance(values, Mapping) else None
    is_table = isinstance(deeper, Mapping) and rest and isinstance(rest[0], str)
    return f"{first}.{_inside(deeper, tuple(rest))}" if is_table else str(first)


def _keys(name: str | tuple[str, ...]) -> tuple[str, ...]:
    return name if isinstance(name, tuple) else tuple(name.split("."))


def _name(name: str | tuple[str, ...]) -> str:
    return name if isinstance(name, str) else ".".join(name)


def in_words(value: Any) -> str:
    """Return a value as a page shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {in_words(one)}" for key, one in value.items())
    return str(value)
