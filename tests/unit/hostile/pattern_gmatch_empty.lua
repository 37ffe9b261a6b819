-- expect: budget of instructions
for _ in (("x"):rep(1000000)):gmatch("") do end
