"""Draft: all sources are asked and the first edition is drafted; or it is said why there is none yet."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI, Request, Response

from digest.app import setting_up
from digest.app.setting_up import Step
from digest.jobs.edition import Drafted
from digest.stages import slots
from digest.web.desk.cookies import Said
from digest.web.desk.frame import Desk
from digest.web.desk.settings.forms import Typed, attempt
from digest.web.desk.settings.setting_up.steps import StepPage, path_of
from digest.web.desk.settings.trying import Tries, Trying
from digest.web.desk.spoken import counted, when

_LATE = "It takes longer than a minute. It goes on by itself: the draft is on Home when it is made."


class Routes:
    """The routes of this step."""

    def __init__(self, desk: Desk, tries: Tries) -> None:
        self._step = StepPage(desk, Step.DRAFT)
        self._app = desk.app
        self._tries = tries

    def show(self, request: Request, made: str = "") -> Response:
        """Show what is about to be done, or what it came to, by its key; a draft that was made has its own page."""
        tried = self._tries.known(Trying.DRAFT, made) if made else None
        if tried is None or not tried.over.is_set():
            is_late = tried is not None and self._tries.is_late(tried)
            return self._page(request, _LATE if is_late else "", waits=tried is not None and not is_late)
        if tried.fault is not None:
            return self._page(request, f"{tried.fault.what} {tried.fault.mend}".strip())
        drafted: Drafted = tried.result  # type: ignore[assignment]
        if drafted.edition is None:
            return self._page(request, self._too_little(drafted))
        words = f"Drafted No. {drafted.edition.number}. Nobody gets it before somebody approves it."
        return self._step.desk.redirect(request, f"/editions/{drafted.edition.id}", Said(words=words))

    def make(self, request: Request) -> Response:
        """Begin to ask the sources and to draft."""

        def begin() -> Response:
            key = self._tries.begin(Trying.DRAFT, "the first draft", partial(setting_up.first_draft, self._app))
            return self._step.desk.redirect(request, f"{path_of(Step.DRAFT)}?made={key}")

        tried = attempt({}, begin)
        return self._page(request, "", tried) if isinstance(tried, Typed) else tried

    def _too_little(self, drafted: Drafted) -> str:
        """Say why there is no draft yet, and when there will be one."""
        newsletter = self._step.newsletter
        schedule = newsletter.schedule
        slot = self._app.next_slot(newsletter)
        at = slots.draft_at(schedule, slot)
        needed = counted(newsletter.minimum_stories, "story", "stories")
        failing = [one for one in self._app.conditions(newsletter) if one.fault]
        told = [f"{one.source.name or one.source.id}: {one.fault}" for one in failing[:2]]
        by_then = (
            f"It is tried by itself on {when(at, schedule.timezone)}, for the edition of "
            f"{when(slot, schedule.timezone)}."
            if at > self._app.clock()
            else f"Try again when there is more; the next edition is due on {when(slot, schedule.timezone)}."
        )
        came = counted(drafted.stories, "new story", "new stories")
        return " ".join([f"Too little news yet: {came}, and {needed} needed.", *told, by_then])

    def _page(self, request: Request, why: str, typed: Typed | None = None, *, waits: bool = False) -> Response:
        standing = setting_up.standing(self._app)
        newsletter = self._step.newsletter
        return self._step.show(
            request,
            typed or Typed(texts={}),
            why=why,
            waits=waits,
            slot=self._app.upcoming(newsletter),
            zone_of=newsletter.schedule.timezone,
            is_sourced=Step.SOURCE in standing.done,
            is_read=Step.PEOPLE in standing.done,
            edition=self._app.latest(newsletter.id) if Step.DRAFT in standing.done else "",
        )


def add(web: FastAPI, desk: Desk, tries: Tries) -> None:
    """Add the routes."""
    routes = Routes(desk, tries)
    web.get(path_of(Step.DRAFT))(routes.show)
    web.post(path_of(Step.DRAFT))(routes.make)
