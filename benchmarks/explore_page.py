#!/usr/bin/env python
"""Size and speed of the page of fcn_explore.py in Chromium without WebGL.

    python benchmarks/explore_page.py [--images=2000,20000] [--seeds=1] [--page_mb=40]

The run is made of numbers and of pictures as large as real ones, in a temporary folder. Times are
of a window of 1400 x 900 without a graphics card; what else the machine does is in them. With each
figure stands what is asked of it.
"""
import argparse
import os
import pathlib
import sys
import tempfile
import time

import common  # noqa: F401  puts the project on the path
import numpy as np

from tests.browser import open_browser
from tests.explore import made, many
from utils.explore.page.build import write_page

#: {figure: what it may be} by number of images.
ASKED = {2000: {"MB": 6, "ready, s": 2, "pan, p95 ms": 50},
         20000: {"MB": 50, "ready, s": 6, "pan, p95 ms": 120, "lasso of half, ms": 300,
                 "click to similar, ms": 200}}
_MOVES = 80
_FRAMES = """window.frames_ = []; window.counting_ = true; (function next(now) {
  window.frames_.push(now); if (window.counting_) { requestAnimationFrame(next); } })
  (performance.now());"""
_LASSO = """(() => { const map = explorePage.map, xs = Array.from({length: map.count}, (_, i) =>
  map.toData(...map.toScreen(i))[0]).sort((a, b) => a - b), middle = xs[xs.length >> 1];
  const wave = Array.from({length: 80}, (_, i) => [middle + (i % 2) * .002, -1 + i * 3 / 79]);
  const polygon = [[-1, -1]].concat(wave, [[-1, 2]]), begin = performance.now();
  const found = map.within(polygon); explorePage.selection.set(found);
  map.state.selected = explorePage.selection.chosen(); map.draw();
  return explorePage.selection.show(-1).then(() => new Promise(done => requestAnimationFrame(() =>
    setTimeout(() => done([performance.now() - begin, found.length]))))); })()"""
_CLICK = """(() => { const begin = performance.now(); return explorePage.pick(%d).then(() =>
  new Promise(done => requestAnimationFrame(() => setTimeout(() =>
    done(performance.now() - begin))))); })()"""


def pan(browser):
    """Milliseconds between the frames of a drag."""
    left, top, width, height = browser.run(
        "(() => { document.getElementById('stage').scrollIntoView({block: 'center', behavior: "
        "'instant'}); const box = document.getElementById('marks').getBoundingClientRect(); "
        "return [box.left, box.top, box.width, box.height]; })()")
    angles = np.linspace(0, 4 * np.pi, _MOVES)
    points = [(left + width / 2 + 120 * np.sin(angle), top + height / 2 + 80 * np.cos(angle))
              for angle in angles]
    browser.move(*points[0])
    browser.mouse("mousePressed", *points[0])
    browser.run(_FRAMES)
    for point in points[1:]:
        browser.mouse("mouseMoved", *point)
    frames = browser.run("window.counting_ = false; window.frames_")
    browser.mouse("mouseReleased", *points[-1])
    return np.diff(frames)


def measure(path, images):
    """{figure: value} of a page."""
    with open_browser(seconds=180) as browser:
        begin = time.time()
        browser.open(path)
        browser.run("explorePage.ready.then(() => new Promise(done => requestAnimationFrame(() => "
                    "done(true))))")
        ready, frames = time.time() - begin, pan(browser)
        lasso, selected = browser.run(_LASSO)
        browser.run("explorePage.selection.clear(); explorePage.selection.show(-1)")
        first = browser.run(_CLICK % 5)
        clicks = [browser.run(_CLICK % (images * place // 10)) for place in range(1, 8)]
        assert not browser.problems, browser.problems
        return {"MB": many.size_of(path) / 1e6, "ready, s": ready,
                "pan, median ms": float(np.median(frames)),
                "pan, p95 ms": float(np.quantile(frames, .95)), "frames of the pan": len(frames),
                "lasso of half, ms": lasso, "images in the lasso": selected,
                "first click, ms": first, "click to similar, ms": float(np.median(clicks)),
                "slowest click, ms": max(clicks)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", default="2000,20000")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--page_mb", type=float, default=40)
    args = parser.parse_args()
    print(f"Python {sys.version.split()[0]}; load average {os.getloadavg()[0]:.1f}")
    for images in map(int, args.images.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            exploration = made.explore(many.write_many(root, images, args.seeds))
            begin = time.time()
            lines = write_page(exploration, str(root / "explore.html"), args.page_mb)
            print(f"\n{images} images, {args.seeds} seeds; written in {time.time() - begin:.1f} s")
            for line in lines:
                print("  " + line.replace(folder + "/", ""))
            for name, value in measure(root / "explore.html", images).items():
                most = ASKED.get(images, {}).get(name)
                print(f"  {name:<24} {value:10.2f}" + (f"   at most {most}" if most else ""),
                      flush=True)


if __name__ == "__main__":
    main()
