"""What an entry says in words, for every kind of entry there is and for those there may be."""

import json

import pytest

from contracts.audit import EntryKind
from gateway.audit.sentence import sentence

AT = "2026-03-02T06:05:09.120Z"
WHO = {"consumer": "registration", "operator": "reg-017", "case": "DJ-1", "purpose": "first-registration"}


@pytest.mark.parametrize(
    ("entry", "zh", "en"),
    [
        (
            WHO | {"kind": "asked", "project": "P", "agencies": ["mdj-nr", "mdj-hc"]},
            (
                "2026-03-02 14:05 registration 的操作员 reg-017 为办件 DJ-1（first-registration）"
                "查询项目 P；即将询问 mdj-nr、mdj-hc"
            ),
            (
                "2026-03-02 14:05 registration, operator reg-017, asked for case DJ-1 (first-registration)"
                " about project P, about to ask mdj-nr, mdj-hc"
            ),
        ),
        (
            {
                "kind": "answered",
                "consumer": "hall",
                "outcome": {"retrieval": {"a": "received", "b": "pending"}},
            },
            "2026-03-02 14:05 hall 查询；答复 2 项中的 1 项",
            "2026-03-02 14:05 hall asked: answered 1 of 2 kinds",
        ),
        (
            {
                "kind": "answered",
                "consumer": "hall",
                "outcome": {"retrieval": {"a": "received", "b": "stale"}, "cached": 2},
                "age": 7_300,
            },
            "2026-03-02 14:05 hall 查询；答复 2 项中的 2 项，其中 2 项为缓存，最早 2 小时前取得",
            "2026-03-02 14:05 hall asked: answered 2 of 2 kinds; 2 from cache, oldest 2 h",
        ),
        (
            {"kind": "refused", "consumer": "hall", "outcome": {"problem": "not-granted"}},
            "2026-03-02 14:05 hall 查询；被拒绝（not-granted）",
            "2026-03-02 14:05 hall asked: refused (not-granted)",
        ),
        (
            WHO
            | {
                "kind": "used",
                "answer": 7,
                "event": {"act": "print", "copies": 2},
                "kinds": ["fire-acceptance"],
            },
            (
                "2026-03-02 14:05 registration 的操作员 reg-017 为办件 DJ-1（first-registration）"
                "打印了条目 7 的答复 2 份："
            ),
            (
                "2026-03-02 14:05 registration, operator reg-017, printed the answer of entry 7, 2 copies"
                " for case DJ-1 (first-registration): "
            ),
        ),
        (
            {"kind": "strangers", "count": 3},
            "2026-03-02 14:05 不明来访者共 3 次",
            "2026-03-02 14:05 3 calls by strangers",
        ),
        (
            {"kind": "audit", "consumer": "audit-office", "subject": {"type": "search", "id": "case=DJ-1"}},
            "2026-03-02 14:05 audit-office 审计操作：search case=DJ-1",
            "2026-03-02 14:05 audit-office audit: search case=DJ-1",
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_sentence_says_who_did_what_why_and_how_it_ended(entry, zh, en):
    said = sentence(entry | {"at": AT})
    assert said.zh.startswith(zh)
    assert said.en.startswith(en)


@pytest.mark.parametrize("kind", [*EntryKind, "of-a-later-version"])
@pytest.mark.parametrize("more", [{}, {"subject": {"type": "x", "id": "y"}}, {"outcome": {"status": 200}}])
def test_every_kind_has_one_in_both_languages(kind, more):
    said = sentence(json.loads(json.dumps({"kind": str(kind), "at": AT} | more)))
    assert said.zh.startswith("2026-03-02 14:05")
    assert len(said.en) > len("2026-03-02 14:05 ")
    assert "None" not in said.en.replace("entry None", "")
    assert "{" not in said.zh + said.en
    assert kind == "of-a-later-version" or str(kind) not in said.zh


def test_a_blanked_entry_says_so():
    assert "留存期满" in sentence(None).zh
