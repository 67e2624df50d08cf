"""An answer leaves nothing for the garbage collector, whose runs stop everybody who waits."""

import gc
from collections import Counter
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIHandler

pytestmark = pytest.mark.usefixtures("committed", "shop")  # a request closes the connection of a test


@pytest.fixture
def garbage():
    """Counts by type what only the collector could free."""
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)

    def counted() -> Counter[str]:
        gc.collect()
        found = Counter(f"{type(thing).__module__}.{type(thing).__name__}" for thing in gc.garbage)
        gc.garbage.clear()
        return found

    yield counted
    gc.set_debug(0)
    gc.garbage.clear()


@pytest.fixture
def application():
    return WSGIHandler()


def ask(application, key, word):
    """As the server asks: Django's test client leaves rings of its own."""
    path, query = "/api/v1/recommendations", f"user_id=somebody&n={word}"
    environ = {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_AUTHORIZATION": f"Bearer {key}"}
    setup_testing_defaults(environ)
    began = []
    answer = application(environ, lambda status, headers: began.append(status))
    assert b"items" in b"".join(answer)
    answer.close()
    assert began == ["200 OK"]


@pytest.mark.parametrize(
    "words", [["same"] * 10, [f"new-{n}" for n in range(10)]], ids=["cached", "uncached"]
)
def test_answers_leave_no_rings_of_objects(application, secret_key, garbage, words):
    ask(application, secret_key, "warm")
    ask(application, secret_key, "up")
    garbage()
    for word in words:
        ask(application, secret_key, word)
    ours = ("django.core.handlers", "django.http", "rest_framework", "tenants", "recommendations")
    assert not {name: count for name, count in garbage().items() if name.startswith(ours) and count > 1}
