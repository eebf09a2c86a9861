"""What is said of a value that is of the wrong type, is missing, or is no setting."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields

from pydantic_core import ErrorDetails

from digest.config.lines import ValuePath
from digest.config.oauth import CLIENT_SECRET_VARIABLE
from digest.domain import model


def told(error: ErrorDetails) -> tuple[str, str, str]:
    """Return (code, what is wrong, how to mend it) for what pydantic found."""
    path: ValuePath = tuple(error["loc"])
    key = str(path[-1]) if path else ""
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        near = difflib.get_close_matches(key, _known(path), n=1)
        mend = f"Did you mean “{near[0]}”?" if near else f"Remove it. Known here: {', '.join(_known(path))}."
        if key == "client_secret":
            mend = f"It is a secret: put it into {CLIENT_SECRET_VARIABLE} and remove it here."
        return "unknown-key", f"“{key}” is no setting that this program knows.", mend
    if error["type"] in ("missing", "missing_argument"):
        return "missing-key", f"“{key}” is missing.", f"Add a line: {key} = …"
    if error["type"] == "literal_error":
        return "value", f"“{key}” cannot be {error['input']!r}.", f"It is one of {_expected(error)}."
    where = ".".join(str(part) for part in path)
    return "value", f"“{where}” cannot be {error['input']!r}.", f"{error['msg']}."


def _expected(error: ErrorDetails) -> str:
    return str(error.get("ctx", {}).get("expected", "the words in the manual"))


def _known(path: ValuePath) -> list[str]:
    """Name the settings that exist where an unknown one stands."""
    owners: Mapping[str, type] = {
        "newsletters": model.Newsletter,
        "sources": model.Source,
        "selectors": model.Selectors,
        "themes": model.Theme,
        "rules": model.Rule,
        "segments": model.Segment,
        "blocks": model.FreeBlock,
        "schedule": model.Schedule,
        "calendar": model.Calendar,
        "holidays": model.Holidays,
        "terms": model.Span,
        "closed": model.Span,
        "waves": model.Waves,
        "sender": model.Sender,
        "tracking": model.Tracking,
        "brand": model.Brand,
        "server": model.Server,
        "servers": model.Server,
        "oauth": model.OAuth,
        "hooks": model.Hook,
    }
    around = next((str(part) for part in reversed(path[:-1]) if isinstance(part, str)), "")
    return [one.name for one in fields(owners.get(around, model.Workspace))]
