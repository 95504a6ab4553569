"""Every act on documents and secrets is told to auditors in words of its own."""

import pytest

from gateway.audit.sentence import sentence

ACTS = ("drafted", "submitted", "withdrawn", "rejected", "published", "rolled-back", "tried", "secret")


@pytest.mark.parametrize("act", ACTS)
def test_an_act_has_its_sentence(act: str):
    subject = {"type": "agency", "id": "mdj-nr", "version": 2, "note": "改面积"}
    told = sentence({"kind": act, "consumer": "nora", "at": "2026-03-02T06:05:09.120Z", "subject": subject})
    assert "agency mdj-nr 改面积" in told.zh
    assert act not in told.zh
    assert "nora" in told.en
