"""Peers that run on Node.js: installed from bench/peer into build, where npm is there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PEER = Path(__file__).parent / "peer"
INSTALLED = Path(__file__).parents[1] / "build" / "peer"


def installed() -> str:
    """Install the peers where they are not; return why they cannot be had, or nothing."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        return f"{' and '.join(missing)} cannot be found"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    lock = INSTALLED / "package-lock.json"
    wanted = (PEER / lock.name).read_bytes()
    fresh = (INSTALLED / "node_modules").is_dir() and lock.is_file() and lock.read_bytes() == wanted
    for file in PEER.iterdir():
        shutil.copyfile(file, INSTALLED / file.name)
    if fresh:
        return ""
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, check=False, cwd=INSTALLED, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(INSTALLED / "node_modules", ignore_errors=True)
        return f"npm could not install it: {done.stderr.strip()[:300]}"
    return ""
