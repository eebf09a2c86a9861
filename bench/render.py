"""How long it takes to render a variant, stage by stage, beside the official toolchain in the same run.

python bench/render.py [--times N]

Editions of 12 and 60 stories, in each look, are rendered in a warm process: Jinja makes MJML, mrml compiles it,
premailer writes the style sheets into it, Jinja makes the text. The whole variant has a bar in milliseconds.

The peer is npm's mjml and juice in one warm Node.js process (bench/peer), which gets the same MJML and does what mrml
and premailer do here; the ratio is of these two stages alone, and has a bar as well. The peer is installed into
build/peer, at the versions and hashes of its lock file and without running any of its install scripts; where Node.js,
npm or a network is missing, it is left out.

Rounds of both alternate. Of each the quickest round counts, with its medians: what another process does meanwhile is no
property of either. The exit code is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.node import INSTALLED, installed
from digest.stages import render
from tests.emails import LOOKS, MOST, USUAL, Email, email

ROOT = Path(__file__).parents[1]
#: stories -> most milliseconds of a whole variant
BARS = {USUAL: 5.0, MOST: 15.0}
#: how many times as long the peer must take
RATIO = 6.0
ROUNDS = 12
#: renderings before any is timed, in each process: V8 needs many until it is warm
WARMING = 30


@dataclass(frozen=True, slots=True)
class Round:
    """Milliseconds of every rendering of a round: one list a stage, in their order."""

    stages: dict[str, list[float]]

    def median(self, *names: str) -> float:
        """Return the median of some stages together; of all where none is named."""
        chosen = [self.stages[name] for name in names or self.stages]
        return statistics.median(map(sum, zip(*chosen, strict=True)))

    def show(self) -> None:
        """Print each stage: its median, and what nine in ten stay under."""
        for name, values in self.stages.items():
            ninth = sorted(values)[int(len(values) * 0.9)]
            print(f"  {name:<28}{statistics.median(values):>8.2f} ms{ninth:>8.2f}")


class Peer:
    """The official toolchain in a Node.js process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def render(self, source: str, times: int) -> Round:
        """Time so many renderings."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"source": source, "times": times}) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        assert "</html>" in said["page"], "the peer made no page"
        return Round({"npm mjml": said["compiled"], "npm juice": said["inlined"]})


@contextmanager
def peer() -> Iterator[Peer | None]:
    """Start the peer, or say why there is none."""
    reason = installed()
    if reason:
        print(f"Without the official toolchain, since {reason}.")
        yield None
        return
    command = ["node", "render.mjs"]
    with subprocess.Popen(
        command, cwd=INSTALLED, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf8"
    ) as process:
        yield Peer(process)
        assert process.stdin is not None
        process.stdin.close()


def timed(work: Callable[[], str], into: list[float]) -> str:
    """Do a stage, note its milliseconds, and return what it made."""
    began = time.perf_counter()
    made = work()
    into.append((time.perf_counter() - began) * 1000)
    return made


def own(one: Email, times: int) -> Round:
    """Time so many renderings of an email by the program's own stages."""
    jinja, mrml, premailer, text = [], [], [], []
    for _ in range(times):
        source = timed(one.mjml, jinja)
        page = timed(lambda source=source: render.compiled(source), mrml)
        timed(lambda page=page: render.inlined(page), premailer)
        timed(one.text, text)
    return Round({"Jinja": jinja, "mrml (with our checks)": mrml, "premailer": premailer, "text": text})


def quickest(one: Email, other: Peer | None, times: int) -> tuple[Round, Round | None]:
    """Time an email in alternating rounds; return our quickest, and the peer's."""
    source = one.mjml()
    own(one, WARMING)
    if other:
        other.render(source, WARMING)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        gc.collect()
        ours.append(own(one, times))
        if other:
            theirs.append(other.render(source, times))
    return min(ours, key=Round.median), min(theirs, key=Round.median, default=None)


def shown(one: Email, other: Peer | None, times: int) -> bool:
    """Time an email, print how it fares, and tell whether all its bars are met."""
    stories = len(one.layout.stories)
    mine, theirs = quickest(one, other, times)
    title = f"{stories} stories, look “{one.look}”"
    print(f"{title:<30}{'median':>8}{'9 in 10':>11}")
    mine.show()
    whole, bar = mine.median(), BARS[stories]
    bars = {f"a whole variant: {whole:.2f} ms, {whole / bar:.2f} of the bar of {bar:.0f} ms": whole <= bar}
    if theirs:
        theirs.show()
        ratio = theirs.median() / mine.median("mrml (with our checks)", "premailer")
        words = (
            f"{ratio:.1f} times as fast as mjml + juice, which take {theirs.median():.1f} ms; the bar is {RATIO:.0f}"
        )
        bars[words] = ratio >= RATIO
    for words, met in bars.items():
        print(f"  {words}: {'met' if met else 'MISSED'}")
    return all(bars.values())


def main() -> int:
    """Time all; return the exit code."""
    parser = argparse.ArgumentParser(description="Time the rendering of a variant.")
    parser.add_argument("--times", type=int, default=12, help=f"renderings in each of {ROUNDS} rounds")
    given = parser.parse_args()
    with peer() as other:
        met = [shown(email("english", stories, look=look), other, given.times) for look in LOOKS for stories in BARS]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
