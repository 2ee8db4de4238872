"""What a company needs for each claim to be answerable, from its own rates."""

from csresearch.sample_size.plan import ClaimPlan, Needed, Plan, plan

__all__ = ["ClaimPlan", "Needed", "Plan", "plan"]
