"""Why a file was refused, said without a word from inside the file.

What a DICOM library has to say about a damaged file often quotes it, and a quoted value
can be a patient's name. So a refusal is always written here, in our own words, and it
holds neither the library's message nor a link to its exception.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from galactolab.errors import GalactolabError

T = TypeVar("T")

# Python's warning filters belong to the whole process; two threads that saved and put
# back each other's filters would leave the wrong ones behind.
_ONE_AT_A_TIME = threading.RLock()


class DicomReadError(GalactolabError):
    """A file that is not read, with its name and the reason in one sentence.

    Examples
    --------
    >>> raise refusal("holiday.jpg", "it is a JPEG picture and not a DICOM file")
    Traceback (most recent call last):
    galactolab.dicom.errors.DicomReadError: Cannot read holiday.jpg: it is a JPEG picture \
and not a DICOM file.
    """


def refusal(name: str, reason: str) -> DicomReadError:
    """Make the error for the file called `name`; `reason` follows "Cannot read NAME: "."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in name)
    return DicomReadError(f"Cannot read {shown}: {reason}.")


@contextmanager
def _silence() -> Iterator[None]:
    logger = logging.getLogger("pydicom")
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        was_disabled, logger.disabled = logger.disabled, True
        try:
            yield
        finally:
            logger.disabled = was_disabled


def attempt(call: Callable[[], T], *, name: str, reason: str) -> T:
    """Return ``call()``; whatever goes wrong inside becomes a refusal for `reason`.

    The library's warnings and log lines are held back too, because they quote values.

    Parameters
    ----------
    call : callable
        Something that lets the DICOM library, or a decoder, look at bytes of the file.
    name, reason : str
        File name, and what to say.

    Raises
    ------
    DicomReadError
        If `call` raised anything but a sentence of ours.
    """
    try:
        with _silence():
            return call()
    except GalactolabError:
        raise
    except Exception:  # noqa: BLE001, S110 - damaged bytes make a parser raise anything at all
        pass
    # Raised out here, the error carries no link to the one whose words it replaces.
    raise refusal(name, reason)
