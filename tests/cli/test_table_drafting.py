"""`landbridge adapter draft --table`: the tables of a front-end database, and a manifest of one of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from adapters.manifest import load
from contracts.errors import AgencyFailed, AskMalformed, Fault, SetupIncomplete
from gateway.cli.commands import app
from tests.cli.test_commands import config, entries, run
from tests.frontdb import ODD, PASSWORD, READER, ROOT, TABLE, FrontEnd, front_end
from tests.stores import Cluster

__all__ = ["config", "run"]

Run = Callable[..., Result]
SAMPLE = ROOT / "tests" / "samples" / "mdj-qzk" / "hanlin-completion-filing" / "reply.json"


@pytest.fixture(scope="module")
def office(cluster: Cluster) -> Iterator[FrontEnd]:
    with front_end(cluster) as found:
        yield found


def table(address: str, *words: str, said: str = f"{PASSWORD}\n", lang: str = "en") -> Result:
    """Asked for over standard input, by an account without a house."""
    place = ("adapter", "draft", "--table", address, "--user", READER, "--tls", "off", "--allow-private")
    environment = {"LANDBRIDGE_LANG": lang, "COLUMNS": "100"}
    return CliRunner(env=environment).invoke(app, [*place, *words], input=said)


WHO = ("--agency", "mdj-x", "--title", "某局", "A Bureau", "--sharing", "conditional")


@pytest.mark.parametrize(("lang", "told"), [("en", "6 tables, 4 readable"), ("zh", "表 6 张，可读 4 张")])
def test_tables_are_shown_before_one_is_chosen(office: FrontEnd, lang: str, told: str):
    done = table(office.address, lang=lang)
    assert done.exit_code == 0, done.output
    assert told in done.stdout
    for word in (TABLE, ODD, "竣工验收备案信息表", "JGYSBABH character varying(200)", "SPGL_XMJBXXB"):
        assert word in done.stdout
    assert "--kind completion-filing" in done.stdout
    assert PASSWORD not in done.output


def test_a_manifest_of_a_table_is_drafted_and_loads(office: FrontEnd, tmp_path: Any):
    place = tmp_path / "mdj-x.yaml"
    wanted = ("--operation", TABLE, "--kind", "completion-filing", "--output", str(place))
    done = table(office.address, *WHO, *wanted)
    assert done.exit_code == 0, done.output
    assert "It loads." in done.stderr
    manifest = load(place.read_text("utf-8"), place.name)
    assert manifest.connection.base == office.address
    assert manifest.connection.table is not None
    assert manifest.connection.table.password == "secret:mdj-x/reader"
    assert PASSWORD not in place.read_text("utf-8") + done.output
    assert "99%" not in place.read_text("utf-8")
    done = table(office.address, *WHO, *wanted, "--sample", str(SAMPLE))
    assert "It loads." in done.stderr
    assert "99%" in place.read_text("utf-8")  # what a row holds makes it surer


def test_the_password_is_a_secret_of_the_house_and_that_it_was_used_is_an_entry(
    office: FrontEnd, run: Run, monkeypatch: pytest.MonkeyPatch
):
    words = ("adapter", "draft", "--table", office.address, "--user", READER, "--tls", "off")
    named = (*words, "--allow-private", "--secret", "secret:mdj-x/reader-name")
    assert isinstance(run(*named).exception, SetupIncomplete)
    monkeypatch.setenv("LANDBRIDGE_SECRET_MDJ_X_READER_NAME", PASSWORD)
    done = run(*named)
    assert done.exit_code == 0, done.output
    assert TABLE in done.stdout
    entry = next(each for each in reversed(entries(run)) if each["kind"] == "tried")
    assert (entry["subject"]["id"], entry["operator"][:3]) == (office.address, "os:")
    assert PASSWORD not in str(entries(run))


@pytest.mark.parametrize(
    ("words", "said", "error", "told"),
    [
        ((), "\n", AskMalformed, "standard input"),
        ((), "Not-the-one\n", AgencyFailed, ""),
        (("--schema", "nowhere"), f"{PASSWORD}\n", AskMalformed, "no schema nowhere"),
        (("--operation", "nothing", "--kind", "completion-filing"), f"{PASSWORD}\n", AskMalformed, "nothing"),
        (("--wsdl", "x"), f"{PASSWORD}\n", AskMalformed, "--table"),
        (("--base", "http://10.1.2.3"), f"{PASSWORD}\n", AskMalformed, "--base"),
        (("--secret", "hunter2"), "", AskMalformed, "--secret secret:agency/name"),
        (("--user", "secret:mdj-x/reader-name"), f"{PASSWORD}\n", AskMalformed, "own name"),
    ],
)
def test_what_cannot_be_read_is_said(
    office: FrontEnd, words: tuple[str, ...], said: str, error: type[Exception], told: str
):
    done = table(office.address, *words, said=said)
    assert isinstance(done.exception, error)
    assert told in str(done.exception)
    assert "hunter2" not in done.output + str(done.exception)


def test_a_private_address_is_refused_unless_said(office: FrontEnd):
    words = ("adapter", "draft", "--table", office.address, "--user", READER)
    done = CliRunner(env={"LANDBRIDGE_LANG": "en"}).invoke(app, [*words], input=f"{PASSWORD}\n")
    assert isinstance(done.exception, AgencyFailed)
    assert done.exception.fault == Fault.NOT_ADMITTED
