"""Exercises: their cases, their solutions, and how wrong answers are graded."""
