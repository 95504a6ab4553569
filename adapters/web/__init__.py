"""What the kits that speak HTTP share."""

from adapters.web.adapter import WebAdapter
from adapters.web.messages import (
    Fill,
    Values,
    charset_of,
    check_status,
    filled,
    is_page,
    page_instead,
    with_query,
)

__all__ = [
    "Fill",
    "Values",
    "WebAdapter",
    "charset_of",
    "check_status",
    "filled",
    "is_page",
    "page_instead",
    "with_query",
]
