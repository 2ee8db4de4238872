"""Survival statistics from counts: curves, tests, rates and ratios; tables in, results out."""
