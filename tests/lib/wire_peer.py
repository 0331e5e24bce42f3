"""The peer that netkit talks to: the connections, and the steps a script can take on them."""

import os
import re
import select
import signal
import socket
import ssl
import struct
import threading
import time

from wire_text import (BadScript, Fail, as_text, brief, packet_matches, packet_of, packet_text, seconds,
                       unescape, write)

# valgrind and sanitizers are slower by a factor the caller knows.
SLOW = float(os.environ.get("WIRE_SLOW", "1"))


class Channel:
    """One TCP connection from netkit."""

    def __init__(self, peer, sock, name):
        self.peer, self.sock, self.name = peer, sock, name
        self.buffer = b""
        self.ended = False
        self.ignored = False
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)

    def send(self, data):
        self.sock.settimeout(self.peer.left())
        try:
            self.sock.sendall(data)
        except TimeoutError:
            raise Fail(f"netkit does not read what is sent on the {self.name} connection") from None
        except OSError:
            pass  # netkit has hung up, which its exit status must explain

    def fill(self, what):
        """Read some more; at the end set ended."""
        if not (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            self.peer.readable(self.sock, what)
        self.sock.settimeout(self.peer.left())
        try:
            data = self.sock.recv(65536)
        except ssl.SSLWantReadError:
            return
        except TimeoutError:
            raise Fail(f"waiting for {what} on the {self.name} connection") from None
        except OSError as error:
            if isinstance(error, ssl.SSLError) and "EOF" in str(error):
                raise Fail(f"the {self.name} connection ended without close_notify") from None
            raise Fail(f"the {self.name} connection broke ({error.strerror}), expected {what}") \
                from None
        self.ended = not data
        self.buffer += data

    def line(self, what):
        while b"\n" not in self.buffer:
            if self.ended:
                raise Fail(f"the {self.name} connection ended, expected {what}; "
                           f"unfinished line: {brief(self.buffer)!r}")
            self.fill(what)
        line, _, self.buffer = self.buffer.partition(b"\n")
        if not line.endswith(b"\r"):
            raise Fail(f"a line without CR: {brief(line)}")
        return line[:-1]

    def exactly(self, count):
        while len(self.buffer) < count and not self.ended:
            self.fill(f"{count} bytes")
        if len(self.buffer) < count:
            raise Fail(f"{len(self.buffer)} bytes came on the {self.name} connection, "
                       f"expected {count}")
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def rest(self):
        while not self.ended:
            self.fill("its end")
        data, self.buffer = self.buffer, b""
        return data

    def start_tls(self, context):
        if self.buffer:
            raise Fail(f"plaintext before the TLS handshake: {brief(self.buffer)}")
        self.peer.readable(self.sock, "a TLS handshake")
        self.sock.settimeout(self.peer.left())
        self.sock = context.wrap_socket(self.sock, server_side=True, suppress_ragged_eofs=False)

    def close(self, notify=True):
        if notify and isinstance(self.sock, ssl.SSLSocket):
            self.sock.settimeout(min(2, self.peer.left()))
            try:
                self.sock.unwrap()
            except (OSError, ValueError):
                pass
        self.swallow()
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def swallow(self):
        """Take what has come already, so that closing does not turn into a reset."""
        try:
            self.sock.setblocking(False)
            while True:
                data = self.sock.recv(65536)
                if not data:
                    return
                self.buffer += data
        except (OSError, ValueError):
            pass

    def open(self):
        return self.sock.fileno() >= 0


class Peer:
    """The listening side, and the steps of one script run against it."""

    def __init__(self, case, certs):
        self.case, self.certs = case, certs
        self.family = socket.AF_INET6 if case.ipv6 else socket.AF_INET
        self.address = "::1" if case.ipv6 else "127.0.0.1"
        self.controls, self.control, self.data = [], None, None
        self.listeners = []
        self.contexts = {}
        self.transcript = []
        self.strange = False
        self.client = self.stranger = self.tid = self.main_only = None
        self.ignored = False
        self.deadline = time.monotonic() + case.seconds * SLOW
        self.ended = threading.Event()
        self.main = self.listen(socket.SOCK_DGRAM if case.udp else socket.SOCK_STREAM)
        self.port = self.main.getsockname()[1]
        if case.refused:
            self.main.close()
        self.names = {
            "PORT": str(self.port), "CERTS": certs.path,
            "HOST": f"[::1]:{self.port}" if case.ipv6 else f"127.0.0.1:{self.port}",
        }

    # waiting

    def left(self):
        return max(0.001, self.deadline - time.monotonic())

    def readable(self, sock, what):
        while True:
            ended = self.ended.is_set()
            if select.select([sock], [], [], 0 if ended else min(0.05, self.left()))[0]:
                return
            if ended:
                raise Fail(f"netkit ended before it sent {what}")
            if time.monotonic() >= self.deadline:
                raise Fail(f"{self.case.seconds:g} s are over, still waiting for {what}")

    # sockets

    def listen(self, kind=socket.SOCK_STREAM):
        sock = socket.socket(self.family, kind)
        sock.bind((self.address, 0))
        if kind == socket.SOCK_STREAM:
            sock.listen(64)
        return sock

    def note(self, who, data):
        self.transcript.append(f"{who} {brief(data)}")

    def accept_control(self):
        self.readable(self.main, "a control connection")
        self.control = Channel(self, self.main.accept()[0], "control")
        self.controls.append(self.control)
        self.note("--", f"control connection {len(self.controls)}")
        return self.control

    def ctl(self):
        return self.control or self.accept_control()

    def dat(self):
        return self.data or self.step_accept("")

    def context(self, words):
        key = tuple(sorted(words.items()))
        if key not in self.contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            # Python hides an end without close_notify, which is what we look for.
            context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 1 << 7)
            context.load_cert_chain(self.certs.file(words.get("cert", "good") + ".both.pem"))
            if words.get("client") == "yes":
                context.load_verify_locations(self.certs.file("ca.pem"))
                context.verify_mode = ssl.CERT_REQUIRED
            if "version" in words:
                version = getattr(ssl.TLSVersion, "TLSv" + words["version"].replace(".", "_"))
                context.minimum_version = context.maximum_version = version
            if "tickets" in words:
                context.num_tickets = int(words["tickets"])
            self.contexts[key] = context
        return self.contexts[key]

    # steps: the method for "word rest" is step_word(rest)

    def run(self, step):
        word, rest, self.number = step
        getattr(self, "step_" + word)(rest)

    def step_send(self, rest, ending=b"\r\n"):
        if self.case.udp:
            self.send_packet(packet_of(rest, self.names)[0])
            return
        data = unescape(rest, self.names) + ending
        self.ctl().send(data)
        self.note("S:", data)

    def step_raw(self, rest):
        self.step_send(rest, b"")

    def step_drip(self, rest):
        data = unescape(rest, self.names) + b"\r\n"
        for i in range(len(data)):
            self.ctl().send(data[i:i + 1])
        self.note("S1", data)

    def step_expect(self, rest):
        if self.case.udp:
            expected, more = packet_of(rest, self.names)
            data = self.receive_packet(rest)
            if not packet_matches(data, expected, more):
                raise Fail(f"expected {brief(rest)}\n     got {brief(packet_text(data))}")
            return
        line = self.ctl().line(f"C: {rest}")
        self.note("C:", line)
        if line != unescape(rest, self.names):
            raise Fail(f"expected {brief(rest)}\n     got {brief(line)}")

    def step_bytes(self, rest):
        expected = unescape(rest, self.names)
        data = self.ctl().exactly(len(expected))
        self.note("C!", data)
        if data != expected:
            raise Fail(f"expected {brief(expected)}\n     got {brief(data)}")

    def step_match(self, rest):
        if self.case.udp:
            text = packet_text(self.receive_packet(rest))
        else:
            text = as_text(self.ctl().line(f"C~ {rest}"))
            self.note("C:", text)
        found = re.fullmatch(self.in_braces(rest), text)
        if not found:
            raise Fail(f"expected to match {rest}\n     got {brief(text)}")
        self.names.update({name: value or "" for name, value in found.groupdict().items()})

    def in_braces(self, text):
        """{NAME} in a regex is the variable, taken literally."""
        return re.sub(r"\{([A-Z][A-Z0-9_]*)\}",
                      lambda m: re.escape(self.names.get(m.group(1), m.group(0))), text)

    def step_close(self, _):
        self.ctl().close()
        self.note("--", "close")

    def step_cut(self, _):
        self.ctl().close(notify=False)
        self.note("--", "close, without close_notify")

    def step_reset(self, _):
        self.ctl().reset()
        self.note("--", "reset")

    def step_eof(self, _):
        data = self.ctl().rest()
        if data:
            raise Fail(f"expected the control connection to end, got {brief(data)}")
        self.note("--", "netkit closed the control connection")

    def step_silence(self, _):
        self.ignored = True
        if not self.case.udp:
            self.ctl().ignored = True
        self.note("--", "silence")

    def step_pause(self, rest):
        self.ended.wait(min(seconds(rest), self.left()))

    def step_nothing(self, rest):
        sock = (self.tid or self.main) if self.case.udp else self.ctl().sock
        if not self.case.udp and self.ctl().buffer:
            raise Fail(f"expected nothing, got {brief(self.ctl().buffer)}")
        if select.select([sock], [], [], seconds(rest))[0]:
            what = self.receive_packet("nothing") if self.case.udp else sock.recv(65536)
            if what or self.case.udp:
                text = packet_text(what) if self.case.udp else what
                raise Fail(f"expected nothing for {rest}, got {brief(text)}")
            raise Fail(f"expected nothing for {rest}, but netkit hung up")
        if self.ended.is_set():
            raise Fail(f"expected nothing for {rest}, but netkit ended")

    def step_signal(self, rest):
        self.note("--", f"signal {rest}")
        os.killpg(self.process.pid, getattr(signal, "SIG" + rest.strip()))

    def step_use(self, rest):
        if not 1 <= int(rest) <= len(self.controls):
            raise BadScript(f"no control connection {rest}")
        self.control = self.controls[int(rest) - 1]

    def step_change(self, rest):
        name, _, content = rest.lstrip().partition(":")
        path = os.path.join(self.case.dir, unescape(name, self.names).decode())
        write(path, unescape(content.removeprefix(" "), self.names))

    def step_tls(self, rest):
        words = rest.split()
        fails, reused = "fails" in words, "reused" in words
        on_data = bool(words) and words[0] == "data"
        channel = self.dat() if on_data else self.ctl()
        settings = dict(word.split("=", 1) for word in words if "=" in word)
        if on_data and not settings:
            settings = self.control_settings
        elif not on_data:
            self.control_settings = settings
        try:
            channel.start_tls(self.context(settings))
        except (ssl.SSLError, OSError) as error:
            self.note("--", f"TLS handshake failed: {error}")
            if not fails:
                raise Fail(f"TLS handshake on the {channel.name} connection: {error}") from None
            return
        self.note("--", f"TLS on the {channel.name} connection, {channel.sock.version()}"
                  f"{', session reused' if channel.sock.session_reused else ''}")
        if fails:
            raise Fail("netkit accepted the TLS handshake")
        if reused and not channel.sock.session_reused:
            raise Fail("the TLS session was not reused")

    # the data connection

    def step_listen(self, rest):
        if rest.strip() != "data":
            raise BadScript("only data can be listened for")
        listener = self.listen()
        port = listener.getsockname()[1]
        self.listeners.append(listener)
        self.names["DPORT"] = str(port)
        self.names["PASVPORT"] = f"{port // 256},{port % 256}"
        self.names["PASV"] = f"127,0,0,1,{port // 256},{port % 256}"

    def step_accept(self, rest):
        if rest.strip() == "control":
            return self.accept_control()
        if not self.listeners:
            raise BadScript("no data connection: listen data comes first")
        listener = self.listeners.pop(0)
        self.readable(listener, "a data connection")
        self.data = Channel(self, listener.accept()[0], "data")
        listener.close()
        self.note("--", "data connection")
        return self.data

    def step_dial(self, rest):
        text = unescape(rest.strip(), self.names).decode()
        numbers = [int(number) for number in re.split(r"[,:]", text)]
        port = numbers[-1] if len(numbers) == 1 else numbers[-2] * 256 + numbers[-1]
        sock = socket.socket(self.family, socket.SOCK_STREAM)
        sock.settimeout(self.left())
        try:
            sock.connect((self.address, port))
        except OSError as error:
            raise Fail(f"netkit does not listen on port {port}: {error}") from None
        self.data = Channel(self, sock, "data")
        self.note("--", f"dialed data port {port}")

    def step_data(self, rest):
        data = unescape(rest, self.names)
        self.dat().send(data)
        self.note("D:", data)

    def step_dexpect(self, rest):
        expected = unescape(rest, self.names)
        data = self.dat().rest()
        self.note("D>", data)
        if data != expected:
            raise Fail(f"expected on the data connection, {len(expected)} bytes: {brief(expected)}\n"
                       f"     got {len(data)} bytes: {brief(data)}")
        self.step_dclose("")

    def step_dread(self, rest):
        self.note("D>", self.dat().exactly(int(rest)))

    def end_data(self, how):
        if how == "reset":
            self.dat().reset()
        else:
            self.dat().close(notify=how == "close")
        self.note("--", f"data {how}")
        self.data = None

    def step_dclose(self, _):
        self.end_data("close")

    def step_dcut(self, _):
        self.end_data("cut")

    def step_dreset(self, _):
        self.end_data("reset")

    # datagrams

    def step_from(self, rest):
        self.strange = rest.strip() == "stranger"
        self.main_only = rest.strip() == "main"
        if not self.strange and not self.main_only:
            raise BadScript("from stranger, or from main")

    def step_restart(self, _):
        self.tid = None

    def end_of(self):
        """The socket this step speaks from; a stranger for one step only."""
        if self.strange:
            self.strange = False
            self.stranger = self.stranger or self.listen(socket.SOCK_DGRAM)
            return self.stranger
        return self.main if self.main_only else self.tid or self.main

    def send_packet(self, data):
        if self.client is None:
            raise BadScript("nothing came yet, so there is nobody to send to")
        sock = self.end_of()
        self.note("S:" if sock is not self.stranger else "S: (stranger)", packet_text(data))
        try:
            sock.sendto(data, self.client)
        except OSError:
            pass

    def receive_packet(self, what):
        sock = self.end_of()
        self.readable(sock, what)
        try:
            data, sender = sock.recvfrom(65536)
        except ConnectionError:
            raise Fail(f"netkit closed its socket, expected {what}") from None
        self.note("C:" if sock is not self.stranger else "C: (stranger)", packet_text(data))
        if sock is self.main:
            self.client = sender
            if self.case.tid:
                self.tid = self.listen(socket.SOCK_DGRAM)
        elif sender != self.client:
            raise Fail("netkit changed its port in the middle")
        return data

    def step_blocks(self, rest):
        first, last, payload = rest.split(None, 2)
        data = unescape(payload, self.names)
        for number in range(int(first), int(last) + 1):
            block = struct.pack("!H", number & 0xffff)
            sock = self.end_of()
            sock.sendto(b"\0\3" + block + data, self.client)
            self.readable(sock, f"ACK {number & 0xffff}")
            answer = sock.recv(65536)
            if answer != b"\0\4" + block:
                raise Fail(f"expected ACK {number & 0xffff}\n     got {packet_text(answer)}")
        self.note("--", f"blocks {first} to {last}")

    # the end

    def extra(self):
        """What netkit sent and the script did not expect, as a sentence, or None."""
        if self.case.udp:
            for sock in filter(None, (self.main, self.tid, self.stranger)):
                if not self.ignored and not self.case.refused and select.select([sock], [], [], 0)[0]:
                    return f"netkit also sent {brief(packet_text(sock.recv(65536)))}"
            return None
        for channel in self.controls:
            if channel.open():
                channel.swallow()
            if channel.buffer and not channel.ignored:
                return f"netkit also sent {brief(channel.buffer)}"
        if not self.case.refused and not self.ignored and select.select([self.main], [], [], 0)[0]:
            return "netkit made one more control connection"
        return None

    def release(self):
        for sock in [self.main, self.tid, self.stranger] + self.listeners:
            if sock:
                sock.close()
        for channel in self.controls + [self.data]:
            if channel and channel.open():
                channel.sock.close()
