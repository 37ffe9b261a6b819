-- expect: a table of the library, which is read-only
table.sort(math)
