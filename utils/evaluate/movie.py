"""Segments a video, frame by frame in batches. Needs imageio and imageio-ffmpeg (optional)."""
import os

from utils.errors import UserError
from utils.evaluate.draw import blend


def _imageio():
    """The imageio module; a `UserError` where it or its ffmpeg is not installed."""
    try:
        from imageio import v2
        import imageio_ffmpeg  # noqa: F401 (imageio loads it when a video is opened)
    except ImportError as error:
        raise UserError("--moviepath needs {}, which is not installed: pip install imageio "
                        "imageio-ffmpeg".format(error.name))
    return v2


def segment_movie(segmenter, source, target, palette, batch_size=8, progress=None):
    """Writes a video with the predicted classes laid over the frames, of the same size and speed.

    Args:
      segmenter: a `Segmenter` with its weights restored.
      source: path of a video that ffmpeg reads.
      target: path to write, whole or not at all; its ending chooses the container.
      palette: (r, g, b) of each class.
      batch_size: frames at once.
      progress: called with (frames done, frames in all as the header says), or None.

    Returns:
      number of frames.

    Raises:
      UserError: no such file, no video, or imageio is missing.
    """
    imageio = _imageio()
    if not os.path.isfile(source):
        raise UserError("--moviepath={}: no such file".format(source))
    stem, ending = os.path.splitext(target)
    beside = "{}.part{}".format(stem, ending)
    try:
        with imageio.get_reader(source, "ffmpeg") as reader:
            done = _convert(imageio, segmenter, reader, beside, palette, batch_size, progress)
    except (OSError, IndexError, ValueError, RuntimeError) as error:
        _remove(beside)
        raise UserError("--moviepath={}: not a video that ffmpeg reads and can write as {} ({})"
                        .format(source, ending or "a file without ending",
                                (str(error).strip().splitlines() or ["no reason given"])[-1][:150]))
    except BaseException:
        _remove(beside)
        raise
    os.replace(beside, target)
    return done


def _remove(path):
    if os.path.exists(path):
        os.remove(path)


def _convert(imageio, segmenter, reader, target, palette, batch_size, progress):
    meta, done = reader.get_meta_data(), 0
    total = int(round(meta["fps"] * meta.get("duration", 0)))
    # libx264 wants even sides: a macro block of 2 enlarges odd ones by one pixel.
    with imageio.get_writer(target, "ffmpeg", fps=meta["fps"], macro_block_size=2,
                            ffmpeg_log_level="error") as writer:
        for frames in _batches(reader, batch_size):
            for frame, label in zip(frames, segmenter.predict(frames)):
                writer.append_data(blend(frame, label, palette))
            done += len(frames)
            if progress is not None:
                progress(done, max(total, done))
    return done


def _batches(reader, size):
    batch = []
    for frame in reader:
        batch.append(frame)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
