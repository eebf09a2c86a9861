"""Quota: how many messages a mail server gets on a day, as it is written and as it is warmed up."""

from __future__ import annotations

from datetime import date

from digest.domain.model import Server

#: by then a plan has reached any limit, or does not say one
_LONGEST_PLAN = 60


def messages_on(server: Server, day: date) -> int:
    """Return the most messages that a server gets in the 24 hours before the end of a day; 0 for no limit.

    While it is warmed up each day has `factor` times as many as the day before; the plan ends where it reaches what
    the server may have in any case, or after sixty days.
    """
    plan = server.warm_up
    if plan is None:
        return server.messages_a_day
    days = max(0, (day - plan.starts).days)
    if days >= _LONGEST_PLAN:
        return server.messages_a_day
    planned = round(plan.first_day * plan.factor**days)
    return min(planned, server.messages_a_day) if server.messages_a_day else planned
