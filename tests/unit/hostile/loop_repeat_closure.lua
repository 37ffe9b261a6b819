-- expect: budget of instructions
local function f() return function() end end
repeat f() until false
