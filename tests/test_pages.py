"""The pages of this repository: every link leads somewhere, the index and the README are kept."""
import glob
import inspect
import os
import re

import pytest

from archs import DECODERS

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PAGES = sorted(os.path.relpath(path, ROOT)
               for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md")
               for path in glob.glob(os.path.join(ROOT, pattern), recursive=True))
#: How code names a page, or a file beside it.
NAMED = re.compile(r"\bdocs/[\w./-]+\.(?:md|yaml)\b")


def _read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def _prose(text):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)


def links(text):
    """The targets of a page's links and pictures, but for those on the web."""
    found = re.findall(r"\]\(([^)\s]+)\)", _prose(text))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(text):
    """The anchors of a page's headings, as public forges make them."""
    made = []
    for heading in re.findall(r"^#+ +(.+?) *$", _prose(text), re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        made.append(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    return made


def broken(page, text):
    """The links of a page that lead nowhere.

    Args:
      page: its path from the root. text: what it holds.
    """
    lost = []
    for link in links(text):
        path, _, anchor = link.partition("#")
        target = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if path and not os.path.exists(os.path.join(ROOT, target)):
            lost.append(link)
        elif anchor and anchor not in anchors(text if target == page else _read(target)):
            lost.append(link)
    return lost


def test_broken_links_are_found():
    text = "# A b: c\n[x](#a-b-c) [y](#a-b) [z](none.md) [w](https://none.org)\n```\n[v](v.md)\n```\n"
    assert broken("docs/page.md", text) == ["#a-b", "none.md"]
    assert broken("docs/page.md", "[r](../README.md#results) [s](../README.md#nothing)") == [
        "../README.md#nothing"]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    assert broken(page, _read(page)) == []


def test_the_index_has_every_page():
    index = _read("docs/README.md")
    pages = [os.path.relpath(page, "docs") for page in PAGES if page.startswith("docs")]
    assert "data.md" in pages and [page for page in pages if page not in index] == []


def test_every_picture_is_shown():
    shown = {os.path.normpath(os.path.join(os.path.dirname(page), link))
             for page in PAGES for link in links(_read(page))}
    pictures = {os.path.relpath(path, ROOT)
                for path in glob.glob(os.path.join(ROOT, "docs", "images", "*"))}
    assert pictures - shown == set()


def test_pages_that_the_code_names_exist():
    files = [path for pattern in ("*.py", "*.txt", "Makefile", "utils/**/*.py", "archs/**/*.py",
                                  "benchmarks/**/*.py", "scripts/*", "tests/**/*.py")
             for path in glob.glob(os.path.join(ROOT, pattern), recursive=True)
             if os.path.isfile(path) and os.path.abspath(path) != os.path.abspath(__file__)]
    named = {name for path in files for name in NAMED.findall(_read(path))}
    assert "docs/stacks.md" in named
    assert sorted(name for name in named if not os.path.exists(os.path.join(ROOT, name))) == []


def test_the_readme_is_read_in_three_minutes():
    assert len(_read("README.md").split()) <= 900


@pytest.mark.parametrize("name", DECODERS.names())
def test_the_page_of_decoders_is_their_docstrings(name):
    """A decoder whose docstring changes, or a new one: copy it to docs/decoders.md."""
    page = _read("docs/decoders.md")
    assert f"`--extended_arch={name}`\n\n" + inspect.cleandoc(DECODERS.get(name).__doc__) in page
