"""An uploaded file names people: it never lies open, goes when the import ends, and goes at once with an erased person."""

import pytest

from compliance.registry import Person
from profiles.imports import files
from profiles.imports.files import Gone, open_sealed
from profiles.imports.receive import TooLarge
from profiles.imports.services import cancel
from profiles.imports.tasks import expire
from profiles.privacy import uploads
from tenants import keyring
from tenants.crypto import Unreadable
from tenants.db import tenant_connection

FILE = "user_id,event,time,note\nanna@shop.example,Visited,2025-01-01,secret-word\n42,Visited,2025-01-02,x\n"


def bytes_of(folder):
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_it_is_sealed_on_disk(upload, import_folder):
    upload(FILE)
    (content,) = bytes_of(import_folder)
    assert b"secret-word" not in content


def test_it_is_gone_when_the_import_ends(upload, run, import_folder, scope):
    found = run(upload(FILE))
    assert bytes_of(import_folder) == []
    with pytest.raises(Gone):
        open_sealed(scope, found.uuid, found.size)


def test_it_is_gone_when_it_is_cancelled_or_forgotten(upload, import_folder, scope):
    cancel(scope, upload(FILE), actor="user:1")
    forgotten = upload(FILE + "u9,Visited,2025-01-01,y\n")
    type(forgotten).objects.filter(pk=forgotten.pk).update(created_at="2025-01-01T00:00:00Z")
    assert expire(scope) == 1
    assert bytes_of(import_folder) == []


@pytest.mark.parametrize("who", [("user_id", "anna@shop.example"), ("user_id", "42")])
def test_an_erasure_destroys_a_file_that_names_the_person(upload, scope, import_folder, who):
    found = upload(FILE)
    person = Person(scope, identifiers=(who,))
    assert uploads.verify(person) == 1
    assert uploads.erase(person) == 1
    assert (uploads.verify(person), bytes_of(import_folder)) == (0, [])
    found.refresh_from_db()
    assert (found.status, "erased" in found.error) == ("failed", True)


def test_an_erasure_leaves_other_files(upload, scope, import_folder):
    upload("user_id,event,time,n\nu1,Visited,2025-01-01,43\n")
    assert uploads.erase(Person(scope, identifiers=(("user_id", "43"),))) == 0
    assert len(bytes_of(import_folder)) == 1


def test_another_tenants_key_opens_nothing(upload, scope, rival, import_folder):
    found = upload(FILE)
    other = keyring.scope_of_tenant(rival)
    with tenant_connection(other.schema), pytest.raises(Gone):
        open_sealed(other, found.uuid, found.size)


def test_a_block_in_another_place_does_not_open(upload, scope, monkeypatch, import_folder):
    monkeypatch.setattr(files, "BLOCK", 64)
    monkeypatch.setattr(files, "_SEALED_BLOCK", 64 + 28)
    found = upload(FILE * 2)
    (path,) = import_folder.rglob("*.sealed")
    content = path.read_bytes()
    path.write_bytes(content[92:184] + content[:92] + content[184:])
    with pytest.raises(Unreadable):
        open_sealed(scope, found.uuid, found.size).read()


def test_a_file_over_the_limit_is_refused_and_not_kept(upload, settings, import_folder):
    settings.IMPORT_MOST_BYTES = 50
    with pytest.raises(TooLarge):
        upload(FILE)
    assert bytes_of(import_folder) == []
