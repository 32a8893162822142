import pytest
from driver import open_app

from imglearn.tui import alert_bar

__all__ = ["open_app"]


@pytest.fixture(autouse=True)
def alerts_are_looked_for(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for alerts at once where a test is about them, and never elsewhere."""
    monkeypatch.setattr(alert_bar, "FIRST_S", 0.1 if "alerts" in request.keywords else 3_600)
    monkeypatch.setattr(alert_bar, "LEAST_S", 0.1)
