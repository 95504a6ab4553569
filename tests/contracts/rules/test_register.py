"""R17 to R24: restrictions, location, drawings, unit codes, common parts, presale, freshness."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from contracts.material import (
    Attachment,
    AttachmentState,
    Legal,
    Provenance,
    Retrieval,
    Seal,
    SealVerdict,
)
from contracts.rules import Profile
from contracts.rules.place import similarity
from contracts.rules.profile import Restriction
from contracts.verdicts import Result
from tests.contracts.rules.scene import P1, TODAY, changed, checked, of, with_row, without

RIGHT, MORTGAGE, SURVEY, UNITS = "land-right", "construction-mortgage", "survey-package", "cadastral-import"
FILED = "completion-filing"


class TestR17:
    @pytest.mark.parametrize(
        ("words", "result"),
        [
            ([], Result.PASS),
            (None, Result.SKIP),
            (["抵押权"], Result.WARN),
            (["预告登记"], Result.WARN),
            (["查封"], Result.FAIL),
            (["异议登记"], Result.FAIL),
            (["司法限制"], Result.FAIL),
            (["居住权"], Result.FAIL),
            (["抵押权", "查封"], Result.FAIL),
        ],
    )
    def test_by_its_words(self, words, result):
        assert checked("R17", *changed(P1, RIGHT, restrictions=words)).result is result

    def test_the_profile_decides(self):
        lenient = Profile(restrictions=(Restriction(words=("查封",), result=Result.WARN),))
        assert (
            checked("R17", *changed(P1, RIGHT, restrictions=["查封"]), profile=lenient).result is Result.WARN
        )
        waved = Profile(other_restriction=Result.WARN)
        assert (
            checked("R17", *changed(P1, RIGHT, restrictions=["居住权"]), profile=waved).result is Result.WARN
        )

    @pytest.mark.parametrize(
        ("cancelled", "result"),
        [
            (None, Result.WARN),
            ("2026-03-02", Result.PASS),
            ("2026-03-03", Result.WARN),
            ("2020-01-01", Result.PASS),
        ],
    )
    def test_a_mortgage_counts_until_it_is_cancelled(self, cancelled, result):
        mortgage = of(MORTGAGE, proof_no="甲", kind="在建建筑物抵押", cancelled_on=cancelled)
        assert checked("R17", *P1.all_materials(), mortgage).result is result

    def test_a_mortgage_on_unfinished_buildings_is_named(self):
        materials = [*P1.all_materials(), of(MORTGAGE, proof_no="甲", kind="在建建筑物抵押")]
        assert "在建建筑物抵押" in checked("R17", *materials).message.zh
        silent = checked("R17", *materials, profile=Profile(construction_mortgage_converts=False))
        assert (silent.result, "在建建筑物抵押" in silent.message.zh) == (Result.WARN, False)
        notice = checked("R17", *P1.all_materials(), of(MORTGAGE, proof_no="乙", kind="预告登记"))
        assert "在建建筑物抵押" not in notice.message.zh

    def test_a_mortgage_is_found_without_the_right(self):
        found = checked("R17", *without(P1, RIGHT), of(MORTGAGE, proof_no="甲"))
        assert found.result is Result.WARN
        assert checked("R17", *without(P1, RIGHT)).compared["missing"] == [RIGHT]


class TestR18:
    @pytest.mark.parametrize(
        ("one", "other", "share"),
        [
            ("演示路1号", "演示路１号", "1"),
            ("演示路、1号", "演示路1号", "1"),
            ("甲乙丙丁戊", "甲乙丙丁己", "0.8"),
            ("甲乙丙丁", "戊己庚辛", "0"),
        ],
    )
    def test_similarity(self, one, other, share):
        assert similarity(one, other) == similarity(other, one) == Decimal(share)

    @pytest.mark.parametrize(
        ("where", "result"), [("甲乙丙丁己", Result.PASS), ("甲乙丙庚己", Result.WARN), (None, Result.SKIP)]
    )
    def test_exactly_as_alike_as_asked_suffices(self, where, result):
        pair = of("land-transfer-contract", location="甲乙丙丁戊"), of(FILED, location=where)
        assert checked("R18", *pair).result is result

    def test_the_one_that_differs_is_named(self):
        found = checked("R18", *changed(P1, FILED, location="绥芬河市口岸大街88号"))
        assert found.compared["unlike"] == [[FILED, "绥芬河市口岸大街88号"]]


def files(kind, *types, **facts):
    """The first project with one kind's attachments replaced by files of these types."""
    given = tuple(Attachment(id=t, name=f"{t}.pdf", doc_type=t, **facts) for t in types)
    return [
        each.model_copy(update={"attachments": given}) if each.kind == kind else each
        for each in P1.all_materials()
    ]


class TestR19:
    @pytest.mark.parametrize(
        ("kind", "types", "result"),
        [
            (SURVEY, ("房屋平面图",), Result.FAIL),
            (SURVEY, ("宗地图",), Result.FAIL),
            (SURVEY, ("宗地图", "房屋平面图"), Result.PASS),
            (FILED, ("备案证明",), Result.WARN),
            (FILED, ("竣工图",), Result.PASS),
            ("construction-planning-permit", ("许可证",), Result.WARN),
            ("construction-planning-permit", ("许可证", "规划总平面图源文件"), Result.WARN),
            ("construction-planning-permit", ("规划总平面图",), Result.WARN),
            ("construction-permit", ("合同",), Result.WARN),
            ("land-use-planning-permit", ("用地红线图",), Result.WARN),
        ],
    )
    def test_each_drawing(self, kind, types, result):
        assert checked("R19", *files(kind, *types)).result is result

    @pytest.mark.parametrize("facts", [{"state": AttachmentState.ABSENT}, {"bytes": 0}])
    def test_named_and_not_there_or_empty_is_missing(self, facts):
        found = checked("R19", *files(SURVEY, "宗地图", "房屋平面图", **facts))
        assert (found.result, len(found.compared["missing"])) == (Result.FAIL, 2)

    def test_the_gravest_decides(self):
        both = [
            each.model_copy(update={"attachments": each.attachments[-1:]}) if each.kind == SURVEY else each
            for each in files(FILED, "备案证明")
        ]
        found = checked("R19", *both)
        assert (found.result, len(found.compared["missing"])) == (Result.FAIL, 3)

    def test_without_files_nothing_is_said(self):
        assert checked("R19", *files(SURVEY)).compared["missing"] == ["survey-package.attachments"]
        assert checked("R19", *without(P1, SURVEY)).compared["missing"] == [SURVEY]

    def test_an_untyped_file_is_known_by_its_name(self):
        bare = tuple(Attachment(id=n, name=n) for n in ("宗地图.pdf", "房屋平面图.pdf"))
        told = [
            e.model_copy(update={"attachments": bare}) if e.kind == SURVEY else e for e in P1.all_materials()
        ]
        assert checked("R19", *told).result is Result.PASS


PARCEL = "231005003008GB00021"


class TestR20:
    @pytest.mark.parametrize(
        "code",
        [
            "231005003008GB00021F00020001",  # the number of another building
            "231005003012GB00034F00010001",  # another parcel
            "231005003008GB00021W00000000",  # land without fixture
            "231005003008GB00021F0001000",  # one character short
            "231005003008GB00021Q00010001",  # a structure, in the right building
            "231005003008GB00021F00010002",  # stands twice
        ],
    )
    def test_each_sickness(self, code):
        found = checked("R20", *with_row(P1, UNITS, 0, "sample_units", unit_code=code))
        assert found.result is Result.FAIL
        assert any(each.startswith(code) for each in found.compared["bad"])

    def test_vendors_letters_after_9999_and_small_letters_are_codes(self):
        for code in ("231005003008GB00021F0001A001", "231005003008gb00021f00010009"):
            assert (
                checked("R20", *with_row(P1, UNITS, 0, "sample_units", unit_code=code)).result is Result.PASS
            )

    def test_the_surveys_first_units_are_codes_too(self):
        wrong = with_row(P1, SURVEY, 1, first_unit_code=f"{PARCEL}F00010001")
        assert checked("R20", *wrong).result is Result.FAIL

    def test_a_longer_number_in_the_cadastre_ends_in_the_four(self):
        assert checked("R20", *with_row(P1, SURVEY, 0, zrzh=f"{PARCEL}F0001")).result is Result.PASS
        assert checked("R20", *with_row(P1, SURVEY, 0, zrzh="1")).result is Result.PASS
        assert checked("R20", *with_row(P1, SURVEY, 0, zrzh="0009")).result is Result.FAIL

    def test_more_codes_than_units(self):
        assert checked("R20", *changed(P1, UNITS, units_total=11)).compared["bad"] == ["12 > 11"]
        assert checked("R20", *changed(P1, UNITS, units_total=12)).result is Result.PASS

    def test_what_is_missing_is_named(self):
        assert checked("R20", *without(P1, SURVEY)).compared["missing"] == [SURVEY]
        assert checked("R20", *with_row(P1, SURVEY, 0, zrzh=None)).compared["missing"] == [
            "survey-package.buildings.zrzh"
        ]


class TestR21:
    @pytest.mark.parametrize(
        ("kinds", "result"),
        [
            (["道路", "绿地", "物业服务用房"], Result.PASS),
            (["小区道路", "集中绿地", "物业管理用房"], Result.PASS),
            (["道路", "绿地"], Result.FAIL),
            ([], Result.FAIL),
        ],
    )
    def test_every_part_the_profile_names(self, kinds, result):
        found = checked("R21", of("common-parts", items=[{"kind": kind} for kind in kinds]))
        assert found.result is result

    def test_a_part_without_any_area_is_none(self):
        items = [{"kind": "道路"}, {"kind": "绿地"}, {"kind": "物业", "area_m2": "0.00"}]
        found = checked("R21", of("common-parts", items=items))
        assert (found.result, found.compared["lacking"]) == (Result.FAIL, ["物业"])

    def test_an_empty_list_fails_even_if_nothing_is_named(self):
        assert (
            checked("R21", of("common-parts", items=[]), profile=Profile(common_parts=())).result
            is Result.FAIL
        )
        assert checked("R21", of("common-parts")).result is Result.SKIP


class TestR22:
    def test_without_coordinates_it_is_never_compared(self):
        assert checked("R22", *P1.all_materials()).result is Result.SKIP


class TestR23:
    @pytest.mark.parametrize(
        ("measured", "result"),
        [
            ("10300.00", Result.PASS),
            ("10300.01", Result.WARN),
            ("9700.00", Result.PASS),
            ("9699.99", Result.WARN),
            (None, Result.SKIP),
        ],
    )
    def test_boundaries(self, measured, result):
        survey = of(SURVEY, buildings=[{"no": "1#", "area_m2": measured}, {"no": "9#", "area_m2": "5.00"}])
        permit = of("presale-permit", permit_no="甲", buildings=["1号楼"], presale_area_m2="10000.00")
        assert checked("R23", permit, survey).result is result

    def test_a_sale_against_its_unit(self):
        sale = changed(P1, "sales-contract", presold_area_m2="110.45")
        found = checked("R23", *sale)
        assert (found.result, found.compared["items"][1][1:3]) == (Result.WARN, ["110.45", "113.77"])
        assert checked("R23", *changed(P1, "sales-contract", presold_area_m2="110.46")).result is Result.PASS

    def test_a_sale_of_a_unit_outside_the_table_is_not_compared(self):
        sale = changed(P1, "sales-contract", unit_code=f"{PARCEL}F00010099")
        assert len(checked("R23", *sale).compared["items"]) == 1

    def test_a_building_that_is_not_surveyed_is_skipped(self):
        found = checked("R23", *changed(P1, "presale-permit", buildings=["1#楼", "9#楼"]))
        assert (found.result, found.compared["missing"]) == (Result.SKIP, ["survey-package.buildings"])


NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


class TestR24:
    def aged(self, until, retrieval=Retrieval.RECEIVED, legal=Legal.IN_FORCE, seal=SealVerdict.NONE, **known):
        provenance = Provenance(
            retrieved_at=NOW - timedelta(days=9), fresh_until=until, seal=Seal(verified=seal)
        )
        material = of(FILED, retrieval, legal, filing_no="甲")
        return checked("R24", material.model_copy(update={"provenance": provenance}), **known)

    def test_to_the_instant(self):
        assert self.aged(NOW, now=NOW).result is Result.PASS
        found = self.aged(NOW - timedelta(milliseconds=1), now=NOW)
        assert (found.result, found.compared["items"]) == (Result.WARN, ["M14 甲: stale"])

    def test_without_an_instant_by_the_day_here(self):
        midnight = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
        assert self.aged(midnight, today=TODAY).result is Result.PASS
        assert self.aged(midnight - timedelta(milliseconds=1), today=TODAY).result is Result.WARN

    @pytest.mark.parametrize("legal", [Legal.EXPIRED, Legal.SUPERSEDED, Legal.REVOKED, Legal.CANCELLED])
    def test_without_force(self, legal):
        assert self.aged(NOW, legal=legal, now=NOW).compared["items"] == [f"M14 甲: {legal.value}"]

    def test_stale_copies_and_broken_seals(self):
        assert self.aged(NOW, Retrieval.STALE, now=NOW).result is Result.WARN
        assert self.aged(NOW, seal=SealVerdict.NO, now=NOW).compared["items"] == ["M14 甲: seal"]
        assert self.aged(NOW, seal=SealVerdict.YES, now=NOW).result is Result.PASS
