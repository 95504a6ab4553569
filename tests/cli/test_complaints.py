"""What a command says of input that does not fit: what is wrong, where, and what to do next."""

import shutil

import pytest
from pydantic import BaseModel, Field, ValidationError
from typer.testing import CliRunner

from contracts.reasons import why
from gateway.cli import commands
from gateway.cli.commands import app
from gateway.settings import Settings
from tests.cli.test_commands import config, run

__all__ = ["config", "run"]


@pytest.fixture
def complained(run, monkeypatch, capsys):
    """What `landbridge` itself, with its outermost door, says to standard error."""

    def command(*words: str, lang: str = "en") -> str:
        monkeypatch.setenv("LANDBRIDGE_LANG", lang)
        monkeypatch.setattr("sys.argv", ["landbridge", *words])
        with pytest.raises(SystemExit) as ended:
            commands.run()
        assert ended.value.code not in {0, None}
        return capsys.readouterr().err

    return command


def test_an_odd_setting_is_named_with_where_to_change_it(complained, monkeypatch):
    monkeypatch.setenv("LANDBRIDGE_WAIT_SECONDS", "soon")
    said = complained("consumer", "list")
    assert "wait_seconds: a whole number is wanted" in said
    assert "LANDBRIDGE_WAIT_SECONDS" in said
    monkeypatch.setenv("LANDBRIDGE_WAIT_SECONDS", "900")
    assert "不能大于 60" in complained("consumer", "list", lang="zh")


def test_an_odd_option_is_named(complained):
    said = complained("audit", "search", "--from", "2026-13-01")
    assert "--from" in said
    assert "2026-03-01" in said


def test_a_file_that_is_another_agencys_is_no_draft(complained, run, config, tmp_path):
    shutil.copy(config / "agencies" / "mdj-hc.yaml", tmp_path / "hc.yaml")
    assert "mdj-hc.yaml" in complained("adapter", "draft", str(tmp_path / "hc.yaml"))
    assert "no versions" in run("adapter", "history", "hc").stderr


def put_secret(value: str, *words: str):
    return CliRunner().invoke(app, ["secret", "set", *words], input=value + "\n")


def test_an_empty_secret_is_none_and_one_that_nothing_names_is_told_of(run):
    refused = put_secret("", "mdj-nr", "app")
    assert "empty" in refused.exception.detail.en
    kept = put_secret("s3cr3t-s3cr3t", "mdj-nr", "apq")
    assert kept.exit_code == 0
    assert "no manifest in force names secret:mdj-nr/apq" in kept.stderr
    assert "s3cr3t" not in kept.output


def test_nothing_found_is_said(run):
    assert "Nobody used data of nosuch" in run("audit", "uses", "nosuch").stderr
    assert "No entry fits" in run("audit", "search", "--case", "nosuch").stderr


class Odd(BaseModel):
    """One field for each way of not fitting."""

    whole: int = Field(1, ge=1, le=9)
    words: str = Field("x", min_length=1, max_length=3, pattern="^x")
    several: tuple[int, ...] = Field((1,), min_length=1, max_length=2)


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ({"whole": "{x}"}, "应为整数", "a whole number is wanted"),
        ({"whole": 0}, "不能小于 1", "not less than 1 is wanted"),
        ({"whole": 10}, "不能大于 9", "not more than 9 is wanted"),
        ({"words": ""}, "长度或个数至少为 1", "at least 1 characters or members"),
        ({"words": "xxxx"}, "长度或个数不能超过 3", "at most 3 characters or members"),
        ({"words": "y"}, "格式不符：^x", "it does not have the form ^x"),
        ({"words": 1}, "应为文本", "text is wanted"),
        ({"several": ()}, "长度或个数至少为 1", "at least 1 characters or members"),
        ({"several": 1}, "应为列表", "a list is wanted"),
    ],
)
def test_reasons_are_in_both_languages_and_never_quote_the_value(given, zh, en):
    with pytest.raises(ValidationError) as caught:
        Odd.model_validate(given)
    (told,) = map(why, caught.value.errors())
    assert (told.zh, told.en) == (zh, en)


def test_every_limit_of_a_setting_has_a_reason_in_chinese():
    for name, field in Settings.model_fields.items():
        if field.annotation is int:
            with pytest.raises(ValidationError) as caught:
                Settings.model_validate({name: "soon"})
            assert why(caught.value.errors()[0]).zh == "应为整数"
