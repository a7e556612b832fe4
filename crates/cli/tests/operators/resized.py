"""Runs a program in a terminal that becomes narrow and wide again, presses Ctrl-C, and tells what stood there each time.

usage: resized.py PROGRAM ARGUMENT...

The terminal is one that wraps its lines anew when its width changes, as most do: that is where old lines are left behind.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

LINES = 40
WIDE, NARROW = 120, 60
# More than enough to draw.
SETTLES = 2.5
CODE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")


class Screen:
    """Rows of text, each with whether it goes on in the next one."""

    def __init__(self, width: int) -> None:
        self.width, self.rows, self.row, self.column = width, [["", False]], 0, 0
        self.cursor, self.pending = True, ""

    def feed(self, text: str) -> None:
        text, self.pending = self.pending + text, ""
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                code = CODE.match(text, at)
                if not code:
                    self.pending = text[at:]
                    return
                self.does(*code.groups())
                at = code.end()
                continue
            self.types(text[at])
            at += 1

    def types(self, char: str) -> None:
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.down()
        else:
            if self.column == self.width:
                self.rows[self.row][1] = True
                self.column = 0
                self.down()
            text = self.rows[self.row][0].ljust(self.column)
            self.rows[self.row][0] = text[: self.column] + char + text[self.column + 1 :]
            self.column += 1

    def down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append(["", False])
        self.scrolls()

    def scrolls(self) -> None:
        gone = max(0, len(self.rows) - LINES)
        self.rows, self.row = self.rows[gone:], max(0, self.row - gone)

    def does(self, private: str, number: str, what: str) -> None:
        if private:
            if number == "25":
                self.cursor = what == "h"
        elif what == "A":
            self.row = max(0, self.row - int(number or 1))
        elif what == "H":
            self.row = self.column = 0
        elif what == "K":
            self.rows[self.row] = ["", False]
        elif what == "J":
            from_row = 0 if number == "2" else self.row
            for row in range(from_row, len(self.rows)):
                self.rows[row] = ["", False]

    def resize(self, width: int) -> None:
        """The cursor stands below everything: it stays there."""
        whole, joins = [], False
        for text, goes_on in self.rows[: self.row]:
            whole = whole[:-1] + [whole[-1] + text] if joins else whole + [text]
            joins = goes_on
        self.rows, self.width = [], width
        for text in whole:
            parts = [text[i : i + width] for i in range(0, len(text), width)] or [""]
            self.rows += [[part, True] for part in parts[:-1]] + [[parts[-1], False]]
        self.row, self.column = len(self.rows), 0
        self.rows.append(["", False])
        self.scrolls()

    def text(self) -> list[str]:
        return [text.rstrip() for text, _ in self.rows if text.strip()]


def size(fd: int, columns: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))


def watch(fd: int, screen: Screen, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if not select.select([fd], [], [], left)[0]:
            return
        try:
            screen.feed(os.read(fd, 65536).decode(errors="replace"))
        except OSError:
            return


def main() -> None:
    pid, fd = pty.fork()
    if pid == 0:
        size(0, WIDE)
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.argv[1], sys.argv[1:])
    screen, shown = Screen(WIDE), []
    watch(fd, screen, SETTLES)
    shown.append(screen.text())
    for columns in (NARROW, WIDE):
        # What the program has said by now was for the old width.
        watch(fd, screen, 0.05)
        screen.resize(columns)
        size(fd, columns)
        watch(fd, screen, SETTLES)
        shown.append(screen.text())
    os.write(fd, b"\x03")
    watch(fd, screen, 5)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"shown": shown, "code": code, "cursor": screen.cursor}))


main()
