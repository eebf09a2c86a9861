"""A small IMAP server (RFC 3501) that keeps its mail in memory, for as much of it as reading a mailbox needs."""

from __future__ import annotations

import base64
import re
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field

USER, PASSWORD, TOKEN = "feedback@charity.example", "correct horse", "good-token"


@dataclass
class Message:
    """A message in a folder."""

    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)


class ImapServer:
    """Serves on a port of this machine until it is closed; also a context manager.

    context: with one, it encrypts from the first octet (tls) or after STARTTLS (starttls).
    """

    def __init__(
        self, context: ssl.SSLContext | None = None, tls: str = "none", capabilities: str = "MOVE UIDPLUS"
    ) -> None:
        self.folders: dict[str, list[Message]] = {"INBOX": []}
        self.validity = 7
        self.capabilities = capabilities
        #: commands as they came, log-ins left out
        self.said: list[str] = []
        self.context = context
        self.tokens: set[str] = {TOKEN}
        self.tls = tls
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    Conversation(outer, self.request).run()
                except (OSError, ValueError):
                    return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler, bind_and_activate=True)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> ImapServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, *contents: bytes) -> None:
        for content in contents:
            uids = [one.uid for folder in self.folders.values() for one in folder]
            self.folders["INBOX"].append(Message(max(uids, default=0) + 1, content))


class Conversation:
    """One client's line."""

    def __init__(self, server: ImapServer, line: socket.socket) -> None:
        self.server = server
        self.line = line
        if server.tls == "tls" and server.context:
            self.line = server.context.wrap_socket(line, server_side=True)
        self.file = self.line.makefile("rwb")
        self.folder = "INBOX"

    def run(self) -> None:
        self.write("* OK ready")
        while raw := self.file.readline():
            tag, command, rest = [*raw.decode().rstrip("\r\n").split(" ", 2), "", ""][:3]
            if command.upper() not in ("LOGIN", "AUTHENTICATE"):
                self.server.said.append(f"{command} {rest}".strip())
            answer = getattr(self, f"do_{command.lower()}", None)
            if answer is None:
                self.write(f"{tag} BAD what is {command}?")
                continue
            self.write(f"{tag} {answer(rest) or 'OK done'}")
            if command.upper() == "STARTTLS" and self.server.context:
                self.line = self.server.context.wrap_socket(self.line, server_side=True)
                self.file = self.line.makefile("rwb")
            if command.upper() == "LOGOUT":
                return

    def write(self, text: str, content: bytes = b"", after: str = "") -> None:
        self.file.write(text.encode() + content + after.encode() + b"\r\n")
        self.file.flush()

    def messages(self) -> list[Message]:
        return self.server.folders[self.folder]

    def do_capability(self, _: str) -> None:
        starttls = " STARTTLS" if self.server.tls == "starttls" else ""
        self.write(f"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 {self.server.capabilities}{starttls}")

    def do_starttls(self, _: str) -> str:
        return "OK begin" if self.server.tls == "starttls" else "BAD no"

    def do_login(self, rest: str) -> str:
        return "OK welcome" if rest.replace('"', "") == f"{USER} {PASSWORD}" else f"NO you said {rest}"

    def do_authenticate(self, rest: str) -> str:
        self.write("+ ")
        shown = base64.b64decode(self.file.readline()).decode()
        if rest == "PLAIN":
            return "OK welcome" if shown == f"\0{USER}\0{PASSWORD}" else f"NO you said {shown!r}"
        token = shown.partition("auth=Bearer ")[2].rstrip("\x01")
        return (
            "OK welcome" if token in self.server.tokens and shown.startswith(f"user={USER}\x01") else f"NO not {token}"
        )

    def do_select(self, rest: str) -> str:
        name = rest.strip('"')
        if name not in self.server.folders:
            return "NO there is no such folder"
        self.folder = name
        self.write(f"* {len(self.messages())} EXISTS")
        self.write(f"* OK [UIDVALIDITY {self.server.validity}] valid")
        return "OK [READ-WRITE] selected"

    def do_list(self, rest: str) -> None:
        name = rest.rsplit(" ", 1)[1].strip('"')
        if name in self.server.folders:
            self.write(f'* LIST () "/" "{name}"')

    def do_create(self, rest: str) -> None:
        self.server.folders.setdefault(rest.strip('"'), [])

    def do_logout(self, _: str) -> None:
        self.write("* BYE")

    def do_uid(self, rest: str) -> str | None:
        command, _, arguments = rest.partition(" ")
        found: str | None = getattr(self, f"uid_{command.lower()}")(arguments)
        return found

    def uid_search(self, arguments: str) -> None:
        first = re.search(r"UID (\d+):\*", arguments)
        last = max((one.uid for one in self.messages()), default=0)
        found = [
            str(one.uid)
            for one in self.messages()
            if ("UNSEEN" not in arguments or "\\Seen" not in one.flags)
            and "\\Deleted" not in one.flags
            # the last is always among “n:*” (RFC 3501 6.4.8)
            and (first is None or one.uid >= int(first.group(1)) or one.uid == last)
        ]
        self.write(f"* SEARCH {' '.join(found)}".rstrip())

    def uid_fetch(self, arguments: str) -> None:
        uid, most = int(arguments.partition(" ")[0]), int(arguments.partition("<0.")[2].partition(">")[0])
        for number, one in enumerate(self.messages(), 1):
            if one.uid == uid:
                content = one.content[:most]
                self.write(f"* {number} FETCH (UID {uid} BODY[]<0> {{{len(content)}}}\r\n", content, ")")

    def uid_store(self, arguments: str) -> None:
        uid, _, flags = arguments.partition(" ")
        for one in self.messages():
            if one.uid == int(uid):
                one.flags |= set(re.findall(r"\\\w+", flags))

    def uid_copy(self, arguments: str) -> str | None:
        uid, _, name = arguments.partition(" ")
        if name.strip('"') not in self.server.folders:
            return "NO [TRYCREATE] no such folder"
        found = [one for one in self.messages() if one.uid == int(uid)]
        self.server.folders[name.strip('"')] += [Message(one.uid, one.content, set(one.flags)) for one in found]
        return None

    def uid_move(self, arguments: str) -> str | None:
        refused = self.uid_copy(arguments)
        if refused is None:
            uid = int(arguments.partition(" ")[0])
            self.server.folders[self.folder] = [one for one in self.messages() if one.uid != uid]
        return refused

    def uid_expunge(self, arguments: str) -> None:
        gone = [one for one in self.messages() if one.uid == int(arguments) and "\\Deleted" in one.flags]
        self.server.folders[self.folder] = [one for one in self.messages() if one not in gone]
