"""The auditor's search at the terminal."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.commands import app

CONFIG = Path(__file__).parent.parent.parent / "config"
PROJECT = "2012-231005-04-01-735188"


@pytest.fixture
def run(home: Path, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(CONFIG, tmp_path / "config")
    monkeypatch.setenv("LANDBRIDGE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("LANDBRIDGE_LANG", "en")
    monkeypatch.setenv("LANDBRIDGE_DATABASE_URL", database_url)

    def command(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    asked = ("dossier", PROJECT, "--purpose", "trial", "--case", "T-1", "--operator", "me", "--json")
    assert command(*asked).exit_code == 0
    return command


def test_a_search_prints_sentences_and_is_an_entry(run):
    found = run("audit", "search", "--project", PROJECT.replace("-", ""), "--kind", "answered")
    (line,) = found.stdout.splitlines()
    assert "the command line (operator me) asked for" in line
    assert f"{PROJECT} for case T-1 (trial); answered with" in line
    searches = json.loads(run("audit", "search", "--kind", "audit", "--json").stdout)["hits"]
    subjects = [hit["entry"]["subject"] for hit in searches]
    assert {"type": "search", "id": f"project={PROJECT} kind=answered"} in subjects
    assert all(hit["entry"]["operator"].startswith("os:") for hit in searches)


def test_pages_follow_by_the_cursor_that_is_told(run):
    first = run("audit", "search", "--limit", "2")
    assert len(first.stdout.splitlines()) == 2
    cursor = first.stderr.split("--before ")[1].strip()
    older = run("audit", "search", "--limit", "2", "--before", cursor).stdout.splitlines()
    assert int(older[0].split("\t")[0]) < int(cursor)


def test_who_used_an_agencys_data(run):
    found = run("audit", "uses", "mdj-nr")
    assert found.exit_code == 0
    assert "answered" in found.stdout
    assert PROJECT in found.stdout
    assert "T-1" not in found.stdout


def test_a_thread_and_a_period_at_the_terminal(run):
    thread = run("audit", "follow", "project", PROJECT).stdout
    assert "about to ask" in thread
    assert run("audit", "follow", "operator", "me", "--limit", "1").stderr.startswith("older")
    assert "cli\t1 asks: 1 answered" in run("audit", "overview").stdout
    assert json.loads(run("audit", "overview", "--json").stdout)["consumers"][0]["name"] == "cli"


def test_a_forged_entry_is_marked_wherever_it_is_printed(run, outsider):
    kept = outsider.disarm()
    index, body = outsider.execute("SELECT idx, body FROM entries ORDER BY idx DESC LIMIT 1").fetchone()
    outsider.execute("UPDATE entries SET body = ? WHERE idx = ?", (body.replace(b"T-1", b"T-2"), index))
    for made in kept:
        outsider.raw.execute(made)
    for words in (("search", "--operator", "me"), ("follow", "operator", "me")):
        marked = [line for line in run("audit", *words).stdout.splitlines() if "[does not fit" in line]
        assert [line.partition("\t")[0] for line in marked] == [str(index)], words


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_finds_are_exported_with_a_manifest_that_tells_of_changes(run, tmp_path, form):
    folder = tmp_path / "out"
    done = run("audit", "export", str(folder), "--format", form, "--project", PROJECT)
    assert done.exit_code == 0, done.output
    file, manifest = folder / f"export.{form}", folder / "export.manifest"
    octets = file.read_bytes()
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig"), newline="")))
        assert {row["project"] for row in rows} == {PROJECT}
    assert run("audit", "verify-export", str(file), str(manifest)).exit_code == 0
    file.write_bytes(octets.replace(b"T-1", b"T-2", 1))
    changed = run("audit", "verify-export", str(file), str(manifest))
    assert (changed.exit_code, "was changed" in changed.stdout) == (1, True)
    entry = json.loads(run("audit", "search", "--kind", "audit", "--json").stdout)["hits"][0]["entry"]
    assert (entry["subject"]["type"], entry["subject"]["note"]) == ("export", form)
    assert f"file {entry['subject']['digest']}" in manifest.read_text("utf-8")
    assert sorted(path.name for path in folder.iterdir()) == sorted([file.name, "export.manifest"])


def test_without_a_format_it_is_the_whole_log(run, tmp_path):
    assert run("audit", "export", str(tmp_path / "all")).exit_code == 0
    assert {path.name for path in (tmp_path / "all").iterdir()} == {"log.jsonl", "checkpoint", "vkey"}
    assert run("audit", "export", str(tmp_path / "some"), "--project", PROJECT).exit_code == 2


def test_an_altered_index_is_told_and_made_anew(run, outsider):
    outsider.execute("UPDATE entry_index SET project = 'another' WHERE project IS NOT NULL")
    broken = run("audit", "verify")
    assert (broken.exit_code, "reindex" in broken.stdout) == (1, True)
    assert run("audit", "reindex").exit_code == 0
    assert run("audit", "verify").exit_code == 0
    assert len(run("audit", "search", "--project", PROJECT, "--kind", "answered").stdout.splitlines()) == 1
