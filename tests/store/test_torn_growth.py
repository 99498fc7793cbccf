"""A power cut in the middle of a checkpoint tears the last page of a growing file; its WAL has that page whole."""

import shutil

from app.store.database import files_of
from app.store.soundness import check_whole
from tests.store.jobs import new, opened


def test_a_file_torn_as_it_grew_is_opened_and_its_wal_makes_it_whole(home, quick_path):
    torn = type(home)(quick_path / "torn")
    torn.make()
    with opened(home) as store:
        store.intake.enqueue(new(command="x" * 1000) for _ in range(100))
        for file in files_of(home.database)[:2]:
            shutil.copyfile(file, torn.data / file.name)
    with torn.database.open("ab") as file:
        file.write(bytes(512))
    with opened(torn) as store:
        check_whole(store.database)
        assert store.reads.count() == 100
