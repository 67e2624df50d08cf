"""The officer on the running demo: request by API → verify → two approvals → erased → receipt verified → refused."""

from __future__ import annotations

from tests.walks.officer import LIST, Officer, erasure_request


def has_a_history(api, user_id: str) -> bool:
    """Shops often, so that there is something to erase; and was not erased by an earlier walk."""
    profile = api.get(f"/api/v1/profiles/{user_id}")
    return profile.is_success and profile.json()["features"]["behaviour"]["orders_30d"] >= 3


def test_a_household_is_erased_with_proof(demo, browser, page, pick, shoot):
    household, url = pick(has_a_history), demo.url("grocer")
    with demo.api("grocer") as api:
        asked = erasure_request(household)
        taken = api.post("/v1/opendsr/requests", json=asked)
        assert taken.is_success, taken.text
        number = asked["subject_request_id"]

        officer = Officer(page, url)
        officer.sign_in("compliance", demo.password("grocer", "compliance"))
        assert page.url == url + LIST
        officer.open_request(number)
        officer.verify("contact", "Called back under the number on file.")
        assert "What was viewed and bought" in officer.held()
        officer.approve()
        assert "You have approved this request already" in officer.approval()
        assert page.locator("button[name=approve]").count() == 0
        shoot(page, "request")

        second = browser.new_context(viewport=page.viewport_size)
        owner = Officer(second.new_page(), url)
        owner.sign_in("owner", demo.password("grocer", "owner"))
        owner.open_request(number)
        owner.approve()
        second.close()

        page.reload()
        assert "0 hits" in officer.wait_for_receipt(120_000)
        shoot(page, "erasure")
        shoot(page, "erasure-phone", phone=True)
        assert "Genuine" in officer.verify_receipt()
        shoot(page, "receipt")
        file = officer.receipt_file()
        assert "Genuine" in officer.check(file)
        assert "Not genuine" in officer.check(file.replace('"remaining": 0', '"remaining": 1', 1))

        late = {"userId": household, "event": "Product Viewed", "properties": {"product_id": "1082185"}}
        answer = api.post("/v1/track", json=late).json()
        assert (answer["accepted"], answer["suppressed"]) == (0, 1)
        assert api.get(f"/api/v1/profiles/{household}").status_code == 404

        officer.open("/admin/workspace/auditrecord/")
        assert "rasure" in page.inner_text("#result_list") or "receipt" in page.inner_text("#result_list")
        shoot(page, "audit")
