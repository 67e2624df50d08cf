"""The definition of a journey: read, judged, and compiled into what the engine walks.

{"nodes": [{"key", "type", "config", "position"}], "edges": [{"from", "port", "to"}], "settings": {...}}
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from .checks import check_edges, check_paths, check_settings
from .facts import Facts, Problem
from .nodes import NODES, durations
from .nodes.base import Node, Port

Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
MOST_NODES = 200


class NodeSpec(msgspec.Struct):
    key: Key
    type: str
    config: dict[str, Any] = {}
    position: dict[str, float] = {}


class EdgeSpec(msgspec.Struct, rename={"source": "from", "target": "to"}):
    source: str
    target: str
    port: str = "next"


class Entry(msgspec.Struct):
    """`again`: never; once out (`after_exit`, `cooldown_hours` later); or always: a new entry starts over."""

    again: Literal["never", "after_exit", "always"] = "after_exit"
    cooldown_hours: Annotated[float, Meta(ge=0, le=24 * 400)] = 0


class ExitOn(msgspec.Struct):
    events: Annotated[list[str], Meta(max_length=20)] = []
    left_segment: str | None = None


class Goal(msgspec.Struct):
    event: str = ""
    within_hours: Annotated[float, Meta(gt=0, le=24 * 400)] = 72
    exit: bool = True


class Settings(msgspec.Struct):
    entry: Entry = msgspec.field(default_factory=Entry)
    exit_on: ExitOn = msgspec.field(default_factory=ExitOn)
    goal: Goal | None = None


class Graph(msgspec.Struct):
    nodes: Annotated[list[NodeSpec], Meta(max_length=MOST_NODES)] = []
    edges: Annotated[list[EdgeSpec], Meta(max_length=MOST_NODES * 10)] = []
    settings: Settings = msgspec.field(default_factory=Settings)


class BadGraph(ValueError):
    """Not a graph at all: the sentence says where."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A node ready to run: its settings read, its ways out by port."""

    key: str
    node: Node
    config: Any
    targets: dict[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """A graph that the engine can walk."""

    nodes: dict[str, Compiled]
    settings: Settings
    triggers: tuple[str, ...] = field(default=())


def parse(raw: Any) -> Graph:
    """Raises `BadGraph`. Settings of nodes are read by `validate` and `compile_graph`."""
    try:
        return msgspec.convert(raw, Graph)
    except msgspec.ValidationError as error:
        raise BadGraph(f"This is not a journey: {error}.") from error


def compile_graph(raw: Any) -> Plan:
    """A published graph, which has been validated. Raises `BadGraph` when it has not."""
    graph = parse(raw)
    targets: dict[str, dict[str, str]] = {}
    for edge in graph.edges:
        targets.setdefault(edge.source, {})[edge.port] = edge.target
    nodes = {}
    for spec in graph.nodes:
        node = NODES.get(spec.type)
        if node is None:
            raise BadGraph(f"There is no node type “{spec.type}”.")
        config, problems = read_config(node, spec)
        if config is None:
            raise BadGraph(problems[0].message)
        nodes[spec.key] = Compiled(spec.key, node, config, targets.get(spec.key, {}))
    triggers = tuple(key for key, c in nodes.items() if c.node.category == "trigger")
    return Plan(nodes, graph.settings, triggers)


def read_config(node: Node, spec: NodeSpec) -> tuple[Any, list[Problem]]:
    """The node's settings, or None with what is wrong with them."""
    try:
        return msgspec.convert(spec.config, node.Config, strict=False), []
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$.")
        name = path.rstrip("`").partition(".")[0].partition("[")[0]
        shown = next((f for f in node.fields if f.name == name), None)
        said = in_words(text)
        if shown is not None and shown.kind == "duration":
            said = re.sub(r"\d+$", lambda found: durations.said(int(found[0])), said)
        sentence = f"“{shown.label}” {said}." if shown is not None and shown.label else f"{text}."
        return None, [Problem(spec.key, name, sentence)]


_WORDS = (
    (r"Expected `(?:int|float)` >= ([\d.]+)", r"must be at least \1"),
    (r"Expected `(?:int|float)` <= ([\d.]+)", r"must be at most \1"),
    (r"Expected `str` of length <= (\d+)", r"may have \1 characters at most"),
    (r"Expected `array` of length <= (\d+)", r"may have \1 entries at most"),
    (r"Expected `int`.*", "must be a whole number"),
    (r"Expected `float`.*", "must be a number"),
    (r"Expected `str` matching regex.*", "is not in the right form"),
    (r"Expected `str`.*", "must be text"),
    (r"Invalid enum value '(.*)'", r"can't be “\1”"),
    (r"Object missing required field `(\w+)`", r"needs “\1”"),
    (r"Object contains unknown field `(\w+)`", r"has an unknown entry “\1”"),
)


def in_words(text: str) -> str:
    """msgspec's message as the end of a sentence: "must be at least 1"."""
    for pattern, words in _WORDS:
        found = re.match(pattern, text)
        if found:
            return found.expand(words)
    return f"is not right ({text[0].lower()}{text[1:]})"


def validate(raw: Any, facts: Facts) -> list[Problem]:
    """Everything that stands in the way of publishing; empty when nothing does. Never raises."""
    try:
        graph = parse(raw)
    except BadGraph as error:
        return [Problem("", "", str(error))]
    problems: list[Problem] = []
    ports: dict[str, tuple[Port, ...]] = {}
    kinds: dict[str, Node] = {}
    for spec in graph.nodes:
        if spec.key in kinds:
            problems.append(Problem(spec.key, "", "Two steps have the same key; remove one of them."))
            continue
        node = NODES.get(spec.type)
        if node is None:
            problems.append(Problem(spec.key, "", f"There is no step of the type “{spec.type}”."))
            continue
        kinds[spec.key] = node
        config, wrong = read_config(node, spec)
        problems += wrong
        if config is not None:
            ports[spec.key] = tuple(node.ports(config))
            problems += [Problem(spec.key, name, text) for name, text in node.check(config, facts)]
    problems += check_edges(graph, kinds, ports)
    problems += check_paths(graph, kinds)
    problems += check_settings(graph.settings, facts)
    return problems
