"""The progress bar's line."""
import fcntl
import os
import pty
import re
import struct
import sys
import termios
import time

from utils.train.loop import progress_bar


def test_the_bar_fits_into_80_columns_and_nothing_is_cut(monkeypatch):
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with os.fdopen(writer, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with progress_bar(99000, 120000) as bar:
            bar.update()
            bar.set_postfix_str("loss 12.345, 1234.5 images/s, data wait 13%")
        terminal.flush()
        time.sleep(.1)  # until the terminal has all of it
        text = os.read(reader, 100000).decode("utf-8")
    line = [line for line in re.split("[\r\n]", text) if "loss" in line][-1]
    assert len(line) < 80 and "99001/120000" in line and line.endswith("data wait 13%")
