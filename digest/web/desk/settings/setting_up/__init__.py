"""Setting up: the pages that lead a new workspace to its first edition: a step each, in any order, over several days.

::

    GET  /settings/begin                  every step, and which are done (whole.py)
    POST /settings/begin/put-away         nobody is reminded any more; /settings/begin/take-up: again
    GET  /settings/begin/brand            POST  who the organisation is, and its colours (brand.py)
    GET  /settings/begin/sender           POST  who the mail is from and by which server, with a test mail (sender.py)
    GET  /settings/begin/dns              POST  what the DNS says of it (dns.py)
    GET  /settings/begin/source           POST  the first source; …/source/look: what an address gives (source.py)
    GET  /settings/begin/people           POST  a file, or one person (people.py)
    GET  /settings/begin/schedule         POST  when it goes out (schedule.py)
    GET  /settings/begin/draft            POST  the first draft (draft.py)

A step shows a few fields of a set-up page and saves them as that page does: what is wrong with them, what is kept and
how it is put back is the same. Which are done is worked out in app/setting_up.py.
"""

from __future__ import annotations

from fastapi import FastAPI

from digest.web.desk.frame import Desk
from digest.web.desk.settings.setting_up import brand, dns, draft, people, schedule, sender, source, whole
from digest.web.desk.settings.trying import Tries


def add(web: FastAPI, desk: Desk, tries: Tries) -> None:
    """Add the routes."""
    whole.add(web, desk)
    brand.add(web, desk)
    sender.add(web, desk, tries)
    dns.add(web, desk, tries)
    source.add(web, desk, tries)
    people.add(web, desk)
    schedule.add(web, desk)
    draft.add(web, desk, tries)
