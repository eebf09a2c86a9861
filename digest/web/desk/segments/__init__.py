"""Segments: who gets it, in words and numbers, and a form that makes the rule.

::

    GET  /segments                               listing.py: all of them, in the order in which they count
    GET  /segments/{newsletter}/{segment}        page.py: rules, sentence, count, ten people, overlap
    POST /segments/{newsletter}/{segment}        a rule more or less, another look, or saved (acting on forms.py)
    GET  /segments/{newsletter}/{segment}/remove removing.py: what it means, and POST

A rule is a tree of groups and tests (parts.py), as a form has it (forms.py) and as digest.toml has it (stages/segment).
"""

from __future__ import annotations

from fastapi import FastAPI

from digest.web.desk.frame import Desk
from digest.web.desk.segments import listing, page, removing
from digest.web.desk.segments.figures import Figures


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    figures = Figures(desk.app)
    listing.add(web, desk, figures)
    page.add(web, desk, figures)
    removing.add(web, desk, figures)
