"""Why a delivery is set aside: a code for the log, a sentence for the agency's people."""

from __future__ import annotations

from contracts.text import Text, text

REASONS: dict[str, Text] = {
    "sidecar-missing": text(
        "未见摘要文件（.sha256 或 .sm3）", "No digest file (.sha256 or .sm3) came with it"
    ),
    "sidecar-unreadable": text("摘要文件内容无法识别", "The digest file cannot be read"),
    "digest-wrong": text(
        "{what}的摘要与声明不符，传输中可能损坏",
        "The digest of {what} is not the one stated; damaged on the way?",
    ),
    "size-wrong": text("{what}的大小与清单不符", "The size of {what} is not the one the notice states"),
    "not-a-zip": text("不是有效的 ZIP 文件，或已损坏", "Not a valid ZIP file, or a damaged one"),
    "encrypted": text(
        "{what}已加密，请投递未加密的文件", "{what} is encrypted; deliver it without encryption"
    ),
    "method": text("{what}使用了不支持的压缩方法", "{what} is compressed by a method that is not supported"),
    "name-unsafe": text(
        "第 {place} 个文件名不安全（绝对路径、上级目录、控制字符或过长）",
        "The name of file {place} is unsafe: absolute, leading upwards, with control characters, or too long",
    ),
    "name-encoding": text(
        "文件名编码无法识别（应为 UTF-8 或 GB 18030）", "A file name is neither UTF-8 nor GB 18030"
    ),
    "name-twice": text(
        "有文件名重复（不区分大小写）：{what}", "Two files have the same name, letter case aside: {what}"
    ),
    "link": text(
        "含有链接或特殊文件，只接受普通文件", "There is a link or a special file; only plain files are taken"
    ),
    "overlapping": text("ZIP 内的文件互相重叠", "Files within the ZIP overlap"),
    "too-deep": text("目录层次超过 {limit} 层", "Folders nested more than {limit} deep"),
    "too-many-files": text("文件数超过 {limit} 个", "More than {limit} files"),
    "too-large": text("{what}超过大小上限 {limit} 字节", "{what} is larger than {limit} bytes"),
    "bomb": text(
        "{what}的压缩比异常，疑似压缩炸弹", "{what} unpacks to far more than it should: a ZIP bomb?"
    ),
    "notice-missing": text("没有投递清单 {what}", "There is no notice {what}"),
    "notice-unreadable": text("投递清单无法使用：{why}", "The notice cannot be used: {why}"),
    "listed-twice": text("投递清单重复列出：{what}", "The notice lists a file twice: {what}"),
    "file-missing": text(
        "清单列出摘要或大小的文件没有投递：{what}", "The notice vouches for a file that is not here: {what}"
    ),
    "file-unlisted": text("清单没有列出文件：{what}", "A file that the notice does not list: {what}"),
    "undigested": text("清单没有给出 {what} 的摘要", "The notice gives no digest of {what}"),
    "stray": text("不是约定的投递形式", "Not a delivery of the agreed form"),
}
"""Every reason by its code."""


class Refused(Exception):
    """A delivery cannot be taken in. `reason` is the code; `text` may name files, never what they hold.

    A fact that is itself a sentence is told in each language. `digest` (`sha256:…`) is that of the delivery
    as a whole, once it is known.
    """

    def __init__(self, reason: str, **facts: object) -> None:
        zh, en = ({name: _in(fact, lang) for name, fact in facts.items()} for lang in ("zh", "en"))
        told = REASONS[reason]
        self.reason, self.digest = reason, ""
        self.text = text(told.zh.format(**zh), told.en.format(**en))
        super().__init__(reason)


def _in(fact: object, lang: str) -> object:
    return getattr(fact, lang) if isinstance(fact, Text) else fact
