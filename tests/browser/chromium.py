"""Chromium, driven over its debugging pipe, and everything it says that a page did.

The engine itself is asked: every script it parses, every dialog, every request, and the page as it was parsed,
frames included. No script of ours runs in a page, so that each script that is parsed is the page's.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
]
#: whom Chromium asks by itself for updates, the time and hints; a page that asks them is seen all the same
ITS_OWN = ["*.googleapis.com", "clients2.google.com", "accounts.google.com", "redirector.gvt1.com"]
#: seconds for an answer, for a page to load, and without any news after which a page has come to rest
ANSWER, LOAD, REST = 60.0, 40.0, 0.15


@dataclass(frozen=True, slots=True)
class Element:
    """An element as the browser parsed it."""

    tag: str
    attributes: Mapping[str, str]


@dataclass(slots=True)
class Sight:
    """What a page did, and what became of it."""

    scripts: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    #: what is said in the page and in each of its frames
    texts: list[str] = field(default_factory=list)


class Chromium:
    """A browser with an empty profile that finds every host but this machine's at one port."""

    def __init__(self, program: str, profile: Path, everything_at: int) -> None:
        quiet = [f"MAP {host} ~NOTFOUND" for host in ITS_OWN]
        rules = ", ".join([*quiet, f"MAP * 127.0.0.1:{everything_at}", "EXCLUDE 127.0.0.1"])
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # it listens at 3 and speaks at 4: bash puts the pipes there, and Chromium takes its place and process id
        connect = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            [
                "bash",
                "-c",
                connect,
                "bash",
                program,
                *FLAGS,
                f"--host-resolver-rules={rules}",
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._rest = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def close(self) -> None:
        """End it: kindly, then by its process id."""
        try:
            self._ask("Browser.close")
            self._process.wait(timeout=10)
        except (OSError, TimeoutError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def visit(self, address: str, frames: int = 0) -> Sight:
        """Open an address, wait until nothing happens any more, and say what was seen.

        frames: so many that live in processes of their own, as sandboxed ones do, are waited for.
        """
        sight = Sight()
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        main = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        sessions = [main]
        self._listen(main)
        size = {"width": 1400, "height": 2000, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", main, **size)
        self._events.clear()
        self._send("Page.navigate", main, url=address)
        self._watch(sessions, 1 + frames, sight)
        for session in sessions:
            self._look(session, sight)
        self._ask("Target.closeTarget", targetId=target)
        return sight

    def _listen(self, session: str) -> None:
        for domain in ("Page", "Network", "Debugger"):
            self._ask(f"{domain}.enable", session)
        # frames may live in processes of their own: they stop until they are listened to as well
        self._ask("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)

    def _watch(self, sessions: list[str], pages: int, sight: Sight) -> None:
        until = time.monotonic() + LOAD
        loaded = set()
        while time.monotonic() < until:
            if not self._events and not self._receive(REST):
                if len(loaded) >= pages and loaded >= set(sessions):
                    return
                continue
            for event in self._taken():
                if event["method"] == "Page.loadEventFired":
                    loaded.add(event["sessionId"])
                    if event["sessionId"] == sessions[0] and pages > 1:
                        self._look_at_frames(sessions[0])
                self._note(event, sessions, sight)
        # a page that never rests has done what there is to be seen
        sight.requests.append(f"never at rest within {LOAD:.0f} s")

    def _look_at_frames(self, session: str) -> None:
        # some load only when they come into view
        root = self._ask("DOM.getDocument", session)["root"]["nodeId"]
        for frame in self._ask("DOM.querySelectorAll", session, nodeId=root, selector="iframe")["nodeIds"]:
            self._ask("DOM.scrollIntoViewIfNeeded", session, nodeId=frame)

    def _note(self, event: dict[str, Any], sessions: list[str], sight: Sight) -> None:
        values = event["params"]
        match event["method"]:
            case "Debugger.scriptParsed":
                sight.scripts.append(f"{values['url']}:{values['startLine']}")
            case "Page.javascriptDialogOpening":
                sight.dialogs.append(values["message"])
                self._send("Page.handleJavaScriptDialog", event["sessionId"], accept=True)
            case "Network.requestWillBeSent":
                sight.requests.append(values["request"]["url"])
            case "Network.webSocketCreated" | "Network.webTransportCreated":
                sight.requests.append(values["url"])
            case "Target.attachedToTarget":
                sessions.append(values["sessionId"])
                self._listen(values["sessionId"])
                self._send("Runtime.runIfWaitingForDebugger", values["sessionId"])
            case "Target.detachedFromTarget" if values["sessionId"] in sessions:
                sessions.remove(values["sessionId"])

    def _look(self, session: str, sight: Sight) -> None:
        shot = self._ask("DOMSnapshot.captureSnapshot", session, computedStyles=[])
        strings = shot["strings"]
        for document in shot["documents"]:
            nodes = document["nodes"]
            words = [strings[at] for kind, at in zip(nodes["nodeType"], nodes["nodeValue"], strict=True) if kind == 3]
            sight.texts.append("\n".join(words))
            for kind, name, pairs in zip(nodes["nodeType"], nodes["nodeName"], nodes["attributes"], strict=True):
                if kind == 1:
                    # an empty text has no place among the strings
                    said = [strings[at] if at >= 0 else "" for at in pairs]
                    named = {key.casefold(): value for key, value in zip(said[::2], said[1::2], strict=True)}
                    sight.elements.append(Element(strings[name].casefold(), named))

    def _ask(self, method: str, session: str = "", **values: Any) -> dict[str, Any]:
        number = self._send(method, session, **values)
        until = time.monotonic() + ANSWER
        while time.monotonic() < until:
            for place, message in enumerate(self._events):
                if message.get("id") == number:
                    del self._events[place]
                    # a frame may be gone before it could be asked
                    return dict(message.get("result", {}))
            self._receive(1.0)
        raise TimeoutError(method)

    def _send(self, method: str, session: str = "", **values: Any) -> int:
        self._number += 1
        message = {"id": self._number, "method": method, "params": values}
        data = json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        return self._number

    def _taken(self) -> Iterator[dict[str, Any]]:
        while self._events:
            message = self._events.pop(0)
            if "method" in message:
                yield message

    def _receive(self, seconds: float) -> bool:
        """Read what it says within so many seconds; tell whether it said anything."""
        if not select.select([self._in], [], [], seconds)[0]:
            return False
        got = os.read(self._in, 1 << 20)
        if not got:
            raise OSError("Chromium has ended")
        parts = (self._rest + got).split(b"\0")
        self._rest = parts.pop()
        self._events.extend(json.loads(part) for part in parts)
        return True
