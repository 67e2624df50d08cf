"""What analytics.js and the mobile SDKs fetch before they send anything."""


def test_they_send_to_the_host_that_was_asked(client, publishable_key):
    answer = client.get(f"/v1/projects/{publishable_key}/settings", headers={"host": "events.example:8443"})
    assert answer.status_code == 200
    segment = answer.json()["integrations"]["Segment.io"]
    assert segment["apiHost"] == "events.example:8443/v1"
    assert segment["apiKey"] == publishable_key
    assert segment["protocol"] == "http"
    assert list(answer.json()["integrations"]) == ["Segment.io"]


def test_over_tls(client, publishable_key):
    answer = client.get(
        f"/v1/projects/{publishable_key}/settings", secure=True, headers={"host": "events.example"}
    )
    assert answer.json()["integrations"]["Segment.io"]["protocol"] == "https"


def test_from_any_page(client, publishable_key):
    answer = client.get(
        f"/v1/projects/{publishable_key}/settings", headers={"origin": "https://shop.example"}
    )
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"


def test_an_unknown_key(client, tenant):
    answer = client.get("/v1/projects/pk_nobody/settings")
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_key")


def test_a_secret_key_has_no_business_in_an_app(client, secret_key):
    answer = client.get(f"/v1/projects/{secret_key}/settings")
    assert (answer.status_code, answer.json()["code"]) == (403, "secret_key_in_app")


def test_a_key_on_another_shops_host(client, tenant, publishable_key):
    answer = client.get(f"/v1/projects/{publishable_key}/settings", headers={"host": "beta.localhost"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_key")
