"""Identifiers of projects, land, buildings, permits and holders: read, judged, compared."""

from __future__ import annotations

from types import MappingProxyType

from contracts.identifiers.buildings import building_no, building_range
from contracts.identifiers.certificates import (
    certificate_identifier,
    licence_type,
    message_id,
    real_estate_certificate_no,
)
from contracts.identifiers.holders import organisation_code, resident_id, uscc
from contracts.identifiers.parcels import cadastral, grouped, parcel_code, parcel_of, unit_code
from contracts.identifiers.permits import (
    completion_filing_no,
    construction_permit_no,
    drawing_review_no,
    land_permit_no,
    permit_core,
    planning_permit_no,
    planning_verification_no,
    presale_permit_no,
    project_permit_no,
    supervision_no,
)
from contracts.identifiers.projects import engineering_code, prj_num, project_code
from contracts.identifiers.reading import Reader, Reading, Verdict, normalise
from contracts.identifiers.regions import region_code

READERS: MappingProxyType[str, Reader] = MappingProxyType(
    {
        "project_code": project_code,
        "prj_num": prj_num,
        "engineering_code": engineering_code,
        "parcel_code": parcel_code,
        "unit_code": unit_code,
        "supervision_no": supervision_no,
        "land_permit_no": land_permit_no,
        "project_permit_no": project_permit_no,
        "construction_permit_no": construction_permit_no,
        "drawing_review_no": drawing_review_no,
        "presale_permit_no": presale_permit_no,
        "verification_no": planning_verification_no,
        "filing_no": completion_filing_no,
        "holder_uscc": uscc,
        "cert_no": real_estate_certificate_no,
    }
)
"""Readers by key name: what an Ask may know a project by and an agency may be asked by."""

__all__ = [
    "READERS",
    "Reader",
    "Reading",
    "Verdict",
    "building_no",
    "building_range",
    "cadastral",
    "certificate_identifier",
    "completion_filing_no",
    "construction_permit_no",
    "drawing_review_no",
    "engineering_code",
    "grouped",
    "land_permit_no",
    "licence_type",
    "message_id",
    "normalise",
    "organisation_code",
    "parcel_code",
    "parcel_of",
    "permit_core",
    "planning_permit_no",
    "planning_verification_no",
    "presale_permit_no",
    "prj_num",
    "project_code",
    "project_permit_no",
    "real_estate_certificate_no",
    "region_code",
    "resident_id",
    "supervision_no",
    "unit_code",
    "uscc",
]
