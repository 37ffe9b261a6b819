-- result: true
local x = random(math.mininteger, math.maxinteger)
return math.type(x) == "integer" and not pcall(random, 2, 1) and random(1) == 1
