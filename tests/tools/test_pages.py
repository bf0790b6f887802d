"""The pages that show other people's tools do what they say."""

from __future__ import annotations

import pytest

from tests.docs.pages import PAGES_WITH_TOOLS, assert_page


@pytest.mark.parametrize("name", PAGES_WITH_TOOLS)
def test_a_page_does_what_it_says(name: str) -> None:
    assert_page(name)
