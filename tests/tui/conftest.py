from driver import open_app

__all__ = ["open_app"]
