"""What was done, by an entry that is no ask's: the phrase that fits it, and what people call those in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.catalogue import KINDS
from contracts.text import Text, text
from contracts.time import shown
from gateway.audit.kinds import ENTRIES
from gateway.audit.names import Names, as_it_is, spaced
from gateway.audit.phrases import OTHER, PHRASES, Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLACE = re.compile(r"\{(\w+)\}( ?)")
_AND = text("、", ", ")

WORDS: Mapping[str, Text] = {
    "case": text("办件 {}", "case {}"),
    "project": text("项目 {}", "project {}"),
    "operator": text("操作员 {}", "operator {}"),
    "problem": text("问题 {}", "problem {}"),
    "material": text("材料 {}", "material {}"),
    "status": text("状态 {}", "status {}"),
    "kind": text("事由 {}", "kind {}"),
    "agency": text("部门 {}", "agency {}"),
    "consumer": text("需求方 {}", "consumer {}"),
    "since": text("自 {}", "from {}"),
    "until": text("至 {}", "to {}"),
    "size": text("日志前 {} 条", "among the first {} entries"),
    "before": text("第 {} 条之前", "before entry {}"),
}
"""How the words of a search are said."""

_ALONE: Mapping[str, Text] = {"everything": text("全部", "everything")}
"""Words of a search that have no value."""

_UNSAID = frozenset({"uses"})
"""What the phrase round them says already."""

_PLAIN = text("{}", "{}")

_NAMED: Mapping[str, Callable[[Names, str], Text]] = {
    "project": Names.project,
    "agency": Names.agency,
    "consumer": Names.consumer,
    "problem": Names.word,
}


def act_of(entry: Mapping[str, Any], names: Names) -> Text:
    """What was done, without by whom and when."""
    subject = subject_of(entry)
    for phrase in PHRASES.get(str(entry.get("kind")), (OTHER,)):
        if (groups := _fits(phrase, subject)) is not None:
            return _filled(phrase.said, entry, names, _groups(groups, names))
    return _filled(OTHER.said, entry, names, {})


def subject_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an entry is about, empty where it says nothing."""
    subject = entry.get("subject")
    return subject if isinstance(subject, dict) else {}


def document(subject: Mapping[str, Any], names: Names) -> Text:
    """A version of a manifest or of the grant sheet, as a sentence names it."""
    which, version = str(subject.get("id", "")), subject.get("version")
    if not which:
        return text("一份文档", "a document")
    if subject.get("type") == "grants":
        whole = text("授权表", "the grant sheet")
    else:
        title = names.in_full("agency", which)
        whole = text(f"{spaced(title.zh)}的适配清单", f"the manifest of {title.en}")
    return text(f"{whole.zh}第 {version} 版", f"version {version} of {whole.en}") if version else whole


def kinds_of(entry: Mapping[str, Any]) -> Text:
    """Materials by their names in the catalogue."""
    return joined(text(KINDS[slug].zh, KINDS[slug].en) for slug in entry.get("kinds", ()) if slug in KINDS)


def joined(told: Iterable[Text]) -> Text:
    """One after the other."""
    several = list(told)
    return text(_AND.zh.join(each.zh for each in several), _AND.en.join(each.en for each in several))


def searched(said: str, names: Names) -> Text:
    """The words of a search, `name=value` each, by their titles and what they name."""
    words = [word.partition("=") for word in said.split()]
    told = [(name, mark, value) for name, mark, value in words if name not in _UNSAID]
    return joined(
        _word(name, value, names) if mark else _ALONE.get(name, as_it_is(name)) for name, mark, value in told
    )


def _word(name: str, value: str, names: Names) -> Text:
    said, told = WORDS.get(name, _PLAIN), as_it_is(value)
    if name in _NAMED:
        told = _NAMED[name](names, value)
    elif name in {"since", "until"}:
        told = as_it_is(when(value))
    elif name == "material":
        told = kinds_of({"kinds": (value,)})
    elif name == "kind":
        told = ENTRIES.get(value, told)
    return text(said.zh.format(told.zh), said.en.format(told.en))


def when(at: str) -> str:
    """Stored text to the minute at +08:00; what is no instant is said as it is."""
    try:
        return shown(datetime.fromisoformat(at))[:16].replace("T", " ")
    except ValueError:
        return at


def _fits(phrase: Phrase, subject: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The groups of its note's pattern, None where it is not about this."""
    if phrase.type and phrase.type != subject.get("type"):
        return None
    groups: dict[str, str | None] = {}
    for pattern, name in ((phrase.note, "note"), (phrase.id, "id")):
        if pattern:
            found = re.fullmatch(pattern, str(subject.get(name) or ""), re.DOTALL)
            if found is None:
                return None
            groups |= found.groupdict()
    return groups


def _fact(name: str, entry: Mapping[str, Any], names: Names) -> Text:
    """What stands in one place of a phrase."""
    subject = subject_of(entry)
    which = str(subject.get("id", ""))
    if name == "document":
        return document(subject, names)
    if name in {"agency", "consumer"}:
        return names.in_full(name, which)
    if name == "searched":
        return searched(which, names)
    if name in _OWN:
        return _OWN[name](entry, names)
    return as_it_is(subject.get(name) or "")


def _project(entry: Mapping[str, Any], names: Names) -> Text:
    project = entry.get("project")
    return names.project(str(project)) if project else text("某项目", "a project")


def _agencies(entry: Mapping[str, Any], names: Names) -> Text:
    return joined(names.agency(str(each)) for each in entry.get("agencies", ()))


def _selection(entry: Mapping[str, Any], names: Names) -> Text:
    parts = (_agencies(entry, names), kinds_of(entry))
    project = (_project(entry, names),) if entry.get("project") else ()
    return joined(each for each in (*project, *parts) if each.zh)


def _subject(entry: Mapping[str, Any], _names: Names) -> Text:
    subject = subject_of(entry)
    return as_it_is(" ".join(str(subject[name]) for name in ("type", "id", "note") if subject.get(name)))


_OWN: Mapping[str, Callable[[Mapping[str, Any], Names], Text]] = {
    "project": _project,
    "agencies": _agencies,
    "selection": _selection,
    "subject": _subject,
    "kinds": lambda entry, _names: kinds_of(entry),
    "kind": lambda entry, _names: as_it_is(entry.get("kind")),
    "count": lambda entry, _names: as_it_is(entry.get("count", 0)),
}
"""What an entry says beside its subject."""


def _groups(groups: Mapping[str, Any], names: Names) -> dict[str, Text]:
    """What a note says: roles and agencies by their titles."""
    told = {name: as_it_is(value or "") for name, value in groups.items()}
    told |= {edge: as_it_is(when(str(groups[edge]))) for edge in ("since", "until") if edge in groups}
    if groups.get("roles"):
        told["roles"] = joined(map(names.word, groups["roles"].split(",")))
    if groups.get("own"):
        told["own"] = joined(map(names.agency, groups["own"].split(",")))
    return told


def _filled(said: Text, entry: Mapping[str, Any], names: Names, groups: Mapping[str, Text]) -> Text:
    """The phrase with its places filled; nothing is looked for that has no place in it."""
    facts = {name: groups.get(name) or _fact(name, entry, names) for name, _ in _PLACE.findall(said.zh)}

    def fact(place: re.Match[str]) -> str:
        words = facts[place[1]].zh
        return spaced(words) if place[2] else words

    en = {name: fact.en for name, fact in facts.items()}
    return text(_PLACE.sub(fact, said.zh), said.en.format(**en))
