// placeholder during development
