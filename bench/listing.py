"""How long it takes to find the articles on a page without a feed, and the whole command that prints them.

python bench/listing.py [FOLDER] [--passes N]

FOLDER holds NAME/listing.html and NAME/truth.json (whose "url" is the page's address); without it the pages beside
the project are taken. Each page is read several times inside one process and its best time counts: what another
process does meanwhile is no property of this program.

The peer is trafilatura.bare_extraction of the same bytes in the same run. Of the project's dependencies it does the
work most like ours: it decodes and parses the page with lxml, walks all of it, decides which part is the content,
and looks for titles and dates. A ratio to it says more than milliseconds, which differ from machine to machine.

The exit code is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import trafilatura

from digest import sources
from digest.domain.model import Document

PAGES = Path(__file__).parents[2] / "shared" / "listing" / "dev"
#: milliseconds at the median: a page, and the whole command with its start
PAGE_BAR = 50.0
COMMAND_BAR = 600.0
#: pages that the command is timed on, spread over all by their size
COMMANDS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A page to time."""

    file: Path
    document: Document


def samples(folder: Path) -> list[Sample]:
    """Return the pages of a folder, smallest first."""
    found = []
    for file in folder.glob("*/listing.html"):
        base = json.loads((file.parent / "truth.json").read_text(encoding="utf8"))["url"]
        found.append(Sample(file=file, document=sources.from_disk(file, base)))
    return sorted(found, key=lambda sample: len(sample.document.content))


def best(work: Callable[[], object], passes: int) -> float:
    """Return the milliseconds of the quickest of several passes."""
    times = []
    for _ in range(passes):
        # what earlier pages left behind is not this page's to clear away
        gc.collect()
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def read(sample: Sample) -> object:
    """Read a page as the program does."""
    return sources.read("page", sample.document)


def peer(sample: Sample) -> object:
    """Read a page as trafilatura does."""
    return trafilatura.bare_extraction(sample.document.content, url=sample.document.base, with_metadata=True)


def command(sample: Sample) -> object:
    """Run the whole command, as a person or a script would."""
    words = ["collect", "--from", str(sample.file), "--kind", "page", "--base", sample.document.base, "--json"]
    return subprocess.run([sys.executable, "-m", "digest", *words], check=True, capture_output=True, timeout=60)


def row(name: str, times: Iterable[float]) -> float:
    """Print median, 90th percentile and maximum; return the median."""
    ordered = sorted(times)
    median = statistics.median(ordered)
    ninetieth = ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))]
    print(f"{name:<34}{median:>9.1f}{ninetieth:>9.1f}{ordered[-1]:>9.1f}")
    return median


def fares(name: str, median: float, bar: float) -> bool:
    """Print how a median fares against its bar; tell whether it keeps it."""
    kept = median <= bar
    print(f"{name}: {median / bar:.2f} of the bar of {bar:.0f} ms{'' if kept else ' – missed'}")
    return kept


def main() -> None:
    """Time everything and print it."""
    parser = argparse.ArgumentParser(description="Time the reading of listing pages.")
    parser.add_argument("folder", type=Path, nargs="?", default=PAGES)
    parser.add_argument("--passes", type=int, default=5, help="of each page; the quickest counts")
    given = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    pages = samples(given.folder)
    if not pages:
        sys.exit(f"There is no NAME/listing.html in {given.folder}: nothing can be timed.")
    for sample in pages[:3]:
        read(sample), peer(sample)
    own, others = [], []
    for sample in pages:
        # one after the other on each page, so that a slow moment of the machine meets both
        own.append(best(lambda sample=sample: read(sample), given.passes))
        others.append(best(lambda sample=sample: peer(sample), given.passes))
    started = [best(lambda sample=sample: command(sample), 3) for sample in pages[:: max(1, len(pages) // COMMANDS)]]
    size = statistics.median(len(sample.document.content) for sample in pages) / 1000
    print(f"{len(pages)} pages, {size:.0f} kB at the median; best of {given.passes} passes; milliseconds")
    print(f"{'':<34}{'median':>9}{'90th':>9}{'most':>9}")
    page = row("digest.sources.read", own)
    other = row("trafilatura.bare_extraction", others)
    whole = row(f"digest collect --from ({len(started)} pages)", started)
    ratio = statistics.median(mine / theirs for mine, theirs in zip(own, others, strict=True))
    print(f"against the peer: {page / other:.2f} of its median time; page by page {ratio:.2f}")
    kept = [fares("a page", page, PAGE_BAR), fares("the command", whole, COMMAND_BAR)]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
