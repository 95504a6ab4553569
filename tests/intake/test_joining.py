"""Drawings that came apart from their document stand with it in the dossier."""

from typing import Any

import pytest

from contracts.exchange import Ask
from contracts.material import Attachment, AttachmentState, Material, Retrieval
from gateway.access.grants import Permit
from gateway.casefile import CaseFile

HELD, ABSENT, LISTED = AttachmentState.HELD, AttachmentState.ABSENT, AttachmentState.LISTED


def filing(number, *files, retrieval=Retrieval.RECEIVED, agency="mdj-housing"):
    attachments = tuple(
        Attachment(id=f"att-{agency}-{name}", name=name, state=state) for name, state in files
    )
    fields = {"filing_no": number} if number else {}
    facts: dict[str, Any] = {"kind": "completion-filing", "id": "M14", "agency": agency, "fields": fields}
    return Material(retrieval=retrieval, attachments=attachments, **facts)


def drawings(number, *files):
    return filing(number, *files, retrieval=Retrieval.PARTIAL, agency="mdj-archive")


def joined(*materials):
    from gateway.joining import joined as join

    return [
        (
            each.fields.get("filing_no"),
            each.retrieval.value,
            [(f.name, f.state, f.id.split("-")[2]) for f in each.attachments],
        )
        for each in join(materials)
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_a_late_drawing_takes_the_place_of_the_absent_one(order):
    whole = filing("A-1", ("证明.ofd", LISTED), ("竣工图.zip", ABSENT))
    part = drawings("A-1", ("竣工图.zip", HELD))
    assert joined(*[whole, part][::order]) == [
        ("A-1", "received", [("证明.ofd", LISTED, "housing"), ("竣工图.zip", HELD, "archive")])
    ]


def test_it_joins_the_document_of_its_number_and_no_other():
    one, two = filing("A-1", ("竣工图.zip", ABSENT)), filing("A-2", ("竣工图.zip", ABSENT))
    states = joined(one, two, drawings("A-2", ("竣工图.zip", HELD)))
    assert [files[0][1] for _, _, files in states] == [ABSENT, HELD]


def test_a_drawing_that_is_itself_absent_replaces_nothing():
    whole = filing("A-1", ("竣工图.zip", LISTED))
    assert joined(whole, drawings("A-1", ("竣工图.zip", ABSENT))) == joined(whole)


@pytest.mark.parametrize("whole", [filing("A-2"), filing(None)])
def test_without_its_document_it_stands_by_itself(whole):
    assert joined(drawings("A-1", ("竣工图.zip", HELD)), whole)[-1][:2] == ("A-1", "partial")
    assert joined(drawings(None, ("竣工图.zip", HELD)), filing(None))[-1][:2] == (None, "partial")


def test_two_agencies_documents_of_one_number_stay_two():
    assert len(joined(filing("A-1"), filing("A-1", agency="mdj-other"))) == 2


def test_the_case_file_hands_it_out_joined(clock):
    ask = Ask(procedure="first-registration", case="T-1", purpose="trial", operator="clerk")
    file = CaseFile(ask, Permit({"completion-filing": None}, ()), (), clock(), "c")  # type: ignore[dict-item]
    file._came["completion-filing"] = [
        drawings("A-1", ("竣工图.zip", HELD)),
        filing("A-1", ("竣工图.zip", ABSENT)),
    ]
    (found,) = file.materials()
    assert [each.state for each in found.attachments] == [HELD]
