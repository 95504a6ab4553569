"""Everything that a page may have to name has a name in both languages."""

import re

import pytest

from contracts.audit import EntryKind
from contracts.material import AttachmentState, Legal, Retrieval
from gateway.console.connect.titles import key_title, title_in
from gateway.console.dryruns import titled
from gateway.console.rendering import HERE
from gateway.console.words import WORDS


def test_every_kind_of_entry_is_called_something():
    assert {kind.value for kind in EntryKind if f"entry:{kind.value}" not in WORDS} == set()


def test_states_of_a_material_and_its_files_are_called_something():
    assert {each.value for each in (*Retrieval, *Legal)} - set(WORDS) == set()
    assert {f"file-{each.value}" for each in AttachmentState} - set(WORDS) == set()


@pytest.mark.parametrize(
    ("place", "zh", "en"),
    [
        ("permit_no", "许可证号", "permit number"),
        ("buildings[1].no", "单体建筑 2 · 幢号", "buildings 2 · building"),
        ("@retrieval", "取得状态", "retrieval"),
        ("@attachments[0].name", "附件 1 · 名称", "attachment 1 · name"),
        ("buildings[0].colour", "buildings[0].colour", "buildings[0].colour"),
    ],
)
def test_a_place_of_a_material_is_called_what_the_contract_calls_it(place: str, zh: str, en: str):
    told = titled("construction-planning-permit", place)
    assert (told.zh, told.en) == (zh, en)


def test_people_are_called_by_their_accounts():
    raw = re.compile(r"\{\{ (?!line\.|report\.)[\w.]*(?:\bby|_by|author|origin|guest\.id) \}\}")
    shown = {path.name: raw.findall(path.read_text("utf-8")) for path in (HERE / "templates").rglob("*.html")}
    assert shown
    assert {name: found for name, found in shown.items() if found} == {}


def test_what_was_written_by_hand_and_says_nothing_is_itself():
    assert key_title("prj_num").zh == "项目编号"
    assert (key_title("prj").zh, key_title(["a"]).en) == ("prj", "['a']")
    assert title_in({"title": {"zh": "示例局", "en": "Bureau"}}, "mdj-x").zh == "示例局"
    assert {title_in(said, "mdj-x").zh for said in ({}, {"title": "x"}, {"title": {"zh": 1}})} == {"mdj-x"}
