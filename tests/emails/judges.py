"""Judges from outside: SpamAssassin, and vnu (the Nu HTML checker). Both run on this machine and ask no network.

What they say that is no fault of an email is named here, each with the reason; everything else is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: most points that SpamAssassin may give (it takes a message for spam from 5.0 on)
SPAM_BAR = 0.0
#: rules of SpamAssassin that say nothing of us
HARMLESS_RULES = {
    "NO_RECEIVED": "the file was judged before it travelled: each mail server on the way adds Received",
    "NO_RELAYS": "the same: no server has passed it on yet",
    "HTML_MESSAGE": "says that there is HTML, and counts nothing",
    "ALL_TRUSTED": "it came from this machine",
}
#: what vnu finds that is right in an email
HARMLESS_ERRORS = {
    r"Attribute “xmlns:[vo]” not allowed": "classic Outlook wants both for what stands in comments for it",
    r"CSS: “mso-[a-z-]+”": "properties of classic Outlook; others pass over them",
    r"CSS: “supported-color-schemes”": "the name of color-scheme in Apple Mail before it was a standard",
    r"CSS: “-(webkit|ms|moz)-[a-z-]+”": "vendors' names, which mail clients of that age still need",
    # each of these is a table's layout in clients that know no CSS for it
    r"The “(border|cellpadding|cellspacing|width|align|bgcolor|valign|height)” attribute on the “(table|td|tr|img)”": (
        "classic Outlook lays out by attributes, not by CSS"
    ),
    r"The “type” attribute for the “style” element": "MJML writes it; older clients look for it",
}
#: what axe-core finds that is right in an email
HARMLESS_BARRIERS = {
    "landmark-one-main": "an email is shown inside a mail client's page, whose main part it is",
    "region": "the same: landmarks are the client's; the email is one article with a name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of SpamAssassin that a message has met."""

    points: float
    name: str
    says: str
    #: why it is no fault of ours; empty where it may be
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spam:
    """What SpamAssassin makes of a message."""

    points: float
    rules: tuple[Rule, ...]

    @property
    def faults(self) -> tuple[Rule, ...]:
        """Rules that may be a fault of ours."""
        return tuple(rule for rule in self.rules if not rule.reason)

    @property
    def passed(self) -> bool:
        """No points, and no rule that may be a fault of ours."""
        return self.points <= SPAM_BAR and not self.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """Something that vnu says of a page."""

    says: str
    #: how often it says so
    times: int
    #: an example of where
    where: str
    #: why it is right in an email; empty where it is not
    reason: str


def spam(message: bytes) -> Spam | None:
    """Ask SpamAssassin about a message, with its local tests only; None where it is not installed."""
    if shutil.which("spamassassin") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        # a home of its own: nobody's preferences, nobody's learned words
        told = subprocess.run(
            ["spamassassin", "--local", "--test-mode", f"--prefspath={folder}/preferences"],
            input=message,
            capture_output=True,
            check=True,
            timeout=120,
            env={**os.environ, "HOME": folder, "LC_ALL": "C.UTF-8"},
        ).stdout.decode("utf8", "replace")
    _, _, report = told.rpartition("Content analysis details:")
    points = re.search(r"\((-?\d+\.\d) points", report)
    assert points, "SpamAssassin said nothing that can be understood"
    found = re.findall(r"^\s*(-?\d+\.\d) ([A-Z][A-Z0-9_]+)\s+(.*(?:\n {20,}.*)*)", report, re.MULTILINE)
    rules = (
        Rule(points=float(value), name=name, says=" ".join(says.split()), reason=HARMLESS_RULES.get(name, ""))
        for value, name, says in found
    )
    return Spam(points=float(points.group(1)), rules=tuple(rules))


def checker() -> list[str]:
    """Return the command of vnu: what is on the path, or the jar that VNU_JAR names; empty where it is not here."""
    if shutil.which("vnu"):
        return ["vnu"]
    jar = os.environ.get("VNU_JAR", "")
    if jar and Path(jar).is_file() and shutil.which("java"):
        return ["java", "-Xss4m", "-jar", jar]
    return []


def errors(pages: Mapping[str, str]) -> dict[str, tuple[Error, ...]] | None:
    """Ask vnu about pages by name; None where it is not here."""
    command = checker()
    if not command:
        return None
    with tempfile.TemporaryDirectory() as folder:
        files = {Path(folder) / f"{number}.html": name for number, name in enumerate(pages)}
        for file, name in files.items():
            file.write_text(pages[name], encoding="utf8")
        said = subprocess.run(
            [*command, "--format", "json", "--exit-zero-always", *map(str, files)],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        ).stderr
    found: dict[str, dict[str, list[str]]] = {name: {} for name in pages}
    for one in json.loads(said)["messages"]:
        name = files[Path(one["url"].removeprefix("file:"))]
        found[name].setdefault(one["message"], []).append(one.get("extract", "").strip())
    return {name: tuple(_error(says, where) for says, where in told.items()) for name, told in found.items()}


def _error(says: str, where: list[str]) -> Error:
    reason = next((why for pattern, why in HARMLESS_ERRORS.items() if re.match(pattern, says)), "")
    return Error(says=says, times=len(where), where=where[0], reason=reason)
