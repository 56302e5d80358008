"""What every file of a virtual examination says: who, when, where, and how it is named."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from galactolab import __version__
from galactolab.terms import Code

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileMetaDataset

# A day that says "not a real examination", the same in every file.
_DATE, _TIME = "20000101", "120000"


def file_meta(elements: Dataset, transfer_syntax: str) -> FileMetaDataset:
    """Meta information with a version of ours, so that it never changes by itself."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID

    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = elements.SOPClassUID
    meta.MediaStorageSOPInstanceUID = elements.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.ImplementationClassUID = UID(uid("implementation"))
    meta.ImplementationVersionName = "GALACTOLAB"
    return meta


def uid(*told: str) -> str:
    """Make an identifier that follows from its content: root 2.25 and 128 bits (PS3.5 B.2)."""
    digest = hashlib.sha256("\n".join(("galactolab", *told)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def coded(code: Code) -> Dataset:
    """Return a coded concept as the item of a sequence."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item


def decimal(value: float) -> str:
    """Write a number in the 16 characters that a decimal string may have."""
    from pydicom.valuerep import format_number_as_ds

    return format_number_as_ds(float(value))


def add_patient(elements: Dataset, *, case: str) -> None:
    """Add the virtual patient and her one study, which all files of a case share."""
    elements.PatientName = f"VIRTUAL^{case.upper()}"
    elements.PatientID = f"VIRTUAL-{case.upper()}"
    elements.PatientBirthDate = ""
    elements.PatientSex = "F"
    elements.PatientComments = "Computed phantom, no person"
    elements.StudyInstanceUID = uid("study", case)
    elements.StudyDate = elements.SeriesDate = elements.ContentDate = _DATE
    elements.AcquisitionDate = _DATE
    elements.StudyTime = elements.SeriesTime = elements.ContentTime = _TIME
    elements.AcquisitionTime = _TIME
    elements.ReferringPhysicianName = ""
    elements.AccessionNumber = ""
    elements.StudyID = "1"
    elements.StudyDescription = "Virtual ductography"


def add_equipment(elements: Dataset, *, model: str) -> None:
    """Add the department, and the name of the machine."""
    elements.Manufacturer = "Galactolab"
    elements.ManufacturerModelName = model
    elements.InstitutionName = "Galactolab virtual department"
    elements.DeviceSerialNumber = "0"
    elements.SoftwareVersions = __version__
