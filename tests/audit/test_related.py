"""What belongs to an entry, what is told of one whom we follow, and proofs that the server judges."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from contracts.audit import Act, Draft, EntryKind, Event, Outcome, Subject
from contracts.errors import NoSuchThing
from gateway.audit.follow import Thread, follow
from gateway.audit.proof import judge, proof_of
from gateway.audit.related import around
from gateway.store.tables import entry_index
from tests.audit.logbook import PROJECTS, drafts

WHO: dict[str, Any] = {
    "consumer": "registration",
    "operator": "reg-017",
    "case": "DJ-1",
    "project": PROJECTS[0],
}


async def test_an_ask_its_answer_and_its_uses_lead_to_each_other(log):
    told = Outcome(status=200)
    index = {}
    for name, draft in {
        "ask": Draft(kind=EntryKind.ASKED, **WHO),
        "other": Draft(kind=EntryKind.ANSWERED, outcome=told, asked=99, **WHO),
        "answer": Draft(kind=EntryKind.ANSWERED, outcome=told, asked=0, **WHO),
        "use": Draft(
            kind=EntryKind.USED, answer=2, event=Event(id="E-1", act=Act.PRINT), consumer="registration"
        ),
    }.items():
        index[name] = (await log.append(draft)).index

    async def relations(name):
        found = await around(log, index[name])
        return [(each.how, each.found.index) for each in (found.relations if found else ())]

    assert await relations("ask") == [("ending", index["answer"])]
    assert await relations("answer") == [("ask", index["ask"]), ("use", index["use"])]
    assert await relations("use") == [("answer", index["answer"])]
    assert await around(log, 4) is None


async def test_whoever_is_followed_is_shown_with_what_others_did_about_them(log):
    log.clock.advance(60)
    acts = [
        Draft(kind=EntryKind.SIGNED_IN, operator="person:li"),
        Draft(kind=EntryKind.TURNED_AWAY, subject=Subject(type="account", id="li", note="failure 1 of 6")),
        Draft(
            kind=EntryKind.ACCOUNT,
            operator="person:sec",
            subject=Subject(type="account", id="li", note="closed"),
        ),
        Draft(
            kind=EntryKind.CONSUMER,
            operator="person:sec",
            subject=Subject(type="consumer", id="registration", note="k"),
        ),
        Draft(
            kind=EntryKind.ALIAS,
            operator="reg-9",
            project=PROJECTS[0],
            subject=Subject(type="aliases", id=PROJECTS[0], note="shown"),
        ),
        Draft(kind=EntryKind.ASKED, **WHO),
        Draft(
            kind=EntryKind.ACCOUNT,
            operator="person:sec",
            subject=Subject(type="account", id="wang", note="closed"),
        ),
        Draft(
            kind=EntryKind.STAND_IN,
            operator="person:reg",
            subject=Subject(type="stand-ins", id="waiting", note="shown"),
        ),
    ]
    for act in acts:
        log.clock.advance(1)
        await log.append(act)

    async def found(*thread):
        return [each.index for each in (await follow(log, Thread(*thread), 50)).finds]

    assert await found("operator", "person:li") == [2, 1, 0]
    assert await found("consumer", "registration") == [5, 3]
    assert await found("project", PROJECTS[0]) == [5, 4]
    assert await found("operator", "reg-017") == [5]
    about = select(entry_index.c.about).order_by(entry_index.c.idx)
    told = await log.read(lambda connection: connection.execute(about).scalars().all())
    assert told == [
        None,
        "account:li",
        "account:li",
        "consumer:registration",
        None,
        None,
        "account:wang",
        None,
    ]


async def test_pages_of_a_time_line_follow_each_other(log):
    for draft in drafts(120):
        log.clock.advance(1)
        await log.append(draft)
    whole = await follow(log, Thread("consumer", "registration"), 200)
    told, before = [], None
    while True:
        page = await follow(log, Thread("consumer", "registration"), 7, before)
        told += [each.index for each in page.finds]
        before = page.before
        if before is None:
            break
    assert told == [each.index for each in whole.finds] == sorted(told, reverse=True)
    edge = next(each.entry["at"] for each in whole.finds if each.entry)
    assert all(
        each.index < told[0]
        for each in (await follow(log, Thread("consumer", "registration", until=edge), 200)).finds
    )


async def test_a_proof_is_judged_from_the_octets_and_the_key(log, unguarded):
    for draft in drafts(21):
        await log.append(draft)
    for index in (0, 13, 20):
        proof = await proof_of(log, index)
        assert judge(proof, log.verifier).sound
        altered = judge(replace(proof, body=b"{}"), log.verifier)
        assert (altered.content, altered.place, altered.signature) == (False, False, True)
        assert not judge(replace(proof, index=proof.index ^ 1), log.verifier).place
        assert not judge(replace(proof, path=proof.path[::-1]), log.verifier).place
        assert not judge(replace(proof, note=proof.note.replace("\n21\n", "\n22\n")), log.verifier).signature
        blanked = judge(replace(proof, body=None), log.verifier)
        assert blanked.sound
        assert blanked.content is None
    with pytest.raises(NoSuchThing):
        await proof_of(log, 21)
    unguarded("UPDATE entries SET body = ? WHERE idx = 13", b'{"kind":"asked"}')
    assert judge(await proof_of(log, 13), log.verifier).content is False
