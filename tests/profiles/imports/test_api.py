"""The whole way of an import by HTTP, and who is refused."""

from profiles.imports.models import Import
from tenants.keys import create_key

from .conftest import finish

FILE = "user_id,event,time,product_id\nu1,Product Viewed,2025-01-01,m1\nu2,Product Viewed,never,m1\n"


def send(client, body=FILE, kind="events"):
    return client.post(f"/api/v1/imports?kind={kind}&name=h.csv", body, content_type="text/csv")


def do(client, address, verb):
    return client.post(address, {"do": verb}, content_type="application/json")


def test_a_file_is_uploaded_checked_started_and_read_about(api, secret_key, scope, inside):
    client = api(secret_key)
    draft = send(client)
    assert (draft.status_code, draft.json()["layout"]["mapping"]["time"]) == (201, "timestamp")
    address = f"/api/v1/imports/{draft.json()['id']}"
    assert do(client, address, "check").json()["status"] == "checking"
    found = finish(scope, Import.objects.get(pk=draft.json()["id"]))
    report = client.get(address).json()["check"]
    assert (found.status, report["taken"], report["rejected"]) == ("draft", 1, 1)
    assert do(client, address, "start").json()["status"] == "running"
    finish(scope, found)
    done = client.get(address).json()
    assert (done["status"], done["taken"], done["rejected"], done["progress"]) == ("done", 1, 1, 1.0)
    (problem,) = client.get(f"{address}/problems").json()["problems"]
    assert (problem["line"], problem["reason"]) == (3, "invalid_value")
    assert client.get("/api/v1/imports").json()["imports"][0]["id"] == draft.json()["id"]
    again = do(client, address, "start")
    assert (again.status_code, again.json()["code"]) == (409, "not_now")


def test_a_check_takes_nothing(api, secret_key, scope, inside, stored):
    client = api(secret_key)
    number = send(client).json()["id"]
    do(client, f"/api/v1/imports/{number}", "check")
    finish(scope, Import.objects.get(pk=number))
    assert stored() == []


def test_a_mapping_is_said_and_a_wrong_one_refused(api, secret_key):
    client = api(secret_key)
    number = send(client, "who;what;when\nu1;Visited;2025-01-01\n").json()["id"]
    unready = do(client, f"/api/v1/imports/{number}", "start")
    assert (unready.status_code, "user id" in unready.json()["detail"]) == (409, True)
    address = f"/api/v1/imports/{number}"
    for change, said in (
        ({"mapping": {"nobody": "user_id"}}, "no column"),
        ({"mapping": {"who": "shoe"}}, "no field"),
        ({"time_zone": "Mars/Base"}, "time zone"),
    ):
        answer = client.patch(address, change, content_type="application/json")
        assert (answer.status_code, said in answer.json()["detail"]) == (400, True)
    mapping = {"who": "user_id", "what": "event", "when": "timestamp"}
    answer = client.patch(address, {"mapping": mapping}, content_type="application/json").json()
    assert (answer["missing"], answer["layout"]["mapping"]) == ([], mapping)


def test_a_file_that_cant_be_read_is_a_400(api, secret_key):
    answer = send(api(secret_key), b"PK\x03\x04")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_file")


def test_browsers_keys_and_other_tenants_are_refused(api, secret_key, publishable_key, rival_key, tenant):
    number = send(api(secret_key)).json()["id"]
    assert send(api(publishable_key)).status_code == 403
    assert api(rival_key).get(f"/api/v1/imports/{number}").status_code == 404
    assert do(api(rival_key), f"/api/v1/imports/{number}", "cancel").status_code == 404
    reader = create_key(tenant=tenant, kind="secret", name="r", scopes=["recommend"])[1]
    assert send(api(reader)).json()["code"] == "missing_scope"
