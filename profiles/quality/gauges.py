"""What Prometheus is told of the quality of data: over all tenants, whose names are not for everybody who may ask."""

from __future__ import annotations

from collections.abc import Mapping

import prometheus_client

from tenants import redis

_FAILING = prometheus_client.Gauge(
    "attune_data_expectations_failing", "Expectations of incoming data that fail, over all tenants"
)
_DRIFTING = prometheus_client.Gauge(
    "attune_features_drifting", "Features whose distribution moved (KL > 0.1), over all tenants"
)


def measure() -> None:
    """Take over what the tasks noted; while Valkey is away the last known figures stay."""
    try:
        found = redis.run(lambda client: client.hgetall("attune:data-quality"))
    except redis.Unavailable:
        return
    pairs = [value.partition(" ") for value in _texts(found or {}).values()]
    _FAILING.set(sum(int(failing) for failing, _, _ in pairs))
    _DRIFTING.set(sum(int(drifting or 0) for _, _, drifting in pairs))


def _texts(found: Mapping[bytes | str, bytes | str]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in found.items()}


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
