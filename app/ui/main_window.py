"""The window: places at the left, the chosen one in the middle, what can be done at the top, figures at the foot."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout

from app.messages import KnownError
from app.store.views import Filter
from app.ui.actions import Actions
from app.ui.counts import jobs
from app.ui.first_start import Greeting
from app.ui.gateway import OpenedAgain
from app.ui.job_actions import JobActions
from app.ui.job_table import JobTable
from app.ui.job_verbs import JobVerbs
from app.ui.jobs_page import JobsPage
from app.ui.pages import Pages
from app.ui.queue_watch import QueueWatch
from app.ui.shell import Shell
from app.ui.sidebar import OWN_PAGES, STATE_OF, Place, Sidebar
from app.ui.status_line import StatusLine
from app.ui.stepper import Stepper
from app.ui.tools import Tools
from app.ui.window_bars import SearchField, add_menus, content, job_menu, toolbar
from app.ui.window_dialogs import WindowDialogs
from app.ui.wording import said_error, tr

if TYPE_CHECKING:
    from app.store.notices import Notice
    from app.ui.dead_letters_page import DeadLettersPage
    from app.ui.drop_overlay import DropOverlay
    from app.ui.looks import QueueLook
    from app.ui.notices_page import NoticesPage
    from app.ui.reviewing import Reviewing
    from app.ui.runner_control import RunnerControl
    from app.ui.slim_bar import SlimBar
    from app.ui.toast import Toast
    from app.ui.workers_page import WorkersPage


class MainWindow(Shell):
    """Shows the queue and changes it, through the gateway alone.

    Made at once is what its first frame shows, and what hears keys and clicks from then on. The rest is made when it is
    first needed, and by ``rest`` before that: with all of it, the first frame came after 1.6 s instead of 0.4 s.

    Signals:
        quit_wanted: the program is to end. restore_wanted: the queue is to be brought back.

    Args:
        tools: its things.
        verbs: changes jobs.
        control: gives what acts on the runner.
        watch: looks at the queue.
    """

    quit_wanted = Signal()
    restore_wanted = Signal()

    def __init__(self, tools: Tools, verbs: JobVerbs, control: Callable[[], RunnerControl], watch: QueueWatch) -> None:
        super().__init__(tools)
        self._verbs = verbs
        self._make_control = control
        self._watch = watch
        # is_refused: there is no queue that could be shown
        self.is_refused = self._is_restorable = False
        self.setWindowTitle("QueueCTL")
        self.actions_ = Actions(tools.theme, tools.icons, self)
        self.dialogs = WindowDialogs(tools, self.actions_, self)
        self.sidebar = Sidebar(tools)
        self.jobs = JobsPage(tools, self.actions_)
        self.status = StatusLine(tools)
        self.search = SearchField(tools)
        self.workers_count = Stepper(tools, 1, 256, tr("Workers"), tr("One worker less"), tr("One worker more"))
        self.workers_count.setEnabled(False)
        self.job_actions = JobActions(tools, self.actions_, verbs, self)
        self._bars = QVBoxLayout()
        self._pages = Pages(tools, self.jobs, self._verbs, self.job_actions, lambda: self.control)
        self.setCentralWidget(content(self.sidebar, self._bars, self._pages))
        self.setStatusBar(self.status)
        self.setAcceptDrops(True)
        self.addToolBar(toolbar(self.actions_, self.workers_count, self.search))
        add_menus(self, self.actions_, tools.icons)
        if not self.jobs.had_any and Greeting.is_due(tools.layout):
            self.greeting.greet()
        self._connect()
        self.actions_.details_aside.setChecked(self.jobs.is_aside)
        self._allow()
        if tools.gateway.is_open:  # else whoever opens it tells of a change
            self.refresh()

    # What its first frame shows

    def _connect(self) -> None:
        do = self.actions_
        do.add_job.triggered.connect(self.job_actions.add)
        do.open_file.triggered.connect(self.dialogs.choose_files)
        do.paste.triggered.connect(self.paste)
        do.pause.triggered.connect(self._pause_or_resume)
        do.search.triggered.connect(self.search.take_keyboard)
        do.settings.triggered.connect(self.dialogs.show_settings)
        do.keys.triggered.connect(self.dialogs.show_keys)
        do.try_example.triggered.connect(self.dialogs.show_example)
        do.report_problem.triggered.connect(self.dialogs.show_report)
        do.about.triggered.connect(self.dialogs.show_about)
        self.dialogs.files_chosen.connect(self.open_files)
        do.close_window.triggered.connect(self.close)
        do.quit.triggered.connect(self.quit_wanted)
        do.details_aside.toggled.connect(self.jobs.put_aside)
        for row, place in enumerate(Place):
            key = QShortcut(QKeySequence(f"Alt+{row + 1}"), self)
            key.setObjectName(place)
            key.activated.connect(self._go_by_key)
        self._connect_parts()

    def _connect_parts(self) -> None:
        gateway = self._tools.gateway
        gateway.changed.connect(self._refresh_page)
        self._watch.seen.connect(self._show_look)
        self.seen_changed.connect(self._refresh_page)  # what a minimized window took in was not looked at yet
        gateway.failed.connect(self.tell_error)
        gateway.lost.connect(self.refuse)
        gateway.opened.connect(self.accept)
        self._verbs.told.connect(self._told)
        self._verbs.failed.connect(self.tell_error)
        self.sidebar.chosen.connect(self._go)
        self.status.runner_clicked.connect(self.show_workers)
        self.search.searched.connect(self._search)
        self.jobs.search_given_up.connect(self.search.clear)
        self.jobs.filter_kept.connect(self._filter_kept)
        self.jobs.edit_wanted.connect(self.job_actions.edit_one)
        self.workers_count.settled.connect(self.workers_count.expect)
        self.workers_count.settled.connect(self._set_workers)
        self._connect_table(self.jobs.table)
        self._pages.table_made.connect(self._connect_table)
        self._pages.opened.connect(self.reveal)
        self._pages.notice_opened.connect(self.open_notice)
        self._pages.notified.connect(self.tell)
        self.job_actions.added.connect(self._added)
        self.job_actions.told.connect(self.tell)

    def _connect_table(self, table: JobTable) -> None:
        table.selection_changed.connect(self._allow)
        table.shown.connect(self._allow)
        table.menu_wanted.connect(self._show_job_menu)
        table.refused.connect(self.tell_error)

    # What is made when it is first needed, or else by and by

    def rest(self) -> list[Callable[[], object]]:
        """Return steps, short ones, that make what the first frame does without, what comes soonest first."""
        parts = ("overlay", "control", "trouble", "greeting", "toast", "dead_letters", "workers", "notices")
        return [self.search.rest, *(partial(getattr, self, part) for part in parts), *self.jobs.rest()]

    @cached_property
    def control(self) -> RunnerControl:
        """What acts on the runner."""
        control = self._make_control()
        control.failed.connect(self.workers_count.give_up)
        control.failed.connect(self.tell_error)
        return control

    @cached_property
    def reviewing(self) -> Reviewing:
        """Has what comes in reviewed."""
        from app.ui.reviewing import Reviewing

        reviewing = Reviewing(self._tools, self)
        reviewing.added.connect(self._reviewed)
        reviewing.failed.connect(self.tell_error)
        return reviewing

    @cached_property
    def overlay(self) -> DropOverlay:
        """Takes what is dropped."""
        from app.ui.drop_overlay import DropOverlay

        return DropOverlay(self._tools, self.reviewing.incoming, self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what is dragged here before the overlay is made, which hears of it sooner from then on."""
        if "overlay" not in self.__dict__:
            self.overlay.dragged(event)

    @cached_property
    def trouble(self) -> SlimBar:
        """Says what is wrong, over all pages and bars."""
        from app.ui.slim_bar import SlimBar

        bar = SlimBar(kind="trouble")
        bar.dismissed.connect(bar.hide)
        bar.accepted.connect(self.restore_wanted)
        self._bars.insertWidget(0, bar)
        return bar

    @cached_property
    def greeting(self) -> Greeting:
        """Greets at the first start."""
        greeting = Greeting(self._tools.layout)
        greeting.example_wanted.connect(self.dialogs.show_example)
        self._bars.insertWidget(1 if "trouble" in self.__dict__ else 0, greeting)
        return greeting

    @cached_property
    def toast(self) -> Toast:
        """Says something in passing."""
        from app.ui.toast import Toast

        toast = Toast(self)
        toast.undo_wanted.connect(self._verbs.undo)
        return toast

    # The pages that are made when they are first needed

    @property
    def dead_letters(self) -> DeadLettersPage:
        """The page of the dead letters."""
        return self._pages.dead_letters

    @property
    def workers(self) -> WorkersPage:
        """The page of the runner and its workers."""
        return self._pages.workers

    @property
    def notices(self) -> NoticesPage:
        """The page of the notices."""
        return self._pages.notices

    # What others ask of it

    def refresh(self) -> None:
        """Show the queue as of now."""
        self._watch.look()
        self._refresh_page()

    def _refresh_page(self) -> None:
        self._pages.of(self.sidebar.place).refresh()

    def open_files(self, paths: list[str]) -> None:
        """Review job files, and add their jobs when the person says so."""
        self.reviewing.open_files(paths)

    def stop_reviewing(self) -> None:
        """Call off what is being read or added."""
        if "reviewing" in self.__dict__:
            self.reviewing.stop()

    def reveal(self, seq: int) -> None:
        """Show a job among all jobs, with its details."""
        self.search.clear()
        self.search.search()
        self.sidebar.go_to(Place.ALL)
        self.jobs.reveal(seq)

    def show_workers(self) -> None:
        """Show the runner and its workers."""
        self.sidebar.go_to(Place.WORKERS)

    def open_notice(self, notice: Notice) -> None:
        """Show what a notice tells of."""
        from app.store.notices import NoticeKind

        if notice.seq is not None:
            self.reveal(notice.seq)
            return
        places = {NoticeKind.DIED: Place.DEAD_LETTERS, NoticeKind.RUNNER: Place.WORKERS}
        self.sidebar.go_to(places.get(notice.kind, Place.ALL))

    def add_bar(self, bar: SlimBar) -> None:
        """Take in a bar that speaks over all pages."""
        self._bars.addWidget(bar)

    def tell(self, words: str) -> None:
        """Say something in passing."""
        self.toast.say(words)

    def tell_error(self, error: KnownError) -> None:
        """Say what is wrong, until the person has read it; where there is no queue, that alone."""
        if isinstance(error, OpenedAgain):
            return  # nothing is wrong: what was asked is asked again
        self.tell_trouble(said_error(error))

    def tell_trouble(self, words: str) -> None:
        """Say what has gone wrong and is over, until the person has read it."""
        if not self.is_refused:
            self.trouble.say(words, no=tr("Dismiss"))

    def refuse(self, error: KnownError) -> None:
        """Say why the queue can't be opened; nothing can be done here but to close."""
        self.is_refused = True
        self._is_restorable = self._is_restorable or error.is_damage
        self._let_use(False)
        self.actions_.allow_nothing_but_leaving()
        self.trouble.say(said_error(error), yes=tr("Restore…") if self._is_restorable else "")

    def accept(self) -> None:
        """Show the queue that is open, where it had been refused before."""
        if not self.is_refused:
            return
        self.is_refused = self._is_restorable = False
        self.trouble.hide()
        self.actions_.allow_all()
        self._let_use(True)
        self._allow()
        self.refresh()

    def wait_for_queue(self, words: str) -> None:
        """Say what goes on until the queue is open again."""
        self.trouble.say(words, busy=True)

    def _let_use(self, use: bool) -> None:
        for part in (self._pages, self.sidebar, self.search):
            part.setEnabled(use)
        self.setAcceptDrops(use)

    # Where one is

    def _go(self, place: Place) -> None:
        if place not in OWN_PAGES:
            self.jobs.show_jobs(STATE_OF.get(place), self.search.wanted())
        self._pages.setCurrentWidget(self._pages.of(place))
        self._allow()
        self.refresh()

    def _go_by_key(self) -> None:
        self.sidebar.go_to(Place(self.sender().objectName()))

    def _table(self) -> JobTable | None:
        if self.sidebar.place is Place.DEAD_LETTERS:
            return self.dead_letters.table
        return None if self.sidebar.place in OWN_PAGES else self.jobs.table

    def _allow(self) -> None:
        self.job_actions.act_on(self._table())

    def _show_job_menu(self, place: QPoint) -> None:
        menu = job_menu("", self.actions_, self._tools.icons, self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _search(self, text: str) -> None:
        if text and self.sidebar.place in OWN_PAGES:
            self.sidebar.go_to(Place.ALL)
        elif self.sidebar.place not in OWN_PAGES:
            self.jobs.show_jobs(STATE_OF.get(self.sidebar.place), text)

    def _filter_kept(self, filter: Filter) -> None:
        """A search was called off: the field and the place say what is shown."""
        with QSignalBlocker(self.search), QSignalBlocker(self.sidebar):
            self.search.setText(filter.text)
            states = {state: place for place, state in STATE_OF.items()}
            self.sidebar.go_to(next((states[state] for state in filter.states), Place.ALL))

    def _show_look(self, look: QueueLook) -> None:
        self.sidebar.show_look(look)
        self.status.show_look(look)
        self.greeting.show_look(look)
        self.actions_.show_paused(look.paused)
        self.actions_.undo.setEnabled(look.undoable > 0 and not self.is_refused)
        slots = look.runner.slots
        if slots:  # one that has only taken its lock has not said yet how many it has
            self.workers_count.known(slots)
        self.workers_count.setEnabled(slots > 0)

    def _set_workers(self, count: int) -> None:
        self.control.set_workers(count)

    def _told(self, words: str, undo: bool) -> None:
        self.toast.say(words, undo=undo)

    def _added(self, seqs: list[int]) -> None:
        self.tell(tr("{n} added").format(n=jobs(len(seqs))))
        if seqs:
            self.reveal(seqs[0])

    def _pause_or_resume(self) -> None:
        look = self._watch.last  # None in the first moment, when the button says Pause
        self._verbs.set_paused(look is None or not look.paused)

    def paste(self) -> None:
        """Review what is on the clipboard."""
        data = QGuiApplication.clipboard().mimeData()
        # there may be no data at all, as on a desktop that has just begun
        if data is None or not (data.hasUrls() or data.text().strip()):  # type: ignore[redundant-expr]
            self.tell(tr("There is nothing to paste"))
        else:
            self.reviewing.paste(data)

    def _reviewed(self, seqs: list[int], skipped: int) -> None:
        self._added(seqs)
        if skipped:
            self.tell(tr("{n} added, {m} skipped").format(n=jobs(len(seqs)), m=skipped))
