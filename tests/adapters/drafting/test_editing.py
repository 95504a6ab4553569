"""A manifest's text changed part by part: what nobody touched stands to the letter."""

from pathlib import Path

import pytest

from adapters.drafting.editing import (
    asked_otherwise,
    content_of,
    materials_of,
    only_asking,
    with_frame,
    with_material,
    without_material,
)
from adapters.manifest import load
from contracts.errors import ManifestInvalid

HC = (Path(__file__).parents[3] / "config" / "agencies" / "mdj-hc.yaml").read_text("utf-8")
PERMIT = "construction-permit"


def test_a_field_is_changed_and_no_other_line():
    fields = dict(materials_of(content_of(HC))[PERMIT]["fields"])
    changed = with_material(
        HC, PERMIT, {"fields": fields | {"total_area_m2": {"at": "ZJZMJ2", "as": "area"}}}
    )
    before, after = content_of(HC), content_of(changed)
    materials_of(before)[PERMIT]["fields"]["total_area_m2"] = {"at": "ZJZMJ2", "as": "area"}
    assert after == before
    assert "# 牡丹江市住房和城乡建设局（演示）：SOAP 接口" in changed
    assert "CODE 为 -1 表示成功" in changed


def test_codes_and_words_that_yaml_likes_to_take_for_something_else_stay_texts():
    changed = with_material(HC, PERMIT, {"success": {"at": "/ROOT/CODE", "in": ["0", "no", "true", "0012"]}})
    assert materials_of(content_of(changed))[PERMIT]["success"]["in"] == ["0", "no", "true", "0012"]


def test_a_part_is_taken_away_and_a_kind_put_last_before_the_frozen_description():
    changed = with_material(HC, PERMIT, {"quirks": None})
    assert "quirks" not in materials_of(content_of(changed))[PERMIT]
    more = with_material(changed, "drawing-review", {"ask_by": ["project_name"]})
    assert list(materials_of(content_of(more)))[-1] == "drawing-review"
    assert list(content_of(more))[-1] == "wsdl"
    assert content_of(without_material(more, "drawing-review")) == content_of(changed)


def test_a_frame_is_laid_over_the_one_there():
    changed = with_frame(HC, {"connection": {"soap": {"port": "Other"}}, "contact": None})
    connection = content_of(changed)["connection"]
    assert connection["soap"] == {"path": "/services/HcService", "port": "Other"}
    assert connection["base"] == "http://127.0.0.1:8102"
    assert "contact" not in content_of(changed)


def test_another_way_to_an_agency_takes_the_place_of_the_one_before():
    way = {"protocol": "table", "base": "postgresql://10.1.2.3/x", "table": {"schema": "public"}}
    before, after = content_of(HC), content_of(changed := asked_otherwise(HC, way))
    assert after["connection"] == way
    assert list(after) == [name for name in before if name != "wsdl"]
    kept = {"kind", "fields", "legal", "ignore", "around", "fresh", "quirks", "supplements"}
    for was, now in zip(before["materials"], after["materials"], strict=True):
        assert now == {name: value for name, value in was.items() if name in kept}
    assert "# 牡丹江市住房和城乡建设局（演示）：SOAP 接口" in changed


def test_a_manifest_that_only_asks_asks_as_the_draft_does_and_loads_though_nothing_is_mapped():
    draft = with_material(HC, PERMIT, dict.fromkeys(("decode", "none", "rows", "about", "fields", "legal")))
    with pytest.raises(ManifestInvalid):
        load(draft, "mdj-hc.yaml")
    asking = load(only_asking(draft, PERMIT, ["prj_num", "project_name"]), "mdj-hc.yaml")
    whole = load(HC, "mdj-hc.yaml").material(PERMIT)
    found = asking.material(PERMIT)
    assert found is not None
    assert whole is not None
    assert (found.ask, found.ask_by, asking.kinds) == (whole.ask, whole.ask_by, (PERMIT,))


@pytest.mark.parametrize("text", ["a: [", "a: &b 1\nc: *b\n", "a: 1\na: 2\n"])
def test_what_production_does_not_read_is_not_edited(text: str):
    with pytest.raises(ManifestInvalid):
        with_frame(text, {"title": "x"})


def test_a_kind_that_is_not_there_is_not_asked_for():
    with pytest.raises(ManifestInvalid):
        only_asking(HC, "drawing-review", ["project_name"])


def test_what_is_taken_away_is_not_there_in_what_is_new_either():
    held = with_frame(
        "connection: {protocol: rest, allow_private: true}", {"connection": {"allow_private": None}}
    )
    assert content_of(held) == {"connection": {"protocol": "rest"}}
    made = with_frame("{}", {"connection": {"allow_private": None, "table": {"user": "a", "password": None}}})
    assert content_of(made) == {"connection": {"table": {"user": "a"}}}


@pytest.mark.parametrize("sign", ["\x85", "\u2028", "\u2029"])
def test_what_a_form_brings_can_be_read_again(sign: str):
    words = f"前置{sign}库"
    assert content_of(with_frame("{}", {"title": {"zh": words}})) == {"title": {"zh": words}}
