from hypothesis import given
from hypothesis import strategies as st

from app.domain import ageing

counts = st.integers(0, 2**40)
priorities = st.integers(-100, 100)


def test_the_example_of_the_1_0_readme_comes_out_number_for_number():
    ready = {}
    priority = {"job1": 3, "job2": 5, "job3": 4}
    seen = []
    for arrivals, name in enumerate(priority, start=1):
        ready[name] = ageing.ready_arrival(arrivals, 0)
        seen.append(
            {
                each: (ageing.waited(arrivals, at), priority[each] + ageing.waited(arrivals, at))
                for each, at in ready.items()
            }
        )

    assert seen == [
        {"job1": (0, 3)},
        {"job1": (1, 4), "job2": (0, 5)},
        {"job1": (2, 5), "job2": (1, 6), "job3": (0, 4)},
    ]
    assert max(ready, key=lambda name: ageing.rank(priority[name], ready[name])) == "job2"


@given(counts, counts)
def test_a_job_comes_back_with_what_it_had_waited(arrivals, waited):
    assert ageing.waited(arrivals, ageing.ready_arrival(arrivals, waited)) == waited


@given(counts, counts, st.integers(0, 1_000))
def test_each_enqueue_call_adds_one_to_every_waiting_job(arrivals, waited, calls):
    ready = ageing.ready_arrival(arrivals, waited)

    assert ageing.waited(arrivals + calls, ready) == waited + calls


@given(counts, counts, st.integers(0, 1_000))
def test_running_does_not_age_a_job(arrivals, waited, calls):
    frozen = ageing.waited(arrivals, ageing.ready_arrival(arrivals, waited))
    back = ageing.ready_arrival(arrivals + calls, frozen)

    assert ageing.waited(arrivals + calls, back) == waited


@given(counts, priorities, counts, priorities, counts, st.integers(0, 1_000))
def test_the_stored_rank_orders_two_jobs_as_their_effective_priorities_do_at_any_time(
    arrivals, priority, waited, other_priority, other_waited, calls
):
    ready = ageing.ready_arrival(arrivals, waited)
    other_ready = ageing.ready_arrival(arrivals, other_waited)
    later = arrivals + calls
    effective = priority + ageing.waited(later, ready)
    other_effective = other_priority + ageing.waited(later, other_ready)

    difference = ageing.rank(priority, ready) - ageing.rank(other_priority, other_ready)
    assert difference == effective - other_effective
