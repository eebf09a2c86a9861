"""Editions: where an edition is seen and mended.

::

    GET  /editions/{id}?segment=…&edit=…         showing.py: the content left, the preview right
    POST /editions/{id}/write                    acting.py: what was typed; all others are named after what they do
    GET  /editions/{id}/wall                     wall.py: all panes of a segment, or of all
    GET  /editions/{id}/mail/{slug}.html?as=…    framing.py: the very bytes, as one made-up reader gets them
    GET  /editions/{id}/review                   review.py: findings, what changed, and POST approve, take-back
    GET  /editions/{id}/rehearsal                rehearsing.py: the whole send into a server of our own, POST rehearse
    GET  /editions/{id}/sending                  leaving.py: how it leaves, and POST pause, resume, cancel, retry …
    GET  /editions/{id}/report                   report.py: what it came to
    GET  /editions/{id}/history                  past.py
    GET  /editions/{id}/news                     presence.py: who else is here, and whether anything is another
"""

from __future__ import annotations

from fastapi import FastAPI

from digest.web.desk.editions import acting, framing, leaving, page, past, presence, rehearsing, report, review, wall
from digest.web.desk.editions.looking import Looking
from digest.web.desk.frame import Desk


def add(web: FastAPI, desk: Desk, looking: Looking) -> None:
    """Add the routes of editions."""
    shown = page.Page(desk, looking)
    framing.add(web, desk, looking)
    wall.add(web, desk, looking)
    review.add(web, desk, looking)
    rehearsing.add(web, desk)
    leaving.add(web, desk)
    report.add(web, desk)
    past.add(web, desk)
    presence.add(web, desk)
    acting.add(web, desk, shown)
    page.add(web, desk, shown)
