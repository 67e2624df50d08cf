"""A rival's key sees nothing of the tenant's shoppers, and its events go to the rival."""

from .conftest import viewed


def test_a_rival_does_not_find_the_shopper(send, process, api, rival_key, secret_key):
    send(viewed("u1"))
    process()
    assert api(secret_key).get("/api/v1/profiles/u1").status_code == 200
    assert api(rival_key).get("/api/v1/profiles/u1").status_code == 404


def test_a_rivals_event_is_not_the_tenants(send, process, rival_key, rows):
    assert send(viewed("u1"), key=rival_key).status_code == 200
    assert process() == 0
    assert rows("SELECT count(*) FROM {s}.profiles_event") == [(0,)]


def test_the_same_person_has_another_index_in_each_tenant(scope, rival):
    from tenants.crypto import blind_index

    assert blind_index(scope.tenant_id, "user_id", "u1") != blind_index(rival.pk, "user_id", "u1")
