"""The desk: the pages of staff. They work without a script, ask nothing of anybody else, and are for who is logged in.

::

    GET  /                       home
    GET  /log-in                 POST  begins a sitting, or asks for a code (access.py)
    GET  /log-in/code            POST  the code of a second factor
    GET  /first/{token}          POST  an account, or a new pass phrase, by a one-time link (arriving.py)
    GET  /invited/{token}        POST  an account, by an invitation
    GET  /forgotten              POST  mails a link for a new pass phrase
    POST /log-out, /colours, /keys
    GET  /static/{mark}/{name}   style sheets, scripts, pictures of the pages themselves

    GET  /settings               the set-up pages (settings/)

A page is a function that is handed a request and a `Desk` (frame.py). Every route needs a sitting unless guard.py names
it, the role that roles.py says, and every form a token of that sitting; none is the route's own work, so that no route
can forget it.
"""

from digest.web.desk.site import site

__all__ = ["site"]
