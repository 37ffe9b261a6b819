-- expect: budget of instructions
local set = "[" .. ("b"):rep(20000) .. "]"
return (("a"):rep(5000)):find(set)
