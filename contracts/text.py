"""A sentence for people, in Chinese and in English."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


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
