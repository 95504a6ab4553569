"""What the documents name is there: commands, options, settings, addresses, metrics, files."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from gateway.api.doors import DOORS
from gateway.cli.commands import app
from gateway.console import doors as console
from gateway.metrics import METRICS
from gateway.settings import Settings
from tests.docs.pages import PAGES, READERS, ROOT, anchors, blocks, headings, joined, links, shell_lines
from tests.test_house import house_files, text_of

ALL = [*PAGES, *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "DECISIONS.md"))]
PAIRS = [ROOT / "README.md", *(ROOT / "docs" / f"{reader}.md" for reader in READERS)]
OWN = {f"LANDBRIDGE_{name.upper()}" for name in Settings.model_fields}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command by its words."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from leaves(each, (*path, name))


COMMANDS = dict(leaves(typer.main.get_command(app)))
GROUPS = {path[:length] for path in COMMANDS for length in range(len(path))}


def called(line: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The words of a `landbridge …` in a line, and what it is given."""
    found = re.search(r"(?:^|\s|bin/)landbridge((?: .*)?)$", re.split(r"[|;<>#]", line)[0].strip())
    if found:
        words = [word for word in shlex.split(found[1]) if word != "…"]
        path: tuple[str, ...] = ()
        while words and path in GROUPS and not words[0].startswith("-"):
            path = (*path, words.pop(0))
        yield path, words


def named(line: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The words and the options of a `landbridge …` in a line."""
    for path, words in called(line):
        yield path, [word.partition("=")[0] for word in words if word.startswith("--")]


USED = [(page, *each) for page in ALL for line in shell_lines(page) for each in named(line)]


def test_every_command_line_is_one_that_exists():
    wrong = []
    for page, path, options in USED:
        command = COMMANDS.get(path)
        known = {"--help", *(name for each in getattr(command, "params", ()) for name in each.opts)}
        if path not in {*COMMANDS, *GROUPS} or not set(options) <= known:
            wrong.append((page.name, *path, *options))
    assert wrong == []


def test_what_a_command_is_given_is_what_it_takes():
    """In blocks to copy, where every word stands for something; files need not be there."""
    wrong = {}
    for page in ALL:
        lines = [text for block in blocks(page) if block.lang == "sh" for text in joined(block).splitlines()]
        for line in lines:
            for path, words in called(line):
                if (problem := misfit(path, words)) is not None:
                    wrong[line] = problem
    assert wrong == {}


USAGE: Any = typer.BadParameter.__bases__[0]
"""All that the command line itself refuses."""


def misfit(path: tuple[str, ...], words: list[str]) -> str | None:
    """What the command would not take, if anything."""
    there = [
        str(ROOT / "README.md") if re.search(r"\.(json|pdf|pass|yaml|csv|manifest|txt)$", word) else word
        for word in words
    ]
    try:
        COMMANDS[path].make_context(" ".join(path), there)
    except USAGE as error:
        return str(error.format_message())
    return None


def test_the_documents_use_commands_at_all():
    assert len(USED) > 100


def test_every_command_is_explained_somewhere():
    used = {path for _, path, _ in USED}
    assert [" ".join(path) for path in COMMANDS if path not in used] == []


def test_every_variable_is_a_setting_or_read_by_something():
    read = "\n".join(text_of(path) for path in house_files() if path.suffix in {".py", ".yaml", ""})
    named_here = {word for page in ALL for word in re.findall(r"\bLANDBRIDGE_[A-Z_]*[A-Z]", text_of(page))}
    others = {word for word in named_here - OWN if word.removesuffix("_FILE") not in OWN}
    others = {word for word in others if not word.startswith("LANDBRIDGE_SECRET_")}
    assert {word for word in others if word not in read} == set()


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_setting_is_in_the_readme(readme):
    said = set(re.findall(r"LANDBRIDGE_[A-Z_]*[A-Z]", text_of(ROOT / readme)))
    assert said >= OWN


def test_every_address_is_a_door():
    places = {**DOORS, **console.PAGES}
    doors = [(method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path))) for method, path in places]
    said = {each for page in ALL for each in re.findall(r"`(GET|POST|PUT) (/[^\s`?]+)", text_of(page))}
    strays = [each for each in said if not any(each[0] == m and p.fullmatch(each[1]) for m, p in doors)]
    assert strays == []


def test_every_metric_is_measured():
    said = {word for page in ALL for word in re.findall(r"`(landbridge_[a-z_]+)`", text_of(page))}
    assert said - {metric.name for metric in METRICS} == set()


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    lost = []
    for link in links(page):
        place, _, fragment = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAIRS, ids=lambda page: page.name)
def test_both_languages_say_the_same(page):
    """As far as a program can tell: the same parts, examples and links, tables of the same size."""
    other = page.with_suffix(".zh-CN.md")
    assert [each.count("#") for each in headings(page)] == [each.count("#") for each in headings(other)]
    assert len(blocks(page)) == len(blocks(other))
    if page.name != "README.md":
        assert blocks(page) == blocks(other)
    assert sorted(map(plain, links(page))) == sorted(map(plain, links(other)))
    assert rows(text_of(page)) == rows(text_of(other))


def plain(link: str) -> str:
    """A link whatever the language of its target."""
    return link.partition("#")[0].replace(".zh-CN.", ".")


def rows(text: str) -> int:
    return len(re.findall(r"^\|", text, re.MULTILINE))


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_leads_every_reader_to_a_page_in_their_language(readme):
    suffix = readme.removeprefix("README")
    assert {f"docs/{reader}{suffix}" for reader in READERS} <= set(links(ROOT / readme))
    assert "docs/threats.md" in links(ROOT / readme)
