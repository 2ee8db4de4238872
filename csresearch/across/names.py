"""Names that the command line shares with what it runs elsewhere; importing them costs nothing."""

POOLED_JSON, POOLED_CSV = "pooled.json", "pooled.csv"
REFUSED, ANOTHER = "refused", "another file of the company"  # why a file is set aside
