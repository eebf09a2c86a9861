"""How long it takes to group insights by theme, and how much memory, in a process of its own without a network.

python bench/group.py

120, 1,000 and 10,000 made insights are grouped under six themes by `digest group`, each number in a fresh process. The
first has a bar: seconds from the start of the command to its last line, and the most memory it held. The peer, in the
same run, is Python with the same libraries and weights that encodes the same 120 texts one after another and does no
more; a ratio to it says more than seconds, which differ from machine to machine. The command is run three times and the
best time counts; its output must be the same each time and in another order of insights.

The exit code is 1 where a bar is missed.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COUNTS = (120, 1_000, 10_000)
#: seconds and megabytes for the smallest number
SECONDS, MEGABYTES = 2.0, 320
TIMES = 3
_THEMES = [
    ("early", "Early years", "Babies, toddlers and under-fives: nurseries and childminders.", ["nursery", "toddler"]),
    ("heads", "Leadership", "How heads, governors and trusts lead and share work.", ["headteacher", "governor"]),
    ("place", "Place", "Schools together with councils, employers, buses and libraries.", ["council", "bus"]),
    ("needs", "Inclusion", "Special educational needs, attendance, mental health and poverty.", ["SEND", "absence"]),
    ("teach", "Teaching", "Lessons, subjects, writing, maths, history and assessment.", ["lesson", "maths"]),
    ("work", "Careers", "Apprenticeships, colleges and getting young people into work.", ["college", "employer"]),
]
_WORDS = """
    nursery garden school children families reading maths bus river council teacher heads trust play lunch story
    history lesson valley partners careers science music library early years attendance friends term winter summer
    governors college apprentices poverty autistic support plan results visit conference report question answer
""".split()  # noqa: SIM905 (a text is easier to read than fifty quotes)
_PEER = """
import json, sys
from digest.encoders.minilm import MiniLM
from digest.encoders.wordllama import WordLlama
texts = [one["title"] + ". " + one["summary"] for one in map(json.loads, open(sys.argv[1]))]
MiniLM().vectors(texts), WordLlama().vectors(texts)
"""


def main() -> int:
    """Time all; return the exit code."""
    met = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        themes = folder / "themes.json"
        themes.write_text(json.dumps([dict(zip(("id", "name", "description", "keywords"), one)) for one in _THEMES]))  # noqa: B905
        for count in COUNTS:
            items = _items(folder / f"{count}.jsonl", count, shuffled=False)
            runs = [_timed(_command(themes, items)) for _ in range(TIMES if count == COUNTS[0] else 1)]
            seconds, megabytes = min(run[0] for run in runs), max(run[1] for run in runs)
            print(f"{count:6} insights {seconds:7.2f} s {megabytes:5.0f} MB {count / seconds:6.0f} a second")
            if count != COUNTS[0]:
                continue
            peer = _timed([sys.executable, "-c", _PEER, str(items)])
            mixed = _timed(_command(themes, _items(folder / "mixed.jsonl", count, shuffled=True)))[2]
            same = len({run[2] for run in runs}) == 1 and sorted(mixed.splitlines()) == sorted(runs[0][2].splitlines())
            print(f"       against encoding alone: {seconds / peer[0]:.2f} of its time")
            for words, good in (
                (f"{seconds / SECONDS:.2f} of the bar of {SECONDS:.0f} s", seconds <= SECONDS),
                (f"{megabytes / MEGABYTES:.2f} of the bar of {MEGABYTES} MB", megabytes <= MEGABYTES),
                ("the same at every run and in another order", same),
            ):
                print(f"       {words}: {'met' if good else 'MISSED'}")
                met = met and good
    return 0 if met else 1


def _items(file: Path, count: int, *, shuffled: bool) -> Path:
    chance = random.Random(count)
    rows = []
    for number in range(count):
        title, summary = (" ".join(chance.choices(_WORDS, k=length)) for length in (8, 30))
        rows.append(json.dumps({"id": number, "title": title.capitalize(), "summary": f"{summary.capitalize()}."}))
    if shuffled:
        chance.shuffle(rows)
    file.write_text("\n".join(rows))
    return file


def _command(themes: Path, items: Path) -> list[str]:
    return [sys.executable, "-m", "digest", "group", "--themes", str(themes), "--json", str(items)]


def _timed(command: list[str]) -> tuple[float, float, str]:
    """Run a command; return its seconds, the most megabytes that it held, and what it printed."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        most = 0.0
        said = []
        for line in process.stdout:
            said.append(line)
            most = max(most, _megabytes(process.pid)) if len(said) % 50 == 1 else most
        assert process.wait() == 0
    return time.perf_counter() - began, most, "".join(said)


def _megabytes(process: int) -> float:
    """Return the most that a process ever held; a parent's own peak would be inherited by resource.getrusage."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    sys.exit(main())
