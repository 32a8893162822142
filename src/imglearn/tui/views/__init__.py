"""Views over the whole screen, in the place of the panes: each answers one question about the filter's attempts."""
