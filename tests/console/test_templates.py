"""Templates and stylesheet hold nothing that is not used, and nothing is used that they do not hold."""

import re
from collections import Counter

import pytest
from jinja2 import Environment, nodes

from gateway.console.rendering import HERE

FOLDER = HERE / "templates"
TEMPLATES = {str(path.relative_to(FOLDER)): path.read_text("utf-8") for path in FOLDER.rglob("*.html")}
SCRIPTS = "\n".join(path.read_text("utf-8") for path in (HERE / "static").glob("*.js"))
SHEET = re.sub(r"/\*.*?\*/", "", (HERE / "static" / "console.css").read_text("utf-8"), flags=re.DOTALL)

PASSED = {"good", "bad", "wait", "danger", "second"}
"""Classes that stand in no attribute: tones of badges and buttons, handed on by their names."""

HOOKS = {"made"}
"""Classes by which a script finds something, and which look like nothing."""

_CLASSES = re.compile(r'class="((?:[^"{]|\{\{.*?\}\}|\{%.*?%\})*)"')
_SAID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
_RULE = re.compile(r"([^{}]+)\{")


def worn(text: str) -> set[str]:
    """The classes of a template's elements; `in{{ depth }}` is `in`."""
    found: set[str] = set()
    for attribute in _CLASSES.findall(text):
        found |= set(_SAID.sub(" ", attribute).split())
        for said in _SAID.findall(attribute):
            found |= {each for words in re.findall(r"'([a-z][a-z -]*)'", said) for each in words.split()}
    return found


WORN = set().union(*map(worn, TEMPLATES.values())) - {"in", "d"}
RULES = {found for each in _RULE.findall(SHEET) for found in re.findall(r"\.([a-zA-Z][\w-]*)", each)}
BY_DEPTH = {each for each in RULES if re.fullmatch(r"(d|in)\d", each)}


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_what_a_template_imports_it_uses(name: str):
    tree = Environment(autoescape=True).parse(TEMPLATES[name])
    taken = [each for found in tree.find_all(nodes.FromImport) for each in found.names]
    names = {each[1] if isinstance(each, tuple) else each for each in taken}
    assert names - {each.name for each in tree.find_all(nodes.Name)} == set()


def test_every_macro_and_every_template_is_used_somewhere():
    made = Counter(re.findall(r"\{% macro (\w+)", "\n".join(TEMPLATES.values())))
    called = "\n".join(re.sub(r"\{% macro \w+|\{% from .*?%\}", "", text) for text in TEMPLATES.values())
    assert {name for name in made if not re.search(rf"\b{name}\(", called)} == set()
    everything = "\n".join([*TEMPLATES.values(), *(path.read_text("utf-8") for path in HERE.rglob("*.py"))])
    assert {name for name in TEMPLATES if not re.search(f"""['"]{name}['"]""", everything)} == set()


def test_every_class_has_a_rule_and_every_rule_a_class():
    by_scripts = set(re.findall(r'(?:className = `?"?|classList\.\w+\(")([a-z]+)', SCRIPTS))
    assert set() == WORN - RULES - HOOKS
    assert RULES - WORN - PASSED - BY_DEPTH - by_scripts == set()
    assert HOOKS <= WORN
    assert all(f".{hook}" in SCRIPTS for hook in HOOKS)


def test_no_rule_is_said_twice():
    outside = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", SHEET)
    selectors = Counter(each.strip() for each in _RULE.findall(outside))
    assert {each for each, times in selectors.items() if times > 1} == set()
