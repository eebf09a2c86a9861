"""How long it takes to group insights by theme, and how much memory, in a process of its own.

python bench/group.py

120, 1,000 and 10,000 made insights are grouped under six themes by `digest group`, each number in a fresh process. The
first has a bar: seconds from the start of the command to its last line, and the most memory it held. The peer, in the
same run, is Python with the same libraries and weights that encodes the same 120 texts and does no more; a ratio to it
says more than seconds, which differ from machine to machine. The command is run three times and the best time counts;
its output must be the same each time and in another order of insights.

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

#: insights: those that have a bar, and more
COUNT, MORE = 120, (1_000, 10_000)
#: seconds and megabytes for the first
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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        themes = folder / "themes.json"
        names = ("id", "name", "description", "keywords")
        themes.write_text(json.dumps([dict(zip(names, one, strict=True)) for one in _THEMES]))
        met = _is_met(themes, folder)
        for count in MORE:
            _show(count, _timed(_command(themes, _items(folder / f"{count}.jsonl", count))))
    return 0 if met else 1


def _is_met(themes: Path, folder: Path) -> bool:
    """Time the number that has a bar, print how it is met, and say whether."""
    items = _items(folder / "items.jsonl", COUNT)
    mixed = folder / "mixed.jsonl"
    rows = items.read_text().splitlines()
    mixed.write_text("\n".join(random.Random(COUNT).sample(rows, COUNT)))
    runs = [_timed(_command(themes, items)) for _ in range(TIMES)]
    seconds, megabytes, said = min(run[0] for run in runs), max(run[1] for run in runs), {run[2] for run in runs}
    _show(COUNT, (seconds, megabytes, ""))
    peer = _timed([sys.executable, "-c", _PEER, str(items)])[0]
    print(f"       against encoding alone: {seconds / peer:.2f} of its time")
    otherwise = _timed(_command(themes, mixed))[2]
    bars = {
        f"{seconds / SECONDS:.2f} of the bar of {SECONDS:.0f} s": seconds <= SECONDS,
        f"{megabytes / MEGABYTES:.2f} of the bar of {MEGABYTES} MB": megabytes <= MEGABYTES,
        "the same at every run and in another order": len(said) == 1
        and sorted(otherwise.splitlines()) == sorted(said.pop().splitlines()),
    }
    for words, good in bars.items():
        print(f"       {words}: {'met' if good else 'MISSED'}")
    return all(bars.values())


def _show(count: int, run: tuple[float, float, str]) -> None:
    print(f"{count:6} insights {run[0]:7.2f} s {run[1]:5.0f} MB {count / run[0]:6.0f} a second")


def _items(file: Path, count: int) -> Path:
    chance = random.Random(count)
    rows = []
    for number in range(count):
        title, summary = (" ".join(chance.choices(_WORDS, k=length)) for length in (8, 30))
        rows.append(json.dumps({"id": number, "title": title.capitalize(), "summary": f"{summary.capitalize()}."}))
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
