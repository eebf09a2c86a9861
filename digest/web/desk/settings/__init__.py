"""Settings: the pages that change digest.toml.

::

    GET  /sources                                     POST  what was looked at becomes a source (sources.py)
    POST /sources/try                                 GET   /sources/tries/{key}
    POST /sources/ask
    GET  /sources/{newsletter}/{source}               POST  (source.py)
    GET  /sources/{newsletter}/{source}/remove        POST
    POST /settings/put-back                           what a change made another is as it was
"""

from fastapi import FastAPI

from digest.web.desk.frame import Desk
from digest.web.desk.settings import putting_back, source, sources
from digest.web.desk.settings.trying import Tries


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes of all these pages."""
    sources.add(web, desk, Tries())
    source.add(web, desk)
    putting_back.add(web, desk)
