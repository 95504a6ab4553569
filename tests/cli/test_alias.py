"""`landbridge alias`: what it shows, what it changes, what it leaves in the log."""

import pytest

from contracts.errors import LandbridgeError
from tests.cli.test_commands import PROJECT, config, entries, run

__all__ = ["config", "run"]

SUPERVISION = "2310052020B00786"


@pytest.fixture
def learned(run, outsider) -> None:
    """A name that an agency taught."""
    run("consumer", "list")
    row = (PROJECT, "supervision_no", SUPERVISION, SUPERVISION, "learned", "demo-land")
    outsider.execute(
        "INSERT INTO aliases (project, key, norm, raw, state, source, at)"
        " VALUES (?, ?, ?, ?, ?, ?, '2026-03-02T06:05:09.120Z')",
        row,
    )


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize(("word", "state"), [("confirm", "confirmed"), ("reject", "rejected")])
def test_a_name_is_decided_and_listed_and_both_are_entries(run, word, state):
    decided = run("alias", word, PROJECT, "supervision_no", SUPERVISION)
    assert (decided.exit_code, decided.stdout.strip()) == (0, f"supervision_no {SUPERVISION}: {state}")
    listed = run("alias", "list", PROJECT).stdout
    assert state in listed
    assert "os:" in listed
    told = [entry for entry in entries(run) if entry["kind"] == "alias"]
    assert [entry["subject"]["note"] for entry in told] == [state, "shown"]
    assert all(entry["operator"].startswith("os:") and entry["project"] == PROJECT for entry in told)


@pytest.mark.usefixtures("learned")
def test_a_name_the_project_does_not_have_is_not_decided(run):
    failed = run("alias", "confirm", PROJECT, "supervision_no", "2310052020B99999")
    assert failed.exit_code != 0
    assert isinstance(failed.exception, LandbridgeError)
    assert [entry for entry in entries(run) if entry["kind"] == "alias"] == []
