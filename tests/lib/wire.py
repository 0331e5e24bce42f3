#!/usr/bin/env python3
"""The scripted peer: runs netkit against the conversations in tests/wire/*.wire.

    wire.py [-k SUBSTRING] FILE...        TAP on stdout; NETKIT is the program (build/netkit)

wire.md, beside this file, describes the format.
"""

import argparse
import datetime
import difflib
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True

from wire_peer import SLOW, Peer  # noqa: E402
from wire_text import BadScript, Fail, as_text, brief, seconds, unescape, write  # noqa: E402

LIB = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(LIB))
CASE_SECONDS = 10.0
NO_COMPLAINTS = re.compile(
    r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|: runtime error: |^==\d+== ", re.M)


class Certificates:
    """Made when the first case asks for one."""

    def __init__(self, path):
        self.path = path

    def make(self):
        if not os.path.isdir(self.path):
            subprocess.run([os.path.join(LIB, "certs.sh"), self.path], check=True)

    def file(self, name):
        self.make()
        return os.path.join(self.path, name)


# --- scripts ------------------------------------------------------------------------------------

STEPS = [
    (r"S: ?(.*)", "send"), (r"S! ?(.*)", "raw"), (r"S1: ?(.*)", "drip"),
    (r"C: ?(.*)", "expect"), (r"C! ?(.*)", "bytes"), (r"C~ (.*)", "match"),
    (r"D: ?(.*)", "data"), (r"D> ?(.*)", "dexpect"),
] + [(rf"{word}( .*)?", word) for word in (
    "close", "cut", "reset", "eof", "silence", "pause", "nothing", "signal", "use", "tls", "listen",
    "accept", "dial", "dread", "dclose", "dcut", "dreset", "from", "restart", "blocks", "change")]
EXPECTATIONS = [
    (r"exit: (\d+)", "exit"), (r"out: ?(.*)", "out"), (r"out~ (.*)", "outre"), (r"out!(.*)", "outraw"),
    (r"out(\*)", "outany"), (r"err: ?(.*)", "errhas"), (r"err~ (.*)", "errre"),
    (r"err! (.*)", "errnot"), (r"err(\*)", "errany"),
    (r"file (\S+): ?(.*)", "file"), (r"file~ (\S+): (.*)", "filere"), (r"file! (\S+): (.*)", "filenot"),
    (r"nofile (\S+)", "nofile"), (r"tree:(.*)", "tree"), (r"mode (\S+): (\d+)", "mode"),
    (r"mtime (\S+): (\S+)", "mtime"), (r"within: (.*)", "within"), (r"after: (.*)", "after"),
]


class Case:
    def __init__(self, title, path, line):
        self.title, self.path, self.line = title, path, line
        self.command = None
        self.udp = self.ipv6 = self.refused = False
        self.tid = True
        self.seconds = CASE_SECONDS
        self.env, self.stdin, self.have = [], b"", []
        self.steps, self.expectations = [], []
        self.dir = None

    def add(self, text, number):
        if text.startswith("$ "):
            if self.command:
                raise BadScript("a second command in one case")
            self.command = text[2:]
            return
        if text in ("udp", "ipv6", "refused"):
            setattr(self, text, True)
            return
        if text == "udp one port":
            self.udp, self.tid = True, False
            return
        key, _, value = text.partition(":")
        if key in ("env", "stdin", "timeout"):
            value = value.removeprefix(" ")
            if key == "timeout":
                self.seconds = seconds(value)
            elif key == "env":
                self.env.append(value)
            else:
                self.stdin += unescape(value, {})
            return
        if text.startswith("have "):
            self.have.append(text[5:])
            return
        for table, into in ((STEPS, self.steps), (EXPECTATIONS, self.expectations)):
            for pattern, name in table:
                found = re.fullmatch(pattern, text)
                if found and into is self.steps:
                    into.append((name, found.group(1) or "", number))
                    return
                if found:
                    into.append((name, found.groups(), number))
                    return
        raise BadScript(f"what is this: {text}")


def parse(path):
    cases = []
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as source:
        for number, text in enumerate(source, 1):
            text = text.rstrip("\n")
            try:
                if text.startswith("== "):
                    cases.append(Case(text[3:].strip(), path, number))
                elif text.strip() and not text.startswith("#"):
                    if not cases:
                        raise BadScript("before the first case, which starts with ==")
                    cases[-1].add(text, number)
            except BadScript as error:
                raise BadScript(f"{path}:{number}: {error}") from None
    for case in cases:
        if not case.command:
            raise BadScript(f"{path}:{case.line}: no command in {case.title}")
    return cases


# --- running one case ---------------------------------------------------------------------------

def with_words(text, names):
    """A command line or an expected line: HOST, PORT, DIR and CERTS are replaced."""
    return re.sub(r"\b(HOST|PORT|DIR|CERTS)\b", lambda m: names[m.group(1)], text)


def prepare(case, names):
    """Make the files the case says it has: NAME: content, NAME/, NAME -> target, NAME @ time."""
    for text in case.have:
        found = re.fullmatch(r"(\S+)(?:: ?(.*)|(/)| -> (.*)| @ (\S+))", text)
        if not found:
            raise BadScript(f"have what: {text}")
        name, content, folder, target, when = found.groups()
        path = os.path.join(case.dir, unescape(name, names).decode("utf-8", "surrogateescape"))
        os.makedirs(path if folder else os.path.dirname(path), exist_ok=True)
        if target is not None:
            os.symlink(unescape(with_words(target, names), names), path)
        elif when:
            stamp = timestamp(when)
            os.utime(path, (stamp, stamp))
        elif not folder:
            write(path, unescape(content, names))


def timestamp(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def environment(case, names, base):
    env = {name: value for name, value in os.environ.items()
           if name.startswith(("ASAN_", "UBSAN_", "LSAN_", "LD_", "GCOV_", "LLVM_"))}
    home = os.path.join(base, "home")
    os.mkdir(home)
    env.update(HOME=home, LC_ALL="C.UTF-8", TZ="UTC", TERM="dumb", TMPDIR=base,
               PATH=links(base) + ":" + os.environ.get("PATH", "/usr/bin:/bin"))
    for setting in case.env:
        name, _, value = setting.partition("=")
        env[name] = unescape(with_words(value, names), names).decode("utf-8", "surrogateescape")
    return env


def links(base):
    """A folder for PATH in which netkit and its applets are what is tested."""
    folder = os.path.join(base, "bin")
    os.mkdir(folder)
    names = ["netkit"]
    try:
        with open(os.path.join(TOP, "applets", "list.h"), encoding="ascii") as table:
            names += re.findall(r"^NK_APPLET\((\w+)\)", table.read(), re.M)
    except OSError:
        pass
    program = os.path.abspath(os.environ.get("NETKIT", os.path.join(TOP, "build", "netkit")))
    for name in names:
        os.symlink(program, os.path.join(folder, name))
    return folder


class Result:
    """What netkit left behind."""

    def __init__(self, case, names):
        self.case, self.names = case, names
        self.exit, self.out, self.err, self.seconds = None, b"", b"", 0.0
        self.killed = False

    def path(self, name):
        return os.path.join(self.case.dir,
                            unescape(name, self.names).decode("utf-8", "surrogateescape"))

    def read(self, name):
        try:
            with open(self.path(name), "rb") as source:
                return source.read()
        except OSError as error:
            raise Fail(f"file {name}: {error.strerror}") from None

    def literal(self, text):
        return unescape(with_words(text, self.names), self.names)

    def pattern(self, text):
        quoted = {name: re.escape(value) for name, value in self.names.items()}
        text = with_words(text, quoted)
        return re.compile(re.sub(r"\{([A-Z][A-Z0-9_]*)\}",
                                 lambda m: quoted.get(m.group(1), m.group(0)), text), re.M)

    def check(self):
        """Compare with every expectation; one Fail that names them all."""
        problems = []
        kinds = {name for name, _, _ in self.case.expectations}
        err = self.err.decode("utf-8", "surrogateescape")
        if "exit" not in kinds:
            self.check_exit("0")
        if not kinds & {"out", "outre", "outraw", "outany"} and self.out:
            problems.append(f"stdout must be empty: {brief(self.out)}")
        if kinds & {"out", "outre"} and "outany" not in kinds:
            try:
                self.check_lines()
            except Fail as problem:
                problems.append(str(problem))
        if not kinds & {"errhas", "errre", "errnot", "errany"} and self.exit == 0 and self.err:
            problems.append("stderr must be empty (or say err*)")
        if NO_COMPLAINTS.search(err):
            problems.append("a sanitizer or valgrind complains on stderr")
        for name, words, number in self.case.expectations:
            check = getattr(self, "check_" + name, None)
            if not check:
                continue
            try:
                check(*words)
            except Fail as problem:
                problems.append(f"line {number}: {problem}")
        if problems:
            raise Fail("\n".join(problems))

    def check_exit(self, code):
        if self.exit != int(code):
            raise Fail(f"exit {self.exit}, expected {code}")

    def check_lines(self):
        """stdout is these lines and no others, in this order."""
        wanted = [(name == "outre", words[0]) for name, words, _ in self.case.expectations
                  if name in ("out", "outre")]
        got = self.out.split(b"\n")
        if got[-1] == b"":
            got.pop()
        fits = len(got) == len(wanted) and self.out.endswith(b"\n")
        for (is_pattern, text), line in zip(wanted, got):
            if is_pattern:
                fits &= bool(self.pattern(text).fullmatch(as_text(line)))
            else:
                fits &= self.literal(text) == line
        if fits:
            return
        shown = [("~" + text if is_pattern else as_text(self.literal(text)))
                 for is_pattern, text in wanted]
        diff = difflib.unified_diff(shown, [as_text(line) for line in got], "expected", "stdout",
                                    lineterm="", n=1)
        raise Fail("stdout differs" + ("" if self.out.endswith(b"\n") or not self.out else
                                       " (the last line is unfinished)") + "\n" + "\n".join(diff))

    def check_outraw(self, text):
        expected = self.literal(text.removeprefix(" "))
        if self.out != expected:
            raise Fail(f"stdout: expected {len(expected)} bytes {brief(expected)}\n"
                       f"     got {len(self.out)} bytes {brief(self.out)}")

    def check_errhas(self, text):
        if self.literal(text) not in self.err.split(b"\n"):
            raise Fail(f"stderr has no line: {text}")

    def check_errre(self, text):
        if not self.pattern(text).search(self.err.decode("utf-8", "surrogateescape")):
            raise Fail(f"nothing on stderr matches: {text}")

    def check_errnot(self, text):
        if self.pattern(text).search(self.err.decode("utf-8", "surrogateescape")):
            raise Fail(f"stderr must not match: {text}")

    def check_file(self, name, text):
        expected, got = self.literal(text), self.read(name)
        if got != expected:
            raise Fail(f"file {name}: expected {len(expected)} bytes {brief(expected)}\n"
                       f"     got {len(got)} bytes {brief(got)}")

    def check_filere(self, name, text):
        got = self.read(name).decode("utf-8", "surrogateescape")
        if not self.pattern(text).search(got):
            raise Fail(f"nothing in file {name} matches {text}: {brief(got)}")

    def check_filenot(self, name, text):
        if self.pattern(text).search(self.read(name).decode("utf-8", "surrogateescape")):
            raise Fail(f"file {name} must not match {text}")

    def check_nofile(self, name):
        if glob.glob(glob.escape(self.path(name))) or os.path.lexists(self.path(name)):
            raise Fail(f"{name} exists")

    def check_tree(self, text):
        got = []
        for folder, folders, files in os.walk(os.fsencode(self.case.dir)):
            inside = os.path.relpath(folder, os.fsencode(self.case.dir))
            for name in folders + files:
                path = os.path.normpath(os.path.join(inside, name))
                full = os.path.join(folder, name)
                mark = b"@" if os.path.islink(full) else b"/" if os.path.isdir(full) else b""
                got.append(as_text(path + mark))
        wanted = sorted(as_text(unescape(word, self.names)) for word in text.split())
        if sorted(got) != wanted:
            raise Fail(f"tree: expected {' '.join(wanted) or 'nothing'}\n"
                       f"     got {' '.join(sorted(got)) or 'nothing'}")

    def check_mode(self, name, mode):
        got = os.lstat(self.path(name)).st_mode & 0o7777
        if got != int(mode, 8):
            raise Fail(f"mode of {name}: {got:04o}, expected {mode}")

    def check_mtime(self, name, when):
        got = int(os.lstat(self.path(name)).st_mtime)
        if got != int(timestamp(when)):
            shown = datetime.datetime.fromtimestamp(got, datetime.timezone.utc)
            raise Fail(f"mtime of {name}: {shown:%Y-%m-%dT%H:%M:%SZ}, expected {when}")

    def check_within(self, limit):
        if self.seconds > seconds(limit) * SLOW:
            raise Fail(f"took {self.seconds:.2f} s, at most {limit} expected")

    def check_after(self, limit):
        if self.seconds < seconds(limit):
            raise Fail(f"took {self.seconds:.2f} s, at least {limit} expected")


def attempt(case, base, certs):
    """Run one case; returns (problem or None, diagnostics)."""
    case.dir = os.path.join(base, "dir")
    os.mkdir(case.dir)
    peer = Peer(case, certs)
    peer.names["DIR"] = case.dir
    result = Result(case, peer.names)
    process = None
    problem = None
    if "CERTS" in case.command or any("{CERTS}" in setting for setting in case.env):
        certs.make()
    try:
        prepare(case, peer.names)
        env = environment(case, peer.names, base)
        command = unescape_braces(with_words(case.command, peer.names), peer.names)
        started = time.monotonic()
        process = subprocess.Popen(["/bin/sh", "-c", command], cwd=case.dir, env=env,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True)
        peer.process = process

        def collect():
            result.out, result.err = process.communicate(case.stdin)
            result.seconds = time.monotonic() - started
            peer.ended.set()
        collector = threading.Thread(target=collect, daemon=True)
        collector.start()
        problem = converse(case, peer)
        if problem is None and not peer.ended.wait(peer.left()):
            problem = f"the script is done, netkit still runs after {case.seconds:g} s"
        if problem is not None:
            # It may end by itself now, and its message says more than ours.
            result.killed = not peer.ended.wait(0.2)
        kill(process)
        collector.join(5)
        result.exit = process.returncode if (process.returncode or 0) >= 0 else 128 - process.returncode
        if problem is None:
            try:
                extra = peer.extra()
                if extra:
                    raise Fail(extra)
                result.check()
            except Fail as fail:
                problem = str(fail)
    finally:
        if process:
            kill(process)
        peer.release()
    return problem, diagnostics(peer, result, case)


def unescape_braces(text, names):
    return re.sub(r"\{([A-Z][A-Z0-9_]*)\}", lambda m: names.get(m.group(1), m.group(0)), text)


def converse(case, peer):
    for step in case.steps:
        try:
            peer.run(step)
        except Fail as fail:
            return f"line {step[2]}: {fail}"
        except BadScript as error:
            return f"line {step[2]} of the script: {error}"
    return None


def kill(process):
    """End the whole group; what netkit started must not stay either."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def diagnostics(peer, result, case):
    lines = [f"$ {case.command}", f"{'stopped by us' if result.killed else f'exit {result.exit}'}, {result.seconds:.2f} s"]
    lines += ["conversation:"] + ["  " + line for line in peer.transcript[-40:]]
    for name, data in (("stdout", result.out), ("stderr", result.err)):
        if data:
            shown = data[-3000:].decode("utf-8", "backslashreplace").splitlines()
            lines += [name + ":"] + ["  " + as_text(line.encode()) for line in shown[-30:]]
    return lines


# --- the report ---------------------------------------------------------------------------------

def main():
    parser = argparse.ArgumentParser(description="run scripted conversations against netkit")
    parser.add_argument("-k", metavar="SUBSTRING", default="", help="only cases whose title has it")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    # A background job may have it ignored, and clients that set nothing of their own would too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    program = os.environ.get("NETKIT", os.path.join(TOP, "build", "netkit"))
    if not os.access(program, os.X_OK):
        print(f"Bail out! {program} cannot be run: make builds it")
        return 1
    try:
        cases = [case for path in options.files for case in parse(path) if options.k in case.title]
    except (BadScript, OSError) as error:
        print(f"Bail out! {error}")
        return 1
    print(f"1..{len(cases)}", flush=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="netkit-wire.") as top:
        certs = Certificates(os.path.join(top, "certs"))
        for number, case in enumerate(cases, 1):
            base = os.path.join(top, str(number))
            os.mkdir(base)
            try:
                problem, lines = attempt(case, base, certs)
            except BadScript as error:
                problem, lines = f"the script: {error}", []
            title = f"{os.path.basename(case.path).removesuffix('.wire')}: {case.title}"
            print(f"{'not ok' if problem else 'ok'} {number} - {title.replace('#', '')}")
            if problem:
                failed += 1
                print(f"#   {case.path}:{case.line}")
                for line in problem.splitlines() + lines:
                    print(f"#   {line}".encode("utf-8", "backslashreplace").decode())
            sys.stdout.flush()
            subprocess.run(["chmod", "-R", "u+rwX", base], check=False)
            shutil.rmtree(base, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
