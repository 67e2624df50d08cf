"""Staff find a shopper by whatever they are called, however an address is written."""

import pytest

from profiles.admin.people import find
from tenants import keyring
from tenants.db import tenant_connection

TOLD = {
    "type": "identify",
    "userId": "u7",
    "messageId": "t",
    "traits": {"email": "Anna@Shop.example", "phone": "+49 30 1234567"},
}


@pytest.mark.parametrize(
    "text", ["u7", "anna@shop.example", "ANNA@shop.example ", "0049 30 123 45 67", "+49301234567"]
)
def test_by_id_and_by_address(send, process, shopper, scope, inside, text):
    send(TOLD)
    process()
    assert find(scope.tenant_id, text) == [shopper("u7").pk]


def test_not_by_a_part_and_not_in_another_shop(send, process, scope, inside, rival):
    send(TOLD)
    process()
    assert find(scope.tenant_id, "anna") == []
    other = keyring.scope_of_tenant(rival)
    with tenant_connection(other.schema):
        assert find(other.tenant_id, "u7") == []
