"""What macOS is told of the app, as far as that can be seen without macOS."""

import plistlib
import re
from xml.etree import ElementTree as ET

import pytest

from app import __version__
from app.ui.review_documents import JOB_FILES
from tests.packaging.scripts import CHECKOUT, load

mac_bundle = load("mac_bundle")


@pytest.fixture
def plist():
    """As it is read again."""
    return plistlib.loads(plistlib.dumps(mac_bundle.info_plist(__version__)))


def test_the_app_opens_the_type_that_it_declares(plist):
    (opened,), (declared,) = plist["CFBundleDocumentTypes"], plist["UTExportedTypeDeclarations"]
    assert opened["LSItemContentTypes"] == [declared["UTTypeIdentifier"]]
    assert (opened["LSHandlerRank"], opened["CFBundleTypeRole"]) == ("Owner", "Editor")
    assert declared["UTTypeConformsTo"] == ["public.json"]


def test_the_type_has_the_ending_of_job_files_and_the_mime_type_that_linux_is_told(plist):
    (declared,) = plist["UTExportedTypeDeclarations"]
    tags = declared["UTTypeTagSpecification"]
    assert tags["public.filename-extension"] == ["qjob"]
    assert ".qjob" in JOB_FILES
    linux = ET.parse(CHECKOUT / "resources" / "linux" / "queuectl.xml").getroot()
    assert tags["public.mime-type"] == [child.get("type") for child in linux]


def test_names_of_types_are_reverse_domains_of_one_house(plist):
    (declared,) = plist["UTExportedTypeDeclarations"]
    house = mac_bundle.IDENTIFIER.rpartition(".")[0]
    assert declared["UTTypeIdentifier"].startswith(f"{house}.")
    assert re.fullmatch(r"[A-Za-z0-9.-]+", declared["UTTypeIdentifier"])
    assert declared["UTTypeIdentifier"] != mac_bundle.IDENTIFIER


def test_the_version_is_three_numbers_and_the_program_s(plist):
    assert plist["CFBundleShortVersionString"] == plist["CFBundleVersion"] == __version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", plist["CFBundleVersion"])


def test_the_app_is_in_the_dock_though_one_of_its_executables_has_a_console(plist):
    assert (plist["LSBackgroundOnly"], plist["LSUIElement"]) == (False, False)


def test_it_starts_on_no_older_system_than_the_one_that_qt_is_made_for(plist):
    assert tuple(map(int, plist["LSMinimumSystemVersion"].split("."))) >= (13, 0)


def test_the_spec_gives_this_and_nothing_else_to_the_app_and_its_executable_is_one_of_the_two():
    spec = (CHECKOUT / "packaging" / "queuectl.spec").read_text(encoding="utf-8")
    assert spec.count("info_plist=") == spec.count("info_plist=mac_bundle.info_plist(__version__)") == 1
    assert f'executable("{mac_bundle.info_plist(__version__)["CFBundleExecutable"]}"' in spec
