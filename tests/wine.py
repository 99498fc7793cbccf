"""Wine, by which the Windows code is run on Linux. It is not Windows: what it can't do is skipped, with the reason."""

import sys

import pytest


def _is_wine():
    if sys.platform != "win32":
        return False
    import ctypes

    return hasattr(ctypes.windll.ntdll, "wine_get_version")


UNDER_WINE = _is_wine()


def not_under_wine(reason):
    """Mark a test that Wine can't run."""
    return pytest.mark.skipif(UNDER_WINE, reason=f"Wine: {reason}")


windows_only = pytest.mark.skipif(sys.platform != "win32", reason="says it in Windows' words")
