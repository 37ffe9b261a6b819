-- expect: budget of instructions
for i = 1, math.huge do end
