"""What a draft leaves to people, by its place in the manifest: without some of it, it does not load."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.drafting.drafts import Decision, Draft, Drop, MaterialDraft, Place
from contracts.catalogue import KINDS
from contracts.exchange import KEYS
from contracts.text import text


def decisions_of(draft: Draft) -> Iterator[Decision]:
    """Everything a person has to say before the draft is a manifest, and what they should look at."""
    yield from _framing(draft)
    if not draft.materials:
        yield Decision(
            ("materials",), text("选择材料类别（kind）", "choose the kinds of material"), missing=True
        )
    for index, material in enumerate(draft.materials):
        yield from _asking(index, material, draft)
        yield from _reading(index, material)
        yield from _looking(index, material)


def _framing(draft: Draft) -> Iterator[Decision]:
    frame = draft.frame
    if frame.agency is None:
        yield Decision(
            ("agency",), text("部门标识，如 mdj-hc", "the agency's slug, such as mdj-hc"), missing=True
        )
    if frame.title is None:
        yield Decision(
            ("title",), text("部门名称，中英文", "the agency's name in both languages"), missing=True
        )
    if frame.sharing is None:
        why = text(
            "共享类型：unconditional 无条件、conditional 有条件、internal、none（政务数据共享条例）",
            "the class of sharing: unconditional, conditional, internal or none",
        )
        yield Decision(("sharing",), why, missing=True)
    if draft.drop is not None:
        yield from _dropping(draft.drop)
    elif frame.base is None:
        why = text("接口所在地址（协议、主机、端口）", "the address asked: scheme, host, port")
        yield Decision(("connection", "base"), why, missing=True)
    if draft.protocol == "table" and "password" not in (frame.table or {}):
        why = text(
            "登录数据库的账号与口令引用（secret:部门/名称）",
            "the account at the database, and the reference of its password (secret:agency/name)",
        )
        yield Decision(("connection", "table"), why, missing=True)


def _dropping(drop: Drop) -> Iterator[Decision]:
    here = ("connection", "drop", "notice")
    if drop.package is None:
        why = text("清单中何处写有投递编号", "where the notice has the delivery's number")
        yield Decision((*here, "package"), why, missing=True)
    if drop.files is None:
        why = text(
            "清单中何处列出文件、名称与摘要", "where the notice lists its files, their names and digests"
        )
        yield Decision((*here, "files"), why, missing=True)
    elif drop.form == "folder" and "sha256" not in drop.files.parts:
        why = text(
            "文件没有摘要：清单须列出 sha256 或 sm3",
            "files without digests: the notice must name sha256 or sm3",
        )
        yield Decision((*here, "files"), why, missing=True)


def _asking(index: int, material: MaterialDraft, draft: Draft) -> Iterator[Decision]:
    here = ("materials", index)
    if draft.protocol != "filedrop" and not material.askable:
        why = text(
            "如何提问：选择操作，或写出路径与参数",
            "how it is asked: choose an operation, or write path and parameters",
        )
        yield Decision((*here, "ask"), why, missing=True)
    if not material.ask_by:
        why = text(
            "按哪些键提问：在参数中写入 {project_name} 等占位符，并在 about 中写明何处核对",
            "by which keys it is asked: put places such as {project_name} into its parameters, and say in "
            "about where each is checked",
        )
        yield Decision((*here, "ask_by"), why, missing=True)
    yield from _beginning(here, material)
    for key in (key for key, path in material.about.items() if path == "unstated"):
        why = text(f"返回中何处写有 {key}，用以核对", f"where a reply names {key}, to be checked")
        yield Decision((*here, "about"), why)


def _beginning(here: Place, material: MaterialDraft) -> Iterator[Decision]:
    """A column that is called as another key is, and is asked to begin with this one."""
    asked = material.question
    if asked is None or not asked.starts:
        return
    column, key = asked.starts[0], KEYS[asked.asks[0]]
    why = text(
        f"按“{column} 以{key.zh}开头”查询；如与其值不符，请改用其他键",
        f"asked for {column} that begins with the {key.en}; if its values do not, ask by another key",
    )
    yield Decision((*here, "ask", "where"), why)


def _reading(index: int, material: MaterialDraft) -> Iterator[Decision]:
    here = ("materials", index)
    if material.rows is None:
        why = text("提供一份样例返回", "give a sample reply")
        for part in ("decode", "none", "rows", "about", "fields"):
            yield Decision((*here, part), why, missing=True)
        return
    for name in material.missing:
        kind = KINDS[material.kind]
        why = text(
            f"{kind.zh}的必填字段 {name} 取自何处", f"where the required field {name} of {kind.en} comes from"
        )
        yield Decision((*here, "fields"), why, missing=True)


def _looking(index: int, material: MaterialDraft) -> Iterator[Decision]:
    """What loads and should be looked at all the same."""
    here = ("materials", index)
    if material.relabelled:
        why = text(
            f"字符集声明与实际不符：{material.relabelled}",
            f"the charset is not the one declared: {material.relabelled}",
        )
        yield Decision((*here, "decode"), why)
    for each in material.proposals:
        if each.rivals:
            others = "、".join(each.rivals)
            why = text(f"{each.path} 还是 {others}", f"{each.path}, or {', '.join(each.rivals)}")
            yield Decision((*here, "fields", each.field), why)
        if each.coded:
            why = text(
                f"{each.path} 的值似代码，须以 table 写出代码表",
                f"{each.path} holds codes: say in a table what they mean",
            )
            yield Decision((*here, "fields", each.field), why)
    undecided = len(material.left("undecided"))
    if undecided:
        why = text(
            f"{undecided} 处未映射：映射，或在 ignore、around 中列名",
            f"{undecided} leaves unmapped: map them, or name them in ignore or around",
        )
        yield Decision((*here, "ignore"), why)
    if material.rows is not None and not material.legal:
        yield Decision((*here, "legal"), text("何处说明是否有效", "what says whether it is in force"))
