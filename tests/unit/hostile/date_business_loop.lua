-- expect: budget of instructions
while true do date.add_business(0, 100000) end
