#!/usr/bin/env python3
"""A TCP peer that speaks SSH badly, or that stands between a client and an sshd.

usage: ssh_peer.py ADDRESS PORT MODE [TARGET-PORT...]

Modes are the keys of PEERS (each client hears that) and of PROXIES, as NAME:N: the Nth byte on the
way to the client (NAME-up:N: to the server) is where it happens. `turns` gives each client the next
of the target ports.
"""

import itertools
import os
import socket
import struct
import sys
import threading

BANNER = b"SSH-2.0-stranger\r\n"
DISCONNECT, KEXINIT = 1, 20
LISTS = (b"curve25519-sha256", b"ssh-ed25519", b"aes256-ctr", b"aes256-ctr", b"hmac-sha2-256",
         b"hmac-sha2-256", b"none", b"none", b"", b"")


def string(value):
    return struct.pack(">I", len(value)) + value


def packet(payload):
    """A packet before there are keys (RFC 4253 6)."""
    padding = 4 + -(len(payload) + 9) % 8
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def kexinit(lists):
    return bytes([KEXINIT]) + os.urandom(16) + b"".join(map(string, lists)) + bytes(5)


def forever(piece):
    while True:
        yield piece


DISCONNECT_TEXT = b"\x1b]0;evil\x07\x1b[2Jgo\r\naway"

# What each client hears; then the connection ends, after "wait" when the client hangs up.
PEERS = {
    "lines": lambda: forever(b"no version here\r\n" * 100),
    "line": lambda: forever(b"x" * 1000),
    "nothing": lambda: ["wait"],
    "close": lambda: [],
    "junk": lambda: [os.urandom(100000), "wait"],
    "http": lambda: [b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"],
    "old": lambda: [b"SSH-1.5-old\r\n", "wait"],
    "escape": lambda: [b"\x1b]0;evil\x07SSH-2.0-x\r\n", "wait"],
    "banner": lambda: [BANNER],
    "banner-wait": lambda: [BANNER, "wait"],
    "banner-junk": lambda: [BANNER, os.urandom(100000), "wait"],
    "kex-half": lambda: [BANNER, packet(kexinit(LISTS))[:50]],
    "kex-close": lambda: [BANNER, packet(kexinit(LISTS))],
    "kex-wait": lambda: [BANNER, packet(kexinit(LISTS)), "wait"],
    "kex-none": lambda: [BANNER, packet(kexinit([b"rot13"] * 10)), "wait"],
    "kex-empty": lambda: [BANNER, packet(kexinit([b""] * 10)), "wait"],
    "kex-lie": lambda: [BANNER, packet(bytes([KEXINIT]) + bytes(16) + b"\xff" * 40), "wait"],
    "kex-long": lambda: [BANNER, packet(kexinit([b"a," * 3000] * 10)), "wait"],
    "length-huge": lambda: [BANNER, struct.pack(">IB", 0x80000000, 4) + bytes(5000), "wait"],
    "length-max": lambda: [BANNER, struct.pack(">IB", 0xffffffff, 4) + bytes(5000), "wait"],
    "length-zero": lambda: [BANNER, bytes(5000), "wait"],
    "padding": lambda: [BANNER, struct.pack(">IB", 28, 255) + bytes(5000), "wait"],
    "goodbye": lambda: [BANNER, packet(bytes([DISCONNECT]) + struct.pack(">I", 2) +
                                       string(DISCONNECT_TEXT) + string(b"")), "wait"],
    "goodbye-lie": lambda: [BANNER, packet(bytes([DISCONNECT]) + b"\xff" * 12), "wait"],
    "ignore": lambda: itertools.chain([BANNER], forever(packet(b"\2" + string(b"i" * 1000)))),
}


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 0x20]) + data[at + 1:], True


def close(data, at):
    return data[:at], False


def cut(data, at):
    return data[:at] + data[at + 1:], True


def stall(data, at):
    return data[:at], None


# From the data that holds the byte and where it is there: what goes on, and whether more does
# (None: nothing, and nobody is told).
PROXIES = {"flip": flip, "close": close, "cut": cut, "stall": stall}


def speak(sock, pieces):
    for piece in pieces:
        if piece == "wait":
            while sock.recv(65536):
                pass
        else:
            sock.sendall(piece)


def hang_up(*socks):
    for sock in socks:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def pump(source, sink, change, at):
    """Carry bytes over; change is made to the byte at `at`."""
    passed = 0
    while True:
        data = source.recv(65536)
        if not data:
            break
        length, more = len(data), True
        if change and passed <= at < passed + length:
            data, more = change(data, at - passed)
        passed += length
        sink.sendall(data)
        if more is None:
            while source.recv(65536):
                pass
        if not more:
            break
    hang_up(source, sink)


def stand_between(client, port, mode):
    name, _, at = mode.partition(":")
    server = socket.create_connection(("127.0.0.1", port))
    down = up = None
    if name.endswith("-up"):
        up = PROXIES[name[:-3]]
    elif name != "turns":
        down = PROXIES[name]
    quietly(threading.Thread(target=guarded, args=(pump, client, server, up, int(at or 0))))
    guarded(pump, server, client, down, int(at or 0))
    server.close()


def guarded(function, *arguments):
    try:
        function(*arguments)
    except OSError:
        hang_up(*(a for a in arguments if isinstance(a, socket.socket)))


def quietly(thread):
    thread.daemon = True
    thread.start()


def serve(client, mode, port):
    if mode in PEERS:
        guarded(speak, client, PEERS[mode]())
    else:
        guarded(stand_between, client, port, mode)
    client.close()


def main():
    address, port, mode, *targets = sys.argv[1:]
    listener = socket.create_server((address, int(port)), backlog=64)
    for target in itertools.cycle(map(int, targets or ["0"])):
        client = listener.accept()[0]
        quietly(threading.Thread(target=serve, args=(client, mode, target)))


if __name__ == "__main__":
    main()
