"""altac in notebooks: `%load_ext altac`, and runs that can be looked at from all sides."""

from altac.notebook.living import Living, view

__all__ = ["Living", "view"]
