"""Initials, spellings and likeness: why a column is taken for a field, and when it is not."""

import pytest

from adapters.drafting.initials import initial, initials
from adapters.drafting.likeness import likeness
from adapters.drafting.shapes import fit
from adapters.drafting.spellings import DEAREST, letters, phrases
from adapters.drafting.targets import Target, asked_by, targets
from contracts.exchange import FREE_KEYS, KEYS
from contracts.identifiers import READERS
from contracts.kinds import FIELDS

ALL = [(kind, target) for kind in FIELDS for target in targets(kind)]
EVERY = [*(target for _, target in ALL), *(inner for _, target in ALL for inner in target.of)]


def field(kind: str, name: str) -> Target:
    return next(target for target in targets(kind) if target.name == name)


def test_every_character_of_every_label_has_an_initial():
    silent = {sign for target in EVERY for sign in target.zh if not initial(sign) and sign not in "（）"}
    assert silent == set()


@pytest.mark.parametrize(
    ("words", "spelt"),
    [
        ("竣工验收备案编号", "jgysbabh"),
        ("施工许可证编号", "sgxkzbh"),
        ("备案幢号", "bazh"),
        ("曾用名称", "cymc"),
        ("税率", "sl"),
        ("单体建筑", "dtjz"),
        ("行政区划代码", "xzqhdm"),
        ("使用年限（年）", "synxn"),
        ("啊阿匝座", "aazz"),
        ("A座", "az"),
        ("镕\ue000", ""),
    ],
)
def test_initials_are_those_people_write(words, spelt):
    assert initials(words) == spelt


def test_every_key_can_be_asked_by():
    assert set(KEYS) == set(READERS) | FREE_KEYS
    assert all(asked_by(key).zh for key in KEYS)


def test_the_label_itself_costs_nothing_and_nothing_costs_too_much():
    for target in EVERY:
        known = phrases(target.zh, target.unit)
        assert known[target.zh] == 0
        assert max(known.values()) <= DEAREST
        assert letters(target.zh, target.unit)[initials(target.zh)] == 0


@pytest.mark.parametrize(
    ("kind", "name", "column", "doc"),
    [
        ("completion-filing", "filing_no", "babh", ""),
        ("completion-filing", "filing_no", "CERTCODE", ""),
        ("completion-filing", "holder_name", "BUILDUNIT", ""),
        ("completion-filing", "completed_on", "COMPLETEDATE", ""),
        ("completion-filing", "construction_permit_no", "SGXKCERTCODE", ""),
        ("completion-filing", "project_name", "projectName", ""),
        ("completion-filing", "project_name", "c017", "工程名称"),
        ("completion-filing", "project_name", "c017", "项目名称（必填）"),
        ("completion-filing", "project_name", "c017", "project name"),
        ("land-transfer-contract", "land_area_m2", "crmjpfm", ""),
        ("land-transfer-contract", "signed_on", "htqdsj", ""),
        ("land-price-payment", "payer_name", "缴款人", ""),
        ("company-record", "uscc", "tyshxydm", ""),
    ],
)
def test_a_column_is_like_its_field(kind, name, column, doc):
    found = likeness(column, doc, field(kind, name))
    assert found is not None
    assert found.points >= 50
    assert found.why.zh
    assert found.why.en


@pytest.mark.parametrize("column", ["LSH", "createTime", "fj", "x", "", "字段一", "a" * 5000, "建" * 5000])
def test_a_column_that_is_like_nothing_is_like_nothing(column):
    assert likeness(column, "", field("completion-filing", "joint_acceptance")) is None


def test_the_reason_says_which_words_the_letters_are():
    found = likeness("JSDWDM", "", field("completion-filing", "holder_uscc"))
    assert found is not None
    assert found.why.zh == "JSDWDM 为“建设单位代码”的拼音首字母"


@pytest.mark.parametrize(
    ("name", "value", "suits"),
    [
        ("filing_no", "2310052103150101-JX-001", True),
        ("filing_no", "不是编号", False),
        ("holder_uscc", "91231000DEM0AA016M", True),
        ("holder_uscc", "某公司", False),
        ("holder_name", "91231000DEM0AA016M", False),
        ("holder_name", "108611.27", False),
        ("holder_name", "2021-01-02", False),
    ],
)
def test_values_speak_for_a_field_or_against_it(name, value, suits):
    found = fit(field("completion-filing", name), [value])
    assert found is not None
    assert (found.points > 0) is suits


def test_what_cannot_be_read_as_a_field_is_not_it():
    assert fit(field("completion-filing", "filed_on"), ["某日"]) is None
    assert fit(field("completion-filing", "total_area_m2"), ["很大"]) is None


def test_two_letters_are_less_sure_than_four():
    short = likeness("yt", "", field("land-right", "use"))
    long = likeness("jsdw", "", field("completion-filing", "holder_name"))
    assert short is not None
    assert long is not None
    assert short.points < long.points
