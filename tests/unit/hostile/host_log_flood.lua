-- expect: budget of instructions
while true do log(("4111111111111111 "):rep(100)) end
