"""The canonical fields of every kind, one file per gate; keyed by the catalogue's slugs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from contracts.errors import AskMalformed
from contracts.kinds import acceptance, approval, construction, handover, registration
from contracts.kinds.canonical import Canonical, FieldNote, Label, describe
from contracts.reasons import why
from contracts.text import Text, quotable, text

FIELDS: Mapping[str, type[Canonical]] = MappingProxyType(
    {
        "investment-filing": approval.InvestmentFiling,
        "land-transfer-contract": approval.LandTransferContract,
        "land-allocation-decision": approval.LandAllocationDecision,
        "land-price-payment": approval.LandPricePayment,
        "land-deed-tax": approval.LandDeedTax,
        "land-right": approval.LandRight,
        "land-use-planning-permit": approval.LandUsePlanningPermit,
        "construction-planning-permit": approval.ConstructionPlanningPermit,
        "construction-permit": construction.ConstructionPermit,
        "drawing-review": construction.DrawingReview,
        "presale-permit": construction.PresalePermit,
        "planning-verification": acceptance.PlanningVerification,
        "fire-acceptance": acceptance.FireAcceptance,
        "civil-defence": acceptance.CivilDefence,
        "completion-filing": acceptance.CompletionFiling,
        "survey-package": acceptance.SurveyPackage,
        "cadastral-import": acceptance.CadastralImport,
        "standard-address": acceptance.StandardAddress,
        "application": registration.Application,
        "company-record": registration.CompanyRecord,
        "common-parts": registration.CommonParts,
        "registration-result": registration.RegistrationResult,
        "sales-contract": handover.SalesContract,
        "unit-deed-tax": handover.UnitDeedTax,
        "maintenance-fund": handover.MaintenanceFund,
        "e-certificate": handover.ECertificate,
        "quality-report": acceptance.QualityReport,
        "utility-connection": acceptance.UtilityConnection,
        "construction-mortgage": registration.ConstructionMortgage,
        "presale-fund-supervision": construction.PresaleFundSupervision,
    }
)
"""Models by slug."""


@cache
def personal_fields(slug: str) -> tuple[str, ...]:
    """The kind's fields holding personal information (个人信息保护法). Raises KeyError."""
    return tuple(note.name for note in describe(FIELDS[slug]) if note.personal)


def stated(slug: str, given: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Fields that people state, held to an agency's contract. Raises AskMalformed naming the field."""
    try:
        model = FIELDS[slug].model_validate_json(json.dumps(given))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join((place, *(quotable(step) for step in first["loc"])))
        named, told = _called(slug, first["loc"]), why(first)
        raise AskMalformed(
            text(f"{where}{named.zh}：{told.zh}", f"{where}{named.en}: {told.en}"), about=where
        ) from None
    return model.model_dump(mode="json", exclude_none=True)


def _called(slug: str, place: tuple[int | str, ...]) -> Text:
    """What people call a field, in brackets; nothing for one that the contract does not have."""
    titles = (
        text(f"（{note.zh}）", f" ({note.en})") for note in describe(FIELDS[slug]) if note.name in place[:1]
    )
    return next(titles, text("", ""))


def number_of(slug: str, fields: Mapping[str, Any]) -> str | None:
    """The document's number as far as the fields show it. Raises KeyError for an unknown slug."""
    return next((fields[name] for name in FIELDS[slug].NUMBER if fields.get(name)), None)


def dated(slug: str, fields: Mapping[str, Any]) -> str | None:
    """The document's main day, `YYYY-MM-DD`, as far as the fields show it. Raises KeyError."""
    name = FIELDS[slug].DATED
    return fields.get(name) if name else None


__all__ = [
    "FIELDS",
    "Canonical",
    "FieldNote",
    "Label",
    "dated",
    "describe",
    "number_of",
    "personal_fields",
    "stated",
]
