"""Exercises, and how programs fare in them."""

from altac.grading.exercise import Exercise, exercise_of, exercises
from altac.grading.grade import Failure, Grade, grade

__all__ = ["Exercise", "Failure", "Grade", "exercise_of", "exercises", "grade"]
