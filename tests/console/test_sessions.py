"""A session is good on the host where it began, and a password too."""

from __future__ import annotations

from django.test import Client

from .conftest import PASSWORD, make_staff


def test_a_session_of_one_tenant_is_nothing_to_another(console, rival):
    browser = console("owner")
    assert browser.get("/admin/").status_code == 200
    answer = browser.get("/admin/", headers={"host": "beta.localhost"})
    assert answer.status_code == 302
    assert "/admin/login/" in answer.url


def test_staff_of_one_tenant_cannot_sign_in_at_another(tenant, rival):
    make_staff(tenant, "owner")
    form = {"username": "owner", "password": PASSWORD, "next": "/admin/"}
    home = Client(headers={"host": "alpha.localhost"}).post("/admin/login/", form)
    away = Client(headers={"host": "beta.localhost"}).post("/admin/login/", form)
    assert (home.status_code, away.status_code) == (302, 200)


def test_staff_of_a_tenant_cannot_sign_in_as_operators(tenant):
    make_staff(tenant, "owner")
    form = {"username": "owner", "password": PASSWORD, "next": "/admin/"}
    assert Client(headers={"host": "localhost"}).post("/admin/login/", form).status_code == 200
