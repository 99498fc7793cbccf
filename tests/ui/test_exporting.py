"""Exports of the window: complete, in order, private, and with nothing in them that was not asked for."""

import csv
import json
import os
import stat
import threading

import pytest

from app.domain.job import State
from app.store.exports import Exported, NotExported
from app.store.views import Column, Filter, View
from app.ui.export_dialog import ExportDialog
from app.ui.exporting import Cancelled, Exporter, Wish, export_csv, export_jobs
from app.ui.job_columns import dead_letter_columns, job_columns
from tests.store.jobs import put_into
from tests.ui.conftest import new_job

DEAD = View(filter=Filter(states=frozenset({State.DEAD})))


def add(store, *ids, **fields):
    return [seq for seq, _ in store.intake.enqueue([new_job(id, **fields) for id in ids]).jobs]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_chosen_jobs_are_exported_the_oldest_first_and_those_gone_left_out(store, tmp_path):
    seqs = add(store, "a", "b", "c")
    store.changes.remove([seqs[1]])
    file = tmp_path / "out.jsonl"
    done = export_jobs(store, [seqs[2], seqs[1], seqs[0]], file, with_env=False, with_state=True)
    assert done == Exported(2, 0)
    assert [job["id"] for job in lines(file)] == ["a", "c"]
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_environment_and_state_are_written_only_when_asked_for(store, tmp_path):
    add(store, "a", env={"TOKEN": "secret"})
    file = tmp_path / "out.jsonl"
    assert export_jobs(store, View(), file, with_env=False, with_state=False) == Exported(1, 1)
    assert "secret" not in file.read_text()
    assert "state" not in lines(file)[0]
    assert export_jobs(store, View(), file, with_env=True, with_state=True) == Exported(1, 0)
    assert (lines(file)[0]["env"], lines(file)[0]["state"]) == ({"TOKEN": "secret"}, "pending")


def test_a_view_is_exported_with_all_that_match_and_nothing_else(store, clock, tmp_path):
    put_into(store, State.DEAD, clock, "d")
    add(store, *(f"j{n}" for n in range(1500)))
    file = tmp_path / "out.jsonl"
    assert export_jobs(store, DEAD, file, with_env=False, with_state=True).jobs == 1
    assert export_jobs(store, View(), file, with_env=False, with_state=True).jobs == 1501


@pytest.mark.parametrize("descending", [True, False])
def test_a_table_is_exported_with_its_columns_in_its_order(store, clock, tmp_path, descending):
    for number, id in enumerate(["x", "z", "y"]):
        clock.forward(number)
        put_into(store, State.DEAD, clock, id)
    file = tmp_path / "out.csv"
    view = View(filter=DEAD.filter, by=Column.ID, descending=descending)
    assert export_csv(store, view, dead_letter_columns(), file, clock) == Exported(3)
    rows = table(file)
    assert rows[0] == ["ID", "Command", "Attempts", "Error", "Failed at"]
    assert [row[0] for row in rows[1:]] == (["z", "y", "x"] if descending else ["x", "y", "z"])
    assert rows[1][3] == "Exit code 1"


def test_chosen_jobs_of_a_table_are_exported_in_its_order_and_not_in_that_of_the_clicks(store, clock, tmp_path):
    dead = {id: put_into(store, State.DEAD, clock, id) for id in ["x", "z", "y", "w"]}
    store.changes.retry([dead["w"]])
    store.changes.remove([dead["z"]])
    view = View(filter=DEAD.filter, by=Column.ID, descending=False)
    file = tmp_path / "out.csv"
    clicked = [dead[id] for id in "wyzx"]
    assert export_csv(store, view, dead_letter_columns(), file, clock, chosen=clicked) == Exported(3)
    assert [row[0] for row in table(file)[1:]] == ["x", "y", "w"]


def test_a_spreadsheet_calculates_nothing_that_a_job_brought(store, tmp_path, clock):
    add(store, "a", command='=HYPERLINK("http://x")')
    add(store, "b", command="@SUM(1)")
    seqs = add(store, "größer", command="two\nlines")
    store.database.run("UPDATE job SET exit_code = -1 WHERE seq = ?", (seqs[0],))
    file = tmp_path / "out.csv"
    export_csv(store, View(descending=False), job_columns(), file, clock)
    rows = table(file)
    assert [row[1] for row in rows[1:]] == ['\'=HYPERLINK("http://x")', "'@SUM(1)", "two\\nlines"]
    assert (rows[3][0], rows[3][11]) == ("größer", "-1")
    assert rows[1][9] == ""


def test_an_export_that_is_cancelled_or_fails_leaves_what_was_there(store, tmp_path):
    add(store, *(f"j{n}" for n in range(1500)))
    file = tmp_path / "out.jsonl"
    file.write_text("old")

    def stop(count):
        if count:
            raise Cancelled

    with pytest.raises(Cancelled):
        export_jobs(store, View(), file, with_env=False, with_state=True, progress=stop)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.jsonl"]
    with pytest.raises(NotExported):
        export_jobs(store, View(), tmp_path / "no" / "out", with_env=False, with_state=True)


def test_an_exporter_writes_on_another_thread_and_tells_how_far_it_is(store, gateway, clock, qtbot, tmp_path):
    add(store, *(f"j{n}" for n in range(2500)))
    exporter = Exporter(gateway, clock)
    counts = []
    exporter.progressed.connect(counts.append)
    with qtbot.waitSignal(exporter.done) as told:
        exporter.start(Wish(path=tmp_path / "out", view=View()))
        assert not any(thread.name == "export" for thread in threading.enumerate())
    assert told.args == [Exported(2500)]
    assert counts == [0, 1000, 2000]


def test_an_exporter_that_is_cancelled_says_so(store, gateway, clock, qtbot, tmp_path):
    add(store, "a")
    exporter = Exporter(gateway, clock)
    with qtbot.waitSignal(exporter.cancelled):
        exporter.cancel()
        exporter.start(Wish(path=tmp_path / "out", view=View()))
    assert not (tmp_path / "out").exists()


@pytest.fixture
def dialog(store, tools, qtbot):
    seqs = add(store, "a", "b", "c", env={"K": "v"})
    dialog = ExportDialog(tools, None, View(), 3, seqs[:1], job_columns())
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_dialog_counts_what_it_offers_and_leaves_secrets_out_at_first(dialog):
    assert dialog.chosen.text() == "Selected: 1 job"
    assert dialog.all.text() == "All that the list shows: 3 jobs"
    assert dialog.chosen.isChecked()
    assert not dialog.with_env.isChecked()
    assert not dialog.warning.isVisible()
    dialog.with_env.click()
    assert dialog.warning.isVisible()
    dialog.table.click()
    assert not dialog.with_env.isEnabled()
    assert not dialog.warning.isVisible()


def test_the_dialog_exports_what_was_chosen_and_closes(dialog, qtbot, tmp_path):
    file = tmp_path / "out.jsonl"
    words = []
    dialog.notified.connect(words.append)
    with qtbot.waitSignal(dialog.accepted):
        dialog.export_to(str(file))
        assert not dialog.go.isEnabled()
        assert dialog.progress.isVisible()
    assert [job["id"] for job in lines(file)] == ["a"]
    assert words == ["1 job exported to out.jsonl\nThe environment variables of 1 job were left out."]


def test_an_export_under_way_is_cancelled_by_the_dialog_before_it_closes(dialog, qtbot, tmp_path):
    with qtbot.waitSignal(dialog.rejected):
        dialog.export_to(str(tmp_path / "out.jsonl"))
        dialog.stop.click()
        assert dialog.isVisible()
    assert not (tmp_path / "out.jsonl").exists()


def test_the_dialog_exports_the_selected_rows_of_the_table_in_its_order(store, tools, qtbot, tmp_path):
    seqs = add(store, "a", "b", "c")
    dialog = ExportDialog(tools, None, View(), 3, [seqs[0], seqs[2]], job_columns())
    qtbot.addWidget(dialog)
    dialog.table.click()
    with qtbot.waitSignal(dialog.accepted):
        dialog.export_to(str(tmp_path / "out.csv"))
    assert [row[0] for row in table(tmp_path / "out.csv")[1:]] == ["c", "a"]


def test_the_dialog_exports_the_whole_table(dialog, qtbot, tmp_path):
    dialog.all.click()
    dialog.table.click()
    with qtbot.waitSignal(dialog.accepted):
        dialog.export_to(str(tmp_path / "out.csv"))
    assert len(table(tmp_path / "out.csv")) == 4


def test_a_file_that_can_not_be_written_is_told_in_the_dialog(dialog, qtbot, tmp_path):
    dialog.export_to(str(tmp_path / "no" / "out.jsonl"))
    qtbot.waitUntil(dialog.trouble.isVisible)
    assert "No such file or directory" in dialog.trouble.text()
    assert dialog.go.isEnabled()
    with qtbot.waitSignal(dialog.rejected):
        dialog.stop.click()


def test_the_dialog_asks_for_a_file_with_a_fitting_name(dialog, qtbot):
    from PySide6.QtWidgets import QFileDialog

    dialog.go.click()
    files = dialog.findChild(QFileDialog)
    qtbot.waitUntil(files.isVisible)
    assert files.defaultSuffix() == "jsonl"
    files.reject()
