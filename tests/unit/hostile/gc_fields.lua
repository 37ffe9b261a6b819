-- result: {"__gc":1,"__index":2,"__tostring":3}
local t = { __gc = 1, __index = 2, __tostring = 3 }
return t
