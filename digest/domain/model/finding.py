"""The one shape of every remark."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    MUST_MEND = "must mend"
    LOOK_AT = "look at"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The one shape of every remark the program makes."""

    #: a short name that does not change, such as "config.unknown-key"
    code: str
    severity: Severity
    #: file and line, address, edition or theme
    where: str
    #: what is so
    what: str
    #: why it matters to somebody
    why: str = ""
    #: what to do now
    mend: str = ""
    #: path of what it is about in an edition's content (stages/editing), such as "story/ID/alt"; empty for all else
    about: str = ""
