"""Runs a program in a terminal of a given size, presses Ctrl-C after a text was shown, and tells all as JSON.

usage: terminal.py COLUMNS LINES TEXT PROGRAM ARGUMENT...
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
import urllib.request

PATIENCE = 60


def read(fd: int, seconds: float) -> bytes | None:
    """What comes within some seconds; None at the end."""
    if not select.select([fd], [], [], seconds)[0]:
        return b""
    try:
        return os.read(fd, 65536) or None
    except OSError:
        return None


def page(shown: str) -> int | None:
    """The status of the page whose address was shown."""
    found = re.search(r"http://localhost:\d+", shown)
    return urllib.request.urlopen(found[0], timeout=10).status if found else None


def main() -> None:
    columns, lines, text = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode()
    pid, fd = pty.fork()
    if pid == 0:
        # The size is set before the program looks.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.environ["TERM"] = "xterm-256color"
        os.environ.pop("NO_COLOR", None)
        os.execv(sys.argv[4], sys.argv[4:])
    shown, end, served, pressed = b"", time.monotonic() + PATIENCE, None, False
    while time.monotonic() < end:
        new = read(fd, 0.2)
        if new is None:
            break
        shown += new
        if text in shown and not pressed:
            served = page(shown.decode(errors="replace"))
            os.write(fd, b"\x03")
            pressed = True
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"shown": shown.decode(errors="replace"), "code": code, "page": served}))


main()
