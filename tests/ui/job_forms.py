"""What the tests of the job form do all the time."""

from PySide6.QtWidgets import QWidget

from tests.ui.conftest import new_job


def open_form(qtbot, tools, make, *args, **options):
    """Show a form and wait until it can be typed into."""
    window = QWidget()
    qtbot.addWidget(window)
    form = make(tools, window, *args, **options)
    form.show()
    qtbot.waitUntil(lambda: form.is_ready)
    vars(qtbot).setdefault("windows", []).append(window)  # it owns the form, and outlives it
    return form


def save(qtbot, form):
    """Save a form and return the seqs it told."""
    with qtbot.waitSignal(form.saved) as told:
        form.save()
    return told.args[0]


def given(store, **job):
    """Enqueue a job and return it."""
    (seq, _), *_ = store.intake.enqueue([new_job(**job)]).jobs
    return store.reads.by_seq(seq)


def editor(form, name):
    return form.fields.fields[name].editor


def wrong(form, name):
    return form.fields.fields[name].wrong


def type_into(qtbot, widget, text):
    """Type a text in the place of what is there."""
    widget.setFocus()
    widget.selectAll()
    qtbot.keyClicks(widget, text)
