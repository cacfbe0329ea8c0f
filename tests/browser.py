"""Chromium without a window, driven through a pipe by its DevTools protocol; no package needed.

    with open_browser() as browser:
        browser.open(path)
        browser.run("document.title")

WebGL is off. Every request and every error of the page is kept.
"""
import base64
import collections
import contextlib
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = ("--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--disable-gpu",
          "--disable-webgl", "--disable-3d-apis", "--disable-dev-shm-usage", "--hide-scrollbars",
          "--no-first-run", "--disable-background-networking", "--disable-extensions",
          "--disable-component-update", "--disable-sync", "--mute-audio", "about:blank")
#: Key codes of the keys that have no letter.
_KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Enter": 13,
         "Escape": 27, "Tab": 9, " ": 32}
_HELD = {"Control": 2, "Shift": 8}
#: Starts a program with two pipes as its file descriptors 3 and 4, as the protocol wants them.
_LAUNCH = ("import fcntl, os, sys; ends = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in "
           "sys.argv[1:3]]; os.dup2(ends[0], 3); os.dup2(ends[1], 4); "
           "os.execv(sys.argv[3], sys.argv[3:])")


def chromium():
    """The path of Chromium; None where it is missing."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def open_browser(width=1400, height=900, seconds=60):
    """Gives a `Browser`; skips the test where there is no Chromium.

    Args:
      width, height: of the window, in CSS pixels.
      seconds: that an answer may take.
    """
    program = chromium()
    if program is None:
        pytest.skip(f"no Chromium: none of {', '.join(NAMES)} is on the path")
    with tempfile.TemporaryDirectory() as profile, contextlib.closing(
            Browser(program, profile, seconds)) as browser:
        browser.resize(width, height)
        yield browser


class Browser:
    """One window.

    Attributes:
      requests: addresses of all that the page asked for, but data: and blob:.
      problems: exceptions, and lines of the console of level error.
      downloads: the folder of what the page saves.
    """

    def __init__(self, program, profile, seconds):
        self.requests, self.problems = [], []
        self.downloads = os.path.join(profile, "downloads")
        self._seconds, self._number, self._rest = seconds, 0, b""
        self._events = collections.deque(maxlen=1000)
        read, self._out = os.pipe()
        self._in, write = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, str(read), str(write), program,
             f"--user-data-dir={profile}"] + list(_FLAGS), pass_fds=(read, write),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read)
        os.close(write)
        self._session = None
        self._attach()

    def close(self):
        """Ends Chromium."""
        with contextlib.suppress(OSError, TimeoutError, EOFError):
            self.send("Browser.close", session=False)
        for end in (self._in, self._out):
            os.close(end)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _attach(self):
        target = self.send("Target.createTarget", session=False, url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", session=False, targetId=target,
                                  flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(domain + ".enable")
        self.send("Browser.setDownloadBehavior", session=False, behavior="allow",
                  downloadPath=self.downloads)

    # ---- the protocol ----

    def send(self, method, session=True, **parameters):
        """Calls a method of the protocol; returns its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data):]
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                break
            self._note(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _read(self):
        end = time.monotonic() + self._seconds
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], max(end - time.monotonic(), 0))[0]:
                raise TimeoutError(f"Chromium gave no answer in {self._seconds} s")
            part = os.read(self._in, 1 << 20)
            if not part:
                raise EOFError("Chromium has ended")
            self._rest += part
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def _note(self, event):
        method, values = event.get("method"), event.get("params", {})
        self._events.append(method)
        if method == "Network.requestWillBeSent":
            address = values["request"]["url"]
            if not address.startswith(("data:", "blob:")):
                self.requests.append(address)
        elif method == "Runtime.exceptionThrown":
            details = values["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and values["entry"]["level"] == "error":
            self.problems.append(values["entry"]["text"])

    # ---- the page ----

    def open(self, path):
        """Opens a file and waits until it is loaded."""
        self._events.clear()
        self.send("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        while "Page.loadEventFired" not in self._events:
            self._note(self._read())

    def run(self, script):
        """Evaluates JavaScript, waits for a promise, returns the value."""
        found = self.send("Runtime.evaluate", expression=script, awaitPromise=True,
                          returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"].get("exception", {}).get(
                "description", found["exceptionDetails"]["text"]))
        return found["result"].get("value")

    def wait_for(self, script, seconds=20):
        """Waits until an expression is true; returns its value, True for an element."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.run(f"Promise.resolve({script}).then("
                             "found => found instanceof Node ? true : found)")
            if value:
                return value
            time.sleep(.02)
        raise TimeoutError(f"never true: {script}")

    def resize(self, width, height, scale=1):
        """Sets the size of the window; scale is its devicePixelRatio."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=scale, mobile=False)

    def prefer(self, scheme):
        """Sets the colour scheme: light or dark."""
        self.send("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def show_as(self, medium):
        """Shows the page as a medium does: print or screen."""
        self.send("Emulation.setEmulatedMedia", media=medium)

    def mouse(self, kind, x, y, button="left", held=(), **more):
        """Sends mousePressed, mouseMoved, mouseReleased or mouseWheel; held: keys."""
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button,
                  buttons=1 if button == "left" and kind != "mouseReleased" else 0,
                  clickCount=0 if kind in ("mouseMoved", "mouseWheel") else 1,
                  modifiers=sum(map(_HELD.get, held)), **more)

    def move(self, x, y):
        """Moves the mouse without a button."""
        self.mouse("mouseMoved", x, y, button="none")

    def click(self, x, y):
        """Clicks."""
        self.move(x, y)
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y)

    def drag(self, points, held=()):
        """Drags along points [(x, y)]; held: keys, Control or Shift."""
        self.move(*points[0])
        self.mouse("mousePressed", *points[0], held=held)
        for point in points[1:]:
            self.mouse("mouseMoved", *point, held=held)
        self.mouse("mouseReleased", *points[-1], held=held)

    def touch(self, kind, *points):
        """Sends touchStart, touchMove or touchEnd of fingers at points (x, y)."""
        self.send("Input.dispatchTouchEvent", type=kind, touchPoints=[
            {"x": x, "y": y, "id": place} for place, (x, y) in enumerate(points)])

    def key(self, key):
        """Presses and releases a key."""
        code = _KEYS.get(key, ord(key.upper()) if len(key) == 1 else 0)
        text = {"text": "\r" if key == "Enter" else key} if (
            len(key) == 1 or key == "Enter") else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code,
                  **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def screenshot(self, path, whole=False):
        """Writes a PNG of the window, or of the whole page."""
        found = self.send("Page.captureScreenshot", captureBeyondViewport=whole, format="png")
        with open(path, "wb") as file:
            file.write(base64.b64decode(found["data"]))

    def pdf(self, path):
        """Prints to a PDF."""
        found = self.send("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        with open(path, "wb") as file:
            file.write(base64.b64decode(found["data"]))
