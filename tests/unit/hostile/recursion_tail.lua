-- expect: budget of instructions
local function f() return f() end
return f()
