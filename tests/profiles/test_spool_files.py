"""What a crash, a full disk or bad sectors leave behind in the spool's files."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.spool.folder import Full, Spool
from profiles.spool.frames import Damage, Frame, pack, parse

LIMIT = 1 << 20


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path / "spool", LIMIT, segment_bytes=600)


def put(spool, *numbers):
    for number in numbers:
        spool.append(pack(7, 1, b"record %d" % number), 1, number)


def waiting(spool):
    """What is sealed in each frame, over all windows."""
    found = []
    while True:
        parts, position = spool.window(3)
        if not parts:
            return found
        found += [p.sealed if isinstance(p, Frame) else p for p in parts]
        spool.advance(position)


def record(*numbers):
    return [b"record %d" % n for n in numbers]


def test_in_order_over_many_segments(spool):
    put(spool, *range(100))
    assert len(list(spool.folder.glob("*.seg"))) > 3
    assert spool.look().events == 100
    assert waiting(spool) == record(*range(100))
    assert spool.look().events == 0


def test_segments_that_are_drained_are_deleted(spool):
    put(spool, *range(100))
    before = len(list(spool.folder.glob("*.seg")))
    for _ in range(20):
        spool.advance(spool.window(3)[1])
    assert len(list(spool.folder.glob("*.seg"))) < before
    assert spool.look().events == 40


def test_another_process_goes_on_where_one_was_killed(spool):
    put(spool, 1, 2)
    (segment,) = spool.folder.glob("*.seg")
    with segment.open("ab") as torn:
        torn.write(pack(7, 1, b"half a record")[:-5])
    other = Spool(spool.folder, LIMIT, segment_bytes=600)
    put(other, 3)
    put(spool, 4)
    assert waiting(other) == record(1, 2, 3, 4)


def test_after_everything_is_drained_it_begins_anew(spool):
    other = Spool(spool.folder, LIMIT)
    put(spool, 1)
    put(other, 2)
    assert waiting(spool) == record(1, 2)
    with spool.locked():
        spool.finish()
    assert not other.waiting()
    put(other, 3)
    put(spool, 4)
    assert waiting(spool) == record(3, 4)


def test_what_waits_is_found_after_the_machine_died(spool):
    put(spool, 1)
    (spool.folder / "waiting").unlink()
    (spool.folder / "position").write_text("")
    again = Spool(spool.folder, LIMIT)
    assert not again.waiting()
    assert again.recover()
    assert waiting(again) == record(1)


def test_damaged_bytes_are_passed_over_and_kept(spool):
    put(spool, 1, 2, 3)
    (segment,) = spool.folder.glob("*.seg")
    content = bytearray(segment.read_bytes())
    content[content.index(b"record 2")] ^= 1
    segment.write_bytes(content)
    first, damage, last = waiting(spool)
    assert (first, last) == (b"record 1", b"record 3")
    assert isinstance(damage, Damage)
    assert b"ecord 2" in damage.content


def test_a_full_spool_takes_nothing_and_keeps_what_it_has(spool):
    spool.limit = 300
    put(spool, 1, 2)
    with pytest.raises(Full):
        put(spool, *range(3, 100))
    held = waiting(spool)
    assert held == record(*range(1, len(held) + 1))


def test_a_disk_that_fails_in_the_middle_of_a_record(spool, monkeypatch):
    put(spool, 1)
    real, calls = os.pwrite, []

    def failing(fd, content, offset):
        calls.append(offset)
        if len(calls) == 1:
            return real(fd, bytes(content)[:4], offset)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", failing)
    with pytest.raises(OSError, match="No space"):
        put(spool, 2)
    monkeypatch.undo()
    put(spool, 3)
    assert waiting(spool) == record(1, 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8), st.data())
def test_one_damaged_place_costs_one_record_at_most(bodies, data):
    frames = [pack(1, 1, body) for body in bodies]
    content = bytearray(b"".join(frames))
    if not content:
        return
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    hit = next(i for i in range(len(frames)) if place < sum(map(len, frames[: i + 1])))
    found = [part.sealed for part in parse(1, bytes(content), 0, complete=True) if isinstance(part, Frame)]
    assert found == bodies[:hit] + bodies[hit + 1 :]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=8), st.integers(1, 500))
def test_frames_are_found_in_pieces_as_in_one(bodies, size):
    content = b"".join(pack(1, 1, body) for body in bodies)
    found, offset = [], 0
    while offset < len(content):
        piece = content[offset : offset + size]
        parts = list(parse(1, piece, offset, complete=False))
        if not parts:
            size += 1
            continue
        found += [part.sealed for part in parts]
        offset = parts[-1].end
    assert found == bodies
