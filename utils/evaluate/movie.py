"""Segments a video frame by frame, in batches. Needs ffmpeg (imageio-ffmpeg brings it)."""
import collections
import contextlib
import fractions
import os
import signal
from typing import Any, Callable, Iterator, Optional, Sequence, Tuple

import numpy as np

from utils.drawing.colours import blend
from utils.errors import UserError
from utils.evaluate import ffmpeg
from utils.evaluate.movie_files import USUAL_RATE, MovieReader, MovieWriter, in_order

#: A written video. frames: how many; size: (height, width); seconds: its length; constant: whether
#: all frames are shown equally long; sound: whether it has some; notes: what is to be told.
Movie = collections.namedtuple("Movie", "frames size seconds constant sound notes")
#: Durations of frames that differ by less (seconds) are equal: files round times to milliseconds.
_ROUNDED = .0021
#: Seconds, and share of the length, by which a video may end before its header says so.
_EARLY, _EARLY_SHARE = 1., .05


def segment_movie(segmenter: Any, source: str, target: str, palette: Sequence[Tuple[int, int, int]],
                  batch_size: int = 8, progress: Optional[Callable[[int, int], None]] = None,
                  legend: Optional[Callable[[int], np.ndarray]] = None) -> Movie:
    """Writes a video with the predicted classes laid over the frames, each shown at its own time.

    Args:
      segmenter: a `Segmenter` with its weights restored.
      source: path of a video that ffmpeg reads.
      target: path of the MP4 file to write, whole or not at all.
      palette: (r, g, b) of each class.
      batch_size: frames at once; no more are held.
      progress: called with (frames done, frames in all as the header says), or None.
      legend: makes the strip below the frames: width -> uint8 [height, width, 3]; None for none.

    Returns:
      `Movie`.

    Raises:
      UserError: no such file, no video that can be read or written (with ffmpeg's reason), or
        there is no ffmpeg.
    """
    program = ffmpeg.executable()
    require_file(source)
    found = ffmpeg.probe(program, source)
    try:
        _require_video(found)
        reader = MovieReader(program, ffmpeg.version(program), source, found)
        with MovieWriter(program, target, found.rate or USUAL_RATE) as writer:
            for done in _copy(segmenter, reader, writer, palette, batch_size, legend,
                              fractions.Fraction(found.rate or USUAL_RATE)):
                if progress is not None:
                    progress(done, max(_frames_told(found), done))
            if not writer.times:
                raise ffmpeg.FfmpegError("not one frame can be decoded ({})".format(
                    reader.complaint or "the video is empty"))
            return _finished(writer, reader, source, found)
    except ffmpeg.FfmpegError as error:
        raise UserError(f"--moviepath={source}: {error}") from error


@contextlib.contextmanager
def interrupted_by_sigterm() -> Iterator[None]:
    """Makes SIGTERM a KeyboardInterrupt, so that neither ffmpeg nor half a file stays behind; for
    the main thread."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def require_file(source: str) -> None:
    """Raises a `UserError` where --moviepath names no file, or an empty one."""
    if os.path.isdir(source):
        raise UserError(f"--moviepath={source}: this is a folder; expected one video")
    if not os.path.isfile(source):
        raise UserError(f"--moviepath={source}: no such file")
    if not os.path.getsize(source):
        raise UserError(f"--moviepath={source}: the file is empty; copy it again")


def _require_video(found):
    if found.reason:
        raise ffmpeg.FfmpegError(f"not a video that ffmpeg can read ({found.reason})")
    if not found.video:
        raise ffmpeg.FfmpegError("there is no video in this file{}".format(
            ", only sound" if found.audio else ""))


def _frames_told(found):
    return int(round((found.seconds or 0) * (found.rate or USUAL_RATE)))


def _copy(segmenter, reader, writer, palette, batch_size, legend, rate):
    """Segments all frames; yields how many are done, after each batch."""
    done, previous, strip = 0, None, None
    for batch in _batches(reader.frames(), batch_size):
        labels = segmenter.predict([frame for frame, _ in batch])
        for (frame, seconds), label in zip(batch, labels):
            shown = blend(frame, label, palette)
            if legend is not None:
                strip = legend(frame.shape[1]) if strip is None else strip
                shown = np.concatenate([shown, strip])
            previous = in_order(seconds, previous, 1 / rate)
            writer.add(shown, previous)
        done += len(batch)
        yield done


def _batches(items, size):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _finished(writer, reader, source, found):
    ends = _last_length(writer.times, reader, found)
    durations, lost = writer.finish(ends, source, found.audio)
    notes = [f"its sound was left out: {lost}"] if lost else []
    seconds = float(durations.sum())
    if reader.complaint:
        notes.append(f"ffmpeg found the file damaged ({reader.complaint}): what it could not "
                     "decode is missing"
                     )
    missing = (found.seconds or 0) - float(writer.times[0]) - seconds
    if reader.complaint and missing > max(_EARLY, _EARLY_SHARE * seconds):
        notes.append(f"it ends {missing:.1f} s before its header says so: copy the file again")
    inner = durations[:-1] if len(durations) > 1 else durations
    return Movie(len(durations), writer.size, seconds, bool(np.ptp(inner) <= _ROUNDED),
                 bool(found.audio and not lost), notes)


def _last_length(times, reader, found):
    """Computes how long the last frame is shown, in seconds.

    It is as ffmpeg says; else up to the end in the header, where that is the picture's; else as
    usual.
    """
    if reader.last_length:
        return reader.last_length
    rest = found.seconds - float(times[-1]) if found.seconds else 0
    if rest > 0 and not found.audio and not reader.complaint:
        return fractions.Fraction(rest)
    usual = 1 / fractions.Fraction(found.rate or USUAL_RATE)
    return min([usual] + [after - before for before, after in zip(times[-2:], times[-1:])])


def describe(movie: Movie) -> str:
    """Returns a `Movie` in a line: frames, size, length, rate, sound."""
    height, width = movie.size
    return "{} frames of {}x{}, {:.2f} s, {:.4g} frames/s{}{}".format(
        movie.frames, width, height, movie.seconds, movie.frames / movie.seconds,
        "" if movie.constant else " on average (variable)", ", with sound" if movie.sound else "")
