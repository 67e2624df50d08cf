"""A child that ends is started again; what it leaves behind is not."""

import os
import signal

from tests.config.conftest import alive, until


def test_a_killed_child_is_started_again(stack):
    killed = stack.pid("second")
    os.kill(killed, signal.SIGKILL)
    until(lambda: stack.back("second", killed))
    assert stack.state()["children"]["second"]["starts"] == 2
    assert "second was ended by SIGKILL; starting it again" in stack.stop()


def test_the_workers_of_a_killed_child_are_killed_too(stack):
    killed, worker = stack.pid("first"), stack.worker_of("first")
    os.kill(killed, signal.SIGKILL)
    until(lambda: stack.back("first", killed))
    until(lambda: not alive(worker))


def test_the_others_are_left_alone(stack):
    killed, other = stack.pid("second"), stack.pid("third")
    os.kill(killed, signal.SIGKILL)
    until(lambda: stack.back("second", killed))
    assert stack.pid("third") == other
    assert alive(other)


def test_a_child_that_cannot_start_is_given_up_with_its_log(start_stack, folder):
    stack = start_stack("never-starts")
    said = stack.process.communicate(timeout=60)[0]
    assert stack.process.returncode == 1
    assert f"broken does not start; the end of {folder}/log/broken.log:\n    no such thing" in said
    assert stack.state()["children"] == {}
