"""What macOS is told of the app, in its Info.plist: which files it opens, and where it runs."""

from typing import Any

IDENTIFIER = "org.queuectl.desktop"
JOB_FILE = "org.queuectl.jobs"
# [E] The wheel of PySide6-Essentials 6.11 is made for it (macosx_13_0), and Python's own installer for older ones.
OLDEST_SYSTEM = "13.0"


def info_plist(version: str) -> dict[str, Any]:
    """The keys that PyInstaller does not write itself, or not so.

    Args:
        version: of the program.
    """
    return {
        "CFBundleDisplayName": "QueueCTL",
        "CFBundleExecutable": "queuectl-desktop",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "QueueCTL jobs",
                "CFBundleTypeRole": "Editor",
                "LSHandlerRank": "Owner",
                "LSItemContentTypes": [JOB_FILE],
            }
        ],
        # Without it macOS does not know the ending, and the type above names nothing.
        "UTExportedTypeDeclarations": [
            {
                "UTTypeIdentifier": JOB_FILE,
                "UTTypeDescription": "QueueCTL jobs",
                "UTTypeConformsTo": ["public.json"],
                "UTTypeTagSpecification": {
                    "public.filename-extension": ["qjob"],
                    "public.mime-type": ["application/x-qjob+json"],
                },
            }
        ],
        "LSApplicationCategoryType": "public.app-category.utilities",
        "LSMinimumSystemVersion": OLDEST_SYSTEM,
        # PyInstaller hides an app from the Dock that has an executable with a console, as this one has.
        "LSBackgroundOnly": False,
        "LSUIElement": False,
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "MIT licence",
    }
