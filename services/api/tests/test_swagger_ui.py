"""The page at /docs uses Swagger UI's own files, and may load nothing from another host."""

import hashlib
import re
from importlib.resources import files

import pytest
from tests.support.api.application import Api

SWAGGER_UI_5_35_0 = {
    "swagger-ui-bundle.js": "e6a898692f2d768e807c3ba4626068a69a2c5dd960dd6c76f3e4d3a3de180af2",
    "swagger-ui.css": "5ed08757e53da3e026d6cbecc61fe5d43585c9560b302d534ad56692519a273d",
}


@pytest.mark.parametrize("name", SWAGGER_UI_5_35_0)
async def test_a_file_of_swagger_ui_is_that_of_its_package(sqlite_api: Api, name: str) -> None:
    kept = (files("homework_api.http.swagger_ui") / "static" / name).read_bytes()
    assert hashlib.sha256(kept).hexdigest() == SWAGGER_UI_5_35_0[name]
    assert (await sqlite_api.client.get(f"/docs/{name}")).content == kept


async def test_the_page_loads_files_that_are_there(sqlite_api: Api) -> None:
    page = await sqlite_api.client.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    loaded = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page.text)
    assert len(loaded) == 3
    for path in loaded:
        assert (await sqlite_api.client.get(f"/{path}")).status_code == 200, path


async def test_the_page_and_its_files_may_load_from_this_service_alone(sqlite_api: Api) -> None:
    for path in ("/docs", "/docs/start.js", "/docs/nowhere"):
        policy = (await sqlite_api.client.get(path)).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "script-src 'self';" in policy
        assert "unsafe-" not in policy
        assert "http" not in policy


@pytest.mark.parametrize(
    "path", ["/docs/nowhere.js", "/docs/../__init__.py", "/docs/%2e%2e/page.html", "/redoc"]
)
async def test_what_is_no_file_of_the_page_is_not_found(sqlite_api: Api, path: str) -> None:
    answer = await sqlite_api.client.get(path)
    assert (answer.status_code, answer.json()["detail"] != "") == (404, True)
