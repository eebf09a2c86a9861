"""What PostgreSQL counts, rings and tells by itself, as triggers of SQLite do (mail.py, following.py, api.py).

Triggers of a statement look at all its rows at once, and each connection counts in rows of its own: workers that claim
and settle side by side wait for nobody's row.
"""

from __future__ import annotations

from digest.store.tables.mail import COUNTED

#: what one statement came to is added to the parts that this connection counts
_ADD = (
    "INSERT INTO outcome (edition, wave, outcome, why, part, people, moves, last_at) "
    "SELECT edition, wave, outcome, why, pg_backend_pid(), sum(one), greatest(sum(one), 0), "
    "CASE WHEN sum(one) > 0 THEN max(settled_at) END "
    "FROM ({rows}) AS moved GROUP BY edition, wave, outcome, why HAVING sum(one) <> 0 "
    "ON CONFLICT (edition, wave, outcome, why, part) DO UPDATE SET people = outcome.people + excluded.people, "
    "moves = outcome.moves + excluded.moves, last_at = greatest(outcome.last_at, excluded.last_at)"
)
# a statement takes rows to one state: what counts as something afterwards and not before came to it. To put the rows
# together by their keys, of which PostgreSQL knows nothing here, would take the square of the time
_AFTER = "SELECT edition, wave, outcome, why, 1 AS one, settled_at FROM after_it"
_BEFORE = "SELECT edition, wave, outcome, why, -1, NULL FROM before_it"
_PLANNED = _ADD.format(rows=_AFTER)
_MOVED = _ADD.format(rows=f"{_AFTER} UNION ALL {_BEFORE}")
_MADE = "CASE NEW.state WHEN 'draft' THEN 'edition.drafted' ELSE 'edition.' || NEW.state END"
_MOVED_TO = (
    "CASE NEW.state WHEN 'draft' THEN 'edition.approval_taken_back' "
    "WHEN 'sending' THEN CASE OLD.state WHEN 'paused' THEN 'edition.resumed' ELSE 'edition.sending' END "
    "ELSE 'edition.' || NEW.state END"
)
_ENDED = "CASE NEW.state WHEN 'active' THEN 'subscriber.confirmed' ELSE 'subscriber.' || NEW.state END"
_ID = "'msg_' || replace(gen_random_uuid()::text, '-', '')"
_WANTED = (
    "FROM webhook WHERE ended_at IS NULL AND EXISTS (SELECT 1 FROM json_array_elements_text(webhook.events) AS one "
    "WHERE one = {event})"
)
_OF_EDITION = (
    "INSERT INTO webhook_message (id, webhook, event, edition, newsletter) "
    f"SELECT {_ID}, webhook.id, {{event}}, NEW.id, NEW.newsletter {_WANTED}"
)
_OF_PLACE = (
    "INSERT INTO webhook_message (id, webhook, event, at, newsletter, subscriber) "
    f"SELECT {_ID}, webhook.id, {_ENDED}, coalesce(NEW.ended_at, clock_timestamp()), NEW.newsletter, NEW.subscriber "
    f"{_WANTED.format(event=_ENDED)}"
)
_OF_EVENT = (
    "UPDATE webhook_message SET at = NEW.at, who = NEW.who, why = NEW.why WHERE edition = NEW.edition AND at IS NULL"
)
#: name -> (what is done, after what, by rows or by statements, when)
_EACH: dict[str, tuple[str, str, str, str]] = {
    "count_planned": (_PLANNED, "INSERT ON delivery REFERENCING NEW TABLE AS after_it", "STATEMENT", ""),
    "count_moved": (
        _MOVED, "UPDATE ON delivery REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it", "STATEMENT", "",
    ),
    "ring_bell": (
        "UPDATE bell SET number = number + 1", "UPDATE OF state ON edition", "ROW",
        "NEW.state IN ('approved', 'sending')",
    ),
    "tell_made": (
        _OF_EDITION.format(event=_MADE), "INSERT ON edition", "ROW", "NEW.state IN ('draft', 'skipped', 'missed')",
    ),
    "tell_moved": (
        _OF_EDITION.format(event=_MOVED_TO), "UPDATE OF state ON edition", "ROW",
        "OLD.state <> NEW.state AND NEW.state <> 'holding' AND NOT (OLD.state = 'holding' AND NEW.state = 'approved')",
    ),
    "tell_event": (_OF_EVENT, "INSERT ON event", "ROW", ""),
    "tell_place": (
        _OF_PLACE, "UPDATE OF state ON subscription", "ROW", "OLD.state <> NEW.state AND NEW.state <> 'pending'",
    ),
    # of a statement that changes a million people there is one count
    **{
        f"count_{table}": ("UPDATE change SET number = number + 1", f"{event} ON {table}", "STATEMENT", "")
        for table, event in COUNTED.items()
    },
}  # fmt: skip


def _made(name: str, done: str, after: str, each: str, when: str) -> tuple[str, str]:
    condition = f" WHEN ({when})" if when else ""
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {done}; RETURN NULL; END$$",
        f"CREATE TRIGGER {name} AFTER {after} FOR EACH {each}{condition} EXECUTE FUNCTION {name}()",
    )


#: what makes them all
TRIGGERS = tuple(statement for name, told in _EACH.items() for statement in _made(name, *told))
