"""People: files of people are read into the database, one commit a file; and who must not be mailed is kept off.

An import never moves anybody out of unsubscribed, bounced, complained or erased.

importing    a newsletter's file, or any other, becomes subscribers
adding       one person, as staff describe them
merging      what a row says of somebody who is known already
exporting    subscribers become a file that imports to the same
files        how a file is opened
leaving      one address, or a file of them, is kept off
one          a single person, as staff or another program describe them
"""

from __future__ import annotations

from digest.jobs.people.adding import New, add
from digest.jobs.people.exporting import export
from digest.jobs.people.files import columns_of
from digest.jobs.people.importing import (
    Held,
    Imported,
    Importing,
    check_people,
    held,
    import_people,
    is_another,
    lines_of,
    refused,
)
from digest.jobs.people.leaving import BY_LIST, BY_STAFF, KeptOff, compared, ended, keep_off, leave
from digest.jobs.people.one import Became, Put, Said, put

__all__ = [
    "BY_LIST",
    "BY_STAFF",
    "Became",
    "Held",
    "Imported",
    "Importing",
    "KeptOff",
    "New",
    "Put",
    "Said",
    "add",
    "check_people",
    "columns_of",
    "compared",
    "ended",
    "export",
    "held",
    "import_people",
    "is_another",
    "keep_off",
    "leave",
    "lines_of",
    "put",
    "refused",
]
