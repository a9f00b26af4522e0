"""The Python side of a page: cells, figures and exercises inside Pyodide."""
