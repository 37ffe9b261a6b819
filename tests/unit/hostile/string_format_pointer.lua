-- expect: '%p' is not known
return ("%p"):format({})
