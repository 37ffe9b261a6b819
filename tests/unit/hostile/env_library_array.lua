-- expect: a table of the library, which is read-only
array(text)
