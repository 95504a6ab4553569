"""A manifest before it is in force: tried on its agency, read over recorded replies, compared."""

from gateway.trials.comparing import Comparison
from gateway.trials.offline import FileReply, read_file
from gateway.trials.results import Trial, TrialOrder
from gateway.trials.samples import is_evidence, sample_in
from gateway.trials.trying import MASKED, PURPOSE, TRIAL, Trials

__all__ = [
    "MASKED",
    "PURPOSE",
    "TRIAL",
    "Comparison",
    "FileReply",
    "Trial",
    "TrialOrder",
    "Trials",
    "is_evidence",
    "read_file",
    "sample_in",
]
