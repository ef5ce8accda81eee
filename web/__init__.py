"""The page that colorizes photos in a browser, on the user's own machine, and its server."""
