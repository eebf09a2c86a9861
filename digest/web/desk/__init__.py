"""The desk: the pages of staff. They work without a script, ask nothing of anybody else, and are for who is logged in.

::

    GET  /                       home
    GET  /log-in                 POST  begins a sitting (access.py)
    GET  /first/{token}          POST  an account, or a new pass phrase, by a one-time link
    POST /log-out, /colours, /keys
    GET  /static/{mark}/{name}   style sheets, scripts, pictures of the pages themselves

A page is a function that is handed a request and a `Desk` (frame.py). Every route needs a sitting unless guard.py names
it, and every form a token of that sitting; neither is the route's own work, so that no route can forget it.
"""

from digest.web.desk.site import site

__all__ = ["site"]
