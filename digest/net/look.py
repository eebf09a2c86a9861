"""Look: what an answer, or that there was none, says of a link."""

from __future__ import annotations

import socket

import httpcore2

from digest.domain.errors import AddressRefused, FetchError, NoSuchHost
from digest.domain.model import LinkAnswer, LinkState

#: seconds for a link with all its redirects
LOOK_SECONDS = 15.0
#: characters of a fault that are kept
_SAID = 200


def answered(status: int, said: str = "") -> LinkAnswer:
    """Return what a status says; what says something of whoever asks says nothing of the link (RFC 9110 15.5).

    said: in words, where there is no status (0).
    """
    if status in (404, 410):
        return LinkAnswer(state=LinkState.GONE, status=status)
    if 200 <= status < 400:
        return LinkAnswer(state=LinkState.OK, status=status)
    if 500 <= status < 600:
        return LinkAnswer(state=LinkState.TROUBLE, status=status)
    # 999 and its like, with which some sites turn programs away
    return LinkAnswer(state=LinkState.REFUSED, status=status, said=said)


def unanswered(fault: FetchError) -> LinkAnswer:
    """Return what it says that a link gave no answer."""
    cause = fault.__cause__
    if isinstance(fault, NoSuchHost):
        return LinkAnswer(state=LinkState.NO_HOST)
    if isinstance(cause, httpcore2.TimeoutException):
        return LinkAnswer(state=LinkState.TIMED_OUT)
    if isinstance(fault, AddressRefused):
        return LinkAnswer(state=LinkState.REFUSED, said="this program does not ask it")
    if isinstance(cause, socket.gaierror):
        # this machine may be offline: that says nothing of the link
        return LinkAnswer(state=LinkState.REFUSED, said="its name could not be looked up")
    return LinkAnswer(state=LinkState.NO_ANSWER, said=fault.what[:_SAID])
