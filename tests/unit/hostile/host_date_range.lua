-- result: true
return not pcall(date.add, 0, math.maxinteger, "years") and not pcall(date.add, 0, math.mininteger, "days")
  and not pcall(date.add, math.maxinteger, 1, "ms") and not pcall(date.iso, math.mininteger)
  and not pcall(date.format, "9999-12-31T23:59:59Z", "yyyy", "+18:00")
  and not pcall(date.parse, ("9"):rep(1000), "yyyy")
  and not pcall(date.format, 0, ("y"):rep(100000))
