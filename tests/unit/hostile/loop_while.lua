-- expect: budget of instructions
while true do end
