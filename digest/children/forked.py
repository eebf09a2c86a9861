"""Loaded by nobody but the server from which children are forked (children/limited.py), before all else.

A child that is just being started when the program ends finds nobody to report to. Python would print the traceback of
that on the terminal of somebody whose command went well. What goes wrong in its work reaches the program otherwise.
"""

from __future__ import annotations

import sys


def _say_nothing(*_: object) -> None:
    """Take an exception that nobody is there to hear of."""


sys.excepthook = _say_nothing
