import json
import shutil

import pytest

from recommendations.learning.artefact import BadArtefact, load
from recommendations.learning.serving import recommend
from recommendations.learning.training import train
from tests.recommendations.learning.conftest import FAST, NOW, catalogue, grocer_log


@pytest.fixture
def copy(grocer, tmp_path):
    return shutil.copytree(grocer.folder, tmp_path / "copy")


def test_the_folder_holds_arrays_and_a_manifest_only(grocer):
    assert {file.name for file in grocer.folder.iterdir()} == {"arrays.bin", "manifest.json"}


def test_arrays_are_mapped_not_read(grocer):
    assert not any(array.flags.owndata or array.flags.writeable for array in grocer.artefact.arrays.values())


def test_a_changed_file_is_noticed(copy):
    file = copy / "arrays.bin"
    file.write_bytes(file.read_bytes()[:-1] + b"\1")
    with pytest.raises(BadArtefact, match="signed"):
        load(copy)


def test_a_missing_file_is_noticed(copy):
    (copy / "arrays.bin").unlink()
    with pytest.raises(BadArtefact, match=r"arrays\.bin"):
        load(copy)


@pytest.mark.parametrize("change", [{"format": 99}, {"features": ["one"]}])
def test_another_format_or_other_features_are_refused(copy, change):
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps(manifest | change))
    with pytest.raises(BadArtefact):
        load(copy)


def test_no_manifest_means_no_artefact(tmp_path):
    with pytest.raises(BadArtefact, match="manifest"):
        load(tmp_path)


def test_its_size_counts_all_arrays(grocer):
    on_disk = sum(file.stat().st_size for file in grocer.folder.glob("*.bin"))
    assert 0.8 * on_disk < grocer.artefact.nbytes < 3 * on_disk + 10_000_000


def test_the_same_seed_and_data_write_the_same_files(tmp_path):
    log, shelf = grocer_log(shoppers=60), catalogue(200)
    first = train(log, shelf, NOW, tmp_path / "a", seed=5, settings=FAST)
    second = train(log, shelf, NOW, tmp_path / "b", seed=5, settings=FAST)
    assert first.files == second.files
    a, b = load(tmp_path / "a"), load(tmp_path / "b")
    history = log.sorted_by_shopper().history(3, shelf, NOW)
    assert recommend(a, history, NOW).rows.tolist() == recommend(b, history, NOW).rows.tolist()
