"""Reader: documents are read in child processes with limits on time and memory.

Parsers can be made to take minutes or gigabytes by a document of a few hundred kilobytes (feedparser takes the square
of the number of attributes); a child that does is ended, its document is a finding, and everything else goes on.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as Late
from functools import cached_property
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool
from pebble.concurrent import process

from digest.domain.errors import DigestError, DocumentError
from digest.domain.model import Article, Document, Reading
from digest.sources import read

#: seconds and bytes that reading one document may take
MOST_SECONDS = 10.0
MOST_MEMORY = 1024 * 1024 * 1024
#: what each child finds loaded: the parsers, and the program's first module, which each would load for itself
_PRELOADED = ["digest.sources.forked", "__main__", "digest.sources.feed", "digest.sources.page"]

T = TypeVar("T")


class Reader:
    """A few child processes that read documents; they start with the first document and end with `close`."""

    def __init__(self, workers: int = 2, seconds: float = MOST_SECONDS) -> None:
        self._workers = workers
        self._seconds = seconds
        self._closed = False

    @cached_property
    def _pool(self) -> ProcessPool:
        # a fork of this process could inherit a lock that another thread holds; a server without threads forks instead
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(_PRELOADED)
        return ProcessPool(max_workers=self._workers, initializer=_limit, initargs=(MOST_MEMORY,), context=context)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, kind: str, document: Document) -> Reading:
        """Read a document as a source of this kind (see sources.read), within the limits.

        Raises DocumentError where it cannot be read as that, or took too long or too much memory.
        """
        return self._done(read, document, kind, document)

    def read_article(self, document: Document) -> Article:
        """Read an article's own page (see sources.article.read), within the limits.

        Raises DocumentError where it cannot be read, or took too long or too much memory.
        """
        return self._done(_article, document, document)

    def close(self) -> None:
        """Have the children end; nothing is read from then on.

        Their end is awaited in a thread of its own, which the program waits for before it ends itself: whoever has all
        answers need not.
        """
        self._closed = True
        if "_pool" in self.__dict__:
            self._pool.stop()
            threading.Thread(target=self._pool.join, name="end of the readers").start()

    def _done(self, work: Callable[..., T], document: Document, *given: object) -> T:
        if self._closed:
            raise _unreadable(document, "the program was ending")
        future = self._pool.schedule(work, args=given, timeout=self._seconds)
        return _explained(future.result, document, self._seconds)


def read_once(kind: str, document: Document) -> Reading:
    """Read one document within the limits, in a child of its own: for a program that reads one and ends.

    Raises DocumentError as Reader.read does.
    """
    # this process has no threads yet, so that it may fork: nothing is loaded a second time
    start = process(timeout=MOST_SECONDS, mp_context=multiprocessing.get_context("fork"))(_read_limited)
    result: Callable[[], Reading] = start(kind, document).result
    return _explained(result, document, MOST_SECONDS)


def _read_limited(kind: str, document: Document) -> Reading:
    _limit(MOST_MEMORY)
    return read(kind, document)


def _article(document: Document) -> Article:
    from digest.sources import article  # its library takes a quarter of a second to load

    return article.read(document)


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Ctrl-C is for the program, which then ends its children
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _explained(result: Callable[[], T], document: Document, seconds: float) -> T:
    try:
        return result()
    except DigestError:
        raise
    except Late as fault:
        raise _unreadable(document, f"reading it took more than {seconds:.0f} seconds") from fault
    except (MemoryError, ProcessExpired) as fault:
        raise _unreadable(document, "reading it took too much memory") from fault
    except Exception as fault:
        raise _unreadable(document, f"reading it failed ({type(fault).__name__})") from fault


def _unreadable(document: Document, why: str) -> DocumentError:
    return DocumentError(
        f"{document.name} cannot be read: {why}.",
        "Open it in a browser. If it looks right there, tell whoever runs the site: its markup is broken or too large.",
    )
