#!/usr/bin/env python3
"""An SFTP version 3 server on stdin and stdout, as a stranger may write one.

usage: sftp_peer.py MODE | @FILE        (the mode stands in the file's first line)

MODE is NAME or NAME:ARGUMENT, one of the classes at the end of this file. The tree is in memory, the
same each time: a.txt, empty, large (3,000,000 bytes), dir/ with one, two and sub/deep. With
SFTP_PEER_SAVE=DIR the files are written there at the end of input, "/" of their paths as "%".
sshd runs it as a subsystem; put into PATH as `ssh` through a shell line it is a whole host.
"""

import itertools
import os
import random
import select
import sys

sys.dont_write_bytecode = True

from sftp_server import (ATTRS, CLOSE, DATA, EOF, EXTENDED_REPLY, FAILURE, HANDLE, NAME, OK, READ,
                         REALPATH, STATUS, VERSION, WRITE, Node, Peer, Refused, absolute, string,
                         u32)


class Names(Peer):
    """names:KIND - the first folder has an entry that no folder should; whatever is asked for is
    there."""

    kinds = {
        "slash": [(b"sub/../../evil", "file")], "parent": [(b"../evil", "file")],
        "absolute": [(b"/tmp/netkit-evil", "file")], "dots": [(b"..", "file"), (b".", "file")],
        "dots-folder": [(b"..", "folder"), (b".", "folder")],
        "newline": [(b"two\nlines", "file")], "escape": [(b"\x1b]0;evil\x07\x1b[2J\r", "file")],
        "latin": [(b"caf\xe9", "file")], "empty": [(b"", "file")], "nul": [(b"a\0b", "file")],
        "long": [(b"n" * 5000, "file")], "huge": [(b"n" * 200000, "file")],
        "backslash": [(b"..\\evil", "file")], "twice": [(b"evil", "link"), (b"evil", "folder")],
        "option": [(b"-rf", "file"), (b"--help", "file")],
    }

    def entries(self, path):
        if path not in (b"/", b"/trap"):
            return [(b"inside", Node("file", b"evil\n"))]
        return [(name, Node(kind, b"evil\n")) for name, kind in self.kinds[self.argument]]

    def node(self, path):
        path = absolute(path)
        if path in (b"/", b"/trap"):
            return Node("folder")
        for name, kind in self.kinds[self.argument]:
            if path.endswith(b"/" + name):
                link = os.fsencode(os.environ.get("SFTP_PEER_LINK", "/"))
                return Node(kind, link if kind == "link" else b"evil\n")
        return Node("file", b"evil\n")


class Endless(Peer):
    """endless:same, endless:new, endless:empty - a folder that is never read to its end;
    endless:deep - each folder has another one; endless:file - a file without end."""

    def opendir(self, fields):
        self.node(fields.string())
        kind, node = self.argument, Node("file", b"x")
        if kind == "same":
            return self.handle(itertools.repeat([(b"again", node)]))
        if kind == "new":
            return self.handle([(b"n%d.%d" % (i, k), node) for k in range(100)]
                               for i in itertools.count())
        if kind == "empty":
            return self.handle(itertools.repeat([]))
        return self.handle(iter([[(b"below", Node("folder"))]]))

    def node(self, path):
        return Node("folder") if path.endswith(b"below") else super().node(path)

    def piece(self, node, offset, length):
        return bytes(length) if self.argument == "file" else super().piece(node, offset, length)


class Reorder(Peer):
    """Answers come in reverse, as many as were asked for at once."""

    def __init__(self, argument):
        super().__init__(argument)
        self.held_back = []

    def reply(self, number, kind, body):
        self.held_back.append((number, kind, body))
        if len(self.input) >= 4 or (len(self.held_back) < 50 and select.select([0], [], [], 0.005)[0]):
            return
        while self.held_back:
            super().reply(*self.held_back.pop())


class Short(Peer):
    """short:N - reads give N bytes; short:random - any number of those asked for."""

    def piece(self, node, offset, length):
        most = random.randint(1, length) if self.argument == "random" else int(self.argument)
        return super().piece(node, offset, min(length, most))


class Size(Peer):
    """size:bigger, size:smaller, size:zero - what is said of a file's size is wrong; size:max - as
    wrong as can be; size:growing - each look at it finds 100,000 bytes more, up to 4 MB;
    size:shrinking - half of it is gone when it is read."""

    def size(self, node):
        size = len(node.content)
        if self.argument == "growing" and 0 < size < 4000000:
            node.content += bytes(100000)
        return {"bigger": size + 1000, "smaller": size // 2, "zero": 0,
                "max": 0xffffffffffffffff}.get(self.argument, size)

    def piece(self, node, offset, length):
        self.size(node)
        if self.argument == "shrinking":
            length = max(0, min(length, len(node.content) // 2 - offset))
        return super().piece(node, offset, length)


class Id(Peer):
    """id:other - answers are for requests nobody made; id:twice - each comes twice; id:zero."""

    def reply(self, number, kind, body):
        times = 2 if self.argument == "twice" else 1
        number = {"other": number + 1000, "zero": 0}.get(self.argument, number)
        for _ in range(times):
            super().reply(number, kind, body)


class Packet(Peer):
    """packet:KIND - the answer to the second request (packet:KIND:N: the Nth) is no good packet."""

    def reply(self, number, kind, body):
        what, _, count = self.argument.partition(":")
        if self.requests < int(count or 2) + 1:
            super().reply(number, kind, body)
            return
        good = bytes([kind]) + u32(number) + body
        self.write_raw({
            "huge": u32(1 << 31) + good, "negative": u32(0xffffffff) + good,
            "over": u32(300 * 1024) + good + bytes(300 * 1024 - len(good)),
            "zero": u32(0), "one": u32(1) + bytes([kind]), "junk": os.urandom(4000),
            "half": u32(len(good)) + good[:len(good) // 2], "length": u32(100)[:2],
            "type": u32(len(good)) + bytes([77]) + good[1:],
            "trailing": u32(len(good) + 100) + good + bytes(100),
            "inner": u32(13) + bytes([kind]) + u32(number) + u32(0x7fffffff) + b"abcd",
            "bare": u32(5) + bytes([kind]) + u32(number),
        }[what])
        if what in ("half", "length"):
            sys.exit(0)


class Mixed(Peer):
    """mixed:KIND - each request but realpath gets an answer of that kind, whatever it was."""

    def result(self, kind, fields):
        if kind == REALPATH:
            return super().result(kind, fields)
        return {"ok": self.status(OK), "eof": self.status(EOF), "data": (DATA, string("data")),
                "handle": (HANDLE, string("h")), "attrs": (ATTRS, Node("file").attrs()),
                "no-names": (NAME, u32(0)), "names": (NAME, u32(0x7fffffff) + string("a")),
                "attrs-lie": (ATTRS, u32(0xffffffff) + bytes(4)),
                "extended": (EXTENDED_REPLY, b"")}[self.argument]


class TooMuch(Peer):
    """Reads give more than was asked for."""

    def read(self, fields):
        node, offset, length = self.held(fields), fields.u64(), fields.u32()
        data = self.piece(node, offset, length)
        if not data:
            raise Refused(EOF)
        return DATA, string(data + b"x" * 20000)


class Handle(Peer):
    """handle:N - handles are N bytes long."""

    def __init__(self, argument):
        super().__init__(argument)
        self.handle_format = b"%%0%dd" % int(argument) if int(argument) else b"%.0s"


class Silent(Peer):
    """silent:N - the Nth request and what follows is never answered; silent:read and silent:close -
    none of these are."""

    def answer(self, kind, number, fields):
        after = {"read": READ, "close": CLOSE, "write": WRITE}.get(self.argument)
        if kind != after and (after or self.requests - 1 < int(self.argument)):
            super().answer(kind, number, fields)


class Status(Peer):
    """status:CODE - whatever is asked but realpath is refused so; status:bare - without a text, as
    version 2 had it; status:text - with a text that wants to write on the terminal; status:long."""

    def result(self, kind, fields):
        if kind == REALPATH:
            return super().result(kind, fields)
        texts = {"bare": u32(FAILURE), "text": self.status(FAILURE, "\x1b[2Jevil\n\x07 \xe9")[1],
                 "long": self.status(FAILURE, "l" * 200000)[1],
                 "latin": self.status(FAILURE, b"caf\xe9")[1]}
        if self.argument in texts:
            return STATUS, texts[self.argument]
        return self.status(int(self.argument), "who knows")


class Disconnect(Peer):
    """disconnect:N - gone when the Nth request (from 0, the first packet) comes."""

    def receive(self):
        if self.requests == int(self.argument):
            self.fill(4)
            sys.exit(0)
        return super().receive()


class Version(Peer):
    """version:N - that one; version:never, version:other (another packet), version:short,
    version:extensions (they lie about their length), version:many."""

    def hello(self):
        if self.argument == "never":
            return
        if self.argument == "other":
            self.send(STATUS, u32(0) + u32(OK))
        elif self.argument == "short":
            self.send(VERSION, b"\0")
        elif self.argument == "extensions":
            self.send(VERSION, u32(3) + u32(0x7fffffff) + b"abc")
        elif self.argument == "many":
            self.send(VERSION, u32(3) + (string("x@y") + string("1")) * 15000)
        else:
            self.send(VERSION, u32(int(self.argument)))


class Greeting(Peer):
    """greeting:text - a shell says something first; greeting:only - and ends; greeting:escape;
    greeting:endless."""

    def greet(self):
        text = {"text": b"Welcome to example, joe!\r\n", "only": b"This account is not available.\n",
                "escape": b"\x1b]0;evil\x07\x1b[2J", "endless": b"more and more\n"}[self.argument]
        self.write_raw(text)
        if self.argument == "only":
            sys.exit(1)
        while self.argument == "endless":
            self.write_raw(text * 1000)


class Limits(Peer):
    """limits:zero, limits:huge, limits:tiny, limits:short - what limits@openssh.com says."""

    def __init__(self, argument):
        super().__init__(argument)
        self.limits = {"zero": (0, 0, 0, 0), "huge": (1 << 63,) * 4, "tiny": (1, 1, 1, 1),
                       "max": (0xffffffffffffffff,) * 4}.get(argument, self.limits)

    def extended(self, fields):
        kind, body = super().extended(fields)
        return kind, body[:7] if self.argument == "short" else body

    def piece(self, node, offset, length):
        return super().piece(node, offset, min(length, 32768))


class Plain(Peer):
    """No extension at all."""

    extensions = []


class Full(Peer):
    """full:N - files can have N bytes; full:close - the last word comes when they are closed;
    full:lost - nothing is said, and nothing is kept."""

    def store(self, node, offset, data):
        if self.argument == "lost":
            return self.status(OK)
        if self.argument != "close" and offset + len(data) > int(self.argument):
            return self.status(FAILURE, "No space left on device")
        return super().store(node, offset, data)

    def close(self, fields):
        node = self.held(fields)
        if self.argument == "close" and isinstance(node, Node):
            return self.status(FAILURE, "Disk quota exceeded")
        return self.status(OK)


class Stderr(Peer):
    """stderr:text - escape sequences there; stderr:flood - more than anybody wants to read."""

    def greet(self):
        text = b"\x1b]0;evil\x07\x1b[2Jwarning: something\n"
        for _ in range(20000 if self.argument == "flood" else 1):
            os.write(2, text)


MODES = {
    "normal": Peer, "names": Names, "endless": Endless, "reorder": Reorder, "short": Short,
    "size": Size, "id": Id, "packet": Packet, "mixed": Mixed, "too-much": TooMuch, "handle": Handle,
    "silent": Silent, "status": Status, "disconnect": Disconnect, "version": Version,
    "greeting": Greeting, "limits": Limits, "plain": Plain, "full": Full, "stderr": Stderr,
}


def main():
    mode = sys.argv[1]
    if mode.startswith("@"):
        with open(mode[1:], encoding="ascii") as file:
            mode = file.readline().strip()
    name, _, argument = mode.partition(":")
    MODES[name](argument).serve()


if __name__ == "__main__":
    main()
