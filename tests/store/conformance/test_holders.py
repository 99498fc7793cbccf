"""Who has an id."""

from app.domain.job import State
from tests.store.jobs import enqueue, new


def test_the_holders_of_ids_are_told_with_their_states_and_free_ids_are_not(store):
    one, two = enqueue(store, "a", 'odd "id" ü')
    store.changes.cancel(two)
    assert store.intake.holders(["a", "b", 'odd "id" ü']) == {"a": State.PENDING, 'odd "id" ü': State.CANCELLED}
    store.changes.remove([one])
    assert store.intake.holders(["a"]) == {}
    assert store.intake.holders([]) == {}


def test_thousands_of_ids_are_looked_up(store):
    store.intake.enqueue(new(f"n{number}") for number in range(1300))
    assert len(store.intake.holders(f"n{number}" for number in range(0, 2600, 2))) == 650


def test_what_progress_raises_ends_the_call_and_nothing_is_taken_in(store):
    class Enough(Exception):
        pass

    def stop(handled):
        if handled > 500:
            raise Enough

    try:
        store.intake.enqueue((new() for _ in range(2000)), progress=stop)
    except Enough:
        assert store.reads.count() == 0
    else:
        raise AssertionError
