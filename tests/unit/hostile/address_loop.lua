-- expect: budget of instructions
while true do text.address(("1 Main St, "):rep(19)) end
