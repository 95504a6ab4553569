"""What each adapter says it does, tried: files, seals, digests, and whether anybody outside hears of it."""

import base64
import hashlib
import hmac
from dataclasses import asdict
from importlib.metadata import entry_points

import pytest

from adapters import KITS, kit_of
from adapters.base import Deadline
from contracts.errors import AgencyFailed, Fault, NotGranted
from contracts.material import AttachmentState, SealVerdict
from gateway.reference.kits import KITS as KITS_SHOWN
from tests.conformance.offices import DELIVERS, DROPS, MANIFESTS, P1, WEB, grant_for

SECRET = "sealing-wax"
OCTET = 40
"""Which octet of a reply is flipped."""


def flipped(octets: bytes) -> bytes:
    return octets[:OCTET] + bytes([octets[OCTET] ^ 1]) + octets[OCTET + 1 :]


@pytest.fixture(params=MANIFESTS)
async def office(request, street):
    opened = await street.open(request.param)
    await opened.deliver()
    return opened


async def test_it_asks_outside_unless_it_says_it_is_local(office, street):
    assert office.adapter.capabilities.local == (office.agency in DROPS)
    for kind in office.manifest.kinds:
        before = len(office.desk.asked) if office.agency in WEB else 0
        await office.pull(kind)
        heard = len(office.desk.asked) - before if office.agency in WEB else 0
        assert bool(heard) != office.adapter.capabilities.local
    assert bool(street.egress._doors) != office.adapter.capabilities.local


async def test_it_claims_no_more_than_its_kit_can(office):
    claimed, can = (
        asdict(each)
        for each in (office.adapter.capabilities, kit_of(office.manifest.connection.protocol).CAN)
    )
    assert [name for name, has in claimed.items() if has and not can[name]] == []


def test_every_kit_of_ours_is_in_the_reference():
    assert set(KITS_SHOWN) == {each.name for each in entry_points(group=KITS)}


async def test_it_has_the_kinds_and_keys_it_says(office):
    assert office.adapter.kinds
    for kind in office.adapter.kinds:
        assert office.adapter.opened_by(kind)
        assert (await office.read(kind)).materials
    assert office.adapter.opened_by("standard-address") == ()
    assert await office.pull("standard-address") == []


async def test_files_it_says_it_has_can_be_had(office):
    found = [place for kind in office.manifest.kinds for place in (await office.read(kind)).locators]
    assert bool(found) == office.adapter.capabilities.attachments
    for place in sorted(found, key=lambda one: one.bytes or 0)[:2]:
        digest, size = hashlib.sha256(), 0
        async for piece in office.adapter.fetch(grant_for(place.kind), place, Deadline.after(10)):
            digest.update(piece)
            size += len(piece)
        assert size == place.bytes
        assert place.sha256 in (None, digest.hexdigest())
        with pytest.raises(NotGranted):
            await anext(
                office.adapter.fetch(grant_for(place.kind, attachments=False), place, Deadline.after(5))
            )


async def test_a_seal_that_is_not_claimed_is_never_called_verified(office):
    assert not office.adapter.capabilities.seals
    for kind in office.manifest.kinds:
        for material in (await office.read(kind)).materials:
            assert material.provenance.seal.verified is SealVerdict.NONE


def sealed(protocol: str, encoding: str):
    def edit(raw):
        raw["seal"] = {"protocol": protocol, "header": "X-Seal", "encoding": encoding}
        raw["seal"] |= {"secret": f"secret:{raw['agency']}/seal"} if protocol == "hmac-sha256" else {}

    return edit


def sealing(protocol: str, encoding: str):
    """An office's own seal, made apart from ours."""

    def mark(body: bytes) -> dict[str, str]:
        digest = hmac.new(SECRET.encode(), body, hashlib.sha256) if protocol == "hmac-sha256" else None
        octets = digest.digest() if digest else hashlib.sha256(body).digest()
        return {"x-seal": base64.b64encode(octets).decode() if encoding == "base64" else octets.hex()}

    return mark


SEALS = [("sha256-digest", "hex"), ("hmac-sha256", "base64")]


@pytest.mark.parametrize(("protocol", "encoding"), SEALS)
@pytest.mark.parametrize("agency", WEB)
async def test_a_seal_that_is_claimed_is_checked(street, agency, protocol, encoding):
    street.secrets = {f"secret:{agency}/seal": SECRET}.__getitem__
    office = await street.open(agency, sealed(protocol, encoding))
    proves = protocol == "hmac-sha256"
    capabilities = office.adapter.capabilities
    assert (capabilities.seals, capabilities.digests) == (proves, True)
    office.tongue.head = sealing(protocol, encoding)
    for kind in office.manifest.kinds:
        office.tongue.change = None
        for material in (await office.read(kind)).materials:
            seal = material.provenance.seal
            assert (seal.verified, seal.signer) == (
                (SealVerdict.YES, agency) if proves else (SealVerdict.NONE, None)
            )
        office.tongue.change = flipped
        with pytest.raises(AgencyFailed) as caught:
            await office.read(kind)
        assert caught.value.fault is Fault.SEAL_BROKEN


@pytest.mark.parametrize(("protocol", "encoding"), SEALS)
@pytest.mark.parametrize("agency", WEB)
async def test_a_seal_that_is_missing_or_anothers_is_broken(street, agency, protocol, encoding):
    street.secrets = {f"secret:{agency}/seal": SECRET}.__getitem__
    office = await street.open(agency, sealed(protocol, encoding))
    for head in (None, lambda _: {"x-seal": ""}, lambda body: sealing(protocol, encoding)(flipped(body))):
        office.tongue.head = head
        with pytest.raises(AgencyFailed) as caught:
            await office.read(office.manifest.kinds[0])
        assert caught.value.fault is Fault.SEAL_BROKEN


@pytest.mark.parametrize("agency", DROPS)
async def test_a_flipped_octet_of_a_delivery_is_never_read(street, agency):
    """A digest is claimed for every file that comes in: one that does not fit goes to quarantine."""
    office = await street.open(agency)
    assert office.adapter.capabilities.digests
    harbour = office.harbour
    await delivered_flipped(office)
    await harbour.take_in()
    assert await harbour.deliveries() == []
    assert len(await harbour.refusals()) == 1
    out = await office.read(office.manifest.kinds[0])
    assert not any(material.fields or material.attachments for material in out.materials)
    await office.deliver()
    healthy = await office.read(office.manifest.kinds[0])
    states = {file.state for material in healthy.materials for file in material.attachments}
    assert AttachmentState.HELD in states


async def delivered_flipped(office) -> None:
    """What the office drops, with one octet of the last file flipped before anybody looks."""
    DELIVERS[office.agency](office.harbour.root, P1)
    inbox = office.harbour.inbox(office.agency)
    files = [path for path in inbox.rglob("*") if path.suffix in (".zip", ".pdf", ".ofd", ".dwg")]
    for path in files:
        path.write_bytes(flipped(path.read_bytes()))
