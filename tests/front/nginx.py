"""The shipped front before gateways of the test's choice: a real nginx on a loopback port, no root needed."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from demo.control import reserve
from gateway.building import utc_now

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "front"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")

LISTEN = """
listen 127.0.0.1:{port} ssl;
server_name localhost;
ssl_certificate {folder}/certificate.pem;
ssl_certificate_key {folder}/key.pem;
"""


@dataclass(frozen=True)
class Front:
    """A running front. `certificate` is the authority to believe, `told` what it wrote to its log."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    @property
    def told(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    async def lines(self, count: int, before: int = 0, status: str = "") -> list[str]:
        """At least `count` lines about a call; it writes each after the caller has been answered."""
        while True:
            lines = [line for line in self.told[before:].splitlines() if f'" {status}' in line]
            if len(lines) >= count:
                return lines
            await asyncio.sleep(0.01)

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.certificate)


def free_port() -> int:
    """A port nobody has just now: nginx cannot choose one itself, and signatures name it beforehand."""
    with reserve() as listening:
        port: int = listening.getsockname()[1]
    return port


@asynccontextmanager
async def open_front(folder: Path, port: int, gateways: Iterable[str]) -> AsyncGenerator[Front]:
    """The shipped configuration, untouched, with a site of its own. `gateways` are nginx `server` lines."""
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("site"))
    (folder / "site").mkdir()
    (folder / "site" / "gateways.conf").write_text("".join(f"server {each};\n" for each in gateways), "utf-8")
    (folder / "site" / "listen.conf").write_text(LISTEN.format(port=port, folder=folder), "utf-8")
    certify(folder)
    process = await _start(folder)
    try:
        yield Front(port, folder)
    finally:
        process.terminate()
        await process.wait()


async def _start(folder: Path) -> asyncio.subprocess.Process:
    """Start it, and wait until it listens: then it has written its process id."""
    own = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", own]
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=log, stderr=log)
    while not (folder / "nginx.pid").exists():
        if process.returncode is not None:
            raise AssertionError((folder / "log").read_text("utf-8"))
        await asyncio.sleep(0.01)
    return process


def certify(folder: Path, address: str = "127.0.0.1") -> None:
    """A certificate for an address, its own issuer: `certificate.pem` and `key.pem`."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "front")]),
    )
    alternatives = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc_now() - timedelta(hours=1))
        .not_valid_after(utc_now() + timedelta(hours=1))
        .add_extension(alternatives, critical=False)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(private)
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
