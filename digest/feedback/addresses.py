"""Addresses as they stand in what came back."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: local part and domain have the bounds of RFC 5321 4.5.3.1, which also bounds the search
_LETTERS = r"""[^\s\x00-\x1f\x7f-\x9f<>()\[\]"'`,;:@\\|]{1,64}"""
#: o'hara; around an address it is a quotation mark
_LOCAL = rf"{_LETTERS}(?:'{_LETTERS}){{0,2}}"
#: the last label is of one script: Chinese goes on without a space after .com
_DOMAIN = r"(?:[^\W_][\w-]{0,62}\.){1,10}(?:[a-zA-Z][a-zA-Z0-9-]{1,62}|[^\W\x00-\x7f]{2,63})"
ADDRESS = re.compile(rf"""(?<![\w.+=-])(?:"[^"\s@]{{1,64}}"|{_LOCAL})@{_DOMAIN}""")
#: of this program's own kind: whoever tells of a bounce
_MACHINES = re.compile(
    r"^(?:mailer[-_.]?daemon|post_?master|mail[-_.]?daemon|mdaemon|mail[-_.]?delivery)", re.IGNORECASE
)


def address_in(text: str) -> str:
    """Return the first address in a text; empty where there is none."""
    return next(addresses_in(text), "")


def addresses_in(text: str) -> Iterator[str]:
    """Yield the addresses in a text, in their order."""
    for found in ADDRESS.finditer(text):
        local, _, domain = found.group().rpartition("@")
        local = local.removeprefix("mailto:").strip("*").lstrip(".=")
        domain = domain.rstrip(".-")
        if local and not domain.replace(".", "").isdigit():
            yield f"{local}@{domain}"


def is_machine(address: str) -> bool:
    """Whether an address is that of a mail server, not of a person."""
    return bool(_MACHINES.match(address))


def unique(addresses: Iterator[str] | list[str]) -> list[str]:
    """Return addresses once each, whatever their capitals, in their order."""
    return list({one.lower(): one for one in reversed(list(addresses))}.values())[::-1]
