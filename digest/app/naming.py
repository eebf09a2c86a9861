"""Naming: what the DNS says of the domains that mail is sent from, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from digest.app import signing
from digest.domain.errors import FetchError
from digest.net.records import Records

if TYPE_CHECKING:
    from digest.app import App
    from digest.transports.dkim import DomainKey

#: name -> what the DNS says of it
Texts = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one record says, or that it is not there."""

    name: str
    tone: Literal["ok", "warn", "stop"]
    what: str
    mend: str = ""


def look(app: App, texts: Texts | None = None) -> list[Said]:
    """Look at the records of all senders' domains and of all keys; texts: asks the DNS, by default this machine's."""
    ask = texts or Records().texts
    senders = dict.fromkeys(one.sender.address.rpartition("@")[2].lower() for one in app.loaded.workspace.newsletters)
    found = []
    for domain in senders:
        found += [_told(domain, ask, _servers), _told(f"_dmarc.{domain}", ask, _policy)]
    return [*found, *(_of_key(key, in_use, ask) for key, in_use in signing.kept(app))]


def shows(key: DomainKey, texts: Texts | None = None) -> bool:
    """Tell whether the DNS shows a key as it is. Raises FetchError where the DNS does not answer."""
    return _public(key.record) in map(_public, (texts or Records().texts)(key.name))


def _told(name: str, ask: Texts, look: Callable[[str, Sequence[str]], Said]) -> Said:
    try:
        return look(name, ask(name))
    except FetchError as fault:
        return Said(name=name, tone="warn", what=fault.what, mend=fault.mend)


def _servers(name: str, texts: Sequence[str]) -> Said:
    """Which servers may send for a domain (SPF, RFC 7208 3 and 4.5)."""
    found = [text for text in texts if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]
    if len(found) > 1:
        what = "Two records say which servers may send for it, so receivers heed neither."
        return Said(name=name, tone="stop", what=what, mend="Ask whoever runs the DNS to make them one.")
    if not found:
        what = "Nothing says which servers may send for it (SPF)."
        return Said(name=name, tone="warn", what=what, mend="Ask your mail provider for its SPF record.")
    return Said(name=name, tone="ok", what=f"It says which servers may send for it: {found[0]}")


def _policy(name: str, texts: Sequence[str]) -> Said:
    """What receivers do with mail that only claims to be a domain's (DMARC, RFC 7489 6.3)."""
    found = [text for text in texts if re.match(r"v=DMARC1\s*(;|$)", text)]
    if len(found) != 1:
        what = "Nothing says what receivers do with mail that only claims to be yours (DMARC)."
        mend = "Ask whoever runs the DNS for: v=DMARC1; p=none. Large providers want it of who mails many."
        return Said(name=name, tone="warn", what=what, mend=mend)
    return Said(
        name=name, tone="ok", what=f"It says what receivers do with mail that only claims to be yours: {found[0]}"
    )


def _of_key(key: DomainKey, in_use: bool, ask: Texts) -> Said:
    def look(name: str, texts: Sequence[str]) -> Said:
        if _public(key.record) in map(_public, texts):
            return Said(name=name, tone="ok", what="The key can be seen.")
        there = [text for text in texts if "p=" in text]
        what = "Another key stands there." if there else "The key cannot be seen yet."
        mend = "Copy the record below to whoever runs the DNS; it may take an hour until it is seen."
        if in_use:
            what += " Mail is signed with it, and receivers cannot tell that it is yours."
        return Said(name=name, tone="stop" if in_use else "warn", what=what, mend=mend)

    return _told(key.name, ask, look)


def _public(record: str) -> str:
    """Return the public key in a record, which may be broken by white space (RFC 6376 3.6.1)."""
    parts = dict(_part(one) for one in record.split(";") if "=" in one)
    return parts.get("p", "") or record


def _part(tag: str) -> tuple[str, str]:
    name, _, value = tag.partition("=")
    return name.strip(), re.sub(r"\s", "", value)
