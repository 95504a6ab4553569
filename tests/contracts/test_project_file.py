"""The project file's shape, against the shipped demo projects."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from contracts.catalogue import BY_ID
from contracts.identifiers import READERS, Verdict, certificate_identifier, uscc
from contracts.kinds import FIELDS
from contracts.material import AttachmentState, Retrieval
from contracts.project_file import ProjectFileUnreadable, canonical, read_project_file

TEXT = (Path(__file__).parents[2] / "demo" / "projects.json").read_text(encoding="utf-8")
NATIVE = json.loads(TEXT, parse_float=Decimal)
PROJECTS = read_project_file(TEXT)
MATERIALS = [
    pytest.param(number, each, id=f"{project['id']}-{number}-{place}")
    for project in NATIVE["projects"]
    for number, several in project["materials"].items()
    for place, each in enumerate(several if isinstance(several, list) else [several])
]


def unlike(canonical_value, native):
    """What differs, numbers compared as values."""
    if isinstance(native, dict):
        assert canonical_value.keys() == native.keys()
        return [name for name in native if unlike(canonical_value[name], native[name])]
    if isinstance(native, list):
        assert len(canonical_value) == len(native)
        return [place for place, each in enumerate(native) if unlike(canonical_value[place], each)]
    if isinstance(canonical_value, str) and isinstance(native, int | Decimal):
        return Decimal(canonical_value) != native
    return canonical_value != native or type(canonical_value) is not type(native)


@pytest.mark.parametrize(("number", "native"), MATERIALS)
def test_every_material_validates_and_keeps_its_values(number, native):
    slug = BY_ID[number].slug
    fields = canonical(slug, native["fields"])
    assert not unlike(fields, native["fields"])
    assert FIELDS[slug].model_validate_json(json.dumps(fields)).model_dump(exclude_unset=True) == fields
    assert "." not in "".join(json.dumps(fields).split('"')[::2]), "no JSON float may be left"


def test_both_projects_are_read():
    first, second = PROJECTS
    assert (first.project_code, second.name) == ("2012-231005-04-01-735188", "锦绣示例城")
    assert [len(second.materials[slug]) for slug in ("construction-planning-permit", "company-record")] == [
        2,
        1,
    ]
    assert second.materials["registration-result"][0].retrieval is Retrieval.PENDING
    assert first.materials["land-transfer-contract"][0].fields["land_area_ha"] == "4.2357"
    assert second.materials["land-transfer-contract"][0].fields["land_area_ha"] == "6.8120"
    assert first.profile.planning_verification_decides is False
    assert len(first.all_materials()) == sum(len(several) for several in first.materials.values())


def test_a_file_that_is_not_there_yet_is_absent():
    drawings = PROJECTS[1].materials["completion-filing"][1].material().attachments[2]
    assert (drawings.doc_type, drawings.state, drawings.bytes) == ("竣工图", AttachmentState.ABSENT, 41943040)


def test_a_single_project_is_a_file_too():
    alone = read_project_file(json.dumps(NATIVE["projects"][0], default=float))
    assert [each.id for each in alone] == ["P1"]
    assert alone[0].profile.planning_verification_decides is True


def test_identifiers_of_the_demo_are_good():
    for project in PROJECTS:
        for alias in project.aliases:
            for value in alias["value"] if isinstance(alias["value"], list) else [alias["value"]]:
                assert alias["key"] == "package_no" or READERS[alias["key"]](value).verdict is Verdict.VALID
    assert all(uscc(each["uscc"]).verdict is Verdict.VALID for each in NATIVE["agencies"])
    result = PROJECTS[0].materials["registration-result"][0].fields
    assert certificate_identifier(result["cert_id"]).verdict is Verdict.VALID


SMALL = (
    '{"project_code": "x", "materials": '
    '{"M16": {"status": "RECEIVED", "fields": {"parcel_code": "p", "units_total": 3}}}}'
)


def test_the_smallest_file():
    assert read_project_file(SMALL)[0].materials["cadastral-import"][0].fields == {
        "parcel_code": "p",
        "units_total": 3,
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3", "NaN"),
        ("3", "3.5"),
        ("3", "9" * 5000),
        ('"p"', '"p", "parcel_code": "q"'),
        ('"p"', '"p", "secret_field": "q"'),
        ("M16", "M30"),
        ("RECEIVED", "LOST"),
        ('"RECEIVED"', "[]"),
        ('"status"', '"state"'),
        ('"project_code"', '"code"'),
        ("{", "[" * 100_000 + "{"),
        ("}}}}", "}}}"),
        ('"x"', '"x", "note": NaN'),
        ('"x"', '"x", "note": -Infinity'),
        (SMALL, "[]"),
        (SMALL, '{"projects": 5}'),
        (SMALL, '{"projects": ["x"]}'),
        (SMALL, '{"tolerance_profile": {"parcel_area": {"pass_m2": -1}}, "projects": []}'),
    ],
)
def test_what_is_not_such_a_file_is_refused_by_one_error(old, new):
    broken = SMALL.replace(old, new, 1)
    assert broken != SMALL
    with pytest.raises(ProjectFileUnreadable):
        read_project_file(broken)


def test_the_error_says_where_and_quotes_no_values():
    with pytest.raises(ProjectFileUnreadable, match="units_total") as caught:
        read_project_file(SMALL.replace("3", '"231000190001011013"'))
    assert "2310001900" not in str(caught.value)
