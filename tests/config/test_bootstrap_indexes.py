"""uv is told what the machine's pip is told, in its own words."""

import pytest


@pytest.fixture
def indexes(bootstrap):
    return bootstrap("indexes")


def test_the_settings_of_pip_are_merged_as_pip_does(indexes):
    listed = "\n".join(
        [
            ":env:.find-links='/wheels'",
            "global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'",
            "global.find-links='/elsewhere'",
            "global.index_url='https://global.example/simple'",
            "install.index-url='https://install.example/simple'",
            "freeze.timeout='10'",
            "nonsense",
        ]
    )
    assert indexes.parse_settings(listed) == {
        "find-links": "/wheels",
        "extra-index-url": "https://one.example/simple\nhttps://two.example/simple",
        "index-url": "https://install.example/simple",
    }


def test_uv_hears_them(indexes, tmp_path):
    certificate = tmp_path / "ca.pem"
    certificate.touch()
    settings = {
        "index-url": "https://main.example/simple",
        "extra-index-url": "https://one.example/simple\nhttps://two.example/simple",
        "cert": str(certificate),
        "no-index": "true",
        "trusted-host": "a.example b.example",
        "default-timeout": "180",
        "proxy": "http://proxy.example:3128",
    }
    assert indexes.uv_environment(settings, {}) == {
        "UV_DEFAULT_INDEX": "https://main.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_NO_INDEX": "1",
        "UV_INSECURE_HOST": "a.example b.example",
        "SSL_CERT_FILE": str(certificate),
        "UV_HTTP_TIMEOUT": "180",
        "HTTP_PROXY": "http://proxy.example:3128",
        "HTTPS_PROXY": "http://proxy.example:3128",
    }


def test_folders_that_are_not_there_are_left_out(indexes, tmp_path):
    here = tmp_path / "wheels here"
    here.mkdir()
    there = tmp_path / "gone"
    settings = {
        "extra-index-url": f"file://{there} file://{tmp_path}",
        "find-links": f"{there} {tmp_path} https://links.example/",
        "cert": str(there),
    }
    assert indexes.uv_environment(settings, {})["UV_INDEX"] == f"file://{tmp_path}"
    assert "SSL_CERT_FILE" not in indexes.uv_environment(settings, {})
    assert indexes.uv_arguments(settings, {}) == [
        *("--find-links", str(tmp_path)),
        *("--find-links", "https://links.example/"),
    ]


def test_what_is_set_for_uv_itself_stays(indexes, tmp_path):
    settings = {
        "index-url": "https://main.example/simple",
        "extra-index-url": f"file://{tmp_path}",
        "find-links": str(tmp_path),
    }
    own = {
        "UV_INDEX_URL": "x",
        "UV_EXTRA_INDEX_URL": "y",
        "UV_FIND_LINKS": "z",
        "UV_INDEX_STRATEGY": "first-index",
    }
    assert indexes.uv_environment(settings, own) == {}
    assert indexes.uv_arguments(settings, own) == []


def test_nothing_set_adds_nothing(indexes):
    assert indexes.uv_environment({}, {}) == {}
    assert indexes.uv_arguments({}, {}) == []
