"""What an entry says in words, for every kind of entry there is and for those there may be."""

import hashlib
import json
import re
from typing import Any

import pytest

from contracts.audit import EntryKind
from contracts.catalogue import KINDS
from contracts.text import Text, text
from gateway.audit import acts
from gateway.audit import sentence as sentences
from gateway.audit.kinds import ENTRIES
from gateway.audit.names import NAMELESS, Names, quoted
from gateway.audit.phrases import PHRASES
from gateway.audit.sentence import sentence

AT = "2026-03-02T06:05:09.120Z"
CODE = "2012-231005-04-01-735188"
WHO = {"consumer": "registration", "operator": "reg-017", "case": "DJ-1", "purpose": "first-registration"}
NAMES = Names(
    consumers={"registration": text("登记系统", "登记系统")},
    agencies={"mdj-hc": text("住建局", "Housing Bureau"), "mdj-nr": text("自然资源局", "Resources Bureau")},
    projects={CODE: "翰林示例城"},
    words={
        "first-registration": text("首次登记", "first registration"),
        "not-granted": text("未获授权", "Not granted"),
        "auditor": text("审计管理员", "audit administrator"),
    },
)
PROJECT, PROJECT_EN = f"“翰林示例城”（{CODE}）", f"“翰林示例城” ({CODE})"
BECAUSE, BECAUSE_EN = (
    "登记系统（操作员 reg-017）为办件 DJ-1（首次登记）",
    "for case DJ-1 (first registration)",
)
WHO_EN = "登记系统 (operator reg-017)"
ASKS: list[tuple[dict[str, Any], str, str]] = [
    (
        WHO | {"kind": "asked", "project": CODE, "agencies": ["mdj-nr", "mdj-hc"]},
        f"{BECAUSE}查询 {PROJECT}；即将询问 自然资源局、住建局",
        (f"{WHO_EN} asked for {PROJECT_EN} {BECAUSE_EN}; about to ask Resources Bureau, Housing Bureau"),
    ),
    (
        WHO
        | {
            "kind": "answered",
            "project": CODE,
            "age": 7_300,
            "outcome": {
                "retrieval": dict(zip("abcdefghij", ["received"] * 8 + ["stale", "pending"], strict=True)),
                "cached": 3,
            },
        },
        (f"{BECAUSE}查询 {PROJECT}；答复了 10 项材料中的 9 项；3 项取自缓存，最早 2 小时前取得"),
        (
            f"{WHO_EN} asked for {PROJECT_EN} {BECAUSE_EN};"
            " answered with 9 of 10 materials; 3 from cache, oldest 2 h"
        ),
    ),
    (
        {
            "kind": "answered",
            "consumer": "hall",
            "outcome": {"retrieval": {"a": "received"}, "cached": 1},
            "age": 61,
        },
        "hall 查询；答复了 1 项材料中的 1 项；1 项取自缓存，最早 1 分钟前取得",
        "hall asked; answered with 1 of 1 material; 1 from cache, oldest 1 min",
    ),
    (
        {"kind": "answered", "consumer": "hall", "kinds": ["fire-acceptance"], "outcome": {"status": 206}},
        "hall 查询；交付附件：消防验收意见书或备案凭证",
        "hall asked; answered with a file: fire acceptance",
    ),
    (
        {"kind": "answered", "consumer": "hall", "outcome": {"status": 503, "problem": "agency-unavailable"}},
        "hall 查询；答复为未能取得（agency-unavailable）",
        "hall asked; answered that there is nothing to give (agency-unavailable)",
    ),
    (
        {"kind": "refused", "consumer": "hall", "outcome": {"problem": "not-granted"}},
        "hall 查询；被拒绝（未获授权）",
        "hall asked; refused (Not granted)",
    ),
    (
        {
            "kind": "refused",
            "consumer": "hall",
            "outcome": {"problem": "not-granted"},
            "subject": {"type": "address", "id": "/v1/log/search"},
        },
        "hall 访问 /v1/log/search；被拒绝（未获授权）",
        "hall came to /v1/log/search; refused (Not granted)",
    ),
    (
        WHO | {"kind": "failed", "project": "P"},
        f"{BECAUSE}查询 P；因网关自身故障未能答复",
        (f"{WHO_EN} asked for P {BECAUSE_EN}; not answered, by a fault of the gateway"),
    ),
    (
        {
            "kind": "asked",
            "consumer": "trial",
            "operator": "person:hui",
            "project": CODE,
            "agencies": ["mdj-hc"],
            "subject": {"type": "agency", "id": "mdj-hc", "version": 4, "note": "trial"},
        },
        f"trial（操作员 person:hui）查询 {PROJECT}，按 住建局（mdj-hc）的适配清单第 4 版；即将询问 住建局",
        (
            f"trial (operator person:hui) asked for {PROJECT_EN}, by version 4 of the manifest of"
            " Housing Bureau (mdj-hc); about to ask Housing Bureau"
        ),
    ),
    (
        WHO
        | {
            "kind": "used",
            "answer": 7,
            "project": CODE,
            "event": {"act": "print", "copies": 2},
            "kinds": ["fire-acceptance"],
        },
        (f"{BECAUSE}打印了第 7 条答复中 {PROJECT}的材料 2 份：消防验收意见书或备案凭证"),
        (
            f"{WHO_EN} printed the answer of entry 7 about {PROJECT_EN} {BECAUSE_EN}"
            ", 2 copies: fire acceptance"
        ),
    ),
]


@pytest.mark.parametrize(
    ("entry", "zh", "en"), ASKS, ids=[f"{n}-{each[0]['kind']}" for n, each in enumerate(ASKS)]
)
def test_a_sentence_says_who_asked_for_what_why_and_how_it_ended(entry, zh, en):
    said = sentence(entry | {"at": AT}, NAMES)
    assert said.zh == f"2026-03-02 14:05 {zh}"
    assert said.en == f"2026-03-02 14:05 {en}"


def about(kind, of, which, note=None, **more):
    """An entry of somebody's act: its subject, and what else it says."""
    subject = {"type": of, "id": which} | ({"note": note} if note else {})
    version = {"version": more.pop("version")} if "version" in more else {}
    return {"kind": kind, "operator": "person:li", "subject": subject | version} | more


HC = ("agency", "mdj-hc")
ACTS: list[tuple[dict[str, Any], str]] = [
    (about("published", *HC, version=3), "发布 住建局（mdj-hc）的适配清单第 3 版"),
    (about("rolled-back", "grants", "grants", version=2), "回退到 授权表第 2 版"),
    (
        about("tried", *HC, "beside version 2", version=3),
        "将 住建局（mdj-hc）的适配清单第 3 版 与第 2 版对比",
    ),
    (about("tried", *HC, "connection"), "测试 住建局（mdj-hc）的连接"),
    (
        about("tried", "address", "https://a.example", "description of mdj-hc", agencies=["mdj-hc"]),
        "为 住建局 读取 https://a.example 的接口说明",
    ),
    (about("secret", "secret", "mdj-hc/app", "set", agencies=["mdj-hc"]), "设置 住建局 的凭据 app"),
    (about("secret", "secret", "all", "3 sealed anew"), "重新封存 3 项凭据"),
    (
        about("consumer", "consumer", "registration", "key ab2 added; roles consumer,auditor"),
        "为需求方 登记系统（registration）签发密钥 ab2，角色：consumer、审计管理员",
    ),
    (
        about(
            "consumer", "consumer", "hall", "key ab2 added; roles agency-admin; agencies mdj-hc,x; title set"
        ),
        "为需求方 hall 签发密钥 ab2，角色：agency-admin；所管部门：住建局、x",
    ),
    (about("consumer", "consumer", "hall", "key ab2 revoked"), "停用需求方 hall 的密钥 ab2"),
    (about("consumer", "consumer", "registration", "title set"), "为需求方 registration 设置称呼"),
    (about("account", "account", "wang", "made; role auditor"), "建立账号 wang，角色：审计管理员"),
    (about("account", "account", "wang", "agencies mdj-hc"), "更改账号 wang 的所管部门：住建局"),
    (
        about("turned-away", "account", "wang", "failure 5 of 5; locked"),
        "账号 wang 第 5 次登录未成功，已锁定",
    ),
    (about("purged", "cache", "everything"), "清除全部已存答复"),
    (
        about("purged", "cache", "selection", project=CODE, agencies=["mdj-hc"]),
        f"清除已存答复：{PROJECT}、住建局",
    ),
    (
        about("alias", "alias", "filing_no=X-1", "rejected", project=CODE),
        f"否定 {PROJECT}的别名 filing_no=X-1",
    ),
    (
        about(
            "audit",
            "search",
            f"project={CODE} kind=answered material=fire-acceptance consumer=registration before=7",
        ),
        f"检索日志：项目 {PROJECT}、事由 答复、材料 消防验收意见书或备案凭证、需求方 登记系统、第 7 条之前",
    ),
    (
        about("audit", "search", "agency=mdj-hc since=2026-02-28T16:00:00.000Z", "followed"),
        "追踪：部门 住建局、自 2026-03-01 00:00",
    ),
    (about("audit", "search", "everything"), "检索日志：全部"),
    (about("audit", "search", "everything before=500"), "检索日志：全部、第 500 条之前"),
    (about("audit", "saved-search", "everything", "saved"), "保存检索：全部"),
    (about("audit", "uses", "agency=mdj-hc uses=True"), "查看数据使用情况：部门 住建局"),
    (about("audit", "uses", "grants unused for 90 days"), "查看 90 天未用的授权"),
    (about("audit", "entries", "7+1"), "查看日志第 7 条"),
    (about("audit", "entries", "7+50"), "查看日志自第 7 条起的 50 条"),
    (about("audit", "export", "log"), "导出全部日志"),
    (about("audit", "export", "case=DJ-1", "csv file"), "下载导出的文件：办件 DJ-1"),
    (
        about("audit", "report", "2026-02-28T16:00:00.000Z..2026-03-31T16:00:00.000Z"),
        "出具 2026-03-01 00:00 至 2026-04-01 00:00 的访问报告",
    ),
    (about("audit", "touched", "mdj-hc", "outage", agencies=["mdj-hc"]), "查看 住建局 受影响的办件"),
    (
        about("stand-in", "stand-in", "man-1", "typed", project=CODE, kinds=["fire-acceptance"]),
        f"为 {PROJECT}人工补录 消防验收意见书或备案凭证",
    ),
    (about("paused", *HC), "暂停使用 住建局（mdj-hc）的数据"),
    (about("repulled", "repull", "rep-1", count=3, agencies=["mdj-hc"]), "为 3 个办件自 住建局 重新取数"),
    (
        about("restored", "backup", "2026-03-01T00:00:00.000Z", version=41),
        "自 2026-03-01T00:00:00.000Z 的备份恢复，其日志有 41 条",
    ),
    (
        about("quarantined", "delivery", "qua-1", "stray", agencies=["mdj-hc"]),
        "隔离 住建局 的投递 qua-1（stray）",
    ),
    ({"kind": "signed-in", "operator": "person:li"}, "登录"),
    ({"kind": "signed-out", "operator": "person:li"}, "退出登录"),
    (about("looked", "page", "/console/agencies"), "查看页面 /console/agencies"),
    (
        about("looked", "consumer", "registration", "/console/consumers/registration"),
        "查看需求方 登记系统（registration）的页面 /console/consumers/registration",
    ),
    (
        about("looked", "account", "wang", "/console/accounts/wang"),
        "查看账号 wang 的页面 /console/accounts/wang",
    ),
    (about("started", "gateway", "landbridge", "0.1.0"), "网关启动，版本 0.1.0"),
    (about("backed-up", "backup", "b-1", "sealed"), "备份到 b-1"),
    (about("ingested", "delivery", "d-1", count=2, agencies=["mdj-hc"]), "接收 住建局 的投递 d-1，2 个文件"),
    (about("noted", *HC, "call"), "添加与 住建局（mdj-hc）的通话备注（内容不入日志）"),
    (
        about("drifted", *HC, kinds=["fire-acceptance"]),
        "发现 住建局（mdj-hc）的返回内容变化：消防验收意见书或备案凭证",
    ),
]


@pytest.mark.parametrize(("entry", "zh"), ACTS, ids=[f"{n}-{each[0]['kind']}" for n, each in enumerate(ACTS)])
def test_an_act_is_told_with_what_it_was_done_to(entry, zh):
    said = sentence(entry | {"at": AT}, NAMES)
    assert said.zh == f"2026-03-02 14:05 person:li {zh}"
    assert said.en.startswith("2026-03-02 14:05 person:li ")
    assert "  " not in said.en


@pytest.mark.parametrize("kind", [*EntryKind, "of-a-later-version"])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"subject": {"type": "x", "id": "y"}},
        {"subject": {"type": "agency", "id": "y", "note": "{id} {"}},
        {"outcome": {"status": 200}},
        {"subject": "no subject at all"},
    ],
)
@pytest.mark.parametrize("names", [NAMES, NAMELESS], ids=["names", "nameless"])
def test_every_kind_has_one_in_both_languages(kind, more, names):
    said = sentence(json.loads(json.dumps({"kind": str(kind), "at": AT} | more)), names)
    assert said.zh.startswith("2026-03-02 14:05")
    assert len(said.en) > len("2026-03-02 14:05 ")
    assert "None" not in said.en.replace("entry None", "")
    assert "{" not in (said.zh + said.en).replace("{id} {", "")
    assert kind == "of-a-later-version" or str(kind) not in said.zh


def test_a_phrase_has_the_same_places_in_both_languages():
    for kind, phrases in PHRASES.items():
        for phrase in phrases:
            zh, en = (set(re.findall(r"\{(\w+)\}", words)) for words in (phrase.said.zh, phrase.said.en))
            assert zh == en, kind


def test_without_names_it_is_told_by_ids_alone():
    entry = WHO | {"kind": "asked", "project": CODE, "agencies": ["mdj-nr"], "at": AT}
    assert sentence(entry, NAMELESS).zh == (
        "2026-03-02 14:05 registration（操作员 reg-017）为办件 DJ-1（first-registration）"
        f"查询 {CODE}；即将询问 mdj-nr"
    )


def test_sentences_of_exported_files_stay_as_they_are():
    """A manifest signs them: with another word here, a file made again is not the one that was signed."""
    entries = [*(entry for entry, _, _ in ASKS), *(entry for entry, _ in ACTS)]
    told = [sentence(entry | {"at": AT}, NAMELESS) for entry in entries]
    told += [each.said for several in PHRASES.values() for each in several]
    told += [*ENTRIES.values(), *acts.WORDS.values(), *sentences.ACTS.values()]
    told += [Text(zh=kind.zh, en=kind.en) for kind in KINDS.values()]
    octets = "\n".join(f"{each.zh}\n{each.en}" for each in told).encode()
    assert hashlib.sha256(octets).hexdigest()[:16] == "90ba8595296be4b3"


def test_a_name_that_could_be_taken_for_the_rest_of_a_sentence_stands_in_quotes():
    for name in (
        "翰林示例城",
        "示例城并经局长批准导出",
        "翰林示例城（一期）",
        "甲；答复了 9 项",
        "a for case 1",
        "城" * 25,
        "2012-231005",
        "<b>",
    ):
        assert quoted(name) == f"“{name}”"
    assert quoted("”；被拒绝“") == "“'；被拒绝'”"


INNER = "某局（登记） 二科"
INNERS = Names(
    consumers={"registration": text(INNER, INNER)},
    agencies={"mdj-hc": text("住建（城区） 分局", "Housing")},
    projects={CODE: "示例城（一期） 北区"},
    words={"first-registration": text("首次（整体） 登记", "first")},
)


@pytest.mark.parametrize(
    ("entry", "zh"),
    [
        (
            WHO | {"kind": "used", "answer": 7, "project": CODE, "event": {"act": "print", "copies": 2}},
            (
                f"{INNER}（操作员 reg-017）为办件 DJ-1（首次（整体） 登记）打印了第 7 条答复中"
                f" “示例城（一期） 北区”（{CODE}）的材料 2 份"
            ),
        ),
        ({"kind": "signed-in", "consumer": "registration"}, f"{INNER} 登录"),
        (
            {"kind": "consumer", "subject": {"type": "consumer", "id": "registration", "note": "revoked"}},
            f"停用需求方 {INNER}（registration）",
        ),
        (
            {
                "kind": "consumer",
                "subject": {"type": "consumer", "id": "registration", "note": "key ab2 revoked"},
            },
            f"停用需求方 {INNER}（registration）的密钥 ab2",
        ),
        (
            {"kind": "touched-by-a-later-version", "subject": {"type": "甲（乙） 丙", "id": "丁"}},
            "甲（乙） 丙 丁",
        ),
        (
            {
                "kind": "repulled",
                "count": 3,
                "agencies": ["mdj-hc"],
                "subject": {"type": "repull", "id": "r"},
            },
            "为 3 个办件自 住建（城区） 分局 重新取数",
        ),
    ],
    ids=["used", "signed-in", "revoked", "key", "unknown", "repulled"],
)
def test_a_name_keeps_the_blank_behind_its_bracket(entry, zh):
    assert sentence(entry | {"at": AT}, INNERS).zh.endswith(zh)


def test_a_name_that_ends_with_a_bracket_needs_no_blank():
    names = Names(consumers={"hall": text("大厅（二楼）", "Hall")}, agencies={"x": text("甲（乙）", "X")})
    tried = {"kind": "repulled", "count": 3, "agencies": ["x"], "subject": {"type": "repull", "id": "r"}}
    said = sentence(tried | {"consumer": "hall", "at": AT}, names)
    assert said.zh == "2026-03-02 14:05 大厅（二楼）为 3 个办件自 甲（乙）重新取数"


def test_a_blanked_entry_says_so():
    assert "留存期满" in sentence(None, NAMES).zh
