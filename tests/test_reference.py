"""The reference page names everything that a reader may import, and nothing that is not there."""

import ast
import importlib
import re

import pytest
from refresh_notebooks import BOOK

import emlib

PAGE = (BOOK / "reference.md").read_text("utf-8")
FILES = sorted((BOOK.parent / "emlib").glob("*.py"))
# What the modules share among themselves.
INNER = {"__init__", "checks", "covariance"}


def described():
    """Every name on the page, as module and name."""
    module = ""
    for directive, name in re.findall(r"\.\. (currentmodule|auto\w+):: ([\w.]+)", PAGE):
        if directive == "currentmodule":
            module = name
        elif directive == "automodule":
            yield from ((name, one) for one in public(name))
        else:
            yield module, name


def public(module):
    """The names of classes and functions that a module defines for its readers."""
    tree = ast.parse((BOOK.parent / f"{module.replace('.', '/')}.py").read_text("utf-8"))
    kinds = (ast.ClassDef, ast.FunctionDef)
    return [n.name for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")]


def test_every_public_name_of_emlib_is_described():
    assert set(emlib.__all__) <= {name for _, name in described()}


def test_every_widget_is_described():
    assert set(importlib.import_module("emlib.widgets").__all__) <= {n for _, n in described()}


@pytest.mark.parametrize("file", [f for f in FILES if f.stem not in INNER], ids=lambda f: f.stem)
def test_every_model_of_a_module_is_described(file):
    tree = ast.parse(file.read_text("utf-8"))
    models = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert models <= {name for _, name in described()}


def test_every_name_on_the_page_exists():
    for module, name in described():
        assert hasattr(importlib.import_module(module), name), (module, name)


def test_the_example_runs(capsys):
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    exec(code, {})
    printed = capsys.readouterr().out
    assert printed.startswith("start 0 ")
    assert "converged after 13 iterations" in printed
