#!/usr/bin/env python3
"""Run a program on a terminal of its own and type answers to what it asks there.

usage: typed.py [QUESTION ANSWER]... -- COMMAND [ARGUMENT]...

QUESTION is a regular expression; its answer is typed, with a return, when what the terminal shows
since the last answer matches it. All that was shown goes to stdout at the end; the exit status is the
command's, or 99 when a question never came. The command's own stdout and stderr are the caller's.
"""

import os
import pty
import re
import signal
import sys

LIMIT_S = 60


def command_on_terminal(command):
    """Fork; the child's controlling terminal is new, its stdout and stderr are still ours."""
    out, error = os.dup(1), os.dup(2)
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(out, 1)
        os.dup2(error, 2)
        os.close(out)
        os.close(error)
        os.execvp(command[0], command)
    os.close(out)
    os.close(error)
    return pid, terminal


def converse(terminal, answers):
    """Read to the end; returns what was shown."""
    shown, start = b"", 0
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # Linux says EIO when the last one has closed it
            data = b""
        if not data:
            return shown
        shown += data
        if answers and (match := re.search(answers[0][0].encode(), shown[start:])):
            os.write(terminal, answers.pop(0)[1].encode() + b"\n")
            start += match.end()


def main():
    split = sys.argv.index("--")
    words, command = sys.argv[1:split], sys.argv[split + 1:]
    answers = list(zip(words[::2], words[1::2]))
    pid, terminal = command_on_terminal(command)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
    signal.alarm(LIMIT_S)
    shown = converse(terminal, answers)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.stdout.buffer.write(shown.replace(b"\r\n", b"\n"))
    if answers:
        print(f"never asked: {answers[0][0]}", file=sys.stderr)
        status = 99
    sys.exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
