"""The clinic: knowledge as data, each piece with its source."""

from galactolab.clinic.evidence import Table, table
from galactolab.clinic.indications import Decision, Test, agreement, triage
from galactolab.clinic.patients import Patient, random_patient
from galactolab.clinic.quiz import Choice, Mark, Question, marked, questions
from galactolab.clinic.references import Reference, reference

__all__ = [
    "Choice",
    "Decision",
    "Mark",
    "Patient",
    "Question",
    "Reference",
    "Table",
    "Test",
    "agreement",
    "marked",
    "questions",
    "random_patient",
    "reference",
    "table",
    "triage",
]
