"""Fixtures of the end-to-end tests; see tests/support."""
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "support"))

import datasets  # noqa: E402
import lf        # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--large", action="store_true", help="also tests of gigabytes")
    parser.addoption("--update", action="store_true", help="rewrite what is expected")


def pytest_configure(config):
    config.addinivalue_line("markers", "large: needs gigabytes and minutes; only with --large")


def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.get_closest_marker("large") and not config.getoption("--large"):
            item.add_marker(pytest.mark.skip(reason="large: make test-all"))


@pytest.fixture(scope="session")
def data():
    """Folder of generated inputs, kept between runs: build/test-data."""
    return datasets.Folder(lf.ROOT / "build/test-data")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out.parquet"
