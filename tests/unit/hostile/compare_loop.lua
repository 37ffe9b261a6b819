-- expect: budget of instructions
local d = decimal(1)
while d == 1 do end
