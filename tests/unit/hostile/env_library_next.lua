-- expect: a table of the library, which is read-only
return next(string)
