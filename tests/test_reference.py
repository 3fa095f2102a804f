"""The reference page names everything that a reader may import, shows how to call it, and names
nothing that is not there.
"""

import ast
import doctest
import importlib
import inspect
import re
import types
import unicodedata

import pytest
from refresh_notebooks import BOOK

import emlib

PAGE = (BOOK / "reference.md").read_text("utf-8")
FILES = sorted((BOOK.parent / "emlib").glob("*.py"))
# What the modules share among themselves.
INNER = {"__init__", "checks", "covariance", "passes", "columns"}
# For the build of the book; what `fit` makes of a model.
UNLISTED = {"as_svg", "Blocks", "Centred", "Job", "Sweeps"}
# A list of directives, and the examples between it and the next one.
ENTRY = re.compile(r"^```{eval-rst}\n(.*?)^```$(.*?)(?=^```{eval-rst}|\Z)", re.DOTALL | re.M)
DIRECTIVE = re.compile(r"\.\. (currentmodule|auto\w+):: ([\w.]+)(?:\(\))?(\n +:members:)?(.*)")
BLOCK = re.compile(r"^```pycon\n(.*?)^```$", re.DOTALL | re.M)


def entries():
    """Everything on the page: module, name, the members that are listed, and the examples below."""
    module = ""
    for directives, below in ENTRY.findall(PAGE):
        for directive, name, shows_members, members in DIRECTIVE.findall(directives):
            if directive == "currentmodule":
                module = name
            else:
                every = documented(module, name) if shows_members else []
                listed = members.strip().split(", ") if members.strip() else every
                yield module, name, listed, "".join(BLOCK.findall(below))


def documented(module, name):
    """The members of a class that autodoc shows unless it is told which."""
    own = vars(getattr(importlib.import_module(module), name))
    kinds = (types.FunctionType, classmethod, property)
    return [n for n, one in own.items() if isinstance(one, kinds) and not n.startswith("_")]


def described():
    """Every name on the page, as module and name."""
    return [(module, name) for module, name, _, _ in ENTRIES]


def used(examples):
    """The names that the lines of examples use, and which of them follow a dot."""
    source = "".join(one.source for one in doctest.DocTestParser().get_examples(examples))
    nodes = list(ast.walk(ast.parse(source)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in nodes if isinstance(node, ast.Name)}, attributes


ENTRIES = list(entries())


def public(module):
    """The names of classes and functions that a module defines for its readers."""
    tree = ast.parse((BOOK.parent / f"{module.replace('.', '/')}.py").read_text("utf-8"))
    kinds = (ast.ClassDef, ast.FunctionDef)
    names = {n.name for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")}
    return names - UNLISTED


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: ".".join(entry[:2]))
def test_every_name_and_member_has_an_example_below_it(entry):
    _, name, members, examples = entry
    names, attributes = used(examples)
    assert name in names
    assert [member for member in members if member not in attributes] == []


def test_every_public_name_of_emlib_is_described():
    assert set(emlib.__all__) <= {name for _, name in described()}


def test_every_widget_is_described():
    assert set(importlib.import_module("emlib.widgets").__all__) <= {n for _, n in described()}


def test_every_widget_shows_its_arguments():
    widgets = importlib.import_module("emlib.widgets")
    for name in widgets.__all__:
        shown = inspect.signature(getattr(widgets, name)).parameters.values()
        assert {one.kind for one in shown} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}, name


@pytest.mark.parametrize("name", ["data", *(f.stem for f in FILES if f.stem.startswith("plots"))])
def test_every_data_set_and_picture_is_described(name):
    module = f"emlib.{name}"
    assert {(module, one) for one in public(module)} <= set(described())


@pytest.mark.parametrize("file", [f for f in FILES if f.stem not in INNER], ids=lambda f: f.stem)
def test_every_model_of_a_module_is_described(file):
    tree = ast.parse(file.read_text("utf-8"))
    models = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert models - UNLISTED <= {name for _, name in described()}


def test_every_status_stands_there_with_its_sentence():
    rows = re.findall(r"^- `(\w+)`: (.*?)(?: ….*)?$", PAGE, re.M)
    assert dict(rows) == importlib.import_module("emlib.result").EXPLANATIONS


def test_every_name_on_the_page_exists():
    for module, name in described():
        assert hasattr(importlib.import_module(module), name), (module, name)


def test_the_example_runs(capsys):
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    exec(code, {})
    printed = capsys.readouterr().out
    assert printed.startswith("start 0 ")
    assert "converged after 13 iterations" in printed


SOURCE = re.compile(r"([A-ZÅÄÖ][\w-]+)((?:, [A-Z][\w-]+)*(?: & [A-Z][\w-]+)?) \(?([12]\d{3})\b")
AUTHOR = re.compile(r"author\s*= \{([^,]+),.*?year\s*= \{(\d{4})\}", re.DOTALL)


def test_every_source_that_the_code_names_is_in_the_bibliography():
    known = set(AUTHOR.findall((BOOK / "references.bib").read_text("utf-8")))
    code = {file.name: file.read_text("utf-8") for file in FILES}
    named = {(who, year) for text in code.values() for who, _, year in SOURCE.findall(text)}
    assert len(named) > 15
    assert {(plain(who), year) for who, year in named} <= {(plain(w), y) for w, y in known}


def plain(name):
    """Return a name without accents, whether they are LaTeX's or Unicode's."""
    letters = unicodedata.normalize("NFKD", re.sub(r"[{}\\'\"]", "", name))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
