"""config/rules.yaml, and `landbridge check` with it."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import AskMalformed, ManifestInvalid, NoSuchThing
from contracts.project_file import read_project_file
from contracts.rules import Profile
from gateway.cli.commands import app
from gateway.rules import load_profiles, profile_named
from tests.contracts.rules.scene import DEMO, P1, P3, PROJECTS, STRICT

CONFIG = DEMO.parent / "config"
SHEET = (CONFIG / "rules.yaml").read_text("utf-8")
BOTH, BAD = str(DEMO / "projects.json"), str(DEMO / "defective.json")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANDBRIDGE_CONFIG", str(CONFIG))
    monkeypatch.setenv("LANDBRIDGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANDBRIDGE_LANG", "zh")
    return lambda *words: CliRunner().invoke(app, ["check", *words])


class TestProfiles:
    def test_the_shipped_profile_is_written_out_in_full(self):
        shipped = profile_named(CONFIG)
        assert shipped.model_dump(exclude={"source"}) == Profile().model_dump(exclude={"source"})
        assert shipped.model_fields_set == set(Profile.model_fields)

    def test_the_demos_profile_is_that_of_its_file(self):
        demo = profile_named(CONFIG, "demo-default")
        assert demo.model_dump(exclude={"source"}) == STRICT.model_dump(exclude={"source"})

    def test_every_profile_says_where_it_comes_from(self):
        assert all(each.source for each in load_profiles(SHEET).values())

    def test_without_a_file_there_is_the_shipped_one(self, tmp_path: Path):
        assert profile_named(tmp_path) == Profile()
        with pytest.raises(NoSuchThing, match="demo-default"):
            profile_named(tmp_path, "demo-default")

    @pytest.mark.parametrize(
        ("old", "new", "place"),
        [
            ("filing_days: 15", "filing_days: -1", "filing_days"),
            ("filing_days: 15", "filing_dais: 15", "filing_dais"),
            ("result: WARN}", "result: MAYBE}", "restrictions"),
            ('pct: "3"', "pct: .nan", "building_area"),
            ("profiles:", "profile:", "profile"),
            ("  shipped:\n    version: 1", "  shipped:\n    version: 1\n    version: 2", "YAML"),
        ],
    )
    def test_a_sheet_that_cannot_be_used_is_refused_by_place(self, old, new, place):
        assert old in SHEET
        with pytest.raises(ManifestInvalid, match=place):
            load_profiles(SHEET.replace(old, new, 1))


class TestCheck:
    def test_the_oracles_over_the_command_line(self, run):
        done = run(BOTH, "--profile", "demo-default", "--json")
        assert done.exit_code == 0, done.output
        shown = {each["project_code"]: each["checks"] for each in json.loads(done.stdout)["projects"]}
        for project in PROJECTS[:2]:
            results = {each["rule"]: each["result"] for each in shown[project.project_code]}
            wanted = {each["rule"]: each["result"] for each in project.expected_checks}
            assert {rule: results[rule] for rule in wanted} == wanted

    def test_one_project_prints_its_checks_alone_and_a_failure_ends_with_1(self, run):
        done = run(BAD, "--profile", "demo-default", "--json")
        assert done.exit_code == 1
        shown = json.loads(done.stdout)
        assert list(shown) == ["checks"]
        results = {each["rule"]: each["result"] for each in shown["checks"]}
        wanted = {each["rule"]: each["result"] for each in P3.expected_checks}
        assert {rule: results[rule] for rule in wanted} == wanted

    def test_a_file_of_one_project_alone(self, run, tmp_path: Path):
        alone = tmp_path / "one.json"
        alone.write_text(json.dumps(json.loads(Path(BOTH).read_text("utf-8"))["projects"][0]), "utf-8")
        done = run(str(alone), "--json")
        assert (done.exit_code, list(json.loads(done.stdout))) == (0, ["checks"])

    def test_the_table_shows_the_compared_values_and_what_is_open(self, run):
        done = run(BAD, "--profile", "demo-default")
        for words in (
            "46200.00",
            "47600.00",
            "±2.0 %",
            "no_completion: [地下车库]",
            "✗ 不通过 4",
            "3/4 幢",
            "R07",
        ):
            assert words in done.stdout
        assert "✗" not in run(BOTH).stdout.replace("✗ 不通过 0", "")

    def test_the_shipped_profile_is_used_unless_another_is_named(self, run):
        results = {each["rule"]: each["result"] for each in json.loads(run(BAD, "--json").stdout)["checks"]}
        assert (results["R07"], results["R16"]) == ("WARN", "WARN")

    def test_nothing_is_kept(self, run, tmp_path: Path):
        run(BOTH)
        assert not (tmp_path / "home").exists()

    def test_what_cannot_be_read_is_our_own_error(self, run, tmp_path: Path):
        assert isinstance(run(BOTH, "--profile", "nobodys").exception, NoSuchThing)
        broken = tmp_path / "broken.json"
        broken.write_bytes(b"{")
        assert isinstance(run(str(broken)).exception, AskMalformed)
        broken.write_bytes(b"\xff\xfe")
        assert isinstance(run(str(broken)).exception, AskMalformed)

    def test_a_files_text_does_not_steer_the_terminal(self, run, tmp_path: Path):
        text = Path(BAD).read_text("utf-8").replace("青禾示例园", "青禾\\u001b[2J园")
        (tmp_path / "odd.json").write_text(text.replace("土地使用权抵押", "抵押\\u001b[2J"), "utf-8")
        assert "\x1b[2J" not in run(str(tmp_path / "odd.json")).stdout


class TestNotHeld:
    def one(self, status, fields):
        return json.dumps({"project_code": "x", "materials": {"M04": {"status": status, "fields": fields}}})

    def test_what_is_not_held_may_stand_without_fields(self):
        (project,) = read_project_file(self.one("NOT_FOUND", {}))
        assert project.materials["land-deed-tax"][0].fields == {}

    @pytest.mark.parametrize("status", ["RECEIVED", "DECLARED", "STALE"])
    def test_what_is_held_may_not(self, status):
        with pytest.raises(ValueError, match="voucher_no"):
            read_project_file(self.one(status, {}))


def test_a_copied_config_serves_as_well(tmp_path: Path):
    shutil.copy(CONFIG / "rules.yaml", tmp_path)
    assert profile_named(tmp_path, "demo-default") == profile_named(CONFIG, "demo-default")
    assert P1.profile == STRICT
