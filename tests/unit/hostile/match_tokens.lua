-- expect: budget of instructions
while true do match.token_set(("a "):rep(5000), ("b "):rep(5000)) end
