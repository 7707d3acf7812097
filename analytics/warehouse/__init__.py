"""Every read that a page makes: DuckDB over the parquet files of a snapshot."""
