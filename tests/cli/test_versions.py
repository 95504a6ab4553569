"""`landbridge adapter` and `landbridge secret`: a document's life at the terminal, trials, secrets."""

import getpass
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner, Result

from contracts.audit import Draft, EntryKind, Recorded
from contracts.conflicts import DocumentInvalid, OtherDigest, SecondPerson
from contracts.errors import AskMalformed, LandbridgeError, LogUnavailable
from gateway.audit.log import AuditLog
from gateway.cli.commands import app
from gateway.trials.runs import SIDE_BY_SIDE
from tests.cli.test_commands import CONFIG, PROJECT, REASON, config, entries, run

__all__ = ["config", "run"]

SAMPLES = CONFIG.parent / "tests" / "samples" / "mdj-nr"
SAMPLE = SAMPLES / "hanlin-land-use-planning-permit"


@pytest.fixture
def edited(run, config, tmp_path) -> Path:
    """The manifest in force, and a file of another text."""
    run("consumer", "list")
    path = tmp_path / "mdj-nr.yaml"
    text = (config / "agencies" / "mdj-nr.yaml").read_text("utf-8")
    path.write_text(text.replace("issued_by: fzjg\n", "issued_by: {always: 新版}\n"), "utf-8")
    return path


def digest_in(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()[0].split("\t")[2]


def as_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "somebody-else")


def test_submitted_here_published_by_another_account(run, edited, monkeypatch):
    digest = digest_in(run("adapter", "draft", str(edited)))
    assert digest_in(run("adapter", "submit", "mdj-nr", "2", "--reason", "新字段")) == digest
    own = run("adapter", "publish", "mdj-nr", "2", "--digest", digest)
    assert isinstance(own.exception, SecondPerson)
    as_another(monkeypatch)
    other = run("adapter", "publish", "mdj-nr", "2", "--digest", "sha256:" + "0" * 64)
    assert isinstance(other.exception, OtherDigest)
    assert isinstance(run("adapter", "publish", "mdj-nr", "2", "--digest", "sha256:").exception, OtherDigest)
    assert "published" in run("adapter", "publish", "mdj-nr", "2", "--digest", digest[7:19]).stdout
    shown = run("adapter", "history", "mdj-nr").stdout
    assert "新字段" in shown
    assert "os:somebody-else" in shown
    assert (
        "+      issued_by: {always: 新版}" in run("adapter", "history", "mdj-nr", "--diff", "1", "2").stdout
    )
    assert run("adapter", "rollback", "mdj-nr", "1").exit_code == 2
    assert "published" in run("adapter", "rollback", "mdj-nr", "1", "--reason", "读错").stdout
    kinds = [entry["kind"] for entry in entries(run)]
    assert kinds[-4:-1] == ["submitted", "published", "rolled-back"]
    assert all(
        entry["operator"].startswith("os:")
        for entry in entries(run)
        if entry["kind"] in ("drafted", "submitted")
    )


def test_one_name_at_the_terminal_and_over_the_api_is_one_person(run, edited, outsider, monkeypatch):
    digest = digest_in(run("adapter", "draft", str(edited)))
    run("adapter", "submit", "mdj-nr", "2")
    outsider.execute("UPDATE documents SET origin='li', submitted_by='li' WHERE version=2")
    monkeypatch.setattr(getpass, "getuser", lambda: "li")
    assert isinstance(run("adapter", "publish", "mdj-nr", "2", "--digest", digest).exception, SecondPerson)


def test_a_draft_is_edited_rejected_withdrawn(run, edited, monkeypatch):
    run("adapter", "draft", str(edited))
    edited.write_text(edited.read_text("utf-8").replace("concurrency:", "concurency:"), "utf-8")
    broken = run("adapter", "draft", str(edited), "--version", "2")
    assert "limits.concurency" in broken.stdout
    assert isinstance(run("adapter", "submit", "mdj-nr", "2").exception, DocumentInvalid)
    edited.write_text(edited.read_text("utf-8").replace("concurency:", "concurrency:"), "utf-8")
    digest = digest_in(run("adapter", "draft", str(edited), "--version", "2"))
    run("adapter", "submit", "mdj-nr", "2")
    with monkeypatch.context() as other:
        as_another(other)
        told = run("adapter", "reject", "mdj-nr", "2", "--digest", digest, "--reason", "再议")
        assert "rejected" in told.stdout
    assert "withdrawn" in run("adapter", "withdraw", "mdj-nr", "2").stdout
    assert "再议" in run("adapter", "history", "mdj-nr").stdout


def test_the_grant_sheet_lives_there_too(run, config, tmp_path, monkeypatch):
    run("consumer", "list")
    sheet = tmp_path / "grants.yaml"
    sheet.write_text((config / "grants.yaml").read_text("utf-8") + "# 改\n", "utf-8")
    digest = digest_in(run("adapter", "draft", str(sheet)))
    run("adapter", "submit", "grants", "2")
    as_another(monkeypatch)
    assert "published" in run("adapter", "publish", "grants", "2", "--digest", digest).stdout


def test_a_recorded_reply_is_read_offline_field_by_field(run, edited):
    tried = run("adapter", "try", str(edited), "--sample", str(SAMPLE), "--json")
    assert tried.exit_code == 0, tried.output
    (kind,) = json.loads(tried.stdout)["kinds"]
    (row,) = kind["replies"][0]["rows"]
    found = {field["field"]: field for field in row}
    assert (found["issued_by"]["value"], found["land_area_m2"]["path"]) == ("新版", "ydmj")
    assert found["contact_name"]["masked"]
    shown = run("adapter", "try", "mdj-nr", "--sample", str(SAMPLE)).stdout
    assert "land_area_m2" in shown
    assert "•••" in shown
    told = [entry["subject"]["note"] for entry in entries(run) if entry["kind"] == "tried"]
    assert told == ["over a recorded reply"] * 2


def test_an_agency_that_is_out_is_tried_and_logged(run, edited):
    tried = run(
        "adapter", "try", str(edited), "2012-231005-04-01-735188", "--kind", "investment-filing", "--json"
    )
    assert tried.exit_code == 0, tried.output
    (kind,) = json.loads(tried.stdout)["kinds"]
    assert kind["error"]["type"] == "agency-unavailable"
    asked = next(entry for entry in entries(run) if entry["kind"] == "asked")
    assert (asked["consumer"], asked["agencies"]) == ("trial", ["mdj-nr"])


def test_the_projects_an_agency_was_last_asked_about_are_tried(run, edited):
    nobody = run("adapter", "try", str(edited), "--last", "5")
    assert isinstance(nobody.exception, AskMalformed)
    mixed = run("adapter", "try", str(edited), PROJECT, "--last", "5")
    assert isinstance(mixed.exception, AskMalformed)
    assert "stands alone" in mixed.exception.detail.en
    reply = SAMPLES / "hanlin-investment-filing" / "reply.json"
    beside = run(
        "adapter", "try", str(edited), "--sample", str(reply), "--kind", "investment-filing", "--last", "5"
    )
    assert isinstance(beside.exception, AskMalformed)
    assert "stands alone" in beside.exception.detail.en
    assert run("adapter", "try", "mdj-nr", "--last", "51").exit_code == 2
    assert [entry for entry in entries(run) if entry["kind"] == "asked"] == []
    run("dossier", PROJECT, "--purpose", "trial", *REASON, "--json")
    tried = run("adapter", "try", str(edited), "--last", "5", "--kind", "investment-filing", "--json")
    assert tried.exit_code == 1, tried.output
    (found,) = json.loads(tried.stdout)
    assert (found["project"], found["well"]) == (PROJECT, False)
    assert found["trial"]["kinds"][0]["error"]["type"] == "agency-unavailable"
    shown = run("adapter", "try", str(edited), "--last", "5", "--kind", "investment-filing")
    assert f"{PROJECT}\tto look at: investment-filing" in shown.stdout


@pytest.mark.parametrize("as_json", [True, False])
def test_what_came_before_the_log_was_out_is_printed(run, edited, monkeypatch, as_json):
    """The log is out when a fourth project is begun: of the three before at least one has ended."""
    append, asked = AuditLog.append, [0]
    for number in range(SIDE_BY_SIDE + 1):
        run("dossier", f"2301-231005-04-01-12345{number}", "--purpose", "trial", *REASON, "--json")

    async def thrice(log: AuditLog, draft: Draft) -> Recorded:
        asked[0] += draft.kind is EntryKind.ASKED
        if asked[0] > SIDE_BY_SIDE:
            raise LogUnavailable
        return await append(log, draft)

    monkeypatch.setattr(AuditLog, "append", thrice)
    words = ["--last", "5", "--kind", "investment-filing", *(["--json"] if as_json else [])]
    tried = run("adapter", "try", str(edited), *words)
    assert (tried.exit_code, type(tried.exception)) == (1, LogUnavailable)
    assert "the audit log cannot be written" in tried.stdout
    if as_json:
        found = json.loads(tried.stdout)
        assert (len(found), {bool(each["trial"]) for each in found}) == (SIDE_BY_SIDE + 1, {True, False})
    else:
        assert "to look at: investment-filing" in tried.stdout


def test_a_material_that_could_not_be_kept_is_no_success(run, edited, home):
    """The vault goes away when the agency is asked for the second kind."""
    reply, asked = (SAMPLES / "hanlin-investment-filing" / "reply.json").read_bytes(), []

    class Office(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            if len(asked) == 2:
                (home / "vault").rename(home / "elsewhere")
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_POST = do_GET  # noqa: N815  http.server's own name

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Office) as office:
        Thread(target=office.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{office.server_port}"
        edited.write_text(edited.read_text("utf-8").replace("http://127.0.0.1:8101", there), "utf-8")
        tried = run("adapter", "try", str(edited), PROJECT, "--known", "project_name=翰林", "--json")
        office.shutdown()
    found = [(kind.get("error") or {}).get("type") for kind in json.loads(tried.stdout)["kinds"]]
    assert "store-unavailable" in found[1:], found
    assert (found[0], tried.exit_code) == (None, 1)


def test_how_many_replies_are_compared_is_bounded(run, edited):
    for wrong in ("0", "201"):
        assert run("adapter", "diff", str(edited), "--replies", wrong).exit_code == 2
    found = run("adapter", "diff", str(edited), "--replies", "200", "--json")
    assert json.loads(found.stdout)["replies"] == 0


def test_two_versions_are_compared_over_a_folder_of_samples(run, edited, config):
    compared = run("adapter", "diff", str(edited), "--samples", str(SAMPLES))
    assert compared.exit_code == 1, compared.output
    assert "issued_by\tchanged" in compared.stdout
    same = run("adapter", "diff", str(config / "agencies" / "mdj-nr.yaml"), "--samples", str(SAMPLES))
    assert same.exit_code == 0, same.output
    assert " 0 read differently" in same.stdout
    found = json.loads(run("adapter", "diff", str(edited), "--samples", str(SAMPLE), "--json").stdout)
    parted = found["samples"][0]["fields"]
    assert {each["field"] for each in parted} == {"issued_by"}
    assert parted[0]["after"] == "新版"


def test_a_sample_that_is_none_is_told(run, edited, tmp_path):
    (tmp_path / "odd").write_bytes(b"odd")
    failed = run("adapter", "try", str(edited), "--sample", str(tmp_path / "odd"))
    assert isinstance(failed.exception, LandbridgeError)


def test_a_secret_is_read_from_standard_input_and_never_shown(run, home, outsider, monkeypatch):
    def given(value: str, *words: str) -> Result:
        return CliRunner().invoke(app, ["secret", *words], input=value + "\n")

    assert given("geheim-eins", "rotate", "mdj-nr", "app").exit_code != 0
    assert given("geheim-eins", "set", "mdj-nr", "app").stdout == "mdj-nr/app v1\n"
    assert given("geheim-zwei", "rotate", "mdj-nr", "app").stdout == "mdj-nr/app v2\n"
    assert run("secret", "set", "mdj-nr", "app", "geheim-drei").exit_code == 2
    assert run("secret", "rotate").stdout == "1 secrets sealed anew.\n"
    listed = run("secret", "list", "mdj-nr").stdout
    assert "database" in listed
    kept = b"".join(path.read_bytes() for path in home.parent.rglob("*") if path.is_file())
    assert b"geheim" not in kept
    assert "geheim" not in repr(outsider.execute("SELECT * FROM secrets").fetchall())
    assert "geheim" not in listed + json.dumps(entries(run))
    assert [entry["subject"]["note"] for entry in entries(run) if entry["kind"] == "secret"] == [
        "set",
        "another value",
        "1 sealed anew",
    ]
    monkeypatch.setenv("LANDBRIDGE_SECRET_MDJ_NR_APP", "x")
    assert "environment" in given("geheim-vier", "set", "mdj-nr", "app").stderr
