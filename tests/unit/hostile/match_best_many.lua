-- expect: budget of instructions
local list = {}
for i = 1, 2000 do list[i] = ("a"):rep(500) end
return match.best(list, ("b"):rep(500))
