-- expect: is not a date like
return date.read("/Date(" .. ("9"):rep(100000) .. ")/", "/Date/")
