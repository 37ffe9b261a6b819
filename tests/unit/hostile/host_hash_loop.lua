-- expect: budget of instructions
local s = ("x"):rep(1000000)
while true do hash.sha256(s) end
