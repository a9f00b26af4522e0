"""Code that runs in the page: what the site serves for it, and JupyterLite.

`page/` is the Python that runs in the reader's browser, `hook.py` puts it and the wheels
into the site, `lite.py` builds the notebooks for JupyterLite. The JavaScript is in
`docs/theme/assets/live/`.
"""
