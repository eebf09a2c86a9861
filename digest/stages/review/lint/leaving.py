"""Leaving: what List-Unsubscribe says of the way out of a list (RFC 2369 3.2, 8058)."""

from __future__ import annotations

import re

from digest.stages.review.lint.links import private
from digest.stages.review.lint.remark import shortened

#: a mailto with a subject in which a mark of some length stands, as no word has it
_MARKED = re.compile(r"mailto:[^@\s?]+@[^@\s?]+\?subject=[^&\s]*[A-Za-z0-9._-]{20}", re.IGNORECASE)


def by_mail_alone(headers: list[str]) -> bool:
    """Tell whether List-Unsubscribe leads to a mailbox and to no page, by a subject that says whose subscription ends.

    A subject that is the same for everybody depends on who writes: that is no way out for a mail that was passed on.
    """
    addresses = re.findall(r"<([^<>]{0,2000})>", " ".join(headers[0].split())) if headers else []
    return bool(addresses) and all(_MARKED.match(one) for one in addresses)


def fault(headers: list[str]) -> str:
    """Return what is wrong with List-Unsubscribe, or nothing."""
    if not headers:
        return "There is no List-Unsubscribe."
    value = " ".join(headers[0].split())
    if "=?" in value and "?=" in value:
        return "List-Unsubscribe is an encoded word, which no mail program reads."
    addresses = re.findall(r"<([^<>]{0,2000})>", value)
    web = [one for one in addresses if one.lower().startswith("https://")]
    if len(web) != 1:
        return f"List-Unsubscribe has {len(web)} https addresses."
    host = re.match(r"https://(?:[^@/?#]*@)?([^/:?#]*)", web[0], re.IGNORECASE)
    if re.search(r"\s", web[0]) or host is None or private(host.group(1)):
        return f"Nobody can reach {shortened(web[0])} in List-Unsubscribe."
    others = [one for one in addresses if one is not web[0]]
    if any(not one.lower().startswith("mailto:") for one in others):
        return "List-Unsubscribe holds an address that is neither https nor mailto."
    return ""
