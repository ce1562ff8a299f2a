"""The examples in the GPU's prompts are exercises of the mock generator, whose Italian is checked."""

import importlib.util

from tests.support.processes import ROOT


def test_the_prompts_examples_are_what_the_mock_generator_writes() -> None:
    path = ROOT / "services/generator/tools/build_examples.py"
    spec = importlib.util.spec_from_file_location("build_examples", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.FILE.read_text("utf-8") == tool.render()
