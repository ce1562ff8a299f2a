"""The static files come only from this service, are compressed, and are cached by browsers."""

import gzip
import hashlib

import httpx
import pytest
from tests.support.classroom import School

from homework_classroom.static_files import read_static_files

HTMX_2_0_11 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"


def test_htmx_is_the_file_of_its_package() -> None:
    content = read_static_files()["htmx.min.js"].content
    assert hashlib.sha256(content).hexdigest() == HTMX_2_0_11


@pytest.mark.parametrize("name", list(read_static_files()))
async def test_a_file_is_compressed_if_the_browser_accepts_it_and_is_cached(
    school: School, name: str
) -> None:
    file = read_static_files()[name]
    async with school.browser() as browser:
        plain = await browser.get(file.path, headers={"Accept-Encoding": "identity"})
        assert plain.content == file.content
        assert "Content-Encoding" not in plain.headers
        packed = await browser.get(file.path, headers={"Accept-Encoding": "gzip, br"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Vary"] == "Accept-Encoding"
        assert "immutable" in packed.headers["Cache-Control"]
    assert gzip.decompress(file.packed) == file.content


async def test_pages_are_not_cached(school: School, browser: httpx.AsyncClient) -> None:
    for path in ("/", "/nothing", "/signed-out"):
        assert (await browser.get(path)).headers["Cache-Control"] == "no-store"
