"""The clinic: knowledge as data, each piece with its source."""

from galactolab.clinic.quiz import Choice, Mark, Question, marked, questions

__all__ = ["Choice", "Mark", "Question", "marked", "questions"]
