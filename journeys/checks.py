"""What can be wrong between nodes, whatever their types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .facts import Facts, Problem
from .nodes.base import Node, Port

if TYPE_CHECKING:
    from .graph import Graph, Settings


def check_edges(
    graph: Graph, kinds: Mapping[str, Node], ports: Mapping[str, tuple[Port, ...]]
) -> list[Problem]:
    """Ways that lead nowhere, come from nowhere, or come twice from one port."""
    problems = []
    used: set[tuple[str, str]] = set()
    known = {spec.key for spec in graph.nodes}
    for edge in graph.edges:
        if edge.source not in known:
            problems.append(Problem("", "", f"A connection starts at “{edge.source}”, which does not exist."))
            continue
        if edge.target not in known:
            problems.append(
                Problem(edge.source, edge.port, "A connection leads to a step that does not exist.")
            )
        elif edge.target in kinds and kinds[edge.target].category == "trigger":
            problems.append(Problem(edge.source, edge.port, "Nothing can lead back into a trigger."))
        if edge.source in ports and edge.port not in {port.key for port in ports[edge.source]}:
            problems.append(
                Problem(edge.source, edge.port, f"This step has no way out called “{edge.port}”.")
            )
        if (edge.source, edge.port) in used:
            problems.append(
                Problem(edge.source, edge.port, "One way out leads to two steps; remove one connection.")
            )
        used.add((edge.source, edge.port))
    for key, ways in ports.items():
        for port in ways:
            if not port.optional and (key, port.key) not in used:
                problems.append(
                    Problem(
                        key, port.key, f"“{port.label}” leads nowhere. Connect it, if need be to an Exit."
                    )
                )
    return problems


def check_paths(graph: Graph, kinds: Mapping[str, Node]) -> list[Problem]:
    """Steps that nobody can reach, and loops in which nobody ever waits."""
    ways: dict[str, list[str]] = {key: [] for key in kinds}
    for edge in graph.edges:
        if edge.source in ways and edge.target in kinds:
            ways[edge.source].append(edge.target)
    triggers = [key for key, node in kinds.items() if node.category == "trigger"]
    if not triggers:
        return [Problem("", "", "A journey needs a trigger: the event or the segment that starts it.")]
    reached, open_ = set(triggers), list(triggers)
    while open_:
        for target in ways[open_.pop()]:
            if target not in reached:
                reached.add(target)
                open_.append(target)
    problems = [
        Problem(key, "", "Nobody can reach this step: connect something to it, or remove it.")
        for key in kinds
        if key not in reached
    ]
    hasty = {key: [t for t in targets if not kinds[t].waits] for key, targets in ways.items()}
    problems += [
        Problem(key, "", "Shoppers would go round here for ever: put a Delay or Wait until into the loop.")
        for key in kinds
        if not kinds[key].waits and _comes_back(key, hasty)
    ]
    return problems


def _comes_back(start: str, ways: Mapping[str, list[str]]) -> bool:
    seen: set[str] = set()
    open_ = list(ways[start])
    while open_:
        key = open_.pop()
        if key == start:
            return True
        if key not in seen:
            seen.add(key)
            open_ += ways[key]
    return False


def check_settings(settings: Settings, facts: Facts) -> list[Problem]:
    problems = [
        Problem("", "exit_on.events", facts.unknown_event(name))
        for name in settings.exit_on.events
        if not facts.knows_event(name)
    ]
    left = settings.exit_on.left_segment
    if left and left not in facts.segments:
        problems.append(Problem("", "exit_on.left_segment", f"There is no segment “{left}”."))
    goal = settings.goal
    if goal is not None:
        if not goal.event.strip():
            problems.append(
                Problem("", "goal.event", "Choose the event that is the goal, or remove the goal.")
            )
        elif not facts.knows_event(goal.event):
            problems.append(Problem("", "goal.event", facts.unknown_event(goal.event)))
    return problems
