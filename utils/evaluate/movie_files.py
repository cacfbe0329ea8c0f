"""Frames of a video with their times, and a video of frames with their times, by way of ffmpeg."""
import fractions
import math
import os
import queue
import re
from typing import Iterator, Optional, Tuple

import numpy as np

from utils.evaluate.ffmpeg import Ffmpeg, FfmpegError, Probe, run
from utils.evaluate.mp4_times import retime

_BASE = re.compile(r"config in time_base: (\d+)/(\d+)")
_FRAME = re.compile(r"n: *\d+ pts: *(\S+) .*? s:(\d+)x(\d+)")
_LENGTH = re.compile(r" duration: *(\d+) ")
#: Frames that are not square pixels are enlarged along one side; `sar` is 1 where it is not told.
_SQUARE = ("scale=w='if(gt(sar,1),round(iw*sar),iw)':h='if(lt(sar,1),round(ih/sar),ih)',setsar=1")
_WHITE = 255
#: Frames a second where the file does not say it.
USUAL_RATE = 25.
#: Ticks in a second where the source's are too many or too few for an MP4 file.
_TIMESCALE, _COARSEST, _FINEST = 90000, 1000, 1000000
#: The colours of high definition, and their names in the file, so that all players show the same:
#: older ffmpegs take the names from the options, newer ones from the frames.
_NAMED_COLOURS = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
                  "-color_range", "tv"]
_COLOURS = ("scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setparams=range=tv:"
            "colorspace=bt709:color_primaries=bt709:color_trc=bt709")


class MovieReader:
    """Decodes a video: every frame once, upright, with square pixels.

    Transparent parts lie on white, interlaced frames are deinterlaced, sizes that change within the
    video are scaled to the first.

    Args:
      program: path of ffmpeg; major: the first number of its version.
      path: the video.
      found: its `Probe`.
    """

    def __init__(self, program: str, major: int, path: str, found: Probe) -> None:
        self._channels = 4 if found.alpha else 3
        filters = (["yadif=deint=interlaced"] if found.interlaced else []) + [_SQUARE, "showinfo"]
        every = ["-vsync" if major < 6 else "-fps_mode", "passthrough"]
        self._arguments = ["-i", "file:" + path, "-map", "0:V:0", "-vf", ",".join(filters)] + every
        self._arguments += ["-f", "rawvideo", "-pix_fmt", "rgba" if found.alpha else "rgb24",
                            "pipe:1"]
        self._program, self._told = program, queue.Queue()
        self._base = fractions.Fraction(1, _TIMESCALE)
        #: Seconds that the last frame so far is shown, None where ffmpeg does not say it.
        self.last_length = None
        #: What ffmpeg had to complain about, after the last frame; and whether it gave up.
        self.complaint, self.failed = "", False

    def _listen(self, line):
        """Takes what `showinfo` says of the frames, in ffmpeg's thread."""
        base = line and _BASE.search(line)
        frame = line and _FRAME.search(line)
        if base:
            self._base = fractions.Fraction(*map(int, base.groups()))
        elif frame:
            pts, width, height = frame.groups()
            length = _LENGTH.search(line)
            self._told.put((None if pts == "NOPTS" else int(pts) * self._base,
                            (int(height), int(width)),
                            int(length.group(1)) * self._base if length else None))
        elif line is None:
            self._told.put(None)

    def frames(self) -> Iterator[Tuple[np.ndarray, Optional[fractions.Fraction]]]:
        """Yields (uint8 [H, W, 3], seconds as a Fraction or None where the file has no time)."""
        shape = None
        with Ffmpeg(self._program, self._arguments, self._listen, "stdout") as process:
            for seconds, size, length in iter(self._told.get, None):
                shape = shape or size + (self._channels,)
                data = process.stdout.read(int(np.prod(shape)))
                if len(data) < np.prod(shape):
                    break
                self.last_length = length or None
                yield _on_white(np.frombuffer(data, np.uint8).reshape(shape)), seconds
            process.stdout.close()
            self.failed = process.finish() != 0
            self.complaint = process.reason()


def _on_white(frame):
    """Lays a frame on white: uint8 [H, W, 3 or 4] -> [H, W, 3]."""
    if frame.shape[2] == 3:
        return frame
    alpha = frame[..., 3:].astype(np.uint16)
    return ((frame[..., :3] * alpha + _WHITE * (255 - alpha) + 127) // 255).astype(np.uint8)


class MovieWriter:
    """Writes an MP4 file with H.264 in yuv420p, which plays everywhere; for a with statement.

    Until `finish` the files are beside the target, and they are removed whatever happens. Frames
    have no order but the one in which they are shown (no B-frames), so that every player agrees on
    when the last one ends.

    Args:
      program: path of ffmpeg.
      target: the file to write.
      rate: frames a second, about: decides the level that players are told.
    """

    def __init__(self, program: str, target: str, rate: float) -> None:
        self._program, self._target, self._rate = program, target, rate
        self._silent, self._beside = (f"{target}.{word}{os.getpid()}"
                                      for word in ("silent", "tmp"))
        self._process, self.times, self.size = None, [], None

    def add(self, frame: np.ndarray, seconds: fractions.Fraction) -> None:
        """Appends a frame: uint8 [H, W, 3], shown from `seconds` on, a Fraction."""
        if self._process is None:
            self._begin(frame)
        self.times.append(seconds)
        height, width = frame.shape[:2]
        even = np.pad(frame, [(0, height % 2), (0, width % 2), (0, 0)], mode="edge")
        try:
            self._process.stdin.write(np.ascontiguousarray(even).data)
        except BrokenPipeError:
            raise self._failure() from None

    def _begin(self, frame):
        height, width = (side + side % 2 for side in frame.shape[:2])
        self.size = height, width
        self._process = Ffmpeg(self._program, [
            "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
            "-framerate", f"{self._rate:.6f}", "-i", "pipe:0",
            "-vf", _COLOURS, "-c:v", "libx264", "-crf", "20", "-bf", "0"]
            + _NAMED_COLOURS + ["-f", "mp4", "file:" + self._silent], pipe="stdin")

    def _failure(self):
        self._process.finish()
        return FfmpegError("{} cannot be written ({})".format(
            self._target, self._process.reason() or "ffmpeg ended too early"))

    def finish(self, last_length: fractions.Fraction, source: str,
               audio: str) -> Tuple[np.ndarray, str]:
        """Gives every frame its time, adds the source's sound, and puts the file in its place.

        Args:
          last_length: seconds that the last frame is shown.
          source: the video whose sound is taken.
          audio: the codec of its sound, or "".

        Returns:
          (durations of the frames in seconds, float [N]; why there is no sound, "" where there is
          or the source has none).

        Raises:
          FfmpegError: ffmpeg failed.
        """
        if self._process.finish():
            raise self._failure()
        timescale = _timescale(self.times)
        ticks = [int(round(seconds * timescale)) for seconds in self.times]
        ticks.append(ticks[-1] + int(round(last_length * timescale)))
        durations = [max(after - before, 1) for before, after in zip(ticks, ticks[1:])]
        retime(self._silent, durations, timescale)
        lost = self._join(source, audio)
        os.replace(self._beside, self._target)
        return np.array(durations) / float(timescale), lost

    def _join(self, source, audio):
        """Writes picture and sound; without the sound where ffmpeg cannot: why, or ""."""
        into = ["-c:v", "copy", "-map_metadata", "-1", "-map_chapters", "-1",
                "-movflags", "+faststart", "-f", "mp4", "file:" + self._beside]
        lost = ""
        # With sound a picture that begins later than the file keeps beginning later.
        picture = ["-y", "-itsoffset", f"{float(self.times[0]):.6f}",
                   "-i", "file:" + self._silent]
        for codec in ["copy"] * (audio == "aac") + ["aac"] * bool(audio):
            try:
                run(self._program, picture + ["-i", "file:" + source, "-map", "0:v", "-map",
                                              "1:a:0", "-c:a", codec] + into)
                return ""
            except FfmpegError as error:
                lost = str(error)
        run(self._program, ["-y", "-i", "file:" + self._silent, "-map", "0:v"] + into)
        return lost

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        if self._process is not None:
            self._process.__exit__(*exc_info)
        for path in (self._silent, self._beside):
            if os.path.exists(path):
                os.remove(path)


def _timescale(times):
    """Ticks in a second that hold all times exactly, or nearly so where that takes too many."""
    found = 1
    for seconds in set(second.denominator for second in times):
        found = found * seconds // math.gcd(found, seconds)
        if found > _FINEST:
            return _TIMESCALE
    return found * -(-_COARSEST // found)


def in_order(seconds: Optional[fractions.Fraction], previous: Optional[fractions.Fraction],
             usual: fractions.Fraction) -> fractions.Fraction:
    """Returns the time of a frame, after that of the frame before it, also where the file's is not.

    Args:
      seconds: Fraction, or None where the file has none.
      previous: of the frame before; None for the first.
      usual: Fraction of a second between frames.
    """
    if previous is None:
        return max(seconds or 0, fractions.Fraction(0))
    if seconds is None or seconds < previous:
        return previous + usual
    return seconds if seconds > previous else previous + usual / 10
