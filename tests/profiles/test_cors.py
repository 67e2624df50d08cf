"""What a browser asks before it lets a page send events."""

ORIGIN = "https://shop.example"


def test_the_preflight_of_analytics_js(client):
    answer = client.options(
        "/v1/t",
        headers={
            "origin": ORIGIN,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type,x-own-header",
        },
    )
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert answer["Access-Control-Allow-Credentials"] == "true"
    allowed = {name.strip().lower() for name in answer["Access-Control-Allow-Headers"].split(",")}
    assert {"authorization", "content-type", "x-retry-count", "x-own-header"} <= allowed
    assert "POST" in answer["Access-Control-Allow-Methods"]


def test_what_is_no_header_name_is_not_repeated(client):
    asked = {"origin": ORIGIN, "access-control-request-headers": "x\r\nSet-Cookie: a=b"}
    assert "Cookie" not in client.options("/v1/t", headers=asked)["Access-Control-Allow-Headers"]


def test_a_page_may_not_read_what_a_secret_key_is_answered(api, secret_key):
    answer = api(secret_key, origin=ORIGIN).post("/v1/t", b"{}", content_type="text/plain")
    assert "Access-Control-Allow-Origin" not in answer
    assert "Access-Control-Allow-Credentials" not in answer
