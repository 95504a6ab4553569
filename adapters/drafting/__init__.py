"""A manifest drafted from an agency's own papers: WSDL, OpenAPI, sample replies; people decide, not we."""

from adapters.drafting.assembling import Wish, drafted, informed
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
from adapters.drafting.parts import asking_parts, drop_parts, further_parts, reading_parts, rule_of
from adapters.drafting.proposing import Mapped, best_row, mapped, ranked
from adapters.drafting.sample import Notice, Sample, opened, opened_notice
from adapters.drafting.targets import Target, targets
from adapters.drafting.tree import Node, path_to
from adapters.drafting.writing import written

__all__ = [
    "Decision",
    "Description",
    "Draft",
    "Drop",
    "Frame",
    "Leftover",
    "Mapped",
    "MaterialDraft",
    "Node",
    "Notice",
    "Operation",
    "Parameter",
    "Proposal",
    "Sample",
    "Target",
    "Wish",
    "asking_parts",
    "best_row",
    "drafted",
    "drop_parts",
    "further_parts",
    "informed",
    "mapped",
    "opened",
    "opened_notice",
    "path_to",
    "ranked",
    "reading_parts",
    "rule_of",
    "targets",
    "written",
]
