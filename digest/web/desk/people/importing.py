"""Importing: a file of people is sent, looked at and taken in; so is a list of who must not be mailed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from digest.app import setting_up
from digest.app.noting import noted
from digest.app.uploads import Kind, Stage, Standing, Uploaded, Uploads, mark
from digest.domain.errors import NotFound, Refused, Unfit
from digest.domain.model import Finding, SuppressionReason
from digest.stages import roster
from digest.stages.roster import Column
from digest.stages.roster.columns import FIELD, field_of
from digest.web.bounds import Fields, NotWhole
from digest.web.desk.cookies import Said
from digest.web.desk.editions.page import Id
from digest.web.desk.frame import Desk
from digest.web.desk.people.standings import KEPT_OFF_FOR
from digest.web.uploading import Unreadable, Upload

#: where a file is sent, and its octets at most: a million people have some hundred megabytes
PATH = "/subscribers/import"
MOST_OCTETS = 256 * 1024 * 1024
#: seconds for which the page waits for a file that is soon read
_PATIENCE = 0.5
#: refused rows that are shown
_SHOWN = 10
#: columns that may be chosen, so that a form holds them; of more their names decide
MOST_CHOSEN = 150
#: what fields of the form begin with that say what a column is read as
_COLUMN = "column."
#: what a column is read as
BECOMES: Mapping[str, str] = {
    "email": "Address",
    "first_name": "First name",
    "last_name": "Last name",
    "name": "First and last name",
    "tags": "Tags",
    "themes": "Themes",
    "cadence": "How often",
    "consent_source": "How they agreed",
    "consent_at": "When they agreed",
    "state": "State: keeps people out, brings nobody in",
    "joined_at": "When they came",
    "joined_by": "How they came",
    "paused_until": "Paused until",
}
#: why those of a list must not be mailed, where it does not say so itself
REASONS: Mapping[str, str] = {
    "": "The file says it",
    SuppressionReason.LEFT: "They left",
    SuppressionReason.HARD_BOUNCE: "Mail to them came back",
    SuppressionReason.COMPLAINT: "They reported mail as spam",
}


class Arriving:
    """The routes of files of people."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app
        self._uploads = Uploads(desk.app)

    def form(self, request: Request) -> Response:
        """Ask for a file."""
        return self._form(request)

    def take(self, request: Request) -> Response:
        """Keep the file; the guard has seen that the form is this sitting's own before anything of it was read."""
        upload: Upload = request.state.upload
        fields = self._desk.fields(request)
        newsletter = self._app.newsletter(fields.one("newsletter") or None)
        kind = Kind.KEPT_OFF if fields.one("kind") == Kind.KEPT_OFF else Kind.PEOPLE
        try:
            if not upload.name:
                raise Refused("Needed: choose a file.")
            who = self._desk.who(request).name
            made = self._uploads.take(upload.name, newsletter.id, kind, who, upload.content())
        except Refused as fault:
            upload.let_go()
            return self._form(request, 422, f"{fault.what} {fault.mend}".strip(), newsletter.id, kind)
        except NotWhole as fault:
            words = _TOO_LONG if fault.status == 413 else "The file did not arrive whole. Send it again."
            return self._form(request, fault.status, words, newsletter.id, kind)
        except Unreadable:
            return self._form(request, 422, "The file did not arrive whole. Send it again.", newsletter.id, kind)
        return self._desk.redirect(request, f"{PATH}/{made}")

    def file(self, request: Request, file: Id) -> Response:
        """Show what a file would come to, how far it is, or what it came to."""
        return self._file(request, self._uploads.find(file))

    def look(self, request: Request, file: Id) -> Response:
        """Look at it anew, with how these people agreed, or why they must not be mailed."""
        fields = self._desk.fields(request)
        about, words = self._uploads.find(file), fields.one("words")
        try:
            self._checked(about, words)
            chosen = chosen_of(fields)
        except Unfit as fault:
            return self._file(request, about, 422, words, fault.faults)
        self._uploads.look(about, words, chosen)
        return self._desk.redirect(request, f"{PATH}/{file}")

    def take_in(self, request: Request, file: Id) -> Response:
        """Take it in, if it comes to what was on the screen."""
        fields = self._desk.fields(request)
        about, words = self._uploads.find(file), fields.one("words")
        try:
            self._checked(about, words)
            chosen = chosen_of(fields)
        except Unfit as fault:
            return self._file(request, about, 422, words, fault.faults)
        note = noted(
            self._app,
            self._desk.by(request),
            "imported a file of people" if about.kind == Kind.PEOPLE else "took in a list of who must not be mailed",
        )
        self._uploads.take_in(about, words, fields.one("seen"), note, chosen)
        return self._desk.redirect(request, f"{PATH}/{file}")

    def refused(self, request: Request, file: Id) -> Response:
        """Send the rows that cannot be read, to be mended and sent again."""
        about = self._uploads.find(file)
        if about.counts:
            raise NotFound("This file is not here any more.", "It was imported, and removed.")
        headers = {"Content-Disposition": 'attachment; filename="to-mend.csv"'}
        lines = self._uploads.refused(about)
        # what is wrong with the whole file is told before anything is sent
        first = next(lines, "")
        octets = (line.encode() for line in chain([first], lines))
        return StreamingResponse(octets, media_type="text/csv; charset=utf-8", headers=headers)

    def remove(self, request: Request, file: Id) -> Response:
        """Let go of a file."""
        self._uploads.drop(self._uploads.find(file))
        return self._desk.redirect(request, PATH, Said(words="The file is removed. Nothing was changed."))

    def _checked(self, about: Uploaded, words: str) -> None:
        if about.kind == Kind.KEPT_OFF:
            if words not in REASONS:
                raise Unfit({"words": "Choose why these people must not be mailed."})
            return
        try:
            if words:
                roster.consent(words, self._app.clock())
        except Refused as fault:
            raise Unfit({"words": f"{fault.what} {fault.mend}"}) from fault

    def _form(
        self,
        request: Request,
        status: int = 200,
        wrong: str = "",
        newsletter: str = "",
        kind: Kind = Kind.PEOPLE,
    ) -> Response:
        return self._desk.page(
            request,
            "import",
            status,
            wrong={"file": wrong} if wrong else {},
            newsletters=self._app.loaded.workspace.newsletters,
            newsletter=newsletter,
            kind=kind,
            waiting=self._uploads.every(),
            most=MOST_OCTETS,
            is_set_up=self._is_set_up(),
        )

    def _file(
        self,
        request: Request,
        about: Uploaded,
        status: int = 200,
        words: str | None = None,
        wrong: Mapping[str, str] | None = None,
    ) -> Response:
        standing = self._uploads.standing(about, _PATIENCE)
        return self._desk.page(
            request,
            "import_kept_off" if about.kind == Kind.KEPT_OFF else "import_people",
            status,
            about=about,
            newsletter=self._app.newsletter(about.newsletter),
            standing=standing,
            is_done=standing.stage == Stage.DONE,
            came_to=standing.counts,
            words=standing.words if words is None else words,
            wrong=wrong or {},
            seen=_mark(standing),
            findings=_findings(standing),
            becomes=BECOMES,
            choices=[_choices(one) for one in standing.columns] if len(standing.columns) <= MOST_CHOSEN else [],
            reasons=REASONS,
            kept_off_for=KEPT_OFF_FOR,
            path=f"{PATH}/{about.id}",
            is_set_up=self._is_set_up(),
        )

    def _is_set_up(self) -> bool:
        """Tell whether nobody need be led back to the set-up."""
        return setting_up.standing(self._app).is_over


def chosen_of(fields: Fields) -> dict[int, str]:
    """Return what somebody chose that columns are read as, as roster.About has it; nothing where nobody was asked.

    Raises Unfit for what nobody was offered.
    """
    chosen = {}
    for name, meant in fields.pairs():
        place = name.removeprefix(_COLUMN)
        if place == name:
            continue
        is_field = meant.startswith(FIELD) and field_of(meant) != ""
        if not (place.isascii() and place.isdigit() and len(place) < 4 and (is_field or meant in ("", *BECOMES))):
            raise Unfit({"columns": "Choose one of those that are offered."})
        chosen[int(place)] = meant
    return chosen


def _choices(column: Column) -> tuple[list[tuple[str, str]], str]:
    """Return what a column may be read as: value and words; and which of them it is read as now."""
    own = column.becomes if column.is_field else field_of(column.name)
    as_field = [(f"{FIELD}{own}", f"Field {own}")] if own else []
    now = f"{FIELD}{column.becomes}" if column.is_field else column.becomes
    return [*BECOMES.items(), *as_field, ("", "Leave it out")], now


_TOO_LONG = f"The file has more than {MOST_OCTETS // 1024 // 1024} MB. Leave out columns that nobody needs, or part it."


def add(web: FastAPI, desk: Desk) -> None:
    """Add the routes."""
    routes = Arriving(desk)
    web.get(PATH)(routes.form)
    web.post(PATH)(routes.take)
    web.get(f"{PATH}/{{file}}")(routes.file)
    web.get(f"{PATH}/{{file}}/refused.csv")(routes.refused)
    web.post(f"{PATH}/{{file}}/look")(routes.look)
    web.post(f"{PATH}/{{file}}/take-in")(routes.take_in)
    web.post(f"{PATH}/{{file}}/remove")(routes.remove)


def _mark(standing: Standing) -> str:
    found = standing.seen or standing.seen_off
    return mark(found, standing.columns) if found is not None else ""


def _findings(standing: Standing) -> list[tuple[str, Finding]]:
    """Return the first findings, each with its line; empty where it is about the whole file."""
    found = standing.seen or standing.seen_off
    told = found.findings if found is not None else ()
    return [(one.where.rpartition(":")[2] if ":" in one.where else "", one) for one in told[:_SHOWN]]
