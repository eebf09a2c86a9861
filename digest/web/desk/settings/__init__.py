"""Settings: the pages that change digest.toml.

::

    GET  /sources                                     POST  what was looked at becomes a source (sources.py)
    POST /sources/-/try                                 GET   /sources/-/tries/{key}
    POST /sources/-/ask
    GET  /sources/{newsletter}/{source}               POST  (source.py)
    GET  /sources/{newsletter}/{source}/remove        POST
    GET  /themes                                      POST  /themes/{newsletter}/-/order, …/-/rules, …/-/rules/remove
    POST /themes/{newsletter}/-/suggestions           GET   …/{key}
    GET  /themes/{newsletter}                         POST  a new one (themes.py)
    GET  /themes/{newsletter}/{theme}                 POST
    GET  /themes/{newsletter}/{theme}/remove          POST
    GET  /settings                                    (cards.py)
    GET  /settings/newsletters                        GET, POST  /settings/newsletters/{newsletter} (newsletters.py)
    GET  /settings/brand                              POST  (brand.py)
    GET  /settings/telling                            POST  (telling.py)
    GET  /settings/servers                            POST  a further one; GET, POST …/{server}, POST …/remove, …/test
    GET  /settings/dkim                               POST  new keys; …/look, …/use, …/leave (signatures.py)
    POST /settings/put-back                           what a change made another is as it was
"""

from fastapi import FastAPI

from digest.web.desk.frame import Desk
from digest.web.desk.settings import (
    brand,
    cards,
    newsletters,
    putting_back,
    servers,
    signatures,
    source,
    sources,
    telling,
    themes,
)
from digest.web.desk.settings.trying import Tries


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes of all these pages."""
    tries = Tries()
    sources.add(web, desk, tries)
    source.add(web, desk)
    themes.add(web, desk, tries)
    newsletters.add(web, desk)
    brand.add(web, desk)
    telling.add(web, desk)
    servers.add(web, desk, tries)
    signatures.add(web, desk, tries)
    putting_back.add(web, desk)
    cards.add(web, desk)
