"""A gateway whose agency is a front-end database: asked, kept, tried and tested like any other."""

# ruff: noqa: S608  the agency's own statements, in a database that is thrown away

import pytest

from tests.adapters.table.conftest import READER, SECRET
from tests.adapters.table.filings import CODE, YAML
from tests.gateway.town import material, on_file, open_town, settings_in

AGENCY, KIND = "mdj-qzk", "completion-filing"
GRANTS = f"""
grants:
  - id: registration-first
    consumer: registration
    purposes: [first-registration]
    valid: {{from: 2026-01-01, until: 2026-12-31}}
    approval: 演共〔2026〕1号
    kinds: {{{KIND}: {{}}}}
  - id: adapter-trials
    consumer: trial
    purposes: [trial]
    valid: {{from: 2026-01-01, until: 2026-12-31}}
    approval: 演共〔2026〕3号
    kinds: {{{KIND}: {{}}}}
"""
PLACE = f"/v1/agencies/{AGENCY}"


@pytest.fixture
async def town(clean, tmp_path, clock):
    settings = settings_in(tmp_path, on_file(tmp_path), GRANTS)
    manifest = YAML.replace("postgresql://127.0.0.1:5432/gg_qzk", clean.base)
    (settings.config / "agencies" / f"{AGENCY}.yaml").write_text(manifest, "utf-8")
    async with open_town(settings, clock, connected=True) as opened:
        await opened.enrol("agency-admin", AGENCY, name="nora")
        for name, value in (("reader", SECRET), ("reader-name", READER)):
            path = f"{PLACE}/secrets/{name}"
            answer = await opened.http.put(path, headers=opened.bearer("nora"), json={"value": value})
            assert answer.status_code in (200, 201, 204), answer.text
        yield opened


async def test_its_rows_are_in_the_dossier(clean, town):
    clean.put()
    found = material(await town.ask(kinds=[KIND]), KIND)
    assert (found["retrieval"], found["fields"]["total_area_m2"]) == ("received", "108611.27")
    assert found["provenance"]["key"] == {"name": "project_code", "value": CODE, "confirmed": True}


async def test_what_it_said_last_serves_while_it_is_out(clean, town, clock):
    clean.put()
    assert material(await town.ask(kinds=[KIND]), KIND)["retrieval"] == "received"
    clock.advance(25 * 3600)
    clean.run(f'REVOKE SELECT ON "SPGL_JSGCJGYSBAXXB" FROM {READER}')
    try:
        found = material(await town.ask(kinds=[KIND]), KIND)
    finally:
        clean.run(f'GRANT SELECT ON "SPGL_JSGCJGYSBAXXB" TO {READER}')
    assert found["retrieval"] == "stale"
    assert found["fields"]["total_area_m2"] == "108611.27"
    assert "SELECT" in found["error"]["detail"]["en"]


async def test_it_is_tested_and_tried_also_over_what_it_said_before(clean, town):
    clean.put()
    tested = (await town.http.post(f"{PLACE}/probe", headers=town.bearer("nora"))).json()
    assert [(step["name"], step["passed"]) for step in tested["steps"]] == [
        ("settings", True),
        ("connection", True),
        ("credentials", True),
    ]
    order = {"project_code": CODE}
    path = f"{PLACE}/versions/1/trials"
    live = (await town.http.post(path, headers=town.bearer("nora"), json=order)).json()
    digest = material(await town.ask(kinds=[KIND]), KIND)["provenance"]["evidence"]
    clean.run('TRUNCATE "SPGL_JSGCJGYSBAXXB"')
    again = (await town.http.post(path, headers=town.bearer("nora"), json=order | {"sample": digest})).json()
    for trial in (live, again):
        [reply] = trial["kinds"][0]["replies"]
        [read] = reply["materials"]
        assert read["retrieval"] == "received"
        fields = {field["field"]: field["value"] for field in reply["rows"][0]}
        assert fields["filing_no"] == "2310052103150101-JX-001"
