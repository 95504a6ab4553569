"""What stands beside the fields of a reply: success, totals, legal force, files, and what nobody needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from adapters.drafting.drafts import Files, Leftover, Proposal, Says
from adapters.drafting.proposing import Mapped
from adapters.drafting.shapes import Recipe, identifiers_in
from adapters.drafting.tree import Language, Node, path_to
from adapters.functions import NULL_TOKENS, nothing, token
from contracts.text import Text, text

_SUCCESS = (
    "code",
    "retcode",
    "resultcode",
    "returncode",
    "errcode",
    "successflag",
    "success",
    "status",
    "type",
)
_SUCCESS_MORE = ("result", "state", "flag", "bz", "zt", "fhm", "fhdm")
_TOTAL = ("total", "totalcount", "totalnum", "count", "recordcount", "zs", "zts", "zjls")
_PAGING = ("pageno", "pagesize", "page", "size", "current", "pages", "pagenum")
_AROUND = (
    *(
        "msg",
        "message",
        "timestamp",
        "time",
        "desc",
        "info",
        "requestid",
        "traceid",
        "errmsg",
        "retmsg",
        "fhxx",
    ),
    *_PAGING,
    *_TOTAL,
)
_KEY = text("内部流水号或主键", "an internal key")
_MADE = text("记录本身的时间", "when the record was made")
_TRANSFER = text("对方系统的传输状态", "the sender's own state of transfer")
_REGION = text("行政区划或年度，其他编号中已有", "region or year, which the numbers hold already")
_NOISE: Mapping[str, Text] = {
    **dict.fromkeys(("lsh", "id", "uuid", "guid", "rowid", "fid", "bsm", "dfsjzj"), _KEY),
    **dict.fromkeys(("createtime", "updatetime", "cjsj", "gxsj", "rksj", "modifytime"), _MADE),
    **dict.fromkeys(("sjsczt", "sbyy", "sjwxyy", "sjlx"), _TRANSFER),
    **dict.fromkeys(("xzq", "xzqh", "xzqhdm", "xzqdm", "nd", "year"), _REGION),
}
_FORCE = ("sjyxbs", "zt", "status", "状态", "sfyx", "yxbz", "state", "zszt", "zfbz")
_IN_FORCE = ("有效", "现势", "存续", "在业", "开业", "正常")
_FILE_PARTS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "mc", "wjm", "wjmc", "filename", "文件名", "文件名称", "file", "fjmc"),
    "at": (
        "path",
        "lj",
        "url",
        "dz",
        "wjlj",
        "href",
        "address",
        "路径",
        "地址",
        "file",
        "filepath",
        "文件名",
        "name",
    ),
    "type": ("type", "lx", "wjlx", "材料类型", "类型", "fname", "kind", "doctype", "cllx"),
    "bytes": ("size", "dx", "wjdx", "bytes", "字节数", "大小", "length", "filesize"),
    "sha256": ("sha256",),
}
_FILE = re.compile(r".+\.[A-Za-z0-9]{2,5}")


def _plain(name: str) -> str:
    return re.sub(r"[@_\-\s]", "", name).lower()


def _said(node: Node) -> list[str]:
    found = [token(value) for value in node.values if not nothing(value, ("", "null"))]
    return [each for each in found if each]


def outside(tree: Node, row: Node) -> list[Node]:
    """The leaves that stand around the rows."""
    return [leaf for leaf in tree.leaves() if leaf.at[: len(row.at)] != row.at]


def success_of(tree: Node, row: Node, language: Language) -> tuple[Says | None, Node | None]:
    """What says that a reply succeeded, if something around the rows seems to; and the leaf that does."""
    around = [leaf for leaf in outside(tree, row) if len(leaf.values) == 1 and len(_said(leaf)) == 1]
    for names, confidence in ((_SUCCESS, 80), (_SUCCESS_MORE, 55)):
        for name in names:
            leaf = next((each for each in around if _plain(each.name) == name), None)
            path = path_to(leaf, None, language) if leaf else None
            if leaf and path:
                value = _said(leaf)[0]
                why = text("样例成功时此处如此", "a reply that succeeded says so here")
                return Says(path, (value,), confidence, why), leaf
    return None, None


def none_of(row: Node, rows: str, language: Language, total: str | None, *, notice: bool) -> Says:
    """What would say that the agency has none."""
    if notice:
        return Says(rows, (), 70, text("清单为空即为没有", "an empty notice has none"), empty=True)
    if total is not None:
        return Says(total, ("0",), 75, text("总数为 0 即为没有", "a total of 0 is none"))
    counted = f"count({rows})" if language == "xpath" else f"length({rows})" if row.many else None
    if counted:
        return Says(counted, ("0",), 70, text("没有结果行即为没有", "no rows is none"))
    return Says(rows, (), 60, text("该处为空即为没有", "nothing there is none"), empty=True)


def total_of(tree: Node, row: Node, language: Language) -> tuple[str | None, Node | None]:
    """Where the number of rows on all pages stands, and the leaf."""
    around = outside(tree, row)
    paged = any(_plain(leaf.name) in _PAGING for leaf in around)
    leaf = next((each for each in around if _plain(each.name) in _TOTAL), None)
    return (path_to(leaf, None, language), leaf) if leaf and paged else (None, None)


def legal_of(found: Mapped, language: Language) -> tuple[dict[str, Says], Node | None]:
    """A leaf that says whether the document is in force, where its name and values are of the known ones."""
    for leaf in found.leaves:
        said = _said(leaf)
        path = path_to(leaf, found.row, language)
        if not leaf.leaf or _plain(leaf.name) not in _FORCE or not said or path is None:
            continue
        if _plain(leaf.name) in ("sjyxbs", "sfyx", "yxbz") and set(said) <= {"0", "1"}:
            why = text("数据有效标识，1 为有效", "the mark of valid data, 1 for valid")
            return {"in_force": Says(path, ("1",), 85, why), "cancelled": Says(path, ("0",), 60, why)}, leaf
        if set(said) <= set(_IN_FORCE):
            why = text("其文字即为有效", "its words say in force")
            return {"in_force": Says(path, tuple(said), 85, why)}, leaf
    return {}, None


def files_of(found: Mapped, language: Language) -> tuple[Files | None, Node | None]:
    """The list within a row that names its files, and where each is."""
    row, taken = found.row, {node.at for node in found.lists}
    for node in row.walk():
        rows = path_to(node, row, language)
        if node is row or node.at in taken or not any(each.leaf for each in node.below) or rows is None:
            continue
        parts = dict(_parts(node, language))
        if "name" in parts and "at" in parts:
            there = [leaf for leaf in node.below if path_to(leaf, node, language) == parts["at"].path]
            absolute = all(word.startswith(("http://", "https://")) for leaf in there for word in _said(leaf))
            return Files(rows, parts, "url" if absolute and any(map(_said, there)) else "base"), node
    return None, None


def _parts(node: Node, language: Language) -> Iterator[tuple[str, Proposal]]:
    leaves = {_plain(leaf.name): leaf for leaf in node.below if leaf.leaf}
    for part, names in _FILE_PARTS.items():
        fitting = [leaves[name] for name in names if name in leaves and _suits(part, leaves[name])]
        path = path_to(fitting[0], node, language) if fitting else None
        if fitting and path:
            how = Recipe(("integer",)) if part == "bytes" else Recipe()
            why = text("附件列表的常用列名", "a usual column of a list of files")
            yield part, Proposal(part, path, 80, why, how)


def _suits(part: str, leaf: Node) -> bool:
    said = _said(leaf)
    if part == "name":
        return bool(said) and all(map(_FILE.fullmatch, said))
    if part == "at":
        return bool(said) and all("/" in word or _FILE.fullmatch(word) for word in said)
    return part != "bytes" or all(map(str.isdecimal, said))


def leftovers(
    tree: Node, found: Mapped, language: Language, known: Sequence[Node | None], files: Node | None
) -> list[Leftover]:
    """Every leaf that nothing else takes: to be ignored where its name is a known one, else undecided."""
    held = {node.at for node in known if node} | found.used | _used_by(files, language)
    left: list[Leftover] = []
    for leaf in tree.leaves():
        if leaf.at not in held:
            within = leaf.at[: len(found.row.at)] == found.row.at
            left.append(_left(leaf, found.row if within else None, language))
    return left


def lines_of(left: Sequence[Leftover], files: Files | None) -> list[Leftover]:
    """As given, but for what a table says once a line: its files' columns, and those that repeat."""
    own = {each.path for each in files.parts.values()} if files else set[str]()
    told: list[Leftover] = []
    for each in left:
        first = each.path.removeprefix("first.")
        if each.path.startswith("rows[]."):
            told.append(
                Leftover(
                    each.path,
                    "ignore",
                    text("每行重复，已读首行", "repeats in every line; the first is read"),
                )
            )
        elif first != each.path and first in own:
            told.append(
                Leftover(
                    each.path,
                    "ignore",
                    text("文件的列，由附件规则读取", "a file's column; read as an attachment"),
                )
            )
        else:
            told.append(each)
    return told


def _used_by(files: Node | None, language: Language) -> set[tuple[str, ...]]:
    if files is None:
        return set()
    taken = {proposal.path for _, proposal in _parts(files, language)}
    return {leaf.at for leaf in files.below if path_to(leaf, files, language) in taken}


def _left(leaf: Node, row: Node | None, language: Language) -> Leftover:
    path = path_to(leaf, row, language, through=True)
    if path is None:
        shown = ".".join(leaf.at)
        return Leftover(shown, "undecided", text("名称无法写成路径", "no path can say its name"))
    name = _plain(leaf.name)
    if row is None and name in _AROUND:
        return Leftover(path, "around", text("返回的信封内容", "of the reply's wrapping"))
    if name in _NOISE:
        return Leftover(path, "ignore" if row is not None else "around", _NOISE[name])
    return Leftover(path, "undecided", _look_of(leaf))


def _look_of(leaf: Node) -> Text:
    """What undecided values look like; never the values, which may be about persons."""
    said = [word for word in _said(leaf) if word not in NULL_TOKENS]
    if _plain(leaf.name) in _FORCE and _said(leaf):
        return text("可能是法律状态（legal）", "it may say the document's force (legal)")
    if not said:
        return text("样例中无值", "no value in the sample")
    numbers = sorted({name for word in said for name in identifiers_in(word)})
    if numbers:
        return text(f"值像 {'、'.join(numbers)}", f"its values look like {', '.join(numbers)}")
    if all(re.fullmatch(r"-?\d+(\.\d+)?", word) for word in said):
        return text("值为数字", "its values are numbers")
    return text("值为文字", "its values are words")
