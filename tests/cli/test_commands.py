"""Every command, run as people run it: what it prints, what it leaves in the log, how it ends."""

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from contracts.errors import LandbridgeError
from gateway.cli.commands import app
from tests.stores import only_sqlite

CONFIG = Path(__file__).parent.parent.parent / "config"
PROJECT = "2012-231005-04-01-735188"
REASON = ["--case", "T-1", "--operator", "me"]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    monkeypatch.setenv("LANDBRIDGE_CONFIG", str(folder))
    return folder


@pytest.fixture
def run(home: Path, config: Path, database_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANDBRIDGE_LANG", "en")
    monkeypatch.setenv("LANDBRIDGE_DATABASE_URL", database_url)

    def command(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    return command


def entries(run) -> list[dict]:
    shown = run("audit", "show", "--limit", "1000").stdout.splitlines()
    return [json.loads(line.partition("\t")[2]) for line in shown]


def test_a_key_is_printed_once_alone_and_kept_only_as_its_digest(run, home, outsider):
    added = run("consumer", "add", "registration")
    assert added.exit_code == 0
    key = added.stdout.strip()
    assert key.startswith("lb_")
    assert "\n" not in key
    secret = key.split("_", 2)[2]
    stored = b"".join(path.read_bytes() for path in home.parent.rglob("*") if path.is_file())
    assert secret.encode() not in stored
    (row,) = outsider.execute("SELECT * FROM consumer_keys").fetchall()
    assert secret not in repr(row)
    assert secret.encode() not in b"".join(each for each in row if isinstance(each, bytes))


def test_a_consumer_is_listed_revoked_and_every_act_is_an_entry(run):
    run("consumer", "add", "registration", "--role", "consumer")
    assert "registration" in run("consumer", "list").stdout
    revoked = run("consumer", "revoke", "registration")
    assert "1 key" in revoked.stdout
    notes = [entry["subject"]["note"] for entry in entries(run) if entry["kind"] == "consumer"]
    assert len(notes) == 2
    assert notes[1] == "revoked"


def test_a_consumer_is_given_a_title_and_sentences_call_it_so(run):
    run("consumer", "add", "registration", "--title", "登记系统")
    assert "登记系统" in run("consumer", "list").stdout
    assert run("consumer", "title", "registration", "  产权登记系统 ").exit_code == 0
    assert "产权登记系统" in run("consumer", "list").stdout
    assert run("consumer", "title", "registration", "x" * 61).exit_code == 1
    assert run("consumer", "title", "nobody", "登记系统").exit_code == 1
    assert run("consumer", "title", "registration", "").exit_code == 0
    assert "登记系统" not in run("consumer", "list").stdout
    notes = [entry["subject"]["note"] for entry in entries(run) if entry["kind"] == "consumer"]
    assert notes[1:] == ["title set", "title taken away"]


def test_one_key_of_a_consumer_is_revoked_and_the_others_stay(run):
    first, second = (run("consumer", "add", "registration").stdout.split("_")[1] for _ in range(2))
    assert run("consumer", "revoke", "registration", "--key", first).exit_code == 0
    listed = {
        line.split()[0]: len(line.split())
        for line in run("consumer", "keys", "registration").stdout.splitlines()
    }
    assert listed[first] > listed[second]  # only the revoked one has a day of revocation
    assert run("consumer", "revoke", "registration", "--key", first).exit_code != 0


@pytest.mark.parametrize("words", [("consumer", "revoke", "nobody"), ("adapter", "probe", "nobody")])
def test_our_own_errors_come_out_as_ours(run, words):
    failed = run(*words)
    assert failed.exit_code != 0
    assert isinstance(failed.exception, LandbridgeError)


def test_a_role_that_is_none_is_refused(run):
    failed = run("consumer", "add", "registration", "--role", "king")
    assert isinstance(failed.exception, LandbridgeError)
    assert "king" in failed.exception.detail.en
    assert not [entry for entry in entries(run) if entry["kind"] == "consumer"]


def test_a_dossier_is_granted_and_logged_like_any_other(run):
    answered = run("dossier", PROJECT, "--purpose", "trial", *REASON, "--json")
    assert answered.exit_code == 0, answered.output
    dossier = json.loads(answered.stdout)
    assert dossier["project_code"] == PROJECT
    asked, told = [entry for entry in entries(run) if entry.get("consumer") == "cli"]
    assert (asked["kind"], told["kind"], told["purpose"]) == ("asked", "answered", "trial")
    assert told["operator"] == "me"


def test_a_purpose_without_a_grant_is_refused_and_logged(run):
    refused = run("dossier", PROJECT, "--purpose", "curiosity", *REASON)
    assert refused.exit_code == 1
    assert "Not granted" in refused.stderr
    last = [entry for entry in entries(run) if entry.get("consumer") == "cli"]
    assert [entry["kind"] for entry in last] == ["refused"]


def test_a_known_key_is_written_key_equals_value(run):
    failed = run("dossier", PROJECT, "--purpose", "trial", *REASON, "--known", "翰林示例城")
    assert isinstance(failed.exception, LandbridgeError)
    assert "key=value" in failed.exception.detail.en


def test_pull_asks_afresh_for_what_the_agency_has(run):
    pulled = run(
        "adapter", "pull", "mdj-nr", PROJECT, *REASON, "--known", "project_name=翰林示例城", "--json"
    )
    assert pulled.exit_code == 0, pulled.output
    materials = json.loads(pulled.stdout)["materials"]
    assert {material["retrieval"] for material in materials} <= {"unavailable", "pending"}
    asked = next(entry for entry in entries(run) if entry["kind"] == "asked")
    assert asked["agencies"] == ["mdj-nr"]


def test_probe_of_an_agency_that_is_out_says_which_step_failed(run):
    probed = run("adapter", "probe", "mdj-nr")
    assert probed.exit_code == 1
    assert "failed\tconnection" in probed.stdout


def test_validate_names_the_line_of_a_mistake(run, config):
    path = config / "agencies" / "mdj-nr.yaml"
    assert run("adapter", "validate", str(path)).exit_code == 0
    lines = path.read_text("utf-8").replace("concurrency:", "concurency:").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "concurency" in text)
    path.write_text("\n".join(lines), "utf-8")
    failed = run("adapter", "validate", str(path))
    assert isinstance(failed.exception, LandbridgeError)
    assert f":{line}:" in failed.exception.detail.en
    assert "concurency" in failed.exception.detail.en


def test_the_log_verifies_until_somebody_edits_it(run, outsider):
    run("consumer", "add", "registration")
    assert run("audit", "verify").exit_code == 0
    outsider.disarm()
    edited = "CAST(replace(CAST(body AS TEXT), 'registration', 'registratiom') AS BLOB)"
    ((index,),) = outsider.execute("SELECT idx FROM entries WHERE kind = 'consumer'").fetchall()
    outsider.execute(f"UPDATE entries SET body = {edited} WHERE idx = {index}")  # noqa: S608  fixed words
    broken = run("audit", "verify")
    assert broken.exit_code == 1
    assert f"Entry {index}" in broken.stdout
    assert "trigger" in broken.stdout
    assert run("consumer", "add", "hall").exit_code == 1


def test_an_earlier_checkpoint_shows_that_the_log_only_grew(run, tmp_path):
    run("consumer", "add", "registration")
    assert run("audit", "export", str(tmp_path / "first")).exit_code == 0
    run("consumer", "add", "hall")
    kept = tmp_path / "first" / "checkpoint"
    assert run("audit", "verify", "--checkpoint", str(kept)).exit_code == 0
    origin, size, *rest = kept.read_text("utf-8").split("\n")
    kept.write_text("\n".join([origin, str(int(size) + 1), *rest]), "utf-8")
    assert run("audit", "verify", "--checkpoint", str(kept)).exit_code == 1


def test_an_export_is_an_entry_and_holds_the_whole_log(run, tmp_path):
    run("audit", "export", str(tmp_path / "out"))
    lines = (tmp_path / "out" / "log.jsonl").read_text("utf-8").splitlines()
    assert json.loads(json.loads(lines[-1])["entry"])["subject"]["type"] == "export"
    assert [json.loads(line)["index"] for line in lines] == list(range(len(lines)))


def test_contracts_are_exported_as_valid_schemas(run, tmp_path):
    assert run("contracts", "export", str(tmp_path / "schemas")).exit_code == 0
    schemas = list((tmp_path / "schemas").rglob("*.json"))
    assert len(schemas) > 30
    for schema in schemas:
        jsonschema.Draft202012Validator.check_schema(json.loads(schema.read_text("utf-8")))


def test_config_diff_shows_where_files_and_versions_part(run, config):
    run("consumer", "list")
    assert run("config", "diff").exit_code == 0
    path = config / "grants.yaml"
    path.write_text(path.read_text("utf-8").replace("2028-12-31", "2029-12-31"), "utf-8")
    parted = run("config", "diff")
    assert parted.exit_code == 1
    assert "+    valid: {from: 2026-01-01, until: 2029-12-31}" in parted.stdout


def test_a_broken_file_stops_the_start_and_changes_nothing(run, config):
    run("consumer", "list")
    path = config / "grants.yaml"
    path.write_text(path.read_text("utf-8").replace("approval:", "approvel:"), "utf-8")
    failed = run("consumer", "add", "hall")
    assert isinstance(failed.exception, LandbridgeError)
    assert "approvel" in failed.exception.detail.en
    assert "hall" not in run("config", "diff").stdout


def test_public_keys_are_shown_and_private_ones_never(run, home):
    run("consumer", "list")
    shown = run("keys", "show").stdout
    assert {key["kty"] for key in json.loads(shown)["keys"]} == {"OKP"}
    assert '"d"' not in shown
    assert (home / "keys" / "vault").read_text().strip() not in shown


@only_sqlite  # the suite's PostgreSQL is careless about power cuts, and doctor says so
def test_doctor_names_each_problem_and_its_fix(run, home):
    assert "PROBLEM\tdatabase" in run("doctor").stdout
    run("consumer", "list")
    assert run("doctor").exit_code == 0, run("doctor").stdout
    (home / "keys" / "vault").unlink()
    sick = run("doctor")
    assert sick.exit_code == 1
    assert "PROBLEM\tkeys" in sick.stdout
    assert "backup" in sick.stdout


def test_doctor_sees_a_missing_secret_without_a_value(run, config):
    path = config / "agencies" / "mdj-nr.yaml"
    text = path.read_text("utf-8")
    assert "credentials" not in text.partition("limits:")[0]
    spot = text.index("  protocol: rest\n") + len("  protocol: rest\n")
    path.write_text(text[:spot] + "  headers: {X-App-Key: secret:mdj-nr/app}\n" + text[spot:], "utf-8")
    run("consumer", "list")
    assert "PROBLEM\tsecret:mdj-nr/app" in run("doctor").stdout


@only_sqlite
def test_two_workers_on_sqlite_are_refused_with_the_reason(run, home):
    refused = run("serve", "--workers", "2")
    assert refused.exit_code == 2
    assert "SQLite" in refused.stderr
    assert "PostgreSQL" in refused.stderr
    assert not list(home.iterdir())


def test_doctor_says_that_the_database_is_out_of_reach_and_no_password(run, monkeypatch):
    monkeypatch.setenv("LANDBRIDGE_DATABASE_URL", "postgresql://u:hush@127.0.0.1:1/landbridge")
    sick = run("doctor")
    assert sick.exit_code == 1
    (line,) = [line for line in sick.stdout.splitlines() if line.startswith("PROBLEM\tdatabase")]
    assert "refused" in line
    assert "hush" not in sick.output


@pytest.mark.parametrize(("lang", "word"), [("zh", "没有名为"), ("en", "There is no consumer")])
def test_people_are_spoken_to_in_their_language(home, config, lang, word, monkeypatch, capsys):
    from gateway.cli import main

    monkeypatch.setenv("LANDBRIDGE_LANG", lang)
    monkeypatch.setattr("gateway.cli.commands.speak", lambda *_: None)  # the logging here is the tests' own
    monkeypatch.setattr("sys.argv", ["landbridge", "consumer", "revoke", "nobody"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert word in capsys.readouterr().err


def test_a_dossier_without_a_project_code_finds_its_project_or_says_its_candidates(run, outsider):
    other, parcel = "2103-231003-04-01-209465", "231005003008GB00021"
    by_parcel = ["dossier", "--purpose", "trial", *REASON, "--json", "--known", f"parcel_code={parcel}"]
    nobody = run("dossier", "--purpose", "trial", *REASON)
    assert nobody.exit_code == 1
    assert "Nothing here names the project" in nobody.stderr
    taught(outsider, PROJECT, parcel)
    found = json.loads(run(*by_parcel).stdout)
    assert (found["project_code"], found["found_by"]["key"]) == (PROJECT, "parcel_code")
    taught(outsider, other, parcel)
    told = run(*by_parcel)
    assert told.exit_code == 1
    assert PROJECT in told.stderr
    assert other in told.stderr


def taught(outsider, project: str, parcel: str) -> None:
    """A parcel code that an agency taught."""
    outsider.execute(
        "INSERT INTO aliases (project, key, norm, raw, state, source, at)"
        " VALUES (?, 'parcel_code', ?, ?, 'learned', 'mdj-nr', '2026-03-02T06:05:09.120Z')",
        (project, parcel, parcel),
    )


def test_full_shows_what_the_brief_page_leaves_out(run):
    trial = ["dossier", PROJECT, "--purpose", "trial", *REASON]
    brief, full = run(*trial), run(*trial, "--full")
    assert (brief.exit_code, full.exit_code) == (0, 0)
    assert len(brief.stdout.splitlines()) < len(full.stdout.splitlines()) / 2
