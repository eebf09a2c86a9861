"""Steps: what each is called and what it is for, and what their pages have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from digest.app import setting_up, settings
from digest.app.setting_up import Standing, Step
from digest.config.change import Act
from digest.domain.model import Newsletter
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import Saving, Typed, put_back

#: where all of them are listed
PATH = "/settings/begin"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A step, as pages show it."""

    step: Step
    name: str
    #: in one sentence
    purpose: str
    number: int = 0
    is_done: bool = False

    @property
    def path(self) -> str:
        """Its page."""
        return path_of(self.step)


_NAMES: Mapping[Step, tuple[str, str]] = {
    Step.BRAND: ("Organisation and brand", "So that readers see whose email it is, in your colours."),
    Step.SENDER: ("Sender and mail server", "So that mail can leave, and answers reach somebody."),
    Step.DNS: ("What the DNS says", "So that mailboxes believe the mail is yours, and do not put it into spam."),
    Step.SOURCE: ("First source", "So that Digest knows where your news is."),
    Step.PEOPLE: ("People", "So that somebody gets it: only those who agreed to."),
    Step.SCHEDULE: ("When it goes out", "So that you and your readers know the day and the time."),
    Step.DRAFT: ("The first draft", "So that you see the first edition, long before anybody gets it."),
}


def path_of(step: Step | None) -> str:
    """Return the path of a step's page; that of them all where none is given."""
    return f"{PATH}/{step}" if step else PATH


def listed(standing: Standing) -> list[About]:
    """Return all steps, in their order."""
    return [
        About(step=step, name=name, purpose=purpose, number=number, is_done=step in standing.done)
        for number, (step, (name, purpose)) in enumerate(_NAMES.items(), 1)
    ]


def summary(standing: Standing) -> str:
    """Say how far it is: “3 of 7 done”."""
    return f"{len(standing.done)} of {len(Step)} done"


class StepPage:
    """A step's page, as its routes need it."""

    def __init__(self, desk: Desk, step: Step) -> None:
        self.desk = desk
        self.app = desk.app
        self.step = step
        self._saving = Saving(desk)

    @property
    def newsletter(self) -> Newsletter:
        """The newsletter that is set up: the first."""
        return self.app.loaded.workspace.newsletters[0]

    def show(self, request: Request, typed: Typed, **values: object) -> Response:
        """Return the page, with what stands in its form."""
        # what somebody wrote into digest.toml meanwhile counts
        settings.seen(self.app)
        standing = setting_up.standing(self.app)
        steps = listed(standing)
        return self._saving.page(
            request,
            f"setting_up_{self.step}",
            typed,
            steps=steps,
            about=next(one for one in steps if one.step == self.step),
            far=summary(standing),
            later=path_of(standing.after(self.step)),
            newsletter=self.newsletter,
            **values,
        )

    def change(self, request: Request, acts: Iterable[Act], wrong: Mapping[str, str]) -> settings.Done:
        """Write changes into digest.toml; wrong: as Saving.save has it. Raises as app.settings.change."""
        return settings.change(self.app, self.desk.by(request), self.desk.fields(request).one("seen"), acts, wrong)

    def go_on(self, request: Request, words: str = "", done: settings.Done | None = None) -> Response:
        """Lead to the next step that is left; say what was done, and offer to put back a change of digest.toml."""
        standing = setting_up.standing(self.app)
        path = path_of(standing.after(self.step))
        if done is not None and done.changed.before == done.changed.after:
            return self.desk.redirect(request, path)
        acts = (put_back(done, path_of(self.step)),) if done else ()
        return self.desk.redirect(request, path, Said(words=words, acts=acts) if words else None)
