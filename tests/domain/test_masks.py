"""What looks secret is masked, whoever shows it; and a mask is never taken for a value."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.errors import InvalidJob
from app.domain.masks import MASKED, hide_env, is_secret, looks_secret, mask_env, mask_secrets, mask_words, put_back

SECRET_NAMES = [
    *("TOKEN", "GITHUB_TOKEN", "api_key", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "MYSQL_PWD", "passphrase"),
    *("SSH_AUTH_SOCK", "Cookie", "DATABASE_CONNECTION", "SENTRY_DSN", "tls_cert", "SLACK_WEBHOOK", "MY_CREDENTIALS"),
]
SECRETS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#%+,.:?_~", min_size=4, max_size=40)
NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", min_size=1, max_size=12)


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_that_usually_holds_a_secret_looks_like_one(name):
    assert looks_secret(name)
    assert is_secret(name, "x")
    assert not is_secret(name, "")


@pytest.mark.parametrize("name", ["PATH", "LANG", "HOME", "EDITOR", "DISPLAY", "RENDER_QUALITY"])
def test_other_names_do_not(name):
    assert not looks_secret(name)
    assert not is_secret(name, "/usr/bin:/bin")


def test_a_value_that_holds_a_secret_is_one_under_any_name():
    assert is_secret("URL", "https://me:hunter22@example.com/")
    assert is_secret("ARGS", "--password=hunter22")
    assert is_secret("X", "ghp_" + "a" * 36)


FORMS = [
    *("curl -H 'Authorization: Bearer {}' https://example.com", "deploy --password={} --now", "deploy --password {}"),
    *("PGPASSWORD={} psql", "export API_KEY='{}'", "https://me:{}@example.com/x", "curl -u me:{} https://example.com"),
    *('curl -d \'{{"token": "{}"}}\' x', "mysql -u root -p{} db", 'set "TOKEN={}"', "tool --api-key '{}'"),
]


@pytest.mark.parametrize("form", FORMS)
@given(secret=SECRETS)
def test_no_secret_survives_in_a_command_whatever_it_is(form, secret):
    assume("'" not in secret and not secret.startswith(("-", "=", ":")))
    told = form.format(secret)
    before, after = form.format("\x00").split("\x00")
    assume(secret not in before + after)
    assert secret not in mask_secrets(told)


@given(text=st.text(max_size=200))
def test_what_was_masked_stays_as_it_is_when_it_is_masked_again(text):
    once = mask_secrets(text)
    assert mask_secrets(once) == once


def test_what_follows_an_option_of_a_secret_is_masked_among_words():
    assert mask_words(["tool", "--token", "abc def", "--fast"]) == ["tool", "--token", MASKED, "--fast"]
    assert mask_words(["tool", "--token=abc"]) == ["tool", f"--token={MASKED}"]


def test_variables_are_masked_by_name_and_by_what_they_hold():
    assert mask_env({"TOKEN": "abc", "PATH": "/bin", "URL": "http://a:bcde@f"}) == {
        "TOKEN": MASKED,
        "PATH": "/bin",
        "URL": f"http://a:{MASKED}@f",
    }


@given(env=st.dictionaries(NAMES | st.sampled_from(SECRET_NAMES), st.text(max_size=20) | st.just(MASKED), max_size=6))
def test_hidden_variables_come_back_as_they_were(env):
    assert put_back(hide_env(env), env) == env


@given(env=st.dictionaries(st.sampled_from(SECRET_NAMES), SECRETS, min_size=1, max_size=6))
def test_no_secret_is_among_hidden_variables(env):
    assert set(hide_env(env).values()) == {MASKED}


def test_what_was_edited_among_hidden_variables_counts():
    before = {"TOKEN": "old", "PATH": "/bin", "KEY": "k"}
    edited = {**hide_env(before), "PATH": "/usr/bin", "TOKEN": "new"}
    del edited["KEY"]
    assert put_back(edited, before) == {"TOKEN": "new", "PATH": "/usr/bin"}


@pytest.mark.parametrize("name", ["TOKEN_2", "PATH"])
def test_a_mask_under_another_name_is_refused_and_never_stored(name):
    with pytest.raises(InvalidJob, match="mask"):
        put_back({name: MASKED}, {"TOKEN": "secret", "PATH": "/bin"})
