"""One node in a process of its own: opens the house, waits for a line, asks the same many times at once."""

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

from gateway.building import open_house
from gateway.house import House
from gateway.rooms import Answer, Knock
from gateway.settings import Settings

EMPTY = {"unavailable", "invalid", "pending"}


async def main(home: Path, config: Path, redis_url: str, many: int) -> None:
    """Prints the statuses, and how often each kind came how, as one line of JSON."""
    settings = Settings(
        home=home,
        config=config,
        database_url=f"sqlite:///{home / 'landbridge.sqlite'}",
        redis_url=redis_url or None,
        public_url="http://gateway.test",
    )
    async with open_house(settings) as house:
        key = await house.access.add("registration", ("consumer",), by="test")
        tell("ready")
        ask = json.loads(await asyncio.to_thread(sys.stdin.readline))
        answers = await asyncio.gather(*(one(house, key, ask) for _ in range(many)))
        tell(json.dumps(told(answers)))


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def one(house: House, key: str, ask: dict) -> Answer:
    from contracts.exchange import Ask

    octets = json.dumps(ask)
    knock = Knock(
        key, "10.0.0.1", "POST", "http://gateway.test/v1/dossiers", lambda: Ask.model_validate_json(octets)
    )
    return await house.exchange.dossier(knock)


def told(answers: list[Answer]) -> dict:
    materials = [
        material
        for answer in answers
        for material in json.loads(answer.body)["materials"]
        if material["retrieval"] not in EMPTY
    ]
    return {
        "statuses": Counter(answer.status for answer in answers),
        "came": Counter(f"{material['kind']} {material['retrieval']}" for material in materials),
        "facts": sorted({json.dumps(material["fields"], sort_keys=True) for material in materials}),
    }


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
