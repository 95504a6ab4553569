"""A process that stands still for a while: its machine was taken away, its garbage is collected."""

import ctypes
import time

# Unlike CDLL it keeps the interpreter while it calls.
_LIBC = ctypes.PyDLL(None)


def stand_still(seconds: float) -> None:
    """Nothing of this process runs meanwhile: one call that never lets the interpreter go (poll(2)).

    So long by the clock, however busy the machine is: a database has a patience of its own.
    """
    _LIBC.poll(None, 0, round(1000 * seconds))


def dawdle() -> None:
    """Work of a tenth of a second that wants the interpreter a hundred times."""
    for _ in range(100):
        time.sleep(0.001)
