"""Killed at any point, a delivery is taken in, or refused, exactly once."""

import json
import subprocess
import sys

import pytest

from tests.conftest import SOAK
from tests.intake.conftest import ROOT

SCENARIOS = ("package", "folder", "sick")
# A sweep says the same to either store: one scenario is enough for every day.
CASES = [("sqlite", each) for each in SCENARIOS] + [
    ("postgres", each) for each in SCENARIOS[: 3 if SOAK else 1]
]


@pytest.mark.parametrize(("store_kind", "scenario"), CASES)
def test_a_crash_at_any_point_gives_exactly_one(tmp_path, store_kind, scenario, request):
    command = [sys.executable, "-m", "tests.intake.kill", scenario, str(tmp_path)]
    if store_kind == "postgres":
        command.append(request.getfixturevalue("cluster").url("").rstrip("/"))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=110)
    points = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(points) >= 8
    for point in points:
        assert point["code"] == 9
        whole, after = point["whole"], point["after"]
        assert len(whole["deliveries"]) + len(whole["quarantine"]) == 1
        assert not any("/in/" in path for path in after["lying"])
        for part in ("deliveries", "files", "quarantine", "reasons", "lying"):
            assert after[part] == whole[part], (point["at"], part)
        # The log may say it twice, when the crash came between the entry and the row; it never stays silent.
        assert set(after["log"]) == set(whole["log"])
        assert len(after["log"]) in (1, 2)
    assert sum(len(point["after"]["log"]) == 2 for point in points) <= 3
