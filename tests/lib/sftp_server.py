"""A plain SFTP version 3 server with its tree in memory, for the modes of sftp_peer.py to change."""

import itertools
import os
import struct
import sys

INIT, VERSION = 1, 2
(OPEN, CLOSE, READ, WRITE, LSTAT, FSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR, REMOVE, MKDIR, RMDIR,
 REALPATH, STAT, RENAME, READLINK, SYMLINK) = range(3, 21)
STATUS, HANDLE, DATA, NAME, ATTRS = range(101, 106)
EXTENDED, EXTENDED_REPLY = 200, 201

OK, EOF, NO_SUCH_FILE, DENIED, FAILURE, BAD_MESSAGE = range(6)
UNSUPPORTED = 8

FLAG_WRITE, FLAG_APPEND, FLAG_CREAT, FLAG_TRUNC, FLAG_EXCL = 2, 4, 8, 16, 32

KIND = {"file": 0o100644, "folder": 0o40755, "link": 0o120777}
MTIME = 1767322999
LARGE = bytes(i * 7 % 251 for i in range(1000)) * 3000


def u32(number):
    return struct.pack(">I", number & 0xffffffff)


def u64(number):
    return struct.pack(">Q", number & 0xffffffffffffffff)


def string(value):
    if isinstance(value, str):
        value = value.encode()
    return u32(len(value)) + value


class Fields:
    """What is in a request, from its start on."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def u32(self):
        return struct.unpack(">I", self.take(4))[0]

    def u64(self):
        return struct.unpack(">Q", self.take(8))[0]

    def string(self):
        return self.take(self.u32())


class Node:
    def __init__(self, kind, content=b""):
        self.kind = kind
        self.content = bytearray(content) if kind == "file" else content
        self.mode = KIND[kind]

    def attrs(self, size=None):
        size = len(self.content) if size is None else size
        return u32(0x1 | 0x2 | 0x4 | 0x8) + u64(size) + u32(1) + u32(1) + u32(self.mode) + \
            u32(MTIME) + u32(MTIME)


def fresh_tree():
    tree = {b"/": Node("folder"), b"/dir": Node("folder"), b"/dir/sub": Node("folder")}
    for path, content in ((b"/a.txt", b"hello\n"), (b"/empty", b""), (b"/large", LARGE),
                          (b"/dir/one", b"one\n"), (b"/dir/two", b"two\n"),
                          (b"/dir/sub/deep", b"deep\n")):
        tree[path] = Node("file", content)
    return tree


def absolute(path):
    parts = []
    for part in path.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/" + b"/".join(parts)


class Refused(Exception):
    """A status other than OK."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Peer:
    """A server without fault; each mode is a class that changes some of it."""

    extensions = [("posix-rename@openssh.com", "1"), ("hardlink@openssh.com", "1"),
                  ("fsync@openssh.com", "1"), ("limits@openssh.com", "1")]
    limits = (262144, 261120, 261120, 100)
    handle_format = b"%d"

    def __init__(self, argument):
        self.argument = argument
        self.tree = fresh_tree()
        self.handles = {}
        self.handle_numbers = itertools.count()
        self.requests = 0
        self.input = b""
        self.actions = {
            OPEN: self.open, CLOSE: self.close, READ: self.read, WRITE: self.write,
            LSTAT: self.lstat, STAT: self.stat, FSTAT: self.fstat, SETSTAT: self.setstat,
            FSETSTAT: self.fsetstat, OPENDIR: self.opendir, READDIR: self.readdir,
            REMOVE: self.remove, RMDIR: self.rmdir, MKDIR: self.mkdir, REALPATH: self.realpath,
            RENAME: self.rename, READLINK: self.readlink, SYMLINK: self.symlink,
            EXTENDED: self.extended,
        }

    # --- the wire ---

    def write_raw(self, data):
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(1, view):]
            except ConnectionError:
                sys.exit(0)

    def send(self, kind, body):
        self.write_raw(u32(len(body) + 1) + bytes([kind]) + body)

    def fill(self, count):
        while len(self.input) < count:
            try:
                data = os.read(0, 1 << 16)
            except ConnectionError:
                data = b""
            if not data:
                self.save()
                sys.exit(0)
            self.input += data

    def receive(self):
        self.fill(4)
        length = struct.unpack(">I", self.input[:4])[0]
        self.fill(4 + length)
        packet, self.input = self.input[4:4 + length], self.input[4 + length:]
        self.requests += 1
        return packet[0], packet[1:]

    def save(self):
        folder = os.environ.get("SFTP_PEER_SAVE")
        for path, node in self.tree.items() if folder else ():
            if node.kind == "file":
                with open(os.path.join(os.fsencode(folder), path.replace(b"/", b"%")), "wb") as out:
                    out.write(node.content)

    def serve(self):
        self.greet()
        self.receive()
        self.hello()
        while True:
            kind, body = self.receive()
            fields = Fields(body)
            self.answer(kind, fields.u32(), fields)

    def greet(self):
        pass

    def hello(self):
        self.send(VERSION, u32(3) + b"".join(string(n) + string(v) for n, v in self.extensions))

    def answer(self, kind, number, fields):
        self.reply(number, *self.result(kind, fields))

    def result(self, kind, fields):
        try:
            return self.actions[kind](fields)
        except Refused as refused:
            return self.status(refused.code)

    def reply(self, number, kind, body):
        self.send(kind, u32(number) + body)

    def status(self, code, text="as it is"):
        return STATUS, u32(code) + string(text) + string("")

    # --- requests ---

    def node(self, path):
        path = absolute(path)
        if path not in self.tree:
            raise Refused(NO_SUCH_FILE)
        return self.tree[path]

    def handle(self, thing):
        handle = self.handle_format % next(self.handle_numbers)
        self.handles[handle] = thing
        return HANDLE, string(handle)

    def held(self, fields):
        handle = fields.string()
        if handle not in self.handles:
            raise Refused(FAILURE)
        return self.handles[handle]

    def open(self, fields):
        path, flags = absolute(fields.string()), fields.u32()
        if flags & FLAG_CREAT and path not in self.tree:
            self.node(os.path.dirname(path))
            self.tree[path] = Node("file")
        elif flags & FLAG_EXCL:
            raise Refused(FAILURE)
        node = self.node(path)
        if node.kind == "folder":
            raise Refused(FAILURE)
        if flags & FLAG_TRUNC:
            del node.content[:]
        return self.handle(node)

    def close(self, fields):
        self.held(fields)
        return self.status(OK)

    def read(self, fields):
        node, offset, length = self.held(fields), fields.u64(), fields.u32()
        data = self.piece(node, offset, min(length, self.limits[1] or 32768))
        if not data:
            raise Refused(EOF)
        return DATA, string(data)

    def piece(self, node, offset, length):
        return bytes(node.content[offset:offset + length])

    def write(self, fields):
        return self.store(self.held(fields), fields.u64(), fields.string())

    def store(self, node, offset, data):
        if offset > len(node.content):
            node.content += bytes(offset - len(node.content))
        node.content[offset:offset + len(data)] = data
        return self.status(OK)

    def size(self, node):
        return len(node.content)

    def lstat(self, fields):
        node = self.node(fields.string())
        return ATTRS, node.attrs(self.size(node))

    def stat(self, fields):
        node = self.node(fields.string())
        if node.kind == "link":
            node = self.node(node.content)
        return ATTRS, node.attrs(self.size(node))

    def fstat(self, fields):
        node = self.held(fields)
        return ATTRS, node.attrs(self.size(node))

    def setstat(self, fields):
        return self.change(self.node(fields.string()), fields)

    def fsetstat(self, fields):
        return self.change(self.held(fields), fields)

    def change(self, node, fields):
        flags = fields.u32()
        if flags & 0x1:
            size = fields.u64()
            node.content[size:] = bytes(max(0, size - len(node.content)))
        if flags & 0x2:
            fields.take(8)
        if flags & 0x4:
            node.mode = node.mode & 0o170000 | fields.u32() & 0o7777
        return self.status(OK)

    def entries(self, path):
        start = path.rstrip(b"/") + b"/"
        return [(name[len(start):], node) for name, node in sorted(self.tree.items())
                if name.startswith(start) and name != start and b"/" not in name[len(start):]]

    def opendir(self, fields):
        path = absolute(fields.string())
        if self.node(path).kind != "folder":
            raise Refused(FAILURE)
        return self.handle(iter([self.entries(path)]))

    def readdir(self, fields):
        names = next(self.held(fields), None)
        if names is None:
            raise Refused(EOF)
        return self.names(names)

    def names(self, entries):
        return NAME, u32(len(entries)) + b"".join(
            string(name) + string(b"-rw-r--r-- 1 1 1 0 Jan 1 2026 " + name) +
            node.attrs(self.size(node)) for name, node in entries)

    def realpath(self, fields):
        return self.names([(absolute(fields.string()), Node("folder"))])

    def remove(self, fields):
        path = absolute(fields.string())
        if self.node(path).kind == "folder":
            raise Refused(FAILURE)
        del self.tree[path]
        return self.status(OK)

    def rmdir(self, fields):
        path = absolute(fields.string())
        if self.node(path).kind != "folder" or self.entries(path):
            raise Refused(FAILURE)
        del self.tree[path]
        return self.status(OK)

    def mkdir(self, fields):
        path = absolute(fields.string())
        if path in self.tree:
            raise Refused(FAILURE)
        self.node(os.path.dirname(path))
        self.tree[path] = Node("folder")
        return self.status(OK)

    def rename(self, fields, replaces=False):
        old, new = absolute(fields.string()), absolute(fields.string())
        self.node(old)
        if new in self.tree and not replaces:
            raise Refused(FAILURE)
        for path in [p for p in self.tree if p == old or p.startswith(old + b"/")]:
            self.tree[new + path[len(old):]] = self.tree.pop(path)
        return self.status(OK)

    def readlink(self, fields):
        node = self.node(fields.string())
        if node.kind != "link":
            raise Refused(FAILURE)
        return self.names([(node.content, node)])

    def symlink(self, fields):
        target, path = fields.string(), absolute(fields.string())
        self.tree[path] = Node("link", target)
        return self.status(OK)

    def extended(self, fields):
        name = fields.string()
        if name == b"limits@openssh.com":
            return EXTENDED_REPLY, b"".join(u64(limit) for limit in self.limits)
        if name == b"posix-rename@openssh.com":
            return self.rename(fields, replaces=True)
        if name == b"fsync@openssh.com":
            return self.status(OK)
        raise Refused(UNSUPPORTED)
