"""A run of a program as a page that explains every value, and as a figure."""

from altac.view.making import view_of
from altac.view.page import page
from altac.view.payload import View

__all__ = ["View", "page", "view_of"]
