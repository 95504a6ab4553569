"""A manifest before it is in force: tried on its agency, read over recorded replies, compared."""

from gateway.trials.comparing import Comparison
from gateway.trials.offline import FileReply, read_file
from gateway.trials.results import PURPOSE, TRIAL, Trial, TrialOrder
from gateway.trials.runs import PROJECTS, Tried, run
from gateway.trials.samples import MOST_PER_KIND, PER_KIND, given, is_evidence, sample_in
from gateway.trials.trying import MASKED, Trials

__all__ = [
    "MASKED",
    "MOST_PER_KIND",
    "PER_KIND",
    "PROJECTS",
    "PURPOSE",
    "TRIAL",
    "Comparison",
    "FileReply",
    "Trial",
    "TrialOrder",
    "Trials",
    "Tried",
    "given",
    "is_evidence",
    "read_file",
    "run",
    "sample_in",
]
