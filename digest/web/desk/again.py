"""Again: what somebody typed and the desk could not take, shown to them with a button that sends it once more."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from digest.web.bounds import Fields
from digest.web.desk.frame import local

#: fields that are never carried: they are made anew, or are for one moment
_NOT_CARRIED = frozenset({"csrf", "phrase", "old_phrase", "new_phrase", "code", "offer", "password", "again"})
#: fields that say nothing to a person
_NOT_SHOWN = frozenset({"seen"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A form that was sent and not taken."""

    path: str
    fields: Sequence[tuple[str, str]]

    def written(self) -> str:
        """Return it as the text of one hidden field."""
        return json.dumps({"path": self.path, "fields": self.fields})

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What a person typed, each with a name that they can read."""
        typed = [(name, text) for name, text in self.fields if text and name not in _NOT_SHOWN]
        return [(re.sub("[_.-]", " ", name).capitalize(), text) for name, text in typed]


def sent(request: Request) -> Again | None:
    """Return the form of a request; None where it brought none, or a file, which is not kept."""
    if hasattr(request.state, "upload"):
        return None
    fields: Fields | None = getattr(request.state, "fields", None)
    kept = [(name, text) for name, text in fields.pairs() if name not in _NOT_CARRIED] if fields else []
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return Again(path=path, fields=kept) if kept else None


def read(written: str) -> Again | None:
    """Return what `written` gave; None for any other text."""
    try:
        values = json.loads(written)
        path, fields = values["path"], [(str(name), str(text)) for name, text in values["fields"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    kept = [(name, text) for name, text in fields if name not in _NOT_CARRIED]
    return Again(path=local(str(path)), fields=kept)
