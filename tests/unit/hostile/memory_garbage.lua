-- expect: budget of instructions
while true do local t = { 1, 2, 3, ("x"):rep(50) } end
