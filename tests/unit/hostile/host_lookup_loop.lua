-- expect: budget of instructions
while true do pcall(lookup, "gl", "nothing like it") end
