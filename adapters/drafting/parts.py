"""Parts of a draft as the manifest has them: how a kind is asked for and read, and what is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.decode import Step
from adapters.drafting.drafts import Drop, Files, MaterialDraft, Proposal, Question, Says


def rule_of(proposal: Proposal) -> Any:
    """A proposal as the manifest writes a field: its path alone, or a mapping."""
    if proposal.of:
        return {"rows": proposal.path, "fields": {each.field: rule_of(each) for each in proposal.of}}
    how, said = proposal.recipe, dict[str, Any]()
    if how.functions != ("text",):
        said["as"] = how.functions[0] if len(how.functions) == 1 else list(how.functions)
    said |= {name: value for name in ("unit", "by", "key") if (value := getattr(how, name)) is not None}
    if how.null is not None:
        said["null"] = list(how.null)
    return {"at": proposal.path, **said} if said else proposal.path


def asking_parts(material: MaterialDraft) -> dict[str, Any]:
    """How a kind is asked for, as the manifest's parts; what a person has to say first is absent."""
    parts: dict[str, Any] = {"ask_by": list(material.ask_by)} if material.ask_by else {}
    if material.question is not None and material.askable:
        parts["ask"] = dict(question_parts(material.question))
    return parts


def reading_parts(material: MaterialDraft) -> dict[str, Any]:
    """How a kind's replies are read, as the manifest's parts; without a sample there are none."""
    if material.rows is None:
        return {}
    parts: dict[str, Any] = {}
    if material.notice is None:
        parts["decode"] = list(map(step_of, material.steps))
    if material.success:
        parts["success"] = says_parts(material.success)
    if material.none:
        parts["none"] = says_parts(material.none)
    parts["rows"] = material.rows
    if material.total:
        parts["pages"] = {"total": material.total}
    return parts | {"about": about_parts(material)}


def further_parts(material: MaterialDraft) -> dict[str, Any]:
    """The document's force and its files, as the manifest's parts."""
    parts: dict[str, Any] = {}
    if material.legal:
        parts["legal"] = {force: says_parts(says) for force, says in material.legal.items()}
    if material.files:
        parts["attachments"] = files_parts(material.files)
    return parts


def drop_parts(drop: Drop) -> dict[str, Any]:
    """What is left in a drop folder, as the manifest's part."""
    notice: dict[str, Any] = {"name": drop.notice, "as": drop.how}
    if drop.package is not None:
        notice["package"] = drop.package
    if (files := listed_files(drop.files)) is not None:
        notice["files"] = files
    signed = drop.files is not None and "sha256" in drop.files.parts
    sidecar = {"sidecar": "required"} if drop.form == "zip" and not signed else {}
    return {"form": drop.form, **sidecar, "notice": notice}


def says_parts(says: Says) -> dict[str, Any]:
    """Where a reply says something, and by which words."""
    return {"at": says.at, "empty": True} if says.empty else {"at": says.at, "in": list(says.among)}


def step_of(step: Step) -> Any:
    """A step of decoding: its name alone, or with the place it is for."""
    return {"as": step.how, "at": ".".join(step.at)} if step.at else step.how


def question_parts(asked: Question) -> Iterator[tuple[str, Any]]:
    """A question's parts by name, in the order they are written."""
    if asked.operation is not None:
        yield "operation", asked.operation
        if asked.arguments:
            yield "arguments", asked.arguments
        return
    if asked.table is not None:
        where = {n: {"value": v, "fit": "starts"} if n in asked.starts else v for n, v in asked.where.items()}
        parts = {"table": asked.table, "where": where, "newest": asked.newest, "per": asked.per}
        yield from ((name, part) for name, part in parts.items() if part)
        return
    yield "method", asked.method
    yield "path", asked.path
    for name, part in (("query", asked.query or None), ("form", asked.form), ("json", asked.json_body)):
        if part is not None:
            yield name, part


def about_parts(material: MaterialDraft) -> dict[str, Any]:
    """Names go on where a project has phases, and so does what a table was asked to begin with."""
    asked = material.question
    loose = {"project_name"} | ({*asked.asks} if asked and asked.starts else set())
    return {
        key: {"at": path, "fit": "starts"} if key in loose and path != "unstated" else path
        for key, path in material.about.items()
    }


def files_parts(files: Files) -> dict[str, Any]:
    """Where a reply lists a document's files."""
    said = {"rows": files.rows} | {part: rule_of(each) for part, each in files.parts.items()}
    return said | ({"via": "url"} if files.via == "url" else {})


def listed_files(files: Files | None) -> dict[str, Any] | None:
    """Where a notice lists what was dropped with it; None where it does not."""
    if files is None:
        return None
    return {"rows": files.rows} | {
        p: files.parts[p].path for p in ("name", "sha256", "bytes") if p in files.parts
    }
