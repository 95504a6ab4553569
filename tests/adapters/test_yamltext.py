"""Manifests' YAML: what it says is what another reader of YAML 1.2 says, and no text is too much for it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError as OtherError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from adapters.manifest import load, read_yaml
from adapters.manifest.yamltext import DEPTH, YAMLError, plain_values
from contracts.errors import ManifestInvalid

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "config" / "agencies").glob("*.yaml"))
TEXTS = ["".join(path.read_text("utf-8").splitlines(keepends=True)[:14]) for path in SHIPPED]
SIGNS = "{}[]:,-?*&!|>'\"%@`# \n\tab0~é中"


def said_by_another(document: str) -> tuple[Any, dict[Any, int]]:
    """Texts as they are written, and where they stand, as ruamel.yaml composes them in Python."""
    lines: dict[Any, int] = {}

    def told(node: Node, place: tuple[Any, ...]) -> Any:
        lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, MappingNode):
            for key, _ in node.value:
                lines[(*place, key.value)] = key.start_mark.line + 1
            return {key.value: told(value, (*place, key.value)) for key, value in node.value}
        if isinstance(node, ScalarNode):
            return node.value
        return [told(item, (*place, number)) for number, item in enumerate(node.value)]

    node = YAML(typ="safe", pure=True).compose(document)
    return (told(node, ()) if node else ""), lines


def in_words(content: Any) -> Any:
    """Values as their texts; what may be written in three ways as none."""
    if isinstance(content, dict):
        return {name: in_words(value) for name, value in content.items()}
    if isinstance(content, list):
        return [in_words(value) for value in content]
    return "" if content in (None, "~", "null") else str(content).lower()


def assert_alike(document: str) -> None:
    (content, lines), (other, places) = plain_values(document), said_by_another(document)
    assert in_words(content) == in_words(other)
    assert lines == places


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_manifest_says_what_another_reader_says(path: Path):
    assert_alike(path.read_text("utf-8"))


@given(
    document=st.sampled_from(TEXTS),
    edits=st.lists(st.tuples(st.integers(0, 600), st.sampled_from(SIGNS), st.integers(0, 1)), max_size=3),
)
def test_whatever_both_readers_take_says_the_same(document: str, edits: list[tuple[int, str, int]]):
    for place, sign, gone in edits:
        document = document[:place] + sign + document[place + gone :]
    try:
        plain_values(document)
        said_by_another(document)
    except (YAMLError, OtherError, ValueError):
        return
    assert_alike(document)


@pytest.mark.parametrize("opens", ["[", "- ", "{a: ", "? ", "[{a: ["])
def test_a_text_within_itself_half_a_million_times_is_refused(opens: str):
    with pytest.raises(ManifestInvalid):
        read_yaml(opens * (1_000_000 // len(opens)), "deep")


def test_the_deepest_text_that_is_taken():
    read_yaml("[" * DEPTH + "]" * DEPTH, "deep")
    with pytest.raises(ManifestInvalid, match="100 levels"):
        read_yaml("[" * (DEPTH + 1) + "]" * (DEPTH + 1), "deep")


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029"])
def test_a_sign_that_breaks_lines_for_some_is_refused_at_its_line(sign: str):
    with pytest.raises(ManifestInvalid, match=r"x\.yaml:2: "):
        load(f"agency: mdj-x # plain\ntitle: {{zh: 甲{sign}乙}}\n", "x.yaml")
    assert read_yaml('a: "\\N\\L\\P"', "x")[0] == {"a": "\x85\u2028\u2029"}


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ("a: 1\n---\nb: 1\n", 2),
        ("a: 1\n&x b: 2\n", 2),
        ("a: &x 1\n", 1),
        ("a: 1\n? [b]\n: 2\n", 2),
        ("a: 1\na: 2", 2),
    ],
)
def test_what_is_doubtful_is_named_by_its_line(document: str, line: int):
    with pytest.raises(ManifestInvalid, match=rf"x\.yaml:{line}: "):
        read_yaml(document, "x.yaml")


@pytest.mark.parametrize("document", ["a: \x00", 'a: "\ud800"', "a: \x07"])
def test_what_is_no_text_is_refused(document: str):
    with pytest.raises(ManifestInvalid):
        read_yaml(document, "x.yaml")
