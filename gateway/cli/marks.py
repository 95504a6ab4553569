"""Statuses as people see them on a terminal: a sign, a word, a colour."""

from __future__ import annotations

from typing import NamedTuple

from rich.text import Text

from gateway.cli.words import Lang, pick


class Mark(NamedTuple):
    """A status as people see it: sign, word, colour. Signs are of unambiguous single width (UAX #11)."""

    sign: str
    zh: str
    en: str
    style: str

    def text(self, lang: Lang) -> Text:
        """Sign and word."""
        return Text(f"{self.sign} {pick(self.zh, self.en, lang)}", self.style)


RETRIEVAL = {
    "received": Mark("▪", "已获取", "received", "green"),
    "partial": Mark("◧", "不完整", "partial", "yellow"),
    "not_found": Mark("∅", "查无", "none there", "blue"),
    "unavailable": Mark("!", "未应答", "unavailable", "bold red"),
    "stale": Mark("◔", "旧件", "stale", "yellow"),
    "invalid": Mark("✗", "不相符", "invalid", "bold red"),
    "pending": Mark("◌", "待获取", "pending", "cyan"),
    "withheld": Mark("⊘", "未授权", "withheld", "magenta"),
    "declared": Mark("▫", "自申报", "declared", "green"),
    "manual": Mark("✎", "手工录", "manual", "yellow"),
}
LEGAL = {
    "expired": Mark("!", "已过期", "expired", "bold red"),
    "superseded": Mark("!", "已被替代", "superseded", "yellow"),
    "revoked": Mark("!", "已撤销", "revoked", "bold red"),
    "cancelled": Mark("!", "已注销", "cancelled", "bold red"),
}
SEAL = {
    "yes": Mark("✓", "已验签", "verified", "green"),
    "no": Mark("✗", "不符", "broken", "bold red"),
    "none": Mark("-", "未签名", "unsigned", "dim"),
}
STATE = {
    "met": Mark("▪", "已具备", "met", "green"),
    "declared": Mark("▫", "已申报", "declared", "green"),
    "waiting": Mark("◌", "等待中", "waiting", "cyan"),
    "missing": Mark("∅", "缺少", "missing", "bold red"),
    "expired": Mark("!", "已过期", "expired", "bold red"),
    "conflicting": Mark("!", "有矛盾", "conflicting", "bold red"),
}
RESULT = {
    "PASS": Mark("▪", "通过", "PASS", "green"),
    "WARN": Mark("!", "提示", "WARN", "yellow"),
    "FAIL": Mark("✗", "不通过", "FAIL", "bold red"),
    "SKIP": Mark("-", "未核验", "SKIP", "dim"),
}
