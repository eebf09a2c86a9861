"""Page: a segment is looked at, built and saved. Whatever is on the form, the page says in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fastapi import FastAPI, Request, Response

from digest.app import settings
from digest.config.ids import unique_id
from digest.domain.errors import ConfigurationError, DigestError, TypedOver, Unfit
from digest.domain.model import Cadence, Newsletter, Recipient, Segment
from digest.jobs import segments
from digest.stages import segment as rules
from digest.web.desk.beside import Answer
from digest.web.desk.editions.page import Id
from digest.web.desk.frame import Desk
from digest.web.desk.people.standings import CADENCES
from digest.web.desk.segments import asking, parts
from digest.web.desk.segments.asking import Why
from digest.web.desk.segments.figures import Figure, Figures
from digest.web.desk.segments.forms import MOST_RULES, Choices, Sent, read, row
from digest.web.desk.segments.listing import changed, sentence
from digest.web.desk.segments.naming import FIELDS, named, of_person
from digest.web.desk.segments.parts import Group

#: values of one segment that the form has; more are written in digest.toml
_MOST_VALUES = 200
#: characters of a name
_MOST_NAME = 80
#: tens of people that may be shown of a segment: they are gone through from the first
_MOST_TENS = 100
#: columns beside the name in the table of ten people
_COLUMNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """What the page shows of a form."""

    sent: Sent
    wrong: Mapping[str, str] = field(default_factory=dict)
    #: path of a rule -> what is wrong with it
    wrong_rules: Mapping[str, str] = field(default_factory=dict)
    revision: str = ""


class Page:
    """The routes of one segment, and of a new one."""

    def __init__(self, desk: Desk, figures: Figures) -> None:
        self._desk = desk
        self._app = desk.app
        self._figures = figures

    def new(self, request: Request, newsletter: str = "", like: str = "") -> Response:
        """Begin a segment, empty or like another one."""
        revision = settings.seen(self._app)
        chosen = self._desk.newsletter(newsletter)
        old = segments.named(chosen, like) if like else None
        root = parts.of_rule(old.rule) if old else Group()
        sent = Sent(name=f"{old.name}, copy" if old else "", root=root, act="look", first=old.themes if old else ())
        return self._shown(request, chosen, None, _Form(sent=sent, revision=revision))

    def make(self, request: Request) -> Response:
        """Change the form of a new segment, or save it."""
        fields = self._desk.fields(request)
        return self._sent(request, self._desk.newsletter(fields.one("newsletter")), None)

    def segment(self, request: Request, newsletter: Id, segment: Id, ten: int = 0) -> Response:
        """Show a segment; ten: which ten of its people."""
        revision = settings.seen(self._app)
        chosen = self._app.newsletter(newsletter)
        found = segments.named(chosen, segment)
        sent = replace(_as_it_is(found), turn=max(0, ten))
        return self._shown(request, chosen, found, _Form(sent=sent, revision=revision))

    def ask(self, request: Request, newsletter: Id, segment: Id) -> Response:
        """Say why somebody is in it, or is not; for who may not change it."""
        revision = settings.seen(self._app)
        chosen = self._app.newsletter(newsletter)
        found = segments.named(chosen, segment)
        sent = replace(_as_it_is(found), who=self._desk.fields(request).one("who"), asks=True)
        return self._shown(request, chosen, found, _Form(sent=sent, revision=revision))

    def change(self, request: Request, newsletter: Id, segment: Id) -> Response:
        """Change the form, or save it."""
        chosen = self._app.newsletter(newsletter)
        return self._sent(request, chosen, segments.named(chosen, segment))

    def _sent(self, request: Request, newsletter: Newsletter, old: Segment | None) -> Response:
        fields = self._desk.fields(request)
        sent, revision = read(fields), fields.one("revision")
        if sent.act != "save":
            return self._shown(request, newsletter, old, _Form(sent=sent, revision=revision))
        wrong, wrong_rules = _unfit(sent)
        if not wrong and not wrong_rules:
            try:
                return self._save(request, newsletter, old, sent, revision)
            except Unfit as fault:
                wrong = dict(fault.faults)
            except TypedOver as fault:
                # the page is made from the file as it is now, and bears what was typed
                revision = settings.seen(self._app)
                now = ", ".join(theirs for theirs, _ in fault.fields.values())
                wrong = {"": f"It was changed while you wrote, and says now: {now}. Save again to keep yours."}
            except ConfigurationError as fault:
                wrong = {"": f"{fault.what} {fault.mend}"}
        form = _Form(sent=sent, wrong=wrong, wrong_rules=wrong_rules, revision=revision)
        return self._shown(request, newsletter, old, form, 422)

    def _save(
        self, request: Request, newsletter: Newsletter, old: Segment | None, sent: Sent, revision: str
    ) -> Response:
        # what holds the settings' own way of reading TOML is loaded by who changes them
        from digest.config.change import Act, Add, Put

        rule, _ = parts.as_rule(sent.root)
        kind = ("newsletters", newsletter.id, "segments")
        act: Act
        if old is None:
            identifier = unique_id(sent.name, [one.id for one in newsletter.segments])
            values: dict[str, object] = {"id": identifier, "name": sent.name} | ({"rule": rule} if rule else {})
            values |= {"themes": list(sent.first)} if sent.first else {}
            act = Add(to=kind, values=values)
        else:
            identifier = old.id
            act = Put(at=(*kind, identifier), values={"name": sent.name, "rule": rule or None, "themes": sent.first})
        done = settings.change(self._app, self._desk.by(request), revision, [act])
        said = changed(f"{sent.name} is saved.", done)
        return self._desk.redirect(request, f"/segments/{newsletter.id}/{identifier}", said)

    def _shown(
        self, request: Request, newsletter: Newsletter, old: Segment | None, form: _Form, status: int = 200
    ) -> Response:
        looked = parts.whole(form.sent.root)
        rule, _ = parts.as_rule(looked)
        faults = _by_path(looked)
        answer: Answer[Figure] = Answer()
        some: Answer[tuple[Recipient, ...]] = Answer()
        said, turn = "", 0
        if not faults:
            answer = self._figures.of(newsletter, old.id if old else "", rule)
            turn = form.sent.turn % _tens(answer)
            some = self._some(newsletter, old, rule, answer, turn)
            said = sentence(newsletter, Segment(id="", name="", rule=rule))
        too_large = old is not None and _is_too_large(form.sent.root)
        why, wrong_who = (None, "") if faults else self._why(newsletter, looked, form.sent)
        known = self._figures.known(newsletter)
        lists = {name: f"known-{number}" for number, name in enumerate(known)}
        return self._desk.page(
            request,
            "segment",
            status,
            newsletter=newsletter,
            newsletters=self._app.loaded.workspace.newsletters,
            segment=old,
            called=form.sent.name,
            root=row(form.sent.root, _choices(newsletter, lists), {**faults, **form.wrong_rules}, form.sent.new),
            is_part=looked != form.sent.root,
            wrong={**form.wrong, **({"who": wrong_who} if wrong_who else {})},
            trouble=form.sent.trouble,
            revision=form.revision,
            sentence=said,
            answer=answer,
            fields=_fields(form.sent.root, known),
            known=[(lists[name], values) for name, values in known.items()],
            groups=parts.GROUPS,
            too_large=too_large,
            most_rules=MOST_RULES,
            column_names=[named(one) for one in _columns(looked)],
            people=[_person(newsletter, one, _columns(looked)) for one in some.value or ()],
            moves=answer.moves or some.moves,
            turn=turn,
            further=(turn + 1) % _tens(answer),
            who_asked=form.sent.who,
            why=why,
            lines=asking.lines(newsletter, looked),
            themes=[(one.id, one.name, one.id in form.sent.first) for one in newsletter.themes],
        )

    def _some(
        self, newsletter: Newsletter, old: Segment | None, rule: Mapping[str, object], answer: Answer[Figure], turn: int
    ) -> Answer[tuple[Recipient, ...]]:
        """Return ten of its people; where it is known that there is nobody, nobody is looked for."""
        if answer.value is not None and not answer.value.people:
            return Answer(())
        return self._figures.some(newsletter, old.id if old else "", rule, turn)

    def _why(self, newsletter: Newsletter, looked: Group, sent: Sent) -> tuple[Why | None, str]:
        """Return why somebody is in, or is not, who was asked about; or why that cannot be said."""
        if not sent.who:
            return None, "Needed: somebody’s address." if sent.asks else ""
        try:
            found = segments.recipient(self._app.store, newsletter, sent.who)
        except DigestError:
            # nothing is said while somebody types
            return None, "This is no email address. Write it like name@example.org." if sent.asks else ""
        if found is None:
            return None, f"Nobody on the list of {newsletter.name} has this address." if sent.asks else ""
        return asking.why(newsletter, looked, found, self._app.clock()), ""


def _as_it_is(segment: Segment) -> Sent:
    """Return the form of a segment as it is saved."""
    return Sent(name=segment.name, root=parts.of_rule(segment.rule), act="look", first=segment.themes)


def _tens(answer: Answer[Figure]) -> int:
    """Return how many tens of people may be shown."""
    people = answer.value.people if answer.value else 0
    return min(max(1, -(-people // segments.SAMPLE)), _MOST_TENS)


def _unfit(sent: Sent) -> tuple[dict[str, str], dict[str, str]]:
    """Return what keeps a form from being saved: by the name of a field, and by the path of a rule."""
    wrong: dict[str, str] = {}
    if not sent.name:
        wrong["name"] = "Needed: what the segment is called on the desk."
    elif len(sent.name) > _MOST_NAME or not sent.name.isprintable():
        wrong["name"] = f"Write a name of at most {_MOST_NAME} characters."
    rules_wrong = {path: "Needed: a value." for path, test in parts.each_test(sent.root) if not test.is_whole}
    rules_wrong |= dict.fromkeys(parts.empty_groups(sent.root), "Add a rule to this group, or remove it.")
    if not sent.root.parts and sent.root.how != "all":
        wrong["how"] = "Add a rule, or let people match all of no rules: that is everybody."
    if not rules_wrong and not wrong:
        rules_wrong = _by_path(sent.root)
    return wrong, rules_wrong


def _by_path(root: Group) -> dict[str, str]:
    """Return path of a part -> what is wrong with it; all tests are whole."""
    rule, where = parts.as_rule(root)
    # the rules of digest.toml speak of how it is written there
    dated = {path for path, test in parts.each_test(root) if test.compared.removeprefix("not ") in ("before", "after")}
    found: dict[str, str] = {}
    for place, what in rules.faults(rule):
        at = place
        while at and at not in where:
            at = at.rpartition(".")[0]
        path = where.get(at, "")
        said = f"{what[:1].upper()}{what[1:]}."
        found.setdefault(path, "Write a day: year, month, day, such as 2026-11-24." if path in dated else said)
    return found


def _is_too_large(root: Group) -> bool:
    return sum(1 for _ in parts.each_test(root)) > MOST_RULES or parts.values_named(root) > _MOST_VALUES


def _choices(newsletter: Newsletter, lists: Mapping[str, str]) -> Choices:
    return Choices(
        themes=tuple((one.id.casefold(), one.name) for one in newsletter.themes),
        cadences=tuple((one.value, CADENCES[one]) for one in Cadence),
        known=lists,
    )


def _fields(root: Group, known: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the fields that may be asked about, with their names: the program's own, the list's, the rule's."""
    asked = [test.field for _, test in parts.each_test(root)]
    besides = dict.fromkeys(one for one in (*sorted(known), *asked) if one and one not in FIELDS)
    return [*FIELDS.items(), *((one, named(one)) for one in besides)]


def _columns(root: Group) -> list[str]:
    """Return the fields that the table of people shows: what the rule asks about."""
    shown = [one for one in parts.fields_of(root) if one not in ("address", "first_name", "last_name")]
    return (shown or ["tags", "themes"])[:_COLUMNS]


def _person(newsletter: Newsletter, one: Recipient, columns: list[str]) -> tuple[str, str, list[str]]:
    """Return somebody's id, name, and what they have in the columns."""
    person, known = one.subscriber, of_person(newsletter, one)
    name = f"{person.first_name} {person.last_name}".strip() or person.address
    return person.id, name, [known.get(column) or "–" for column in columns]


def add(web: FastAPI, desk: Desk, figures: Figures) -> None:
    """Add the routes."""
    routes = Page(desk, figures)
    web.get("/segments/new")(routes.new)
    web.post("/segments/new")(routes.make)
    web.get("/segments/{newsletter}/{segment}")(routes.segment)
    web.post("/segments/{newsletter}/{segment}")(routes.change)
    web.post("/segments/{newsletter}/{segment}/why")(routes.ask)
