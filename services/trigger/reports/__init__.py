"""Reports over HTTP and for tests: what may be asked, and the table of all of them."""
