"""Many companies' findings together: does a claim hold in general, and for the next company?"""

from csresearch.across.pool import POOLED_JSON, Across, pool

__all__ = ["POOLED_JSON", "Across", "pool"]
