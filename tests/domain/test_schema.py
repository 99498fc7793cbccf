import json
import re
import subprocess
import sys
from pathlib import Path

from app.domain.job import JobDraft
from app.domain.job_file import schema

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "packaging" / "make_schema.py"
JOB = schema()["$defs"]["Job"]


def test_the_schema_in_resources_is_current():
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_schema_can_be_written_as_json_and_is_the_same_each_time():
    text = (ROOT / "resources" / "job-file.schema.json").read_text(encoding="utf-8")

    assert json.loads(text) == schema() == schema()


def test_it_names_its_dialect_and_no_host_of_its_own():
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema()["$id"].startswith("urn:")


def test_every_field_of_a_job_is_in_it_with_a_description_and_no_other_is_allowed():
    assert list(JOB["properties"]) == list(JobDraft.__struct_fields__)
    assert JOB["additionalProperties"] is False
    assert all(field["description"] for field in JOB["properties"].values())


def test_the_ranges_are_those_of_the_contract():
    def bounds(name):
        return JOB["properties"][name]["minimum"], JOB["properties"][name]["maximum"]

    assert bounds("timeout") == (0, 31_536_000)
    assert bounds("max_retries") == bounds("max_attempts") == (0, 1_000)
    assert bounds("backoff_base") == (0, 1_000)
    assert bounds("priority") == (1, 10)
    codes = JOB["properties"]["success_codes"]
    assert (codes["items"]["minimum"], codes["items"]["maximum"]) == (-(2**31), 2**32 - 1)
    assert (codes["minItems"], codes["maxItems"]) == (1, 64)


def test_a_job_has_either_a_command_or_an_argv():
    assert JOB["oneOf"] == [{"required": ["command"]}, {"required": ["argv"]}]
    assert JOB["dependentRequired"] == {"shell": ["command"]}


def test_a_file_is_one_job_a_list_or_an_object_of_jobs():
    one, many, wrapped = schema()["oneOf"]

    assert one == {"$ref": "#/$defs/Job"}
    assert (many["items"], many["minItems"]) == (one, 1)
    assert wrapped["properties"] == {"jobs": many}
    assert wrapped["required"] == ["jobs"]
    assert wrapped["additionalProperties"] is False


def test_every_reference_leads_somewhere():
    references = re.findall(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(schema()))

    assert set(references) == set(schema()["$defs"])
