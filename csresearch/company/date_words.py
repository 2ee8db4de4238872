"""Formats of dates that company.yml calls by a word."""

ISO, NATIVE = "iso", "native"
SERIALS = {"excel": -25_569, "excel1904": -24_107}  # their day 0, in days from 1970-01-01
STAMPS = {"unix": 1, "unix_ms": 10**3, "unix_us": 10**6, "unix_ns": 10**9}
WORDS = (ISO, *SERIALS, *STAMPS)
