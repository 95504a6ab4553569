"""`landbridge adapter show`, `pause`, `note`, `deliveries`: an agency looked after at a terminal."""

import json

import pytest

from contracts.conflicts import WrongState
from contracts.errors import NoSuchThing
from tests.cli.test_commands import PROJECT, REASON, config, entries, run

__all__ = ["config", "run"]

AGENCY, KIND = "mdj-nr", "land-transfer-contract"


def retrieved(run) -> str:
    known = ("--known", "project_name=翰林示例城")
    asked = run("dossier", PROJECT, "--purpose", "trial", *REASON, *known, "--json")
    found = json.loads(asked.stdout)["materials"]
    return next(each["error"]["detail"]["en"] for each in found if each["kind"] == KIND)


def test_what_depends_on_an_agency_is_listed(run):
    shown = run("adapter", "show", AGENCY)
    assert shown.exit_code == 0, shown.output
    assert KIND in shown.stdout
    assert "first-registration" in shown.stdout
    assert isinstance(run("adapter", "show", "nowhere").exception, NoSuchThing)


def test_a_paused_agency_is_not_asked_until_it_is_resumed(run):
    assert "refused" in retrieved(run)
    paused = run("adapter", "pause", AGENCY, "--reason", "misused, being looked into")
    assert paused.exit_code == 0, paused.output
    assert "paused the use" in retrieved(run)
    assert isinstance(run("adapter", "pause", AGENCY, "--reason", "again").exception, WrongState)
    assert "misused" in run("adapter", "show", AGENCY).stdout
    assert run("adapter", "resume", AGENCY).exit_code == 0
    assert "refused" in retrieved(run)
    told = [each for each in entries(run) if each["kind"] in {"paused", "resumed"}]
    assert [(each["kind"], each["operator"][:3]) for each in told] == [("paused", "os:"), ("resumed", "os:")]
    assert "misused" not in str(told)


def test_a_note_is_shown_again_and_not_in_the_log(run):
    assert run("adapter", "note", AGENCY, "王工 0453-1", "--contact").exit_code == 0
    assert "王工 0453-1" in run("adapter", "note", AGENCY, "tonight at eight").stdout
    listed = run("adapter", "notes", AGENCY).stdout.splitlines()
    assert [line.split("\t")[1] for line in listed] == ["call", "contact"]
    assert "王工" not in str(entries(run))


def test_a_test_of_the_connection_says_what_to_do_and_ends_with_1(run):
    tested = run("adapter", "probe", AGENCY)
    assert tested.exit_code == 1
    assert "Ask the agency whether its service runs" in tested.stdout
    assert "not tried\tcredentials" in tested.stdout
    assert [each["subject"]["note"] for each in entries(run) if each["kind"] == "tried"] == ["connection"]


@pytest.mark.parametrize("words", [("mdj-nr", f"qua-{'a' * 26}"), ("mdj-nr", "../etc")])
def test_what_was_never_set_aside_is_not_put_back(run, words):
    assert run("adapter", "deliveries", AGENCY).stdout == ""
    assert isinstance(run("adapter", "redeliver", *words).exception, NoSuchThing)
