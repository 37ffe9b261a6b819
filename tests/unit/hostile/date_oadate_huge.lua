-- expect: outside of the years
return date.read("1e60", "oadate")
