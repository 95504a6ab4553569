"""Examples run as they stand: the vendor's against a real gateway, the auditor's on a real log."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, blocks
from tests.docs.scene import Desk, auditors_desk, open_desk

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
        await run_all(desk, examples, tmp_path / "gateway.log")


async def run_all(desk: Desk, examples: list[Block], log: Path | None = None) -> None:
    for example in examples:
        code, said = await desk.run(*STARTERS[example.lang], example.text)
        told = await asyncio.to_thread(log.read_text, "utf-8") if log else ""
        assert code == 0, f"{example.text}\n{said}\n{told}"


@pytest.mark.timeout(600)
async def test_the_auditors_commands_run_as_they_stand(tmp_path):
    examples = [block for block in blocks(ROOT / "docs" / "auditor.md") if block.runs]
    assert len(examples) >= 4
    await run_all(await auditors_desk(tmp_path), examples)


def test_every_example_is_marked_to_run():
    assert [block.text for block in blocks(PAGE) if block.lang in STARTERS and not block.runs] == []


def test_both_languages_have_the_same_examples():
    assert blocks(CHINESE) == blocks(PAGE)
