"""Renders a page: the shell's template, style and script, with the page's own parts.

A page is a Jinja template that extends "shell.html.jinja" and fills its blocks `header`, `nav` and
`content`. Its macros come from "parts.html.jinja". Names in it are escaped. The page's
content security policy lets the browser fetch nothing. It lets it run only the scripts given here,
by their hashes: a script that came in by a file's name would not run. A page that keeps data in
scripts beside it may load those, and none from elsewhere.
"""
import base64
import hashlib
import os
from typing import Any, Sequence

import jinja2

_FOLDER = os.path.dirname(os.path.abspath(__file__))
_POLICY = ("default-src 'none'", "img-src data: blob:", "style-src 'unsafe-inline'",
           "base-uri 'none'", "form-action 'none'")


def render(template: str, title: str, styles: Sequence[str] = (), scripts: Sequence[str] = (),
           beside: bool = False, **values: Any) -> str:
    """Renders one HTML file.

    Args:
      template: path of the page's template.
      title: text of the window.
      styles: CSS of the page, which comes after the shell's.
      scripts: JavaScript of the page, which comes after the shell's; texts.
      beside: whether it loads scripts from files beside it.
      values: what the template names.

    Raises:
      jinja2.UndefinedError: the template names a value that is not given.
    """
    folder, name = os.path.split(os.path.abspath(template))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, _FOLDER]), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    scripts = [own("page.js")] + list(scripts)
    return environment.get_template(name).render(
        title=title, styles=list(map(safe, [own("page.css")] + list(styles))),
        scripts=list(map(safe, scripts)), policy=policy(scripts, beside), **values)


def policy(scripts: Sequence[str], beside: bool = False) -> str:
    """Makes the content security policy that allows the given scripts and fetches nothing.

    Args:
      beside: allow scripts of the page's own origin too; of a page that is a file, those are files.
        Hashes cannot name them: a browser checks no hash of a script in a file.
    """
    sources = [f"'sha256-{_hash(script)}'" for script in scripts] + ["'self'"] * beside
    return "; ".join(_POLICY + ("script-src " + " ".join(sources),))


def _hash(script):
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def own(name: str, folder: str = _FOLDER) -> str:
    """Reads a file of the shell, or of a page's own folder, as text."""
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read()


def safe(text: str) -> jinja2.utils.markupsafe.Markup:
    """Marks a text as HTML that needs no escape; never for what comes from names or files."""
    return jinja2.utils.markupsafe.Markup(text)
