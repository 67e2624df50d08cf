"""The page of an import: what columns mean, a check, a start, and what was refused."""

from profiles.imports import run as running
from profiles.imports.models import Import
from tenants import keyring


def upload(client, body=b"who,event,time\nu1,Visited,2025-01-01\n", kind="events"):
    return client.post(
        f"/admin/profiles/import/upload/?kind={kind}&name=h.csv",
        body,
        content_type="application/octet-stream",
    )


def work(tenant):
    while running.run_turn(keyring.scope_of_tenant(tenant), 5) == "more":
        pass


def test_a_file_is_uploaded_described_checked_and_imported(desk, tenant):
    client = desk("developer")
    page = upload(client).json()["url"]
    text = client.get(page).content.decode()
    assert "Say which column is the user id" in text
    form = {
        "column-0": "user_id",
        "column-1": "event",
        "column-2": "timestamp",
        "kind": "events",
        "_check": "",
    }
    assert client.post(page, form).status_code == 302
    work(tenant)
    text = client.get(page).content.decode()
    assert "Import 1 event" in text
    number = Import.objects.latest("pk").pk
    client.post(f"/admin/profiles/import/{number}/do/start/")
    assert Import.objects.get(pk=number).status == "running"
    work(tenant)
    assert "Everything is in" in client.get(page).content.decode()


def test_a_changed_kind_suggests_anew(desk):
    client = desk("owner")
    page = upload(client, b"id,email,created_at\n7,a@shop.example,2025-01-01\n").json()["url"]
    client.post(page, {"kind": "profiles", "_save": ""})
    assert Import.objects.latest("pk").layout["mapping"] == {
        "id": "user_id",
        "email": "email",
        "created_at": "timestamp",
    }


def test_what_cant_be_read_is_said(desk):
    answer = upload(desk("owner"), b"PK\x03\x04")
    assert (answer.status_code, "Excel" in answer.json()["error"]) == (400, True)


def test_who_works_with_pseudonyms_sees_no_lines(desk, tenant):
    page = upload(desk("owner"), b"email,event,time\nanna@shop.example,Visited,2025-01-01\n").json()["url"]
    assert "anna@shop.example" in desk("marketer").get(page).content.decode()
    assert "anna@shop.example" not in desk("analyst").get(page).content.decode()


def test_who_may_only_look_changes_nothing(desk):
    page = upload(desk("owner")).json()["url"]
    number = Import.objects.latest("pk").pk
    analyst = desk("analyst")
    assert upload(analyst).status_code == 403
    assert analyst.post(page, {"kind": "orders"}).status_code == 403
    assert analyst.post(f"/admin/profiles/import/{number}/do/cancel/").status_code == 403
    assert Import.objects.get(pk=number).status == "draft"


def test_the_list_of_problems_is_a_file(desk, filled):
    answer = desk("owner").get(f"/admin/profiles/import/{filled.done_import.pk}/problems.csv")
    assert (
        b"".join(answer.streaming_content)
        == b"line,reason,detail\r\n7,invalid_value,The line has no time.\r\n"
    )
