"""The words of the console's pages, one file per page; `common` has those of all of them."""
