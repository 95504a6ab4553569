"""What one kind of database does its own way; everything else in the store is the same on all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import URL, Connection, Engine

BUSY_MILLISECONDS = 900
"""How long a connection waits for another process's lock: less than the log's patience, so that whoever
waits hears why."""


def without_values(error: BaseException) -> None:
    """A database's second line quotes the row it minds, which may be somebody's name: it goes no further."""
    if error.args:
        error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])


@dataclass(frozen=True, slots=True)
class Terms:
    """What an engine's connections are for, and how long they wait for another's lock.

    `unhurried` ones may take as long as they need, like migrations, which no ask waits for.
    """

    writes: bool
    busy_milliseconds: int
    unhurried: bool


class Backend(Protocol):
    """One kind of database."""

    @property
    def silence_seconds(self) -> float | None:
        """After how long without any sign of life it is taken for gone; None where it cannot fall silent."""

    @property
    def many_processes(self) -> bool:
        """Whether several processes may serve one log."""
        ...

    def admit(self, url: URL) -> URL:
        """The URL as we use it. Raises SetupIncomplete for one that could not keep the log's promise."""
        ...

    def options(self) -> Mapping[str, Any]:
        """What `create_engine` is told beside the usual."""
        ...

    def attend(self, engine: Engine, terms: Terms) -> None:
        """Have every connection told its terms first, and every transaction begin as it must."""
        ...

    def exists(self, url: URL) -> bool:
        """Whether there is anything to connect to; connecting must not be what makes it."""
        ...

    def lax(self, connection: Connection) -> Sequence[str]:
        """Settings of the server's by which what was acknowledged may be lost or damaged in a power cut."""
        ...

    def unhurry(self, connection: Connection) -> None:
        """Let this transaction take its time."""
        ...

    def severance(self, *engines: Engine) -> Callable[[], None]:
        """What cuts off these engines' connections, also under the threads that wait on them."""
        ...
