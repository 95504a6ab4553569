"""A problem is taken apart as it was put together."""

import pytest

from contracts.errors import AskMalformed, LandbridgeError, NotGranted
from contracts.problems import Told, problem_octets
from contracts.text import text


@pytest.mark.parametrize("error", [NotGranted(), AskMalformed(text("请填写名称", "Give a name"))])
def test_what_is_told_is_what_the_error_says(error: LandbridgeError):
    told = Told.of(problem_octets(error))
    assert (told.type, told.status) == (error.type, error.status)
    assert (told.title, told.detail, told.todo) == (error.title, error.detail, error.todo)
