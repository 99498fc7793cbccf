"""Whatever hypothesis finds: any document is refused in words, or it is read as it was written."""

import codecs
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import InvalidJob
from app.domain.job import JobDraft
from app.domain.job_file import JobFileError, check_draft, draft_from_fields, read_jobs
from tests.domain.documents import SOURCE, as_given, refusal

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
field_names = st.sampled_from(JobDraft.__struct_fields__) | st.text(max_size=8)
any_fields = st.dictionaries(field_names, any_json, max_size=4)


def refused_or_good(data):
    try:
        drafts = read_jobs(data, SOURCE, "posix")
    except JobFileError:
        refusal(data)
    else:
        assert [check_draft(draft, "posix") for draft in drafts] == drafts


@settings(max_examples=300)
@given(any_json)
def test_any_json_is_refused_in_words_or_is_good(value):
    refused_or_good(json.dumps(value))


@settings(max_examples=300)
@given(any_fields)
def test_any_fields_are_refused_in_words_or_are_good(fields):
    refused_or_good(json.dumps(fields))
    refused_or_good(json.dumps([fields, fields]))


@settings(max_examples=300)
@given(st.text() | st.binary() | st.text(alphabet='{}[]",:\\ \n\0truefalsn0123456789.eE-'))
def test_any_text_and_any_bytes_are_refused_in_words_or_are_good(data):
    refused_or_good(data)


any_python = any_json | st.binary() | st.tuples(st.text()) | st.just(10**5_000) | st.sets(st.text())


@settings(max_examples=300)
@given(st.dictionaries(field_names, any_python, max_size=4))
def test_fields_of_any_python_kind_make_a_draft_or_name_the_wrong_field(fields):
    try:
        draft = draft_from_fields(fields, "posix")
    except InvalidJob as caught:
        error = caught
    else:
        assert check_draft(draft, "posix") == draft
        return
    assert error.field
    assert str(error).isprintable()


# And good ones are taken as they are


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
inked = texts.filter(lambda text: text and not text.isspace())
good_jobs = st.builds(
    lambda what, fields: what | fields,
    st.fixed_dictionaries({"command": inked}, optional={"shell": st.sampled_from(["sh", "bash", "cmd", "pwsh"])})
    | st.fixed_dictionaries(
        {"argv": st.builds(lambda program, rest: [program, *rest], inked, st.lists(texts, max_size=4))}
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "id": inked.filter(lambda text: text.isprintable() and text == text.strip(" ")),
            "timeout": st.floats(0, 31_536_000) | st.integers(0, 31_536_000),
            "max_retries": st.integers(0, 1_000),
            "backoff_base": st.floats(0, 1_000),
            "priority": st.integers(1, 10),
            "cwd": inked,
            "env": st.dictionaries(texts.filter(lambda text: text and "=" not in text), texts, max_size=3),
            "success_codes": st.lists(st.integers(-(2**31), 2**32 - 1), min_size=1, max_size=64),
            "leftovers": st.sampled_from(["end", "leave"]),
            "on_interrupt": st.sampled_from(["retry", "dead"]),
        },
    ),
)


@settings(max_examples=150)
@given(st.lists(good_jobs, min_size=1, max_size=4), st.booleans(), st.sampled_from([None, 2]))
def test_good_jobs_are_read_as_they_were_written_in_every_form_and_encoding(jobs, ascii_only, indent):
    def dump(value, indent=indent):
        return json.dumps(value, ensure_ascii=ascii_only, indent=indent)

    forms = [dump(jobs), dump({"jobs": jobs}), "\n".join(dump(job, None) for job in jobs)]
    if len(jobs) == 1:
        forms.append(dump(jobs[0]))
    for text in forms:
        for data in (
            text,
            "\ufeff" + text,
            text.encode(),
            codecs.BOM_UTF8 + text.encode(),
            codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
            codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        ):
            assert [as_given(draft) for draft in read_jobs(data, SOURCE, "posix")] == jobs
