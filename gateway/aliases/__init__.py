"""The other names agencies know a project by: which key opens which agency, and what one material teaches.

No interface in the field is keyed by project code. A key is `known` when an ask brought it, `learned` when
an agency's material taught it, `confirmed` when a second agency or a person agreed, `rejected` when a
person said no. Known and learned keys may be used to pull; the material then says so.
"""

from gateway.aliases.lessons import NORM_LENGTH, Alias, AliasState, norm_of
from gateway.aliases.register import ONE_PROJECT_KEYS, Aliases, Names, conflict_check, project_of
from gateway.aliases.rows import Pair

__all__ = [
    "NORM_LENGTH",
    "ONE_PROJECT_KEYS",
    "Alias",
    "AliasState",
    "Aliases",
    "Names",
    "Pair",
    "conflict_check",
    "norm_of",
    "project_of",
]
