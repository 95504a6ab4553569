"""What a draft's agency and the keys it is asked by are called, as far as the draft says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from contracts.exchange import KEYS
from contracts.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping


def title_in(content: Mapping[str, Any], agency: str) -> Text:
    """What a manifest calls its agency; its slug where that is not said, or not so that it can be read."""
    try:
        return Text.model_validate(content.get("title"))
    except ValidationError:
        return Text(zh=agency, en=agency)


def key_title(name: object) -> Text:
    """What a key is called; one there is none of, as somebody wrote it by hand, is itself."""
    return KEYS.get(str(name)) or Text(zh=str(name), en=str(name))
