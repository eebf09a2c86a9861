"""Every error the program raises on purpose, as a tree.

::

    DigestError                     something a person can mend; its text is shown as it stands
    ├── ConfigurationError          digest.toml, a template or the environment is wrong; holds findings
    ├── NotFound                    a name was given that nothing bears
    ├── Refused                     the state does not allow it (see domain/states.py)
    │   ├── ApprovalTakenBack       the bytes are no longer those that were approved
    │   └── TypedOver               somebody else typed in the same field meanwhile; nothing is overwritten
    ├── Unfit                       what was typed cannot be kept; says of each field why
    ├── DocumentError               a document could not be read as the kind it was said to be
    ├── PictureError                a picture cannot be used; the story stands without it
    ├── FetchError                  an address could not be fetched; its insights stay as they were
    │   ├── AddressRefused          the address is one this program will not ask (private, not http)
    │   │   ├── NotPublic           not everybody can ask for it: whoever runs the program may allow it
    │   │   └── NoSuchHost          the name in it stands for no machine
    │   ├── Gone                    the server says that it is gone for good (410)
    │   └── RobotsRefused           the site's robots.txt asks programs to stay away
    ├── SignInFailed                nobody is signed in for a mail server, or no longer; nothing that was kept is lost
    ├── EncoderError                what compares texts by meaning cannot be loaded; words alone still do
    ├── RenderError                 a template failed; names the template and the line
    ├── ServerTrouble               the mail server as a whole will not serve; no delivery is to blame
    │   └── OutOfQuota              it has taken as many as it may today; the rest waits
    └── StoreError                  the database is missing, damaged, too new or busy
        └── Collided                two changed the same at once, and this one was undone: it may be done again

What happens to one delivery is never an error but an Outcome (domain/model.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.domain.model import Finding


class DigestError(Exception):
    """Something a person can mend.

    what: what happened, in one sentence; mend: what to do now.
    """

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


class ConfigurationError(DigestError):
    """The workspace's files are wrong. `findings` holds each fault with its place."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        first = findings[0]
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{first.where}: {first.what}{more}", first.mend)
        self.findings = findings


class NotFound(DigestError):
    """A name was given that nothing bears."""


class Refused(DigestError):
    """The present state does not allow it."""


class ApprovalTakenBack(Refused):
    """The bytes that would be sent are no longer those that were approved."""


class TypedOver(Refused):
    """Somebody else typed in the same field since it was on the screen.

    fields: path of each -> (what stands there now, what this person typed); who, at: the other person, and when.
    """

    def __init__(self, fields: Mapping[str, tuple[str, str]], who: str, at: datetime) -> None:
        super().__init__(f"{who} changed this while you wrote.", "Keep yours, or take theirs.")
        self.fields = fields
        self.who = who
        self.at = at


class Unfit(DigestError):
    """What was typed cannot be kept. faults: path of each field -> what is wrong with it, in a sentence."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        first = next(iter(faults.values()))
        super().__init__(first, "Mend it, then save again.")
        self.faults = faults


class DocumentError(DigestError):
    """A document could not be read as the kind it was said to be."""


class PictureError(DigestError):
    """A picture cannot be used: its story stands without one. `what` goes on after “it”: “it is empty”."""


class FetchError(DigestError):
    """An address could not be fetched.

    retry_after: how long the server asks to be left alone (RFC 9110 10.2.3), None where it does not say.
    """

    def __init__(self, what: str, mend: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(what, mend)
        self.retry_after = retry_after


class AddressRefused(FetchError):
    """The address is one that this program will not ask."""


class NotPublic(AddressRefused):
    """The address leads to this machine, to a private network, or to a port that no public site has.

    Its `mend` is for whoever may write in digest.toml.
    """


class NoSuchHost(AddressRefused):
    """The name in the address is not known: it stands for no machine."""


class Gone(FetchError):
    """The server says that it is gone and will not come back (410, RFC 9110 15.5.11)."""


class RobotsRefused(FetchError):
    """The site's robots.txt asks programs to stay away from the address (RFC 9309)."""


class SignInFailed(DigestError):
    """A sign-in for a mail server came to nothing, or is over. passing: it may be better soon, by itself."""

    def __init__(self, what: str, mend: str = "", *, passing: bool = False) -> None:
        super().__init__(what, mend)
        self.passing = passing


class EncoderError(DigestError):
    """What compares texts by their meaning cannot be loaded."""


class RenderError(DigestError):
    """A template failed. `where` names the template and, where known, the line."""

    def __init__(self, where: str, what: str, mend: str = "") -> None:
        super().__init__(f"{where}: {what}", mend)
        self.where = where


class ServerTrouble(DigestError):
    """The mail server as a whole will not serve: no connection, refused log-in, no TLS."""


class OutOfQuota(ServerTrouble):
    """A mail server has taken as many messages as it may in a day. `again` is when it takes more."""

    def __init__(self, what: str, mend: str, again: datetime) -> None:
        super().__init__(what, mend)
        self.again = again


class StoreError(DigestError):
    """The database is missing, damaged, too new or busy."""


class Collided(StoreError):
    """Two changed the same at once, and what this one did was undone: it may be done again."""
