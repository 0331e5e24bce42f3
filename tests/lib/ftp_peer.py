#!/usr/bin/env python3
"""An FTP server with one file, /file, as a stranger may write one; anybody may log in.

usage: ftp_peer.py PORT FILE LOG MODE-FILE

The mode stands in the first line of MODE-FILE, which is read for each login:
    good            as it should be
    deaf            takes REST, and begins at the first byte nevertheless
    unwilling       refuses REST
    early           ends a transfer after half of what it should send, and says that this was all
    larger, smaller says that the file is so, by 1000 bytes
    changed         each MDTM is a second later
    dying:N         the second transfer of all loses its session after N bytes, once
    alone           one session at a time; others are told 421
    tarpit          one session at a time; others are told nothing
    slow            the first transfer of all sends 1 MiB and then nothing for a while, until another
                    has begun behind its middle
    impatient       the first password is refused; after the second there is nothing more
    stuck           every transfer stops after 3 MiB, and the session with it
LOG gets a line for each login and for each RETR with where it begins.
"""

import os
import socket
import sys
import threading
import time

MIB = 1 << 20


class Server:
    def __init__(self, port, path, log, mode_file):
        with open(path, "rb") as file:
            self.content = file.read()
        self.log, self.mode_file = log, mode_file
        self.lock = threading.Lock()
        self.sessions = self.transfers = self.looks = 0
        self.beyond = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)

    def note(self, line):
        with self.lock, open(self.log, "a", encoding="ascii") as log:
            log.write(line + "\n")

    def mode(self):
        with open(self.mode_file, encoding="ascii") as file:
            name, _, argument = file.readline().strip().partition(":")
        return name, argument

    def run(self):
        while True:
            conn, _ = self.listener.accept()
            threading.Thread(target=Session(self, conn).run, daemon=True).start()


class Gone(Exception):
    """The session ends here."""


class Session:
    def __init__(self, server, conn):
        self.server, self.conn = server, conn
        self.mode, self.argument = server.mode()
        self.rest = 0
        self.passwords = 0
        self.data = None

    def say(self, line):
        self.conn.sendall(line.encode() + b"\r\n")

    def run(self):
        server = self.server
        with server.lock:
            server.sessions += 1
            is_second = server.sessions > 1
        try:
            if is_second and self.mode == "tarpit":
                self.conn.recv(1)
                return
            if is_second and self.mode == "alone":
                self.say("421 one at a time")
                return
            server.note("login")
            self.say("220 a stranger")
            for line in self.conn.makefile("r", encoding="latin-1", newline="\r\n"):
                verb, _, rest = line.strip().partition(" ")
                getattr(self, "do_" + verb.lower(), self.unknown)(rest)
        except (OSError, Gone):
            pass
        finally:
            self.conn.close()
            with server.lock:
                server.sessions -= 1

    def unknown(self, _):
        self.say("502 what?")

    def do_user(self, _):
        self.say("331 who says so?" if self.mode == "impatient" else "230 welcome")

    def do_pass(self, _):
        self.passwords += 1
        if self.passwords > 1:
            raise Gone
        self.say("530 it is not true")

    def do_feat(self, _):
        self.say("211-\r\n REST STREAM\r\n SIZE\r\n MDTM\r\n211 end")

    def do_type(self, _):
        self.say("200 so be it")

    def do_quit(self, _):
        self.say("221 bye")
        raise Gone

    def do_abor(self, _):
        self.say("226 there is nothing to end")

    def do_size(self, _):
        lie = {"larger": 1000, "smaller": -1000}.get(self.mode, 0)
        self.say(f"213 {len(self.server.content) + lie}")

    def do_mdtm(self, _):
        self.server.looks += self.mode == "changed"
        self.say(f"213 202601020304{self.server.looks % 60:02}")

    def do_epsv(self, _):
        if self.data:
            self.data.close()
        self.data = socket.create_server(("127.0.0.1", 0))
        self.say(f"229 come (|||{self.data.getsockname()[1]}|)")

    def do_rest(self, offset):
        if self.mode == "unwilling":
            self.unknown(offset)
            return
        self.rest = int(offset)
        self.say("350 if you like")

    def do_retr(self, _):
        server = self.server
        start, self.rest = self.rest, 0
        server.note(f"RETR {start}")
        with server.lock:
            server.transfers += 1
            number = server.transfers
        if start > len(server.content) // 4:
            server.beyond.set()
        bytes_to_send = memoryview(server.content)[0 if self.mode == "deaf" else start:]
        if self.mode == "early":
            bytes_to_send = bytes_to_send[:len(bytes_to_send) // 2]
        self.say("150 here it comes")
        conn, _ = self.data.accept()
        self.data.close()
        try:
            self.send(conn, bytes_to_send, number)
            conn.close()
            self.say("226 that was all")
        except (BrokenPipeError, ConnectionResetError):
            conn.close()
            self.say("426 nobody takes it")

    def send(self, conn, content, number):
        if self.mode == "dying" and number == 2:
            self.lose(conn, content[:int(self.argument)])
        if self.mode == "stuck" and len(content) > 3 * MIB:
            self.lose(conn, content[:3 * MIB])
        if self.mode == "slow" and number == 1:
            conn.sendall(content[:MIB])
            content = content[MIB:]
            self.server.beyond.wait(20)
            time.sleep(0.1)
        conn.sendall(content)

    def lose(self, conn, content):
        conn.sendall(content)
        conn.close()
        raise Gone


if __name__ == "__main__":
    Server(int(sys.argv[1]), *sys.argv[2:5]).run()
    os._exit(0)
