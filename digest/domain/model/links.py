"""Links: where an edition leads its readers, and what is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkState(StrEnum):
    """What an address answered when it was checked."""

    OK = "ok"
    #: 404 or 410
    GONE = "gone"
    #: 5xx
    TROUBLE = "trouble"
    #: the name stands for no machine
    NO_HOST = "no host"
    TIMED_OUT = "timed out"
    #: nothing listens there, its certificate is not valid, or what it says is no HTTP
    NO_ANSWER = "no answer"
    #: it does not let programs in, or may not be asked: nobody can say whether people find it
    REFUSED = "refused"

    @property
    def is_broken(self) -> bool:
        """Tell whether a reader who follows it most likely finds nothing."""
        return self not in (LinkState.OK, LinkState.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAnswer:
    """What an address answered."""

    state: LinkState
    #: of HTTP (RFC 9110 15); 0 where there was none
    status: int = 0
    #: why, where the status does not say it
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChecked:
    """An address, and what is known of it."""

    address: str
    answer: LinkAnswer
    #: when it was checked last, and since when it answers like that
    at: datetime
    since: datetime
