"""Public functions and methods say what they take and what they return. Read from the source."""
import ast
import glob
import os

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: Files and folders whose public functions are called from other files.
ROOMS = ("archs", "utils", "scripts", "fcn_*.py", "benchmarks/common.py", "benchmarks/claims",
         "benchmarks/sides/speak.py")


def _paths(room):
    """The source files of a room."""
    pattern = os.path.join(ROOT, room)
    if os.path.isdir(pattern):
        pattern = os.path.join(pattern, "**", "*.py")
    return sorted(glob.glob(pattern, recursive=True))


def _public(body, of_class=""):
    """(name, function) of the public functions and methods among statements; __init__ is one."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public(node.body, node.name + ".")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if not node.name.startswith("_") or of_class and node.name == "__init__":
                yield of_class + node.name, node


def _arguments(function, is_method):
    """The arguments that have to be annotated: all but a method's first."""
    given = function.args
    named = getattr(given, "posonlyargs", []) + given.args
    static = any(getattr(decorator, "id", "") == "staticmethod"
                 for decorator in function.decorator_list)
    rest = [given.vararg, given.kwarg]
    return (named[1:] if is_method and not static else named) + given.kwonlyargs + [
        argument for argument in rest if argument]


def missing(source, path="<source>"):
    """Lines "path:line name: what is not annotated" of a source text."""
    lines = []
    for name, function in _public(ast.parse(source, path).body):
        lacking = [argument.arg for argument in _arguments(function, "." in name)
                   if argument.annotation is None]
        if function.returns is None:
            lacking.append("return")
        if lacking:
            lines.append(f"{path}:{function.lineno} {name}: {', '.join(lacking)}")
    return lines


def test_finds_what_is_missing():
    source = ("class A:\n    def __init__(self, a, *b: int): pass\n    def _own(self, a): pass\n"
              "    @staticmethod\n    def s(c) -> int: pass\n"
              "class _B:\n    def f(self, a): pass\n"
              "def g(x: int, *, y, **z) -> int: pass\ndef h() -> None: pass\ndef _i(a): pass\n")
    assert [line.split(" ", 1)[1] for line in missing(source)] == [
        "A.__init__: a, return", "A.s: c", "g: y, z"]


@pytest.mark.parametrize("room", ROOMS)
def test_public_signatures_are_annotated(room):
    paths = _paths(room)
    assert paths, f"{room} is gone: take it off the list"
    lines = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            lines += missing(file.read(), os.path.relpath(path, ROOT))
    assert lines == []
