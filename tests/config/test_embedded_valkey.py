"""The embedded Valkey: caches make room, queues and streams never do."""

import redis

from config.services import Valkey, resolve_services
from config.services.valkey import SETTINGS


def test_only_keys_with_a_time_to_live_are_evicted():
    with redis.Redis.from_url(resolve_services().redis_url) as client:
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "volatile-lru"
        assert int(client.config_get("maxmemory")["maxmemory"]) > 0


def test_writes_reach_the_disk_every_second(folder):
    assert (SETTINGS["appendonly"], SETTINGS["appendfsync"]) == ("yes", "everysec")
    command = Valkey(folder).command()
    assert command[command.index("--appendfsync") + 1] == "everysec"


def test_it_listens_on_its_socket_alone(folder):
    command = Valkey(folder).command()
    assert command[command.index("--port") + 1] == "0"
    assert Valkey(folder).url(database=3) == f"unix://{folder}/run/valkey.sock?db=3"


def test_it_is_not_ready_before_it_runs(folder):
    assert not Valkey(folder).ready()
