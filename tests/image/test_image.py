"""The container image: what is in it and what is not, and that it answers on a read-only root as nobody."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.client import Client
from demo.control import address_of, reserve
from tests.image.workshop import OURS, PLANTED, Image, NoBase, build, missing
from tests.streaming.agency import open_agency
from tests.streaming.scene import ASK, configured

WANTED = os.environ.get("LANDBRIDGE_CI_IMAGE") == "1"
LACKING = missing()

pytestmark = [
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not WANTED, reason="the image is built by `make image`"),
    pytest.mark.skipif(
        WANTED and bool(LACKING), reason=f"THE IMAGE IS UNTESTED: no {', '.join(LACKING)} here"
    ),
]


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Iterator[Image]:
    try:
        with build(tmp_path_factory.mktemp("image")) as built:
            yield built
    except NoBase as error:
        pytest.skip(f"THE IMAGE IS UNTESTED: neither a registry nor a Debian mirror answers: {error}")


def files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        yield from (Path(folder) / name for name in names)


def test_an_engine_is_told_to_run_it_as_nobody_with_one_writable_folder(image: Image):
    assert image.config["User"] == f"{OURS}:{OURS}"
    assert image.config["Volumes"] == {"/var/lib/landbridge": {}}
    assert image.config["Entrypoint"] + image.config["Cmd"] == ["/opt/landbridge/bin/landbridge", "serve"]
    assert image.config["StopSignal"] == "SIGTERM"
    assert image.config["Healthcheck"]["Test"][0] == "CMD"
    assert image.config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"


def test_nothing_of_ours_may_be_changed_by_who_runs_it(image: Image):
    writable = [path for path in files(image.root / "opt") if path.lstat().st_uid == OURS]
    writable += [path for path in files(image.root) if not path.is_symlink() and path.stat().st_mode & 0o002]
    assert [path for path in writable if path.is_file()] == []


def test_how_it_was_built_left_no_trace(image: Image):
    names = {str(path.relative_to(image.root)) for path in files(image.root)}
    litter = re.compile(
        r"^(build|wheelhouse|tmp)/|^opt/.*\.(whl|c|pyx)$|(^|/)(pip|hatchling|setuptools)/__init__\.py$"
        r"|pip\.conf$|(^|/)\.cache/|^var/(cache/apt|lib/apt/lists)/.|(^|/)\.git/"
    )
    assert [name for name in names if litter.search(name)] == []
    assert "PIP_" not in " ".join(image.config["Env"])
    assert "wheelhouse" not in image.history


def test_no_secret_that_lay_about_is_in_it(image: Image):
    held = [path for path in files(image.root) if path.is_file() and not path.is_symlink()]
    assert [path for path in held if PLANTED in path.read_bytes()] == []
    assert PLANTED.decode() not in image.history


def test_it_is_slim(image: Image, capsys):
    ours, whole = (sum(path.lstat().st_size for path in files(image.root / part)) for part in ("opt", ""))
    with capsys.disabled():
        print(f"image: {whole / 1e6:.0f} MB, {ours / 1e6:.0f} of them ours")  # noqa: T201  asked for
    assert ours < 200_000_000


def said_by(started: subprocess.Popen[bytes]) -> tuple[int, str]:
    said, _ = started.communicate(timeout=60)
    return started.returncode, said.decode()


def wait_until_up(started: subprocess.Popen[bytes]) -> None:
    assert started.stdout
    heard = b""
    while b"running on" not in heard:
        line = started.stdout.readline()
        assert line, heard.decode()
        heard += line


async def test_it_answers_an_ask_on_a_read_only_root(image: Image, tmp_path: Path):
    """The words an engine runs are the image's own: entry point, command, health check, stop signal."""
    async with open_agency(1000) as agency:
        await asyncio.to_thread(answer_one_ask, image, tmp_path, agency.port)


def answer_one_ask(image: Image, folder: Path, agency: int) -> None:
    home, config = folder / "home", configured(folder / "config", agency)
    home.mkdir(mode=0o700)
    os.chown(home, OURS, OURS)
    with reserve() as listening:
        port = listening.getsockname()[1]
    place = {"LANDBRIDGE_PORT": str(port), "LANDBRIDGE_HOST": "127.0.0.1", "LANDBRIDGE_LANG": "en"}
    entry, check = image.config["Entrypoint"], image.config["Healthcheck"]["Test"][1:]

    status, told = said_by(image.start([*entry, "consumer", "add", "registration"], home, config, **place))
    assert status == 0, told
    key = re.search(r"\blb_\S+", told)
    assert key

    assert said_by(image.start(check, home, config, **place))[0] == 1
    serving = image.start([*entry, *image.config["Cmd"]], home, config, **place)
    try:
        wait_until_up(serving)
        status, told = said_by(image.start(check, home, config, **place))
        assert (status, json.loads(told)["status"]) == (0, "ready"), told
        client = Client(address_of(port), key[0])
        answer = client.ask(ASK)
        assert answer.status_code == 200
        assert client.prove(answer).entry["kind"] == "answered"
        assert {path.owner() if path.lstat().st_uid != OURS else OURS for path in files(home)} == {OURS}
        serving.send_signal(signal.Signals[image.config["StopSignal"]])
    finally:
        serving.terminate()  # what it says is read below, whatever went wrong
        _, told = said_by(serving)
    assert "Application shutdown complete" in told  # then uvicorn ends by the signal it was sent


def test_its_root_cannot_be_written(image: Image, tmp_path: Path):
    """The box is a box: otherwise the ask above would prove nothing."""
    (tmp_path / "config").mkdir()
    (tmp_path / "home").mkdir()
    places = "/x /config/x /opt/landbridge/x /tmp/x"
    try_all = f"for place in {places}; do touch $place 2>/dev/null && echo written: $place; done"
    started = image.start(["/bin/sh", "-c", try_all], tmp_path / "home", tmp_path / "config")
    assert said_by(started)[1].split() == ["written:", places.rpartition(" ")[2]]
