"""What a world can have beside results, surveys and churn: one module, one idea."""
