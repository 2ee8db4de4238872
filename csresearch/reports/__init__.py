"""Reports: the notebooks run on a company through papermill and rendered as pages."""
