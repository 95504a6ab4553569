"""Silence is work under way of which none ends; a queue is not."""

import pytest

from gateway.store.backend import BUSY_MILLISECONDS
from gateway.store.postgres import IDLE_MILLISECONDS, STATEMENT_MILLISECONDS, Postgres
from gateway.store.pulse import Pulse
from gateway.trail import BRIEFLY


class Hand:
    """A monotonic clock moved by hand."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def pulse(hand):
    return Pulse(1.5, hand)


def test_idle_is_not_silent(pulse, hand):
    hand.now += 1000
    assert not pulse.silent
    assert pulse.left() == 1.5


def test_work_that_does_not_end_is_silence_until_it_ends(pulse, hand):
    with pulse.working():
        hand.now += 1.25
        assert pulse.left() == 0.25
        hand.now += 0.25
        assert pulse.silent
    assert not pulse.silent


def test_another_works_end_is_a_sign_of_life(pulse, hand):
    with pulse.working():
        hand.now += 1
        with pulse.working():
            hand.now += 0.25
        hand.now += 1
        assert pulse.left() == 0.5


def test_whoever_comes_late_waits_no_longer_than_the_first(pulse, hand):
    with pulse.working():
        hand.now += 1
        with pulse.working():
            assert pulse.left() == 0.5


def test_work_that_fails_is_a_sign_of_life_too(pulse, hand):
    def fail():
        with pulse.working():
            hand.now += 2
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not pulse.silent


def test_without_patience_nothing_is_silent(hand):
    pulse = Pulse(None, hand)
    with pulse.working():
        hand.now += 1e9
        assert not pulse.silent


def test_every_limit_is_within_the_promise_of_two_seconds():
    assert BUSY_MILLISECONDS < STATEMENT_MILLISECONDS < Postgres.silence_seconds * 1000
    assert Postgres.silence_seconds + BRIEFLY <= 2
    assert IDLE_MILLISECONDS <= 2000
