"""A sentence for people, in Chinese and in English."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

_OURS = re.compile("[a-z][a-z_-]{0,39}")


class Text(BaseModel):
    """One sentence in both languages; on the wire `{"zh": …, "en": …}`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    zh: str
    en: str

    def fill(self, **facts: object) -> Text:
        """The same sentence with its `{name}` places filled in both languages."""
        return Text(zh=self.zh.format(**facts), en=self.en.format(**facts))


def text(zh: str, en: str) -> Text:
    """Shorthand for tables of sentences."""
    return Text(zh=zh, en=en)


def quotable(word: object) -> str:
    """A word somebody sent, for a sentence of ours: only what looks like a word of ours is said again.

    Anything else may be a person's number or name, or a secret, in the wrong place.
    """
    plain = isinstance(word, int) or (isinstance(word, str) and _OURS.fullmatch(word))
    return str(word) if plain else "…"


def one_line(words: str, longest: int) -> str:
    """What somebody else calls a thing, fit for a sentence of ours: on one line, nothing invisible in it.

    Blanks become one each; controls and marks of direction go; past `longest` characters, an ellipsis.
    """
    seen = "".join(sign for sign in " ".join(words.split()) if sign.isprintable())
    return seen if len(seen) <= longest else f"{seen[: longest - 1]}…"
