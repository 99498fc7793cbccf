"""Nothing that came in is added before the person has seen it and said so."""

import json
import os
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.domain.job import Defaults, State
from app.domain.outcome import Succeeded
from app.ui.review_details import one_a_line, spelled_out
from app.ui.review_dialog import ReviewDialog
from app.ui.review_documents import Reader, survey
from app.ui.review_model import Column, ReviewModel
from tests.ui.conftest import new_job

READER = Reader(Defaults())


def text(*jobs):
    """A document of pasted JSON; a bare string is a job's id."""
    fields = [{"id": job, "command": f"echo {job}"} if isinstance(job, str) else job for job in jobs]
    return READER.text(json.dumps(fields), "/")


def broken(tmp_path, name="broken.json"):
    path = tmp_path / name
    path.write_text('[\n{"comand": "x"}\n]')
    return READER.file(str(path))


@pytest.fixture
def dialog(tools, qtbot):
    dialog = ReviewDialog(tools)
    qtbot.addWidget(dialog)
    return dialog


@pytest.fixture
def review(dialog, qtbot):
    """Shows documents, and returns the dialog once it knows how they stand to the queue."""

    def review(*documents):
        dialog.take(documents)
        qtbot.waitUntil(lambda: dialog._survey is not None and dialog.isVisible())
        return dialog

    return review


def cells(model, column=Column.ID):
    return [model.index(row, column).data() for row in range(model.rowCount())]


def add(dialog, qtbot):
    with qtbot.waitSignal(dialog.added) as told:
        qtbot.mouseClick(dialog.footer.add_button, Qt.MouseButton.LeftButton)
    return told.args


def counts(store):
    return sum(store.reads.counts().values())


def test_jobs_are_added_by_the_button_and_not_before(review, store, qtbot):
    dialog = review(text("a", "b"))
    assert dialog.footer.add_button.text() == "Add 2 jobs"
    assert counts(store) == 0
    seqs, skipped = add(dialog, qtbot)
    assert [store.reads.by_seq(seq).id for seq in seqs] == ["a", "b"]
    assert skipped == 0
    assert not dialog.isVisible()


def test_documents_that_come_together_are_one_arrival(review, store, qtbot):
    store.intake.enqueue([new_job("waits")])
    add(review(text("a"), text("b")), qtbot)
    assert store.reads.by_id("waits").waited == 1
    assert store.reads.by_id("a").waited == 0


def test_escape_closes_and_adds_nothing(review, store, qtbot):
    dialog = review(text("a"))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert counts(store) == 0


def test_the_whole_command_is_shown_with_nothing_hidden_in_it(review):
    command = "echo \u202efdp\x1b[31m 😀\u200b!\nsecond\tline"
    dialog = review(text({"command": command}))
    assert dialog.jobs.details._command.toPlainText() == "echo \\u202efdp\\x1b[31m 😀\\u200b!\nsecond\tline"
    marked = [one.cursor.selectedText() for one in dialog.jobs.details._command.extraSelections()]
    assert marked == ["\\u202e", "\\x1b", "\\u200b"]
    assert dialog.jobs.details._marked.isVisible()
    assert cells(dialog.jobs.model, Column.COMMAND) == ["echo \\u202efdp\\x1b[31m 😀\\u200b!\\nsecond\\tline"]


def test_arguments_stand_one_a_line_and_one_with_a_line_end_stays_one():
    assert one_a_line(["a", "b\nc", "d"]) == ("a\nb\\nc\nd", [(3, 5)])
    assert spelled_out("plain") == ("plain", [])
    assert spelled_out("\x00\x01é") == ("\\x00\\x01é", [(0, 8)])


def test_details_follow_the_cursor_and_show_names_of_variables_without_values(review):
    jobs = [{"command": "a"}, {"argv": ["prog", "x y"], "env": {"TOKEN": "secret"}, "timeout": 0, "max_retries": 1}]
    dialog = review(text(*jobs))
    dialog.jobs.table.selectRow(1)
    details = dialog.jobs.details
    assert details._command.toPlainText() == "prog\nx y"
    assert details._environment.text() == "TOKEN"
    assert details._rules.text() == "Timeout no limit  ·  runs once  ·  priority 5"
    assert details._folder.text() == os.path.normpath("/")
    assert "secret" not in " ".join(cells(dialog.jobs.model, Column.ENVIRONMENT))
    assert not dialog.jobs.table.isColumnHidden(Column.ENVIRONMENT)
    assert dialog.jobs.table.isColumnHidden(Column.NOTE)


def test_with_several_documents_each_has_a_row_with_its_name_and_its_path_in_the_details(review, tmp_path):
    path = tmp_path / "jobs.json"
    path.write_text('{"id": "z", "command": "x"}')
    dialog = review(text("a", "b"), READER.file(str(path)))
    assert cells(dialog.jobs.model) == ["Pasted text  ·  2 jobs", "a", "b", "jobs.json  ·  1 job", "z"]
    assert dialog.jobs.table.columnSpan(3, 0) == len(Column)
    dialog.jobs.table.selectRow(3)
    assert dialog.jobs.details._command.toPlainText() == str(path)


def test_a_document_with_errors_says_them_and_adds_nothing(review, store, tmp_path):
    dialog = review(broken(tmp_path))
    words = dialog.errors.problems.toPlainText()
    assert "line 2, job 1, field comand: is not a field of a job" in words
    assert "Did you mean command?" in words
    assert not dialog.footer.add_button.isVisible()
    dialog.add()
    assert not dialog.is_adding
    assert counts(store) == 0


def test_the_other_files_are_added_only_where_the_person_accepts_that(review, store, qtbot, tmp_path):
    dialog = review(broken(tmp_path), text("a", "b"))
    assert dialog.errors.without.text() == "Leave these out and add the 2 jobs of the other 1 file"
    assert not dialog.footer.add_button.isEnabled()
    assert dialog.footer.reason.text() == "First decide about the files with errors."
    qtbot.keyClick(dialog.errors.without, Qt.Key.Key_Space)
    assert dialog.footer.add_button.text() == "Add 2 jobs"
    add(dialog, qtbot)
    assert counts(store) == 2


def test_a_file_that_was_mended_is_read_again_and_takes_its_place(review, qtbot, tmp_path):
    wrong = broken(tmp_path)
    dialog = review(wrong, text("a"))
    with qtbot.waitSignal(dialog.read_again_asked) as told:
        dialog.errors.again.click()
    assert told.args == [[wrong.path]]
    (tmp_path / "broken.json").write_text('{"id": "b", "command": "x"}')
    dialog.take([READER.file(wrong.path)])
    qtbot.waitUntil(dialog.footer.add_button.isEnabled)
    assert dialog.footer.add_button.text() == "Add 2 jobs"
    assert not dialog.errors.isVisible()


def test_markup_in_a_file_is_shown_and_not_obeyed(review, tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"<b>x</b>": 1, "command": "y"}')
    dialog = review(READER.file(str(path)))
    assert "<b>x</b>" in dialog.errors.problems.toPlainText()


def test_nothing_is_chosen_for_taken_ids_and_the_button_waits(review, store):
    store.intake.enqueue([new_job("a")])
    dialog = review(text("a", "b"))
    assert dialog.duplicates.choice is None
    assert not dialog.footer.add_button.isEnabled()
    assert dialog.footer.reason.text() == "First decide what to do with the ids that are taken."
    assert cells(dialog.jobs.model, Column.NOTE) == ["Exists: Pending", ""]
    assert "Already in the queue: a" in dialog.duplicates.words


def test_taken_ids_are_skipped(review, store, qtbot):
    store.intake.enqueue([new_job("a")])
    dialog = review(text("a", "b", "b"))
    dialog.duplicates.skip.click()
    assert dialog.footer.add_button.text() == "Add 1 job"
    seqs, skipped = add(dialog, qtbot)
    assert (len(seqs), skipped) == (1, 2)


def test_taken_ids_get_new_ones(review, store, qtbot):
    store.intake.enqueue([new_job("a")])
    dialog = review(text("a", "b", "b"))
    dialog.duplicates.rename.click()
    seqs, _ = add(dialog, qtbot)
    assert [store.reads.by_seq(seq).id for seq in seqs] == ["a-2", "b", "b-2"]


def finished(store, id):
    """Have a job of this id that has ended."""
    store.intake.enqueue([new_job(id)])
    store.changes.cancel(store.reads.by_id(id).seq)


def test_finished_ones_are_replaced(review, store, qtbot):
    finished(store, "a")
    dialog = review(text("a"))
    dialog.duplicates.replace.click()
    seqs, _ = add(dialog, qtbot)
    assert store.reads.by_id("a").seq == seqs[0]
    assert counts(store) == 1


def test_what_has_not_ended_or_comes_twice_can_not_be_replaced_and_it_says_why(review, store, qtbot):
    store.intake.enqueue([new_job("a")])
    dialog = review(text("a"))
    assert not dialog.duplicates.replace.isEnabled()
    assert "Can't be replaced, since they have not ended: a" in dialog.duplicates.words
    dialog.take([text("c", "c")])
    qtbot.waitUntil(lambda: "Of two jobs that come together none can replace the other." in dialog.duplicates.words)
    assert "More than once in what came: c" in dialog.duplicates.words


def test_an_id_taken_meanwhile_is_said_with_its_place_and_asked_about(review, store, qtbot):
    dialog = review(text("x"), text("y", "a"))
    store.intake.enqueue([new_job("a")])
    dialog.footer.add_button.click()
    qtbot.waitUntil(lambda: dialog.failure.isVisible() and dialog.duplicates.isVisible())
    assert dialog.failure.words == (
        "Nothing was added. Pasted text, job 2: a job with the id 'a' exists already (pending)"
    )
    assert counts(store) == 1
    dialog.duplicates.skip.click()
    add(dialog, qtbot)
    assert counts(store) == 3


def test_a_job_that_began_again_meanwhile_is_not_replaced_and_it_is_said(review, store, qtbot):
    finished(store, "a")
    dialog = review(text("a"))
    dialog.duplicates.replace.click()
    store.changes.retry([store.reads.by_id("a").seq])
    dialog.footer.add_button.click()
    qtbot.waitUntil(lambda: dialog.failure.isVisible() and not dialog.duplicates.replace.isEnabled())
    assert "job 'a' is pending and can't be replaced" in dialog.failure.words
    assert dialog.duplicates.choice is None
    assert not dialog.footer.add_button.isEnabled()


def test_a_file_from_the_internet_and_warnings_are_pointed_out(review, tmp_path):
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps([{"command": "a", "cwd": "nowhere"}, {"command": "b"}]))
    try:
        os.setxattr(path, "user.xdg.origin.url", b"https://example.com/a.json")
    except (OSError, AttributeError) as error:
        pytest.skip(f"no attributes here: {error}")
    dialog = review(READER.file(str(path)))
    assert dialog.beware.words.splitlines() == [
        "jobs.json came from the internet (example.com). Read what it would run.",
        "1 job has a warning: see its note.",
    ]
    assert cells(dialog.jobs.model, Column.NOTE) == ["No such folder", ""]
    assert dialog.jobs.details._warnings.text().startswith("The folder does not exist")
    assert dialog.footer.add_button.isEnabled()


def test_more_documents_join_an_open_review(review, store, qtbot):
    dialog = review(text("a"))
    dialog.take([text("b"), text("c")])
    qtbot.waitUntil(lambda: dialog.footer.add_button.text() == "Add 3 jobs" and dialog.footer.add_button.isEnabled())
    add(dialog, qtbot)
    assert counts(store) == 3


def many(count):
    return READER.text("\n".join(f"echo {number}" for number in range(count)), "/")


def test_many_jobs_go_in_with_progress(review, store, qtbot):
    dialog = review(many(5000))
    assert dialog.footer.add_button.text() == f"Add {dialog.locale().toString(5000)} jobs"
    seen = []
    dialog.footer.progress.valueChanged.connect(seen.append)
    seqs, _ = add(dialog, qtbot)
    assert len(seqs) == counts(store) == 5000
    assert 0 < seen[-1] <= 5000


def test_cancel_during_an_import_takes_everything_back(review, store, gateway, qtbot):
    dialog = review(many(5000))
    gate = threading.Event()
    gateway.change(dialog, lambda _store: gate.wait(10))
    dialog.footer.add_button.click()
    assert dialog.is_adding
    assert dialog.footer.progress.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    gate.set()
    qtbot.waitUntil(lambda: not dialog.is_adding)
    assert dialog.isVisible()
    assert dialog.failure.words == "Nothing was added."
    assert counts(store) == 0
    add(dialog, qtbot)
    assert counts(store) == 5000


def test_closing_during_an_import_takes_it_back_too(review, store, gateway, qtbot):
    dialog = review(many(2000))
    gate = threading.Event()
    gateway.change(dialog, lambda _store: gate.wait(10))
    dialog.footer.add_button.click()
    dialog.close()
    gate.set()
    qtbot.waitUntil(lambda: not dialog.is_adding)
    assert dialog.isVisible()
    assert counts(store) == 0


def test_the_model_keeps_the_rules_of_qt(tools, store, qtmodeltester):
    documents = [text("a", "b"), text("c", {"command": "d", "env": {"X": "1"}})]
    model = ReviewModel(tools)
    qtmodeltester.check(model)
    model.show(documents, survey(store, documents))
    qtmodeltester.check(model)
    assert model.rowCount() == 6


def test_every_control_has_a_name_for_those_who_do_not_see_it(review, store, tmp_path):
    store.intake.enqueue([new_job("a")])
    dialog = review(text("a"), broken(tmp_path))
    for widget in dialog.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            named = widget.accessibleName() or getattr(widget, "text", str)()
            assert named, widget


def test_it_holds_in_a_small_window(review, store, tmp_path):
    store.intake.enqueue([new_job("a")])
    dialog = review(text("a", {"command": "x", "cwd": "/nowhere"}), broken(tmp_path))
    assert dialog.minimumSizeHint().height() <= 600
    assert dialog.minimumSizeHint().width() <= 900


def test_a_completed_job_is_told_as_what_it_is(review, store, clock):
    from app.domain.lifecycle import Policy
    from app.store.work import End

    store.intake.enqueue([new_job("a")])
    (claim,) = store.work.claim(1, None)
    store.work.finish([End(seq=claim.job.seq, run=claim.run, outcome=Succeeded(), at=clock())], Policy())
    assert store.reads.by_id("a").state is State.COMPLETED
    assert cells(review(text("a")).jobs.model, Column.NOTE) == ["Exists: Completed"]


def test_the_cross_of_the_window_closes_it_as_escape_does(review, store, qtbot):
    dialog = review(text("a"))
    with qtbot.waitSignal(dialog.finished):
        dialog.close()
    assert not dialog.isVisible()
    assert counts(store) == 0
