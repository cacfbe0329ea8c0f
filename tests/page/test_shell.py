"""The shell of all pages: whole, offline, names escaped, and no script but the page's own."""
import base64
import hashlib
import re

import jinja2
import pytest

from utils.page import shell
from utils.page.svg import inline

_PAGE = """{% extends "shell.html.jinja" %}
{% import "parts.html.jinja" as parts %}
{% block header %}<h1>{{ title }}</h1>{% endblock %}
{% block nav %}<a href="#map">Map</a>{% endblock %}
{% block content %}
{{ parts.table([("name", "", false), ("score", "%", true)], rows) }}
{{ parts.figure(drawing, "A map", "Two points.") }}
{% call parts.folded("More") %}{{ parts.sentence("Test it:", "python fcn_test.py") }}{% endcall %}
{% endblock %}
"""
_EVIL = '<img src=x onerror="alert(1)">.png'
_SVG = ('<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg xmlns:xlink="http://www.w3.org/1999/xlink" '
        'width="432pt" height="72pt" viewBox="0 0 432 72" xmlns="http://www.w3.org/2000/svg" '
        'version="1.1">\n <metadata>when</metadata>\n '
        '<path style="fill: #222222; stroke: #0072b2"/>\n</svg>\n')


@pytest.fixture
def page(tmp_path):
    """(**options) -> text of a page with a table, a drawing and a folded command."""
    (tmp_path / "page.html.jinja").write_text(_PAGE, encoding="utf-8")

    def render(**options):
        rows = [[(_EVIL, "x", False, "", ""), ("51.2", 51.2, True, "hint", "#0072b2")]]
        values = dict(rows=rows, drawing=shell.safe(inline(_SVG)))
        return shell.render(str(tmp_path / "page.html.jinja"), "Images & <labels>",
                            **dict(values, **options))
    return render


def test_a_page_has_its_parts_in_the_shell(page):
    text = page()
    assert text.startswith("<!DOCTYPE html>") and text.rstrip().endswith("</html>")
    assert "<title>Images &amp; &lt;labels&gt;</title>" in text
    assert '<th class="number" scope="col">score <span class="unit">%</span></th>' in text
    assert ('<td class="number" title="hint" data-v="51.2">'
            '<i class="chip" style="background: #0072b2"></i>51.2</td>') in text
    assert re.search(r"<summary>More</summary>\s*Test it:<pre>python fcn_test.py</pre>", text)
    assert "<figcaption><b>A map.</b> Two points.</figcaption>" in text


def test_names_stay_text(page):
    text = page()
    assert "<img" not in text and "&lt;img src=x onerror=" in text


def test_it_fetches_nothing(page):
    text = page(scripts=["let x = 1;"], styles=["b { color: red; }"])
    assert "b { color: red; }" in text
    assert not re.search(r"<(link|img|iframe|base|form)|@import|url\(|<\w[^>]*\ssrc=|https?:", text)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert policy.startswith("default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'")
    assert policy.count("script-src") == 1 and "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy[policy.index("script-src"):]


def test_each_script_is_named_by_its_hash_and_the_shells_comes_first(page):
    text = page(scripts=["let x = '</td>é';\n"])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1)
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.S)
    assert scripts == [shell.own("page.js"), "let x = '</td>é';\n"]
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_a_value_that_is_missing_is_an_error(page, tmp_path):
    (tmp_path / "page.html.jinja").write_text(
        '{% extends "shell.html.jinja" %}{% block content %}{{ gone }}{% endblock %}')
    with pytest.raises(jinja2.UndefinedError, match="gone"):
        shell.render(str(tmp_path / "page.html.jinja"), "title")


def test_drawings_take_their_share_of_the_width_and_the_inks():
    text = inline(_SVG)
    assert text.startswith('<svg style="--share: 0.5" viewBox="0 0 432 72">')
    assert inline(_SVG, page_width=3).startswith('<svg style="--share: 1" ')
    assert "fill: var(--ink); stroke: #0072b2" in text
    assert "metadata" not in text and "http" not in text


def test_the_style_has_every_ink_in_light_and_dark():
    style = shell.own("page.css")
    light, dark = style.split("prefers-color-scheme: dark", 1)
    used = set(re.findall(r"var\((--\w+)\)", style + inline(_SVG))) - {"--share", "--plot"}
    for name in used:
        assert name + ":" in light and name + ":" in dark.split("* {")[0], name
