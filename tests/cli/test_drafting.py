"""`landbridge adapter draft` from an agency's papers, and `try` of a manifest file over a reply in a file."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from adapters.manifest import load
from contracts.errors import AgencyFailed, AskMalformed, Fault, LandbridgeError, ManifestInvalid
from gateway.cli.commands import app
from tests.adapters.soap.descriptions import LOSSY, PLAIN, WRAPPER, alone, importing

ROOT = Path(__file__).resolve().parents[2]
HOUSING = ROOT / "tests" / "samples" / "mdj-hc"
REPLY = HOUSING / "hanlin-completion-filing" / "reply.xml"
WSDL = ROOT / "demo" / "hc.wsdl"
WHO = (
    "--agency",
    "mdj-x",
    "--title",
    "某局",
    "A Bureau",
    "--sharing",
    "conditional",
    "--base",
    "http://a.example",
)
EXAMPLE = "<ROOT><BODY><PRJNUM>1</PRJNUM><PROJNAME>某苑</PROJNAME></BODY></ROOT>"
COLUMNS = {
    "c1": {"type": "string", "description": "预售许可证号"},
    "c2": {"type": "string", "description": "项目名称"},
}
ROWS = {"properties": {"data": {"type": "array", "items": {"properties": COLUMNS}}}}
OPENAPI = {
    "openapi": "3.0.0",
    "paths": {
        "/p": {
            "get": {
                "operationId": "permits",
                "summary": "查询预售许可",
                "parameters": [{"name": "xmmc", "in": "query", "description": "项目名称"}],
                "responses": {"200": {"content": {"application/json": {"schema": ROWS}}}},
            }
        }
    },
}


def run(*words: object, lang: str = "en", columns: int = 100) -> Result:
    environment = {"LANDBRIDGE_LANG": lang, "COLUMNS": str(columns)}
    return CliRunner(env=environment).invoke(app, ["adapter", *map(str, words)])


@pytest.fixture
def example(tmp_path: Path) -> Path:
    place = tmp_path / "request.xml"
    place.write_text(EXAMPLE, "utf-8")
    return place


def papers(example: Path) -> tuple[object, ...]:
    """What the demo's agency hands over: its WSDL, a reply, a question."""
    wanted = ("--kind", "completion-filing", "--argument", f"xmlStr={example}")
    return ("--wsdl", WSDL, "--sample", REPLY, *wanted)


@pytest.fixture
def drafted(tmp_path: Path, example: Path) -> Path:
    """A manifest drafted at the terminal from the demo's WSDL, a reply and a question."""
    place = tmp_path / "mdj-x.yaml"
    done = run("draft", *papers(example), *WHO, "--output", place)
    assert done.exit_code == 0, done.output
    assert "It loads." in done.stderr
    return place


@pytest.fixture
def office() -> Iterator[tuple[str, list[str], dict[str, bytes]]]:
    """An agency's own server: its address, the paths it was asked for, and what it says at each."""
    asked: list[str] = []
    says: dict[str, bytes] = {}

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path in says else 404)
            self.end_headers()
            self.wfile.write(says.get(self.path, b""))

        def log_message(self, *_: object) -> None:
            """Says nothing at the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked, says
    server.shutdown()
    thread.join()
    server.server_close()


def test_operations_and_kinds_are_shown_before_one_is_chosen():
    done = run("draft", "--wsdl", WSDL, "--sample", REPLY)
    assert done.exit_code == 0, done.output
    assert "1 operations, 1 usable" in done.stdout
    assert "query  HcService/HcPort" in done.stdout
    assert "xmlStr string" in done.stdout
    assert done.stdout.index("completion-filing") < done.stdout.index("construction-permit")


def test_an_operation_that_cannot_be_asked_is_named_with_the_reason(tmp_path):
    place = tmp_path / "lossy.wsdl"
    place.write_text(LOSSY, "utf-8")
    done = run("draft", "--wsdl", place, lang="zh")
    assert "操作 4 个，可用 1 个" in done.stdout
    assert "✗ odd" in done.stdout
    assert "不可用：" in done.stdout


def test_a_draft_says_what_is_missing_and_then_loads(drafted, example):
    done = run("draft", *papers(example), lang="zh")
    assert done.exit_code == 0
    for place in ("agency", "title", "sharing", "connection.base"):
        assert place in done.stderr
    with pytest.raises(ManifestInvalid):
        load(done.stdout, "x")
    manifest = load(drafted.read_text("utf-8"), drafted.name)
    [rule] = manifest.materials
    assert rule.ask.arguments == {
        "xmlStr": EXAMPLE.replace(">1<", ">{prj_num}<").replace("某苑", "{project_name}")
    }
    assert run("validate", drafted).exit_code == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_said_at_the_terminal_fits_a_hundred_columns(lang, drafted):
    for done in (
        run("draft", "--wsdl", WSDL, "--sample", REPLY, lang=lang),
        run("draft", "--sample", REPLY, "--kind", "completion-filing", lang=lang),
        run("try", drafted, "--sample", REPLY, lang=lang),
    ):
        assert done.exit_code == 0, done.output
        assert [line for line in done.output.splitlines() if cell_len(line.rstrip()) > 100] == []


def test_a_manifest_file_is_tried_over_a_reply_in_a_file_and_no_house_is_opened(
    drafted, monkeypatch, tmp_path
):
    monkeypatch.setenv("LANDBRIDGE_HOME", str(tmp_path / "nowhere"))
    done = run("try", drafted, "--sample", REPLY, "--known", "project_name=翰林示例城", "--json")
    assert done.exit_code == 0, done.output
    trial = json.loads(done.stdout)
    [reply] = trial["kinds"][0]["replies"]
    assert reply["materials"][0]["fields"]["total_area_m2"] == "108611.27"
    assert [each["path"] for each in reply["drift"]] == ["/ROOT/DATA/ROW/COMPLETEDATE"]
    traced = {each["field"]: each for each in reply["rows"][0]}
    assert traced["started_on"]["raw"] == "2021/04/02"
    assert traced["started_on"]["functions"] == ["date"]
    assert traced["started_on"]["value"] == "2021-04-02"
    assert not (tmp_path / "nowhere").exists()


def test_a_reply_about_another_project_is_refused_as_in_production(drafted):
    done = run("try", drafted, "--sample", REPLY, "--known", "project_name=别的项目")
    assert done.exit_code == 1
    assert "another project" in done.stdout


def test_a_reply_cut_short_says_so_at_the_terminal(drafted):
    done = run("try", drafted, "--sample", HOUSING / "truncated" / "reply.xml")
    assert done.exit_code == 1
    assert "not a complete XML text" in done.stdout


def test_a_field_that_does_not_fit_is_shown_at_its_place(drafted):
    done = run("try", drafted, "--sample", HOUSING / "day-that-is-none" / "reply.xml")
    assert done.exit_code == 1
    assert "✗ the date" in done.stdout


def test_personal_values_are_not_shown(tmp_path):
    case = ROOT / "tests" / "samples" / "mdj-nr" / "hanlin-land-transfer-contract" / "reply.json"
    manifest = ROOT / "config" / "agencies" / "mdj-nr.yaml"
    done = run("try", manifest, "--sample", case, "--kind", "land-transfer-contract", "--json")
    [reply] = json.loads(done.stdout)["kinds"][0]["replies"]
    contact = next(each for each in reply["rows"][0] if each["field"] == "contact_name")
    assert contact["masked"]
    assert "raw" not in contact
    assert "contact_name" not in reply["materials"][0]["fields"]


def test_the_kind_and_the_keys_must_be_the_manifests(drafted):
    housing = ROOT / "config" / "agencies" / "mdj-hc.yaml"
    assert isinstance(run("try", housing, "--sample", REPLY).exception, AskMalformed)
    assert isinstance(run("try", drafted, "--sample", REPLY, "--known", "cert_no=1").exception, AskMalformed)


def test_a_notice_is_drafted_and_tried(tmp_path):
    notice = ROOT / "tests" / "samples" / "mdj-drop" / "mdj-survey" / "hanlin-package" / "notice.xml"
    place = tmp_path / "mdj-x.yaml"
    who = WHO[:-2]
    done = run(
        "draft", "--sample", notice, "--drop", "zip", "--kind", "survey-package", *who, "--output", place
    )
    assert done.exit_code == 0, done.output
    manifest = load(place.read_text("utf-8"), place.name)
    assert manifest.connection.drop
    assert manifest.connection.drop.notice.package.expression == "package.no"
    tried = run("try", place, "--sample", notice)
    assert tried.exit_code == 0, tried.output
    assert "received unknown; attachments: 宗地图.pdf" in tried.stdout


def test_an_address_is_asked_and_nothing_else(office, tmp_path):
    url, asked, says = office
    says["/ws/Hc?wsdl"] = PLAIN.encode()
    refused = run("draft", "--wsdl", f"{url}/ws/Hc?wsdl")
    assert isinstance(refused.exception, AgencyFailed)
    assert refused.exception.fault == Fault.NOT_ADMITTED
    assert asked == []
    done = run(
        "draft",
        "--wsdl",
        f"{url}/ws/Hc?wsdl",
        "--allow-private",
        "--kind",
        "land-right",
        "--operation",
        "ask",
    )
    assert done.exit_code == 0, done.output
    assert asked == ["/ws/Hc?wsdl"]
    assert f'base: "{url}"' in done.stdout
    assert "soap: {path: /ws/Hc, port: Port}" in done.stdout
    assert "10.9.8.7" not in done.stdout.partition("\nwsdl:")[0]


def test_what_a_wsdl_imports_from_elsewhere_is_not_fetched(office):
    url, asked, says = office
    says["/a?wsdl"] = importing("http://127.0.0.2:1/types.xsd").encode()
    done = run("draft", "--wsdl", f"{url}/a?wsdl", "--allow-private")
    assert isinstance(done.exception, AgencyFailed)
    assert asked == ["/a?wsdl"]
    says["/b?wsdl"] = importing("types.xsd").encode()
    says["/types.xsd"] = alone(WRAPPER).encode()
    assert "xmlStr" in run("draft", "--wsdl", f"{url}/b?wsdl", "--allow-private").stdout


def test_an_openapi_document_at_an_address_or_in_a_file(office, tmp_path):
    url, asked, says = office
    says["/v3/api-docs"] = json.dumps(OPENAPI).encode()
    place = tmp_path / "api.json"
    place.write_text(json.dumps(OPENAPI), "utf-8")
    words = ("--operation", "permits", "--kind", "presale-permit")
    done = run("draft", "--openapi", f"{url}/v3/api-docs", "--allow-private", *words)
    assert asked == ["/v3/api-docs"]
    assert 'query: {xmmc: "{project_name}"}' in done.stdout
    assert "permit_no: {at: c1, as: identifier, key: presale_permit_no}" in done.stdout
    assert "project_name: c2" in done.stdout
    assert "# the operation: 查询预售许可" in done.stdout
    assert "permits  GET /p" in run("draft", "--openapi", place).stdout


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("x.yaml", "--wsdl", WSDL),
        ("--wsdl", WSDL, "--openapi", WSDL),
        ("--wsdl", "nowhere.wsdl"),
        ("--openapi", "nowhere.json"),
        ("--sample", WSDL, "--drop", "zip"),
        ("--wsdl", WSDL, "--kind", "no-such-kind"),
        ("--wsdl", WSDL, "--kind", "land-right", "--operation", "nobody"),
    ],
)
def test_words_that_do_not_go_together_are_refused_in_words(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").write_text("agency: x\n", "utf-8")
    done = run("draft", *words)
    assert isinstance(done.exception, LandbridgeError)
    assert done.exception.detail.zh != done.exception.detail.en
