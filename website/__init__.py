"""The documentation as a site: `make site`. `mkdocs.yml` names the pages, `hooks.py` gives them to mkdocs."""
