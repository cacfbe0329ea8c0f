"""Small videos for tests, made by ffmpeg, and what ffmpeg says of a video."""
import re
import subprocess

import pytest

from utils.evaluate import ffmpeg

#: Ten frames at 25 a second, then five at two a second.
VARIABLE = r"setpts=if(lt(N\,10)\,N*0.04\,0.4+(N-10)*0.5)/TB"


def program():
    """Path of ffmpeg; skips the test where there is none."""
    pytest.importorskip("imageio_ffmpeg", reason="imageio-ffmpeg makes and reads the videos")
    return ffmpeg.executable()


def passthrough():
    """The flags that keep every frame and its time."""
    newer = ffmpeg.version(program()) >= 6
    return ["-fps_mode" if newer else "-vsync", "passthrough"]


def call(*arguments):
    """Runs ffmpeg; what it said."""
    done = subprocess.run([program(), "-hide_banner", "-nostdin", "-y"] + list(arguments),
                          stderr=subprocess.PIPE, check=False,
                          env=dict(GCONV_PATH="/dev/null"))
    return done.stderr.decode("utf-8", "replace")


def make(path, *options, size="64x48", rate="25", seconds="1", sound=False):
    """A test picture that changes, with a tone if asked for; options are of the output."""
    source = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate}:duration={seconds}"]
    if sound:
        source += ["-f", "lavfi", "-i", f"sine=duration={seconds}"]
    said = call(*(source + list(options) + [str(path)]))
    assert "rror" not in said, said
    return str(path)


def make_variable(path, codec, base, *options):
    """Fifteen frames at the times of `VARIABLE`; a reader may see no time left for the last."""
    return make(path, "-vf", VARIABLE, "-enc_time_base", base, "-bf", "0", "-c:v", codec,
                *(tuple(passthrough()) + options), seconds="0.6")


def times(path):
    """Seconds at which each frame is shown, from the first on."""
    said = call(*(["-i", path, "-map", "0:V:0", "-vf", "showinfo"] + passthrough()
                  + ["-f", "null", "-"]))
    found = [float(text) for text in re.findall(r"n: *\d+ pts: *\S+ +pts_time:(\S+)", said)]
    return [seconds - found[0] for seconds in found]


def described(path):
    """(seconds, the lines of the streams)."""
    said = call("-i", path)
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", said).groups()
    return (3600 * int(hours) + 60 * int(minutes) + float(seconds),
            [line.strip() for line in said.splitlines() if "Stream #0" in line])


def pictures(path, width, height):
    """Decoded frames, uint8 [N, H, W, 3]."""
    import numpy as np
    done = subprocess.run([program(), "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt",
                           "rgb24", "-"], stdout=subprocess.PIPE, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3)
