"""Waiting: a worker's entry. Procrastinate waits for tasks, and hands them over one at a time.

It ends by itself when the line to the database is lost, or when others took it for dead; then it begins anew. A task in
its hands meanwhile goes on: what may be done is decided by the ledger, and no queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import procrastinate
from procrastinate.jobs import Job, Status

from digest.domain.ports import Task, Work
from digest.queue import task_of

#: a worker says that it lives so often, and is taken for dead after so long; then others do what it had
_ALIVE_SECONDS, _DEAD_SECONDS = 5.0, 30.0
#: between two looks for what dead workers had
_RESCUE_SECONDS = 10.0
#: between two looks whether it is to end, or may not take tasks for now
_LOOK_SECONDS = 0.2
#: before it begins anew
_AGAIN_SECONDS = 1.0
#: what is wanted for a time is found by a look, and what a lost notification told of
_POLL_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waiting for tasks needs."""

    #: how the driver reaches the database
    line: Mapping[str, Any]
    do: Callable[[Task], None]
    #: tells whether to end
    stop: Callable[[], bool]
    #: tells whether tasks may be taken
    may: Callable[[], bool]
    #: told when the line to the database is lost, and when it is there again
    lost: Callable[[bool], None]


def wait(waiting: Waiting) -> None:
    """Do tasks, one after the other, until it is told to stop; the one in hand is ended first."""
    for name in ("procrastinate", "psycopg.pool"):
        # what is wrong is said by this program, in its own words
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    asyncio.run(_wait(waiting))


async def _wait(waiting: Waiting) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    while not waiting.stop():
        if not waiting.may():
            await asyncio.sleep(_LOOK_SECONDS)
            continue
        # whatever Procrastinate or the driver raises: it begins anew, and the ledger keeps what holds
        with suppress(Exception):
            await _turn(waiting)
            continue
        if not waiting.stop():
            waiting.lost(True)
            await asyncio.sleep(_AGAIN_SECONDS)


async def _turn(waiting: Waiting) -> None:
    """Wait for tasks until it is to end, may take none, or the line is lost."""
    connector = procrastinate.PsycopgConnector(kwargs=dict(waiting.line), min_size=1, max_size=4, timeout=10.0)
    app = procrastinate.App(connector=connector)
    for work in Work:
        app.task(name=str(work))(partial(_do, waiting, work))
    async with app.open_async():
        waiting.lost(False)
        await _rescue(app)
        rescuing = asyncio.create_task(_keep_rescuing(app))
        working = asyncio.create_task(
            app.run_worker_async(
                concurrency=1,
                install_signal_handlers=False,
                delete_jobs="always",
                fetch_job_polling_interval=_POLL_SECONDS,
                update_heartbeat_interval=_ALIVE_SECONDS,
                stalled_worker_timeout=_DEAD_SECONDS,
            )
        )
        try:
            while not (working.done() or waiting.stop() or not waiting.may()):
                await asyncio.wait([working], timeout=_LOOK_SECONDS)
        finally:
            rescuing.cancel()
            if not working.done():
                # it ends what it has in hand
                working.cancel()
            with suppress(asyncio.CancelledError):
                await working


def _do(waiting: Waiting, work: Work, of: str, slot: str, part: int) -> None:
    waiting.do(task_of(work, of, slot, part))


async def _keep_rescuing(app: procrastinate.App) -> None:
    while True:
        await asyncio.sleep(_RESCUE_SECONDS)
        with suppress(Exception):
            await _rescue(app)


async def _rescue(app: procrastinate.App) -> None:
    """Let somebody else do what workers had that have ended, or stand still."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_SECONDS):
        await _given_back(app, job)


async def _given_back(app: procrastinate.App, job: Job) -> None:
    try:
        await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
    except procrastinate.exceptions.ConnectorException:
        # the same is wanted already
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
