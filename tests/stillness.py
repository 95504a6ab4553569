"""A process that stands still for a while: its machine was taken away, its garbage is collected."""

import time


def stand_still(seconds: float) -> None:
    """Nothing of this process runs meanwhile: one call that never lets the interpreter go."""
    began = time.perf_counter()
    sum(range(1_000_000))
    sum(range(int(1_000_000 * seconds / (time.perf_counter() - began))))


def dawdle() -> None:
    """Work of a tenth of a second that wants the interpreter a hundred times."""
    for _ in range(100):
        time.sleep(0.001)
