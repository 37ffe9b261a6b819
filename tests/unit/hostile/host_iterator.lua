-- result: true
local f, t, z = ipairs({ 1, 2 })
local g = pairs({ a = 1 })
return not pcall(f, nil, nil) and not pcall(f, string, 1) and pcall(g, 1, 2) and pcall(g)
