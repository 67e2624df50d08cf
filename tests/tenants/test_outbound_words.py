"""What went wrong with a call is said in words, not by the name of an exception."""

import ssl

import httpcore
import pytest

from tenants.outbound import broke


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (httpcore.ConnectError("refused"), "It takes no connection there."),
        (ConnectionRefusedError(), "It takes no connection there."),
        (httpcore.ReadTimeout(), "It did not answer in time."),
        (TimeoutError(), "It did not answer in time."),
        (
            ssl.SSLCertVerificationError("[SSL: CERTIFICATE_VERIFY_FAILED] x"),
            "Its certificate is not one that can be trusted.",
        ),
        (
            httpcore.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] x"),
            "Its certificate is not one that can be trusted.",
        ),
        (httpcore.RemoteProtocolError("x"), "It broke the connection off."),
    ],
)
def test_each_is_a_sentence(error, said):
    assert broke(error) == said
