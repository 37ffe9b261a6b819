-- expect: budget of instructions
while true do money(1, "USD"):allocate(10000) end
