"""The vendor's page is true: its examples run as they stand against a real gateway, in both languages."""

import shutil
import sys

import pytest

from tests.docs.pages import ROOT, blocks
from tests.docs.scene import open_desk

PAGE, CHINESE = ROOT / "docs" / "vendor.md", ROOT / "docs" / "vendor.zh-CN.md"
STARTERS = {"sh": ("bash", "-euo", "pipefail", "-c"), "python": (sys.executable, "-c")}


@pytest.mark.timeout(600)
async def test_every_example_runs_as_it_stands(tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("CURL IS MISSING: the vendor's examples were not run; apt-get install curl")
    examples = [block for block in blocks(PAGE) if block.runs]
    assert {block.lang for block in examples} == set(STARTERS)
    assert len(examples) >= 8
    async with open_desk(tmp_path) as desk:
        for example in examples:
            code, said = await desk.run(*STARTERS[example.lang], example.text)
            assert code == 0, f"{example.text}\n{said}\n{(tmp_path / 'gateway.log').read_text('utf-8')}"


def test_every_example_is_marked_to_run():
    assert [block.text for block in blocks(PAGE) if block.lang in STARTERS and not block.runs] == []


def test_both_languages_have_the_same_examples():
    assert blocks(CHINESE) == blocks(PAGE)
