"""Proposals for a sample's names: all of them taken over at once, or one by one."""

from typing import Any

from adapters.drafting import Description, Frame, MaterialDraft, Sample, Wish, drafted, opened
from gateway.console.connect.mapping import MappingShown, as_sent, mapping_of, parts_from
from gateway.console.forms import Form

KIND = "construction-planning-permit"
REPLY = """{"data": [{"JSDW": "示例公司", "XMMC": "示例小区", "JSDZ": "示例路 1 号",
"DTJZ": [{"ZH": "1#", "MC": "1#楼", "JZMJ": "2000.5"},
{"ZH": "2#", "MC": "2#楼", "JZMJ": "300.5"}]}]}""".encode()


def on_bench() -> tuple[Sample, MaterialDraft]:
    sample = opened(REPLY, "")
    return sample, drafted(Frame("mdj-x"), Description("rest", ()), [Wish(KIND, None, sample)]).materials[0]


def sent(mapping: MappingShown, **words: str) -> Form:
    """What a browser sends that changed nothing, and the button that was pressed."""
    form = as_sent(mapping)
    fields = {name: list(form.several(name)) for name in form.names()}
    return Form(fields | {name: [word] for name, word in words.items()}, {}, {})


def lines(mapping: MappingShown) -> dict[str, Any]:
    return {each.name: each for line in mapping.lines for each in (line, *line.inner)}


def test_all_are_taken_over_with_one_button():
    sample, made = on_bench()
    shown = mapping_of({}, sample, made)
    fields = parts_from(as_sent(shown), {}, shown)["fields"]
    assert {"holder_name", "project_name", "buildings"} <= set(fields)
    assert not any(each.offer for each in lines(shown).values())


def test_one_is_taken_over_and_the_others_stay_proposed():
    sample, made = on_bench()
    shown = mapping_of({}, sample, made)
    first = parts_from(sent(shown, take="holder_name"), {}, shown)
    assert first["fields"] == {"holder_name": "JSDW"}
    shown = mapping_of(first, sample, made)
    found = lines(shown)["project_name"]
    assert (found.at, found.offered, found.proposed) == ("", "XMMC", False)
    assert shown.offers
    every = parts_from(sent(shown, take="*"), first, shown)
    assert {"holder_name", "project_name", "buildings"} <= set(every["fields"])
    second = parts_from(sent(shown, take="project_name"), first, shown)
    assert second["fields"] == {"holder_name": "JSDW", "project_name": "XMMC"}


def test_rows_are_taken_over_with_their_fields_and_a_field_of_theirs_alone():
    sample, made = on_bench()
    shown = mapping_of({}, sample, made)
    taken = parts_from(sent(shown, take="buildings"), {}, shown)
    assert set(taken["fields"]) == {"buildings"}
    rows = taken["fields"]["buildings"]["fields"]
    assert {"no", "area_m2"} <= set(rows)
    del rows["area_m2"]
    shown = mapping_of(taken, sample, made)
    assert lines(shown)["buildings/area_m2"].offered == "JZMJ"
    again = parts_from(sent(shown, take="buildings/area_m2"), taken, shown)["fields"]["buildings"]["fields"]
    assert set(again) == {*rows, "area_m2"}


def test_what_a_person_chose_stays_when_one_proposal_is_taken_over():
    sample, made = on_bench()
    shown = mapping_of({}, sample, made)
    form = sent(shown, take="holder_name", **{"at:location": "XMMC"})
    assert set(parts_from(form, {}, shown)["fields"]) == {"holder_name", "location"}
