"""Founding: a newsletter is added, with what it takes over from another, and removed, with what stays of it.

::

    added: files of its own ─► digest.toml ─► the desk and the clock know it
    removed: is nothing of it to leave? ─► digest.toml ─► its drafts are thrown away
    put back: an added one is removed by it, a removed one is there again
    what stays of a removed one: editions, archive, people with their records, its files (former.py)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from digest.app import former, settings, sourcing
from digest.domain.errors import Refused
from digest.domain.model import Newsletter, Theme
from digest.jobs import ending

if TYPE_CHECKING:
    from digest.app import App
    from digest.config.change import Act
    from digest.jobs.staffing import By

#: what a list of people begins with; as `digest init` writes it
_COLUMNS = "email,first_name,last_name,tags,themes,cadence,consent_source,consent_at\n"
#: a table of insights without any: a text file with nothing but a heading would be read as one
_NOTES = "title,link,summary,date\n"
#: what the sender of a new newsletter has of another's: where answers go, and what comes back
_OF_THE_SENDER = ("reply_to", "reply_to_name", "unsubscribe_mailto", "bounces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What a new newsletter takes over from another."""

    newsletter: Newsletter
    sources: bool = True
    themes: bool = True


def add(
    app: App,
    by: By,
    seen: str,
    values: Mapping[str, object],
    taking: Taking | None,
    wrong: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, settings.Done]:
    """Add a newsletter in somebody's name; return its id, and what was done.

    values: its settings as digest.toml has them, with its name, sender and schedule; seen, wrong: as in
    settings.change. Raises as settings.change does, Refused where its files cannot be written.
    """
    made = _free_id(app, str(values["name"]))
    acts, files = _acts(app, made, values, taking)
    with _written(app.loaded.folder, files):
        done = settings.change(app, by, seen, acts, wrong)
    return made, done


def remove(app: App, by: By, seen: str, newsletter: Newsletter) -> tuple[int, settings.Done]:
    """Remove a newsletter in somebody's name; return how many drafts went with it, and what was done.

    Raises Refused where it is the only one, or something of it is to leave; and as settings.change does.
    """
    from digest.config.change import Remove

    if len(app.loaded.workspace.newsletters) == 1:
        raise Refused(f"{newsletter.name} is the only newsletter.", "Add another one first.")
    ending.refuse_unfinished(app.store, newsletter.id)
    done = settings.change(app, by, seen, [Remove(at=("newsletters", newsletter.id))])
    return ending.end(app.store, app.clock, newsletter.id, by.name), done


def put_back(app: App, by: By, before: str, after: str) -> settings.Done:
    """Take a change of the settings back in somebody's name; newsletters that go by it end as by `remove`.

    Raises Refused where something of them is to leave; and as settings.put_back does.
    """
    # that one was added may be taken back much later, when it has drafts, or is being sent
    ends = [
        str(one.at[1])
        for one in settings.between(app, after, before)
        if len(one.at) == 2 and one.at[0] == "newsletters" and one.entry is not None and one.after is None
    ]
    for newsletter in ends:
        ending.refuse_unfinished(app.store, newsletter)
    done = settings.put_back(app, by, before, after)
    for newsletter in ends:
        ending.end(app.store, app.clock, newsletter, by.name)
    return done


def _acts(app: App, made: str, values: Mapping[str, object], taking: Taking | None) -> tuple[list[Act], dict[str, str]]:
    """Return what adds a newsletter to digest.toml, and the files that it needs: name -> text."""
    from digest.config.change import Add

    like = taking.newsletter if taking else app.loaded.workspace.newsletters[0]
    sender = {**_given(asdict(like.sender), _OF_THE_SENDER), **_table(values["sender"])}
    people = f"subscribers-{made}.csv"
    files = {people: _COLUMNS}
    acts: list[Act] = [
        Add(to=("newsletters",), values={"id": made, **values, "sender": sender, "subscribers": people}),
    ]
    at = ("newsletters", made)
    if taking is not None and taking.sources:
        sources = [sourcing.written(one) for one in like.sources]
    else:
        notes = f"insights-{made}.csv"
        files[notes] = _NOTES
        taken = {one.id for every in app.loaded.workspace.newsletters for one in every.sources}
        sources = [{"id": _free(f"{made}-notes", taken.__contains__), "kind": "file", "address": notes}]
    acts += [Add(to=(*at, "sources"), values=one) for one in sources]
    if taking is not None and taking.themes:
        acts += [Add(to=(*at, "themes"), values=_written_theme(one)) for one in like.themes]
    acts.append(Add(to=(*at, "segments"), values={"id": "everybody", "name": "Everybody"}))
    return acts, files


def _given(values: Mapping[str, object], names: Collection[str]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name in names and value}


def _table(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value


def _written_theme(theme: Theme) -> dict[str, object]:
    """Return what is written of a theme: what differs from the defaults."""
    plain = asdict(Theme(id="", name=""))
    return {name: value for name, value in asdict(theme).items() if value != plain[name]}


def _free_id(app: App, name: str) -> str:
    """Return an id that nothing was ever called by: people and editions are known by it also after it is gone."""
    from digest.config.ids import unique_id

    known = {one.id for one in app.loaded.workspace.newsletters} | set(former.newsletters(app))
    made = unique_id(name, known, "newsletter")
    with app.store.reading() as session:
        return _free(
            made,
            lambda one: (
                one in known
                or session.growth.anybody(one)
                or (app.loaded.folder / f"subscribers-{one}.csv").exists()
                or (app.loaded.folder / f"insights-{one}.csv").exists()
            ),
        )


def _free(name: str, is_taken: Callable[[str], bool]) -> str:
    made, number = name, 1
    while is_taken(made):
        number += 1
        made = f"{name}-{number}"
    return made


@contextmanager
def _written(folder: Path, files: Mapping[str, str]) -> Iterator[None]:
    """Write files that are not there yet; where the block fails, they are gone again. Raises Refused."""
    made: list[Path] = []
    try:
        for name, text in files.items():
            # one that lies there is somebody's: it is never written over
            with (folder / name).open("x", encoding="utf-8") as out:
                made.append(folder / name)
                out.write(text)
                os.fsync(out.fileno())
        yield
    except OSError as fault:
        _gone(made)
        what = f"Its files could not be written ({fault.strerror})."
        raise Refused(what, "Free some space, or check permissions, then save again.") from fault
    except BaseException:
        _gone(made)
        raise


def _gone(files: Collection[Path]) -> None:
    for one in files:
        with suppress(OSError):
            one.unlink()
