"""Every act on documents and secrets is told to auditors in words of its own."""

import pytest

from gateway.audit.names import NAMELESS
from gateway.audit.sentence import sentence

ACTS = ("drafted", "submitted", "withdrawn", "rejected", "published", "rolled-back", "tried")


@pytest.mark.parametrize("act", ACTS)
def test_an_act_has_its_sentence(act: str):
    subject = {"type": "agency", "id": "mdj-nr", "version": 2, "note": "改面积"}
    entry = {"kind": act, "consumer": "nora", "at": "2026-03-02T06:05:09.120Z", "subject": subject}
    told = sentence(entry, NAMELESS)
    assert "mdj-nr 的适配清单第 2 版" in told.zh
    assert act not in told.zh
    assert "nora" in told.en


@pytest.mark.parametrize(
    ("subject", "zh", "en"),
    [
        (
            {"id": "mdj-nr/app", "version": 2, "note": "set"},
            "设置 mdj-nr 的凭据 app",
            "set the secret app of mdj-nr",
        ),
        ({"id": "all", "note": "3 sealed anew"}, "重新封存 3 项凭据", "sealed 3 secrets anew"),
    ],
)
def test_a_secret_that_was_set_and_all_of_them_sealed_anew(subject, zh, en):
    told = sentence(
        {
            "kind": "secret",
            "operator": "os:root",
            "at": "2026-03-02T06:05:09.120Z",
            "agencies": ["mdj-nr"],
            "subject": {"type": "secret", **subject},
        },
        NAMELESS,
    )
    assert told.zh.endswith(f"os:root {zh}")
    assert told.en.endswith(f"os:root {en}")
