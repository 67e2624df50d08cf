"""A goal that ends nothing leaves everything else as it was."""

from .conftest import TRIGGER, steps


def test_a_goal_after_the_message_went_out_does_not_make_it_unsent(
    journey, template, shopper, happen, run, deliver, way
):
    template()
    edges = [
        {"from": "n0", "port": "next", "to": "n1"},
        {"from": "n1", "port": "next", "to": "n2"},
        {"from": "n1", "port": "skipped", "to": "end"},
        {"from": "n2", "port": "next", "to": "end"},
    ]
    journey(
        TRIGGER,
        ("send", {"template": "hello"}),
        ("delay", {"seconds": 3600}),
        edges=edges,
        goal={"event": "Order Completed", "within_hours": 72, "exit": False},
    )
    shopper()
    happen("Product Added")
    run()
    deliver()
    happen("Order Completed", properties={"revenue": 5})
    run()
    assert steps(way())[1] == ("n1", "next", "sent")
    assert way().goal_value == 5
