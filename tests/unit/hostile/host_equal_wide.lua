-- expect: budget of instructions
local a, b = {}, {}
for i = 1, 40 do a, b = { a, a }, { b, b } end
return equal(a, b)
