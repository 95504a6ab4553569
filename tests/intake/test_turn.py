"""Of several processes with one drop folder one sweeps, and the next when it ends."""

import asyncio
import subprocess
import sys

from gateway.intake import Intake
from gateway.intake.turn import Turn
from tests.waiting import until

HOLDER = """
import sys
from pathlib import Path
from gateway.intake.turn import Turn
assert Turn(Path(sys.argv[1])).take()
print("held", flush=True)
sys.stdin.read()
"""


def test_the_turn_is_anothers_until_it_ends_however_it_ends(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path / "drop"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    turn = Turn(tmp_path / "drop")
    assert not turn.take()
    holder.kill()
    holder.communicate()
    assert turn.take()
    assert turn.take()


def test_given_back_it_is_anybodys(tmp_path):
    one, two = Turn(tmp_path), Turn(tmp_path)
    assert one.take()
    assert not two.take()
    one.give_back()
    assert two.take()
    two.give_back()


async def test_two_that_keep_sweeping_sweep_one_at_a_time(harbour, clock):
    swept = []

    class Sweeper(Intake):
        async def sweep(self, now):
            swept.append(self)
            return await super().sweep(now)

    def sweeping(name):
        own = harbour.intake
        made = Sweeper(own._root, own._spool, own._database, own._vault, own._record, own._drops)
        return made, asyncio.create_task(made.keep_sweeping(0.001, clock), name=name)

    (one, first), (two, second) = sweeping("one"), sweeping("two")

    await until(lambda: len(swept) >= 5)
    holder = swept[0]
    assert set(swept) == {holder}
    ending, other = (first, two) if holder is one else (second, one)
    ending.cancel()
    await asyncio.wait({ending})
    await until(lambda: other in swept)
    for task in (first, second):
        task.cancel()
    await asyncio.wait({first, second})
