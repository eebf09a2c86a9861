"""Why: whether somebody gets an edition, in a sentence. What decides it was found out before (jobs/why.py).

::

    a row in the ledger          what became of it
    none, and nobody gets it     what became of the edition
    none, and all are planned    they came too late
    none yet                     what planning would write down
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.domain.model import Delivery, DeliveryState, Edition, EditionState, Recipient, SubscriptionState
from digest.domain.ports import Entry, KeptOff
from digest.domain.states import NEVER_SENT

#: facts below the sentence
MOST_FACTS = 3
#: characters of a mail server's answer that are shown
_MOST = 200
#: states of who gets no more, as reasons begin with them
_ENDED = {
    SubscriptionState.UNSUBSCRIBED: "they unsubscribed",
    SubscriptionState.BOUNCED: "their address does not exist: mail came back",
    SubscriptionState.COMPLAINED: "they reported it as spam",
    SubscriptionState.ERASED: "they asked to be erased",
}
#: why an address is kept off, as it is stored; other reasons are words already
_KEPT_OFF = {
    "left": "they unsubscribed",
    "complaint": "they reported mail as spam",
    "hard bounce": "mail came back",
    "erased": "they asked to be erased",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One person and one edition, with all that decides whether the one gets the other."""

    address: str
    edition: Edition
    #: the newsletter's name and time zone
    newsletter: str
    zone: str
    now: datetime
    #: None where they are not on the newsletter's list
    recipient: Recipient | None = None
    kept_off: KeptOff | None = None
    #: what the ledger says; None where they have no row in it
    entry: Entry | None = None
    #: why they must not be mailed again; empty where a person may decide that they are
    no_resend: str = ""
    #: what planning would write down; None where it cannot be said, or is done
    delivery: Delivery | None = None
    #: name of the segment that holds them, or held them when they were planned; empty for none
    segment: str = ""
    #: stories in the email that is for them
    stories: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Why somebody gets an edition or not."""

    #: None where nobody can know
    gets: bool | None
    sentence: str
    facts: tuple[str, ...] = ()
    #: what may be done now
    mend: str = ""


def answer(case: Case) -> Answer:
    """Say whether somebody gets an edition, and why."""
    state = case.edition.state
    if case.entry is not None:
        return _ANSWERS[case.entry.state](case, case.entry)
    if state in NEVER_SENT:
        facts = (_sentence(case.edition.note),) if case.edition.note else ()
        return Answer(gets=False, sentence=f"Nobody gets {case.edition.id}: it was {state}.", facts=facts)
    if case.recipient is None:
        facts = (f"Besides, {_kept_off(case, case.kept_off)}.",) if case.kept_off else ()
        return Answer(
            gets=False,
            sentence=f"{case.address} is not on the list of {case.newsletter}.",
            facts=facts,
            mend="look at its spelling. What was added to the subscribers' file counts once that is imported.",
        )
    if case.delivery is None:
        return _too_late(case, case.recipient)
    return _to_come(case, case.recipient, case.delivery)


def _to_come(case: Case, recipient: Recipient, delivery: Delivery) -> Answer:
    edition, who = case.edition, _who(case)
    gets = delivery.state != DeliveryState.SKIPPED
    if edition.state == EditionState.DRAFT:
        verdict = f"If {edition.id} were approved as it is, {who} {'would get it' if gets else 'would not get it'}"
    else:
        verdict = f"{who} {'gets' if gets else 'does not get'} {edition.id}"
    if not gets:
        reason = _plainly(case, delivery.reason)
        return _answer(False, f"{verdict}: {reason}.", _besides(case, recipient), _what_now(case, recipient))
    planned = {
        EditionState.DRAFT: "",
        EditionState.SENDING: "It is being sent, and their turn comes.",
        EditionState.PAUSED: "It is paused, and their turn comes when it goes on.",
    }.get(edition.state, f"Planned for {_moment(case, edition.slot)}, not sent yet.")
    facts = (planned, _consent(case, recipient), _wishes(recipient))
    return _answer(True, f"{verdict}: {_email(case)}.", facts)


def _too_late(case: Case, recipient: Recipient) -> Answer:
    joined = recipient.subscription.joined_at
    was = "sent" if case.edition.state == EditionState.SENT else "planned"
    if joined is not None and joined >= (case.edition.planned_at or case.edition.slot):
        why = f"they came onto the list on {_day(case, joined)}, after it was {was}"
    else:
        why = f"they were not on the list when it was {was}"
    facts = (_gets_no_more(case, recipient), _consent(case, recipient))
    return _answer(False, f"{_who(case)} does not get {case.edition.id}: {why}.", facts)


def _sent(case: Case, entry: Entry) -> Answer:
    at = f" on {_moment(case, entry.settled_at)}" if entry.settled_at else ""
    said = f"; the mail server said “{_short(entry.reply)}”" if entry.reply else ""
    since = f"They get nothing more: {_plainly(case, entry.withheld)}." if entry.withheld else ""
    return _answer(True, f"{_who(case)} got {case.edition.id}{at}{said}.", (f"It was {_email(case)}.", since))


def _skipped(case: Case, entry: Entry) -> Answer:
    does = "did" if case.edition.state == EditionState.SENT else "does"
    facts = _besides(case, case.recipient) if case.recipient else ()
    return _answer(False, f"{_who(case)} {does} not get {case.edition.id}: {_plainly(case, entry.reason)}.", facts)


def _pending(case: Case, entry: Entry) -> Answer:
    edition, who = case.edition, _who(case)
    tried = _tried(case, entry)
    if entry.withheld:
        return _answer(False, f"{who} will not get {edition.id}: {_plainly(case, entry.withheld)}.", tried)
    if edition.state == EditionState.CANCELLED:
        return _answer(False, f"{who} does not get {edition.id}: it was cancelled before their turn.", (edition.note,))
    sentence = f"{who} gets {edition.id}: {_email(case)}."
    if edition.state == EditionState.PAUSED:
        paused = f"It is paused{f': {edition.note.rstrip(chr(46))}' if edition.note else ''}."
        return _answer(True, sentence, (paused, *tried), f"`digest send {edition.id}` lets it go on.")
    return _answer(True, sentence, tried or ("Planned, not sent yet.",))


def _claimed(case: Case, entry: Entry) -> Answer:
    facts = (f"It is {_email(case)}.", *_tried(case, entry))
    sentence = f"{_who(case)} is being mailed {case.edition.id} at this moment."
    mend = f"look again in a minute. Where nothing is being sent, `digest send {case.edition.id}` settles it."
    return _answer(None, sentence, facts, mend)


def _failed(case: Case, entry: Entry) -> Answer:
    why = "the mail server refused it" if entry.reason == "refused" else entry.reason or "it failed"
    sentence = f"{_who(case)} did not get {case.edition.id}: {why}."
    said = f"The mail server said “{_short(entry.reply)}”." if entry.reply else ""
    if case.no_resend:
        # a refusal for good tells the server's answer itself
        facts = (said if "said “" not in case.no_resend else "", _sentence(_plainly(case, case.no_resend)))
        return _answer(False, sentence, facts)
    return _answer(False, sentence, (said,), f"{_resend(case)} mails them again, if you decide so.")


def _unknown(case: Case, entry: Entry) -> Answer:
    sentence = f"{_who(case)} may have {case.edition.id}: it was begun, and no answer is known."
    facts = (_sentence(entry.reason), f"It is {_email(case)}.")
    if case.no_resend:
        return _answer(None, sentence, (*facts, f"It is not sent again: {_plainly(case, case.no_resend)}."))
    mend = f"{_resend(case)} mails them again, if you decide so; they may have it twice then."
    return _answer(None, sentence, facts, mend)


_ANSWERS: Mapping[DeliveryState, Callable[[Case, Entry], Answer]] = {
    DeliveryState.PENDING: _pending,
    DeliveryState.CLAIMED: _claimed,
    DeliveryState.SENT: _sent,
    DeliveryState.FAILED: _failed,
    DeliveryState.UNKNOWN: _unknown,
    DeliveryState.SKIPPED: _skipped,
}


def _answer(gets: bool | None, sentence: str, facts: tuple[str, ...], mend: str = "") -> Answer:
    return Answer(gets=gets, sentence=sentence, facts=tuple(fact for fact in facts if fact)[:MOST_FACTS], mend=mend)


def _who(case: Case) -> str:
    if case.entry is not None:
        return case.entry.name or case.entry.address
    if case.recipient is None:
        return case.address
    subscriber = case.recipient.subscriber
    return f"{subscriber.first_name} {subscriber.last_name}".strip() or subscriber.address


def _email(case: Case) -> str:
    return f"the email for {case.segment} ({'1 story' if case.stories == 1 else f'{case.stories} stories'})"


def _besides(case: Case, recipient: Recipient) -> tuple[str, ...]:
    """Return what somebody may want to know of who gets nothing; of who is off the list, only when they agreed."""
    consent = _consent(case, recipient)
    if case.kept_off is not None or recipient.subscription.state != SubscriptionState.ACTIVE:
        return (consent,)
    held = f"They are in the segment {case.segment}." if case.segment else ""
    return (held, consent, _wishes(recipient))


def _consent(case: Case, recipient: Recipient) -> str:
    subscription = recipient.subscription
    if not subscription.consent_source or subscription.consent_at is None:
        return ""
    return f"They agreed on {_day(case, subscription.consent_at)}: {subscription.consent_source.rstrip('.')}."


def _wishes(recipient: Recipient) -> str:
    subscription = recipient.subscription
    themes = f"about {', '.join(subscription.themes)}" if subscription.themes else "with all themes"
    return f"They want it {subscription.cadence}, {themes}."


def _what_now(case: Case, recipient: Recipient) -> str:
    if case.kept_off is None and recipient.subscription.state == SubscriptionState.PENDING:
        return "write where and when they agreed into the subscribers' file, if they did."
    return ""


def _gets_no_more(case: Case, recipient: Recipient) -> str:
    if case.kept_off is None and recipient.subscription.state not in _ENDED:
        return ""
    return f"They get nothing more: {_plainly(case, recipient.subscription.state)}."


def _plainly(case: Case, reason: str) -> str:
    """Return a reason of the ledger, or of planning, as the end of a sentence."""
    first, _, rest = reason.partition(" ")
    if case.kept_off is not None and (reason.startswith("kept off") or first in _ENDED):
        return _kept_off(case, case.kept_off)
    if first in _ENDED:
        return f"{_ENDED[SubscriptionState(first)]} {rest}".rstrip()
    if first == "paused" and rest == "meanwhile":
        return "they paused it meanwhile"
    return reason.rstrip(".")


def _kept_off(case: Case, kept_off: KeptOff) -> str:
    why = _KEPT_OFF.get(kept_off.reason, kept_off.reason.rstrip("."))
    return f"the address is kept off ({why} on {_day(case, kept_off.at)})"


def _tried(case: Case, entry: Entry) -> tuple[str, ...]:
    facts = []
    if entry.attempts:
        times = "once" if entry.attempts == 1 else f"{entry.attempts} times"
        again = f"; the next try is on {_moment(case, entry.next_at)}" if entry.next_at else ""
        facts.append(f"It was tried {times}{again}.")
    elif entry.next_at is not None and entry.next_at > case.now:
        facts.append(f"The first try is on {_moment(case, entry.next_at)}.")
    if entry.reply:
        facts.append(f"The mail server said “{_short(entry.reply)}”.")
    return tuple(facts)


def _resend(case: Case) -> str:
    return f"`digest resend {case.edition.id} {case.address} --as NAME`"


def _short(reply: str) -> str:
    words = " ".join(reply.split())
    return words if len(words) <= _MOST else f"{words[:_MOST].rstrip()}…"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}." if words else ""


def _day(case: Case, moment: datetime) -> str:
    local = moment.astimezone(ZoneInfo(case.zone))
    return f"{local.day} {local:%B %Y}"


def _moment(case: Case, moment: datetime) -> str:
    local = moment.astimezone(ZoneInfo(case.zone))
    return f"{local:%a} {local.day} {local:%b} at {local:%H:%M}"
