"""`landbridge cases` and `landbridge stand-in`: trouble at an agency, from a terminal."""

import hashlib
import json
from pathlib import Path

import pytest

from contracts.conflicts import SecondPerson
from contracts.errors import AskMalformed
from tests.cli.test_commands import PROJECT, REASON, config, entries, run

__all__ = ["config", "run"]

RECORD = {"name": "翰林演示置业有限公司", "uscc": "91231000DEM0AA016M"}


@pytest.fixture
def out(run) -> None:
    """A case that was answered while no agency could be reached."""
    assert run("dossier", PROJECT, "--purpose", "trial", *REASON, "--json").exit_code == 0


@pytest.mark.usefixtures("out")
def test_touched_cases_are_listed_and_asked_about_afresh(run):
    listed = run("cases", "touched", "mdj-nr")
    assert (listed.exit_code, "T-1" in listed.stdout) == (0, True)
    assert PROJECT in listed.stdout
    assert "unavailable" in listed.stdout
    done = run("cases", "repull", "mdj-nr", "--reason", "the agency is back")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"T-1\t{PROJECT}\tdone\t")
    asked = [entry for entry in entries(run) if entry.get("consumer") == "repull"]
    assert [entry["kind"] for entry in asked] == ["asked", "answered"]
    (order,) = [entry for entry in entries(run) if entry["kind"] == "repulled"]
    assert (order["operator"].startswith("os:"), order["count"]) == (True, 1)


def test_nothing_touched_is_said(run):
    assert "No open case" in run("cases", "repull", "mdj-nr", "--reason", "the agency is back").stdout


def test_a_publication_is_named(run):
    failed = run("cases", "touched", "mdj-nr", "--cause", "publication")
    assert isinstance(failed.exception, AskMalformed)
    assert "version" in failed.exception.detail.en


@pytest.fixture
def made(run, tmp_path: Path) -> tuple[str, str]:
    """A stand-in's id and content, typed in at this terminal."""
    fields, paper = tmp_path / "fields.json", tmp_path / "执照.pdf"
    fields.write_text(json.dumps(RECORD, ensure_ascii=False), "utf-8")
    paper.write_bytes(b"%PDF-1.7 a scan")
    words = ("--fields", str(fields), "--paper", str(paper), "--reason", "接口中断，按纸质材料录入")
    added = run("stand-in", "add", PROJECT, "company-record", *words)
    assert added.exit_code == 0, added.output
    identity, _, _, content = added.stdout.splitlines()[0].split("\t")
    return identity, content


def test_the_second_person_sees_what_they_agree_to(run, made):
    identity, content = made
    listed = run("stand-in", "list", PROJECT).stdout
    assert identity in listed
    told = run("stand-in", "show", identity).stdout
    first, *lines = told.splitlines()
    assert first.split("\t") == [identity, "company-record", "waiting", content]
    assert json.loads(told[told.index("{") :]) == RECORD
    assert "reason: 接口中断，按纸质材料录入" in lines
    paper = "sha256:" + hashlib.sha256(b"%PDF-1.7 a scan").hexdigest()
    assert f"paper: {paper} 执照.pdf" in lines
    assert any(line.startswith("typed by: os:") for line in lines)
    notes = [entry["subject"]["note"] for entry in entries(run) if entry["kind"] == "stand-in"]
    assert notes == ["uploaded", "typed", "shown", "shown"]


def test_one_person_at_a_terminal_is_one_person(run, made):
    identity, content = made
    failed = run("stand-in", "approve", identity, "--content", content)
    assert isinstance(failed.exception, SecondPerson)
    assert "waiting" in run("stand-in", "list", PROJECT).stdout


def test_a_stand_in_is_withdrawn_and_each_step_is_an_entry(run, made):
    identity, content = made
    assert "withdrawn" in run("stand-in", "withdraw", identity, "--content", content).stdout
    told = [entry for entry in entries(run) if entry["kind"] == "stand-in"]
    assert [entry["subject"]["note"] for entry in told] == ["uploaded", "typed", "withdrawn"]
    assert all(entry["operator"].startswith("os:") for entry in told)
    assert RECORD["name"] not in json.dumps(told, ensure_ascii=False)
