"""Answer: what a server said to one request, with its headers made sense of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from digest.domain.errors import FetchError, Gone
from digest.domain.model import Validators
from digest.net.address import Address

#: the longest wait that a server can ask for
MOST_WAIT = timedelta(days=30)
#: characters of an ETag or a date that are kept and sent back
MOST_VALIDATOR = 1_000

_REDIRECTS = (301, 302, 303, 307, 308)
_PERMANENT = (301, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `content` is empty unless it is a page."""

    status: int
    #: by lower-case name; of several lines the first. Octets that are no ASCII are read as Latin-1
    headers: Mapping[str, str]
    content: bytes = b""
    #: False where `content` ends at the bound and there was more
    is_whole: bool = True

    @property
    def is_page(self) -> bool:
        """Tell whether the server gave what was asked for (203: by way of somebody who altered it)."""
        return self.status in (200, 203)

    @property
    def is_redirect(self) -> bool:
        """Tell whether the server names another address."""
        return self.status in _REDIRECTS

    @property
    def is_permanent(self) -> bool:
        """Tell whether the other address is to be asked from now on."""
        return self.status in _PERMANENT


def headers(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return header lines by their names."""
    found: dict[str, str] = {}
    for name, value in lines:
        found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    return found


def location(answer: Answer, address: Address) -> str:
    """Return where a redirect leads to.

    Raises FetchError where it does not say.
    """
    if "location" not in answer.headers:
        raise FetchError(
            f"{address.shown} answered {answer.status} without saying where to go.", "Tell whoever runs the site."
        )
    # header lines are bytes: servers write UTF-8 in them
    return answer.headers["location"].encode("latin-1").decode("utf8", "replace")


def validators(answer: Answer) -> Validators:
    """Return what the server gave to ask again cheaply."""
    return Validators(
        etag=_to_keep(answer.headers.get("etag", "")), last_modified=_to_keep(answer.headers.get("last-modified", ""))
    )


def refusal(answer: Answer, address: Address, now: datetime) -> FetchError:
    """Return the error that an answer without a page is."""
    wait = retry_after(answer.headers.get("retry-after", ""), now) if answer.status >= 400 else None
    if answer.status == 410:
        return Gone(f"{address.shown} answered 410: it is gone for good.", _advice(410), retry_after=wait)
    what = f"{address.shown} answered {answer.status}"
    return FetchError(
        f"{what}." if answer.status >= 400 else f"{what} and no page.", _advice(answer.status), retry_after=wait
    )


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Read a Retry-After header: seconds or a date (RFC 9110 10.2.3); never less than nought, at most MOST_WAIT.

    None where it is neither.
    """
    value = value.strip()
    if re.fullmatch(r"[0-9]+", value):
        # more digits than this are more than the most, and may be more than int() takes
        return MOST_WAIT if len(value) > 9 else min(timedelta(seconds=int(value)), MOST_WAIT)
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # dates of HTTP are in GMT, whether they say so or not
    wait = (then if then.tzinfo else then.replace(tzinfo=UTC)) - now
    return max(timedelta(0), min(wait, MOST_WAIT))


def _to_keep(value: str) -> str:
    """Return a validator if it can be sent back as it is."""
    return value if len(value) <= MOST_VALIDATOR and not re.search(r"[\x00-\x1f\x7f]", value) else ""


def _advice(status: int) -> str:
    if status in (404, 410):
        return "The page is gone: find its new address and write it under this source in digest.toml."
    if status in (401, 403):
        return "The page does not let this program in: ask whoever runs it, or use another source."
    return "It is asked again next time; what it gave before is kept."
