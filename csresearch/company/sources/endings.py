"""What the names of files that can be read end in."""

TEXT = (".csv", ".tsv", ".tab", ".txt", ".psv")
JSON = (".jsonl", ".ndjson", ".json")
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
PARQUET = (".parquet", ".pq")
ENDINGS = (*TEXT, *JSON, *EXCEL, *PARQUET)
