"""From export files to a proposed company.yml: looks at names and values, asks where unsure."""

from csresearch.setup.start import init_company

__all__ = ["init_company"]
