"""The suite's own PostgreSQL: gone with whoever started it, however they end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.postgres import MORTAL

STARTER = """
import sys
from tests.postgres import CARELESS, Postgres
server = Postgres(memory=True, **CARELESS)
server.start()
print(server._made.pid, server.folder, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not MORTAL, reason="util-linux's setpriv is missing: killed tests leave a server behind")
def test_it_does_not_outlive_whoever_started_it():
    root = Path(__file__).resolve().parents[2]
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert starter.stdout
    pid, folder = starter.stdout.readline().decode().split()
    assert Path(f"/proc/{pid}").exists()
    os.kill(starter.pid, signal.SIGKILL)
    starter.communicate()
    while Path(f"/proc/{pid}").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text():
        time.sleep(0.01)
    shutil.rmtree(folder)
