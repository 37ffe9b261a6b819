-- expect: item 1 is a table, not a text
local list = { {} }
list[1].x = list
return match.best(list, "x", { by = "x" })
