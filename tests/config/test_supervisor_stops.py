"""Ctrl-C and SIGTERM stop everything, in reverse order; a killed supervisor takes its children along."""

import os
import pty
import signal

import pytest

from tests.config.conftest import alive, until


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_children_stop_in_reverse_order(stack, signum):
    workers = [stack.worker_of(name) for name in ("first", "second", "third")]
    stack.stop(signum)
    assert stack.process.returncode == 0
    assert (stack.var / "order").read_text().split() == ["third", "second", "first"]
    assert not any(alive(pid) for pid in [*stack.seen, *workers])


def test_it_stops_properly_when_its_terminal_has_gone(start_stack):
    terminal, inside = pty.openpty()
    stack = start_stack(stdout=inside)
    until(stack.runs)
    os.close(inside)
    os.close(terminal)
    stack.stop()
    assert stack.process.returncode == 0
    assert (stack.var / "order").read_text().split() == ["third", "second", "first"]


def test_a_child_that_does_not_stop_is_killed(start_stack):
    stack = start_stack("stubborn")
    until(stack.runs)
    assert "stubborn did not stop in 0 s: killed" in stack.stop()
    assert not any(alive(pid) for pid in stack.seen)


def test_a_stop_ends_the_step_that_runs(start_stack, folder):
    stack = start_stack("step-hangs")
    until(lambda: (folder / "hanging").exists() and "load" in stack.state()["children"])
    step = stack.pid("load")
    stack.stop()
    assert stack.process.returncode == 0
    assert not alive(step)


def test_a_failed_step_stops_the_rest_and_names_itself(start_stack):
    stack = start_stack("step-fails")
    said = stack.process.communicate(timeout=30)[0]
    assert stack.process.returncode == 1
    assert "hello from the step" in said
    assert "load failed (exit code 3)" in said


def test_a_killed_supervisor_leaves_no_orphans(stack):
    workers = [stack.worker_of(name) for name in ("first", "second", "third")]
    children = [stack.pid(name) for name in ("first", "second", "third")]
    stack.stop(signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in [*children, *workers]))


def test_the_next_start_ends_what_ignored_its_end(start_stack):
    killed = start_stack("stubborn")
    until(killed.runs)
    stubborn = killed.pid("stubborn")
    killed.stop(signal.SIGKILL)
    following = start_stack()
    until(following.runs)
    assert not alive(stubborn)
    assert "processes of a supervisor that was killed" in following.stop()
