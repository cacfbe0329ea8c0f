"""The one exception for a user's mistake, and the wrapper that turns it into one line."""
import codecs
import errno
import re
import sys

_ESCAPE = "slimseg_escape"
#: What cannot be shown: control characters, halves of characters that stand for no byte of a name.
_NOT_SHOWN = re.compile("[\0-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")

#: What a disk says when it, and not the program, is at fault.
_DISK_ERRORS = {
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the disk quota is used up: free some space",
    errno.EACCES: "permission denied: choose a folder that you may write to",
    errno.EPERM: "permission denied: choose a folder that you may write to",
    errno.EROFS: "the file system is read-only: choose a folder that you may write to",
}


class UserError(Exception):
    """A mistake that the user can mend.

    The message is one line: what was got, what was expected, what to do.
    """


class Interrupted(Exception):
    """Ctrl-C or SIGTERM, after what was under way was saved; the message says how to go on."""


def _escape(error):
    """Writes what an encoding lacks as Python would: a stray byte of a file's name as \\xe9."""
    shown = "".join("\\x{:02x}".format(ord(one) - 0xdc00) if 0xdc80 <= ord(one) <= 0xdcff else
                    one.encode("ascii", "backslashreplace").decode("ascii")
                    for one in error.object[error.start:error.end])
    return shown, error.end


codecs.register_error(_ESCAPE, _escape)


def printable(text: str) -> str:
    """The text in one line, with escapes for what is no Unicode, as in names that are not UTF-8.

    A name that is UTF-8 comes out as such even where the locale is not.
    """
    text = _NOT_SHOWN.sub(lambda match: ascii(match.group())[1:-1], text)
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def require_utf8(name: str, path: str) -> str:
    """The path; a `UserError` where TensorFlow could not open it. `name` is that of its flag."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        raise UserError("--{}={}: the name is not UTF-8, which TensorFlow needs; rename it".format(
            name, printable(path)))
    return path


def _escape_output():
    """Lets every print succeed, whatever the terminal's encoding and the names of files."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ESCAPE)


def describe_os_error(error):
    """One line for an `OSError` that the user can mend, or None for any other."""
    remedy = _DISK_ERRORS.get(error.errno)
    return remedy and "{}: {}".format(error.filename or "writing failed", remedy)


def run_script(main, argv=None):
    """Calls `main(argv)` and exits: 0; 2 with one line for a user's mistake; 130 for Ctrl-C."""
    _escape_output()
    try:
        sys.exit(main(sys.argv[1:] if argv is None else argv) or 0)
    except UserError as error:
        message = str(error)
    except OSError as error:
        message = describe_os_error(error)
        if message is None:
            raise
    except (Interrupted, KeyboardInterrupt) as error:
        sys.stderr.write("interrupted{}\n".format(str(error) and ": " + str(error)))
        sys.exit(130)
    sys.stderr.write("error: {}\n".format(message))
    sys.exit(2)
