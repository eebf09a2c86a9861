"""Browsers: what a browser calls itself, as a person would: “Firefox on Windows”.

It is shown to whose browser it is, and decides nothing: five families and five systems are enough, and whoever sends
something else is called a browser.
"""

from __future__ import annotations

#: the first that is found counts: most browsers name those that they come from as well
_FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)


def family(said: str) -> str:
    """Return a browser's family and system from its User-Agent (RFC 9110 10.1.5)."""
    name = next((name for mark, name in _FAMILIES if mark in said), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in said), "")
    return f"{name} on {system}" if system else name
