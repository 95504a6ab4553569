"""Materials kept for a while: in this process's memory and, where nodes share a Redis, for all of them."""

from gateway.cache.memory import NEGATIVE_FRESH, Kept, MemoryCache, Question, Selection, worth_keeping
from gateway.cache.shared import SharedCache

__all__ = [
    "NEGATIVE_FRESH",
    "Kept",
    "MemoryCache",
    "Question",
    "Selection",
    "SharedCache",
    "worth_keeping",
]
