"""Runs ffmpeg as a child process: finds it, probes files, and gives the reason of a failure."""
import collections
import os
import re
import shutil
import subprocess
import threading
from typing import Callable, Optional, Sequence

from utils.errors import UserError

_LEVEL = re.compile(r"\[(panic|fatal|error|warning|info)\] (.*)")
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: ((?!.*\(attached pic\)).*)")
_AUDIO = re.compile(r"Stream #0:\d+.*?: Audio: (\w+)")
_DURATION = re.compile(r"Duration: (\d+):(\d+):(\d+\.\d+)")
_RATE = re.compile(r" ([\d.]+)(k?) (?:fps|tbr)\b")
_ALPHA = re.compile(r" (rgba|bgra|argb|abgr|pal8|ya\d|yuva|gbrap)")
_INTERLACED = re.compile(r"(top|bottom) (coded )?first")

#: What ffmpeg says of a file. video, alpha, interlaced: bool; audio: the codec of the first sound,
#: or ""; seconds: of the longest stream, None where it is not known; rate: frames a second, or
#: None; reason: why the file cannot be opened, or "".
Probe = collections.namedtuple("Probe", "video alpha interlaced audio seconds rate reason")


#: The static ffmpeg 4.2 of imageio-ffmpeg loads the modules of another glibc's iconv when it reads
#: the name of a .ts channel, and crashes. Without modules it does not.
_NO_ICONV_MODULES = {"GCONV_PATH": os.devnull}


class FfmpegError(Exception):
    """ffmpeg failed; the message is its own reason, in a line."""


def executable() -> str:
    """Returns the path of the ffmpeg that imageio-ffmpeg ships, or else of the one on PATH.

    Raises:
      UserError: there is neither.
    """
    try:
        import imageio_ffmpeg  # here: most commands need no video
        return imageio_ffmpeg.get_ffmpeg_exe()
    except (ImportError, RuntimeError):
        found = shutil.which("ffmpeg")
    if found is None:
        raise UserError("--moviepath needs ffmpeg, which is not installed: pip install "
                        "imageio-ffmpeg")
    return found


def version(program: str) -> int:
    """Returns the first number of ffmpeg's version; a large one for builds that are named by a
    date."""
    text = subprocess.run([program, "-version"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          check=False).stdout.decode("utf-8", "replace")
    match = re.match(r"ffmpeg version n?(\d{1,2})\.", text)
    return int(match.group(1)) if match else 1000


class Ffmpeg:
    """A running ffmpeg, for a with statement, at whose end it is gone, whatever happened.

    It has a session of its own, so that a Ctrl-C at the terminal reaches Python alone.

    Args:
      program: path of ffmpeg.
      arguments: list of text.
      listener: called, in a thread, with each line of its log that is for information.
      pipe: "stdin" or "stdout", which one is a pipe; None for neither.
    """

    def __init__(self, program: str, arguments: Sequence[str],
                 listener: Optional[Callable[[Optional[str]], None]] = None,
                 pipe: Optional[str] = None) -> None:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        if pipe:
            pipes[pipe] = subprocess.PIPE
        self._errors, self._listener = [], listener
        self._process = subprocess.Popen(
            [program, "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info"]
            + list(arguments), stderr=subprocess.PIPE, start_new_session=True,
            env=dict(os.environ, **_NO_ICONV_MODULES), **pipes)
        self.stdin, self.stdout = self._process.stdin, self._process.stdout
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        for line in self._process.stderr:
            match = _LEVEL.search(line.decode("utf-8", "replace").rstrip())
            if match and match.group(1) == "info":
                if self._listener is not None:
                    self._listener(match.group(2))
            elif match and match.group(1) != "warning":
                self._errors.append(match.group(2))
                del self._errors[1:-1]  # the first says most; a damaged file may give thousands
        if self._listener is not None:
            self._listener(None)

    def finish(self) -> int:
        """Waits until it has ended: the exit status."""
        if self.stdin is not None:
            _close(self.stdin)
        self._process.wait()
        self._thread.join()
        return self._process.returncode

    def reason(self) -> str:
        """After `finish`: the first error that it told, or "" where all went well."""
        if self._errors:
            return _plain(self._errors[0])
        status = self._process.returncode
        return f"ffmpeg ended with status {status}" if status else ""

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._thread.join()
        for stream in (self.stdin, self.stdout, self._process.stderr):
            if stream is not None:
                _close(stream)


def _close(stream):
    try:
        stream.close()
    except BrokenPipeError:  # what was not yet written to a process that is gone
        pass


def _plain(text):
    """Returns an error without the file's name, which the line around it has."""
    text = re.sub(r"^file:.*?: (?=[A-Z])", "", text)
    return re.sub(r"\s+", " ", text).strip().rstrip(".")[:150]


def run(program: str, arguments: Sequence[str]) -> None:
    """Runs ffmpeg to its end.

    Raises:
      FfmpegError: it failed.
    """
    with Ffmpeg(program, arguments) as process:
        if process.finish():
            raise FfmpegError(process.reason())


def probe(program: str, path: str) -> Probe:
    """Reads a file's streams: a `Probe`."""
    lines = []
    with Ffmpeg(program, ["-i", "file:" + path], lines.append) as process:
        process.finish()
        reason = process.reason()
    text = "\n".join(line for line in lines if line)
    video, audio = _VIDEO.search(text), _AUDIO.search(text)
    described = video.group(1) if video else ""
    return Probe(bool(video), bool(_ALPHA.search(described)),
                 bool(_INTERLACED.search(described)), audio.group(1) if audio else "",
                 _seconds(text), _rate(described), "" if "Input #0" in text else reason)


def _seconds(text):
    match = _DURATION.search(text)
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def _rate(described):
    """Frames a second, where it is a rate that a video may have."""
    found = [float(number) * (1000 if kilo else 1) for number, kilo in _RATE.findall(described)]
    return next((rate for rate in found if .01 <= rate <= 300), None)
