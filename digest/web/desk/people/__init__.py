"""People: where staff find people, look at one, add some, and see how a list grows.

::

    GET  /subscribers?q=…&state=…                listing.py: who there is; /subscribers/export.csv
    GET  /subscribers/new                        adding.py: one more, with how they agreed
    GET  /subscribers/growth                     growing.py
    GET  /subscribers/import                     importing.py: a file is sent, looked at, taken in
    GET  /subscribers/{person}                   one.py: all about somebody, and POST choose, pause, leave, keep-off
    GET  /subscribers/{person}/erase             erasing.py: what it means, and POST, with the address typed
"""

from __future__ import annotations

from fastapi import FastAPI

from digest.web.desk.frame import Desk
from digest.web.desk.people import adding, erasing, growing, importing, listing, one


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes. Those of one person come last: an id may be any word."""
    listing.add(web, desk)
    adding.add(web, desk)
    growing.add(web, desk)
    importing.add(web, desk)
    erasing.add(web, desk)
    one.add(web, desk)
