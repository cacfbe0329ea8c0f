"""The one exception for a user's mistake, and the wrapper that turns it into one line."""
import codecs
import errno
import os
import re
import signal
import sys
from typing import Callable, List, Optional, Sequence

_ESCAPE = "slimseg_escape"
#: What cannot be shown: control characters, halves of characters that stand for no byte of a name.
_NOT_SHOWN = re.compile("[\0-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")

_CHOOSE = ": choose a folder that you may write to"
#: What a disk says when it, and not the program, is at fault.
_DISK_ERRORS = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the disk quota is used up: free some space",
    errno.EIO: "the disk does not read or write: look at its state",
    errno.EACCES: "permission denied" + _CHOOSE,
    errno.EPERM: "permission denied" + _CHOOSE,
    errno.EROFS: "the file system is read-only" + _CHOOSE,
    errno.ENOENT: "no such file or folder: look whether it was moved or removed",
    errno.ENOTDIR: "a part of this path is a file: give a path through folders",
    errno.EISDIR: "is a folder, expected a file: give a file's name",
    errno.ENAMETOOLONG: "the name is too long: choose a shorter one",
    errno.EMFILE: "too many open files: raise the limit with ulimit -n",
}
#: Exit code of a command whose reader went away, as the shell gives it to those that the signal
#: ends.
_READER_GONE = 128 + signal.SIGPIPE


class UserError(Exception):
    """A mistake that the user can mend.

    The message is one line: what was got, what was expected, what to do.
    """


class Interrupted(Exception):
    """Ctrl-C or SIGTERM, after what was under way was saved; the message says how to go on."""


def _escape(error):
    r"""Writes what an encoding lacks as Python would: a stray byte of a file's name as \xe9."""
    shown = "".join(f"\\x{ord(one) - 0xdc00:02x}" if 0xdc80 <= ord(one) <= 0xdcff else
                    one.encode("ascii", "backslashreplace").decode("ascii")
                    for one in error.object[error.start:error.end])
    return shown, error.end


codecs.register_error(_ESCAPE, _escape)


def printable(text: str) -> str:
    """Puts a text into one line, with escapes for what is no Unicode, as in names that are not
    UTF-8.

    A name that is UTF-8 comes out as such even where the locale is not.
    """
    text = _NOT_SHOWN.sub(lambda match: ascii(match.group())[1:-1], text)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def require_utf8(name: str, path: str) -> str:
    """Returns the path; raises a `UserError` where TensorFlow could not open it. `name` is that of
    its flag."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise UserError(f"--{name}={printable(path)}: the name is not UTF-8, which TensorFlow "
                        "needs; rename it") from None
    return path


def _escape_output():
    """Lets every print succeed, whatever the terminal's encoding and the names of files."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ESCAPE)


def describe_os_error(error: OSError) -> Optional[str]:
    """Describes an `OSError` that the user can mend in one line; None for any other."""
    remedy = _DISK_ERRORS.get(error.errno)
    return remedy and "{}: {}".format(error.filename or "writing failed", remedy)


def run_script(main: Callable[[List[str]], Optional[int]],
               argv: Optional[Sequence[str]] = None) -> None:
    """Calls `main(argv)`, and exits with a code.

    The codes are 0, or 2 with one line for a user's mistake, 130 for Ctrl-C, and 141 without a line
    where the reader of a pipe, as `head`, has ended.
    """
    _escape_output()
    try:
        code = _exit_code(main, sys.argv[1:] if argv is None else argv)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        code = _READER_GONE
        _write_to_nobody()
    sys.exit(code)


def _exit_code(main, argv):
    """Calls `main`; its exit code, or that of the mistake that it met, which is told."""
    try:
        return main(argv) or 0
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich ends so where it meets one
            raise end.__context__ from None
        return end.code
    except UserError as error:
        message = str(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        message = describe_os_error(error)
        if message is None:
            raise
    except (Interrupted, KeyboardInterrupt) as error:
        sys.stderr.write("interrupted{}\n".format(str(error) and ": " + str(error)))
        return 130
    sys.stderr.write(f"error: {message}\n")
    return 2


def _write_to_nobody():
    """Leads standard output and error away, so that Python's last flush finds nothing broken."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)
