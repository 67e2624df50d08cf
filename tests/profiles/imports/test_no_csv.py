"""What is no CSV is said so that its owner can mend it; and a time is found under more of its names."""

import pytest

from profiles.imports.readers import BadFile


def test_bytes_that_are_no_text(upload):
    with pytest.raises(BadFile, match="This is no text"):
        upload(bytes(range(256)) * 20)


def test_a_form_around_the_file(upload):
    """What `curl -F file=@…` sends."""
    form = '------x\r\nContent-Disposition: form-data; name="file"\r\n\r\nuser_id,event,time\r\nu1,Visited,2025-01-01\r\n------x--\r\n'
    with pytest.raises(BadFile, match="Send the file itself"):
        upload(form)


def test_a_break_in_a_value_without_quotes(upload, run):
    done = run(upload("user_id,event,time\nu1,Visi\rted,2025-01-01\nu2,Visited,2025-01-02\n"))
    assert done.taken == 1
    assert "a line break stands inside of a value that has no quotes" in done.problems.get().detail


@pytest.mark.parametrize("name", ["when", "ts", "Event date", "Zeitpunkt"])
def test_the_time_by_another_name(upload, name):
    assert upload(f"user_id,event,{name}\nu1,Visited,2025-01-01\n").layout["mapping"][name] == "timestamp"
