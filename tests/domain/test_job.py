import os

from msgspec import structs

from app.domain.job import (
    FINISHED,
    WAITING,
    Defaults,
    Job,
    JobDraft,
    JobSpec,
    Leftovers,
    OnInterrupt,
    State,
    complete,
)

HOME = os.path.abspath("home")
ELSEWHERE = os.path.abspath("elsewhere")
DEFAULTS = Defaults(timeout=60.0, max_retries=5, backoff_base=3.0, priority=7)


def test_a_draft_that_says_nothing_gets_every_default():
    new = complete(JobDraft(command="echo hi"), DEFAULTS, HOME)

    assert new.id is None
    assert new.spec == JobSpec(
        command="echo hi",
        argv=None,
        shell=None,
        cwd=HOME,
        env={},
        timeout=60.0,
        max_retries=5,
        backoff_base=3.0,
        priority=7,
        success_codes=(0,),
        leftovers=Leftovers.END,
        on_interrupt=OnInterrupt.RETRY,
    )


def test_the_built_in_values_are_those_of_1_0():
    spec = complete(JobDraft(command="echo hi"), Defaults(), HOME).spec

    assert (spec.timeout, spec.max_retries, spec.backoff_base, spec.priority) == (20, 3, 2, 5)


def test_what_a_draft_says_stays():
    draft = JobDraft(
        id="backup",
        argv=("tar", "-c"),
        timeout=0.0,
        max_retries=0,
        backoff_base=0.0,
        priority=1,
        env={"A": ""},
        success_codes=(0, 1),
        leftovers=Leftovers.LEAVE,
        on_interrupt=OnInterrupt.DEAD,
    )
    new = complete(draft, DEFAULTS, HOME)

    assert new.id == "backup"
    assert new.spec == JobSpec(
        argv=("tar", "-c"),
        cwd=HOME,
        env={"A": ""},
        timeout=0.0,
        max_retries=0,
        backoff_base=0.0,
        priority=1,
        success_codes=(0, 1),
        leftovers=Leftovers.LEAVE,
        on_interrupt=OnInterrupt.DEAD,
    )


def test_max_attempts_is_another_name_for_max_retries():
    assert complete(JobDraft(command="x", max_attempts=9), DEFAULTS, HOME).spec.max_retries == 9
    assert complete(JobDraft(command="x", max_retries=8), DEFAULTS, HOME).spec.max_retries == 8


def folder_of(cwd):
    return complete(JobDraft(command="x", cwd=cwd), DEFAULTS, HOME).spec.cwd


def test_a_relative_folder_is_relative_to_the_given_one():
    assert folder_of("data") == os.path.join(HOME, "data")
    assert folder_of(os.path.join("..", "elsewhere")) == ELSEWHERE
    assert folder_of(".") == HOME


def test_an_absolute_folder_stays_where_it_is():
    assert folder_of(ELSEWHERE) == ELSEWHERE


def test_a_tilde_is_the_persons_own_folder():
    assert folder_of("~") == os.path.normpath(os.path.expanduser("~"))
    assert folder_of(os.path.join("~", "x")) == os.path.join(os.path.normpath(os.path.expanduser("~")), "x")


def test_the_command_line_is_one_text_for_both_forms():
    spec = complete(JobDraft(command="echo hi"), DEFAULTS, HOME).spec

    assert spec.command_line == "echo hi"
    assert structs.replace(spec, command=None, argv=("ls", "-l")).command_line == "ls -l"


def test_only_waiting_jobs_age_and_only_a_person_leaves_a_finished_one():
    assert {State.PENDING, State.FAILED} == WAITING
    assert set(State) - WAITING - {State.PROCESSING} == FINISHED


def job(**changes):
    base = Job(
        seq=1,
        id="job1",
        spec=complete(JobDraft(command="x"), DEFAULTS, HOME).spec,
        state=State.PENDING,
        attempts=0,
        run=0,
        waited=4,
        interruptions=0,
        expedited=False,
        claimable=True,
        cancel_requested=False,
        error=None,
        error_key=None,
        seen=False,
        created_at=0,
        updated_at=0,
        started_at=None,
        finished_at=None,
        next_retry_at=None,
        retry_delay=None,
        exit_code=None,
    )
    return structs.replace(base, **changes)


def test_the_effective_priority_is_the_priority_and_what_the_job_has_waited():
    assert job().effective == 11


def test_a_job_has_a_duration_once_its_last_run_has_ended():
    assert job().duration is None
    assert job(started_at=1_000).duration is None
    assert job(started_at=1_000, finished_at=2_500).duration == 1.5


def test_a_clock_set_back_gives_no_negative_duration():
    assert job(started_at=2_000, finished_at=1_000).duration == 0
