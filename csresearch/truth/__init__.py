"""The truth study: how often the kit is wrong on companies whose truth is known."""

from csresearch.truth.blocks import Block, run_block
from csresearch.truth.cases import CASES, Case
from csresearch.truth.rates import rates
from csresearch.truth.study import read_blocks, run_study

__all__ = ["CASES", "Block", "Case", "rates", "read_blocks", "run_block", "run_study"]
