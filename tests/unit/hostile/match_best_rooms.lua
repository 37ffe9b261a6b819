-- expect: budget
for i = 1, 1e9 do
  local list = {}
  for k = 1, 100 do list[k] = ("x"):rep(k * 100) end
  match.best(list, "y", { method = "jaro_winkler" })
end
