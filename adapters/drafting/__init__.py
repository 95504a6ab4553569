"""A manifest drafted from an agency's own papers: WSDL, OpenAPI, sample replies; people decide, not we."""

from adapters.drafting.assembling import Wish, drafted
from adapters.drafting.drafts import (
    Decision,
    Description,
    Draft,
    Drop,
    Frame,
    Leftover,
    MaterialDraft,
    Operation,
    Parameter,
    Proposal,
)
from adapters.drafting.proposing import ranked
from adapters.drafting.sample import Notice, Sample, opened, opened_notice
from adapters.drafting.tree import Node
from adapters.drafting.writing import written

__all__ = [
    "Decision",
    "Description",
    "Draft",
    "Drop",
    "Frame",
    "Leftover",
    "MaterialDraft",
    "Node",
    "Notice",
    "Operation",
    "Parameter",
    "Proposal",
    "Sample",
    "Wish",
    "drafted",
    "opened",
    "opened_notice",
    "ranked",
    "written",
]
